internal import Documents
internal import Site
internal import Tree

/// What NetworkManager is told to do with the name servers of its connections. What stands in a file that counts by a condition is passed
/// over.
struct NetworkManagerServers {
  /// What keeps it from writing resolv.conf (NetworkManager.conf(5), `dns` and `rc-manager` of [main]; nm-dns-manager.c,
  /// `init_resolv_conf_mode`).
  let obstacle: String?
  /// What makes resolv.conf of its servers, where that is said.
  let writer: String?
  /// Those that it takes in the place of every connection's (NetworkManager.conf(5), "GLOBAL-DNS-DOMAIN SECTIONS").
  let global: (servers: [String], place: String)?

  init(in tree: any TreeReading) throws(TreeError) {
    let settings = try KeyfileDirectory.settings(in: tree).filter { $0.condition == nil }
    let (dns, manager) = (
      KeyfileDirectory.last("main", "dns", of: settings), KeyfileDirectory.last("main", "rc-manager", of: settings)
    )
    writer = manager?.value
    obstacle =
      if let dns, dns.value == "none" {
        "dns=none (\(dns.place)) keeps NetworkManager from it"
      } else if let manager, manager.value == "unmanaged" {
        "rc-manager=unmanaged (\(manager.place)) keeps NetworkManager from it"
      } else {
        nil
      }
    let said = KeyfileDirectory.last("global-dns-domain-*", "servers", of: settings)
    let servers = (said?.value ?? "").split { ",; ".contains($0) }.map(String.init)
    // Without any the section is none (nm-config-data.c, `load_global_dns`).
    global = said.flatMap { servers.isEmpty ? nil : (servers, $0.place) }
  }
}
