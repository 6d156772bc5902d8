internal import Documents
internal import Site
internal import Tree

extension InterfaceFiles {
  /// Name servers of the site that go where nothing in this tree reads them, while /etc/resolv.conf names others.
  func unreadServers(_ shares: [[InterfaceIntent]], _ situation: Situation) throws -> [Finding] {
    let intents = shares.flatMap(\.self)
    guard intents.contains(where: { !$0.dns.isEmpty }) else { return [] }
    let file = try ResolverFile(in: situation.tree)
    var manager: NetworkManagerServers?
    return try zip(backends, shares).flatMap { backend, own in
      try own.filter { !$0.dns.isEmpty }.compactMap { intent -> Finding? in
        if let files = backend as? WickedFiles {
          return files.unreadServers(of: "wicked", besides: intents).flatMap {
            file.finding(intent, $0, or: "say auto there")
          }
        }
        guard try isManagers(backend, intent) else {
          return try unread(backend, intent, situation.tree).flatMap { file.finding(intent, $0) }
        }
        let servers = try manager ?? NetworkManagerServers(in: situation.tree)
        manager = servers
        if let obstacle = servers.obstacle { return file.finding(intent, obstacle, or: "take that out") }
        if let global = servers.global { return Self.finding(intent, besides: global) }
        guard ["auto", "netconfig", nil].contains(servers.writer), try situation.tree.hasNetconfig() else { return nil }
        let suse = backends.lazy.compactMap { $0 as? WickedFiles }.first
        return suse?.unreadServers(of: "NetworkManager", besides: intents).flatMap {
          file.finding(intent, $0, or: "say auto there")
        }
      }
    }
  }

  private func isManagers(_ backend: any NetworkBackend, _ intent: InterfaceIntent) throws -> Bool {
    switch backend {
    case is KeyfileFiles: true
    case let files as IfcfgFiles: try isManagers(files.file(of: intent.interface, mac: intent.mac))
    case let files as NetplanFiles:
      files.renderer(of: files.definition(of: intent.interface, mac: intent.mac)) == "NetworkManager"
    default: false
    }
  }

  private static func finding(
    _ intent: InterfaceIntent, besides global: (servers: [String], place: String)
  ) -> Finding? {
    guard !Set(intent.dns).isSubset(of: global.servers) else { return nil }
    return Finding(
      .warning,
      "the name servers of \(intent.interface) (\(intent.dns.joined(separator: " and "))) have no reader: "
        + "NetworkManager takes \(global.servers.joined(separator: " and ")) in their place (\(global.place))",
      advice: "write them there, or take [global-dns-domain-*] out")
  }

  /// Why what is written there comes to nothing.
  private func unread(_ backend: any NetworkBackend, _ intent: InterfaceIntent, _ tree: any TreeReading) throws
    -> String?
  {
    func lacks(_ paths: [TreePath]) throws -> Bool { try paths.allSatisfy { try tree.status($0) == nil } }
    let resolved = ["/usr/lib/systemd/systemd-resolved", "/lib/systemd/systemd-resolved"] as [TreePath]
    let manager = ["/usr/sbin/NetworkManager", "/sbin/NetworkManager"] as [TreePath]
    switch backend.kind {
    case .ifupdown where try lacks(["/sbin/resolvconf", "/usr/sbin/resolvconf"]):
      return "dns-nameservers is resolvconf's (interfaces(5)), which is not here"
    case .networkd where try lacks(resolved): return "systemd-resolved is not here"
    case .netplan where try lacks(resolved) && lacks(manager): return "systemd-resolved is not here"
    case .ifcfg where try lacks(manager):
      let file = (backend as? IfcfgFiles)?.file(of: intent.interface, mac: intent.mac)
      return file?.refuses("PEERDNS") ?? false ? "PEERDNS=no keeps the network scripts from it" : nil
    default: return nil
    }
  }
}

/// What /etc/resolv.conf names.
private struct ResolverFile {
  private let path: TreePath = "/etc/resolv.conf"
  /// nil where somebody else makes it, or it is not there.
  private let servers: [String]?
  private let isMissing: Bool

  init(in tree: any TreeReading) throws {
    let kind = try tree.status(path)?.kind
    isMissing = kind == nil
    // SUSE's is a link to what netconfig makes.
    let isNetconfigs = try kind == .symbolicLink && tree.resolve(path) == "/run/netconfig/resolv.conf"
    guard kind == .regular, let file = try tree.glance(path) else {
      servers = isNetconfigs ? [] : nil
      return
    }
    servers = Lines(file.bytes).compactMap { line in
      let words = line.text.split(whereSeparator: \.isWhitespace)
      return words.count > 1 && words[0] == "nameserver" ? String(words[1]) : nil
    }
  }

  /// - Parameter remedy: what to do else; of a setting that keeps NetworkManager from a file that is not there, too, no other makes it.
  func finding(_ intent: InterfaceIntent, _ reason: String, or remedy: String? = nil) -> Finding? {
    guard let said = servers ?? (isMissing && remedy != nil ? [] : nil), !Set(intent.dns).isSubset(of: said) else {
      return nil
    }
    // A resolver of the machine's own has them another way.
    guard remedy == nil || !said.contains(where: { $0.hasPrefix("127.") || $0 == "::1" }) else { return nil }
    return Finding(
      .warning,
      "the name servers of \(intent.interface) (\(intent.dns.joined(separator: " and "))) have no reader: \(reason); "
        + "\(path) names \(said.isEmpty ? "none" : said.joined(separator: " and "))",
      advice: "write them into \(path), or \(remedy ?? "install what reads them")")
  }
}

extension WickedFiles {
  /// Why netconfig(8) makes no resolv.conf of its static list (netconfig.d/dns-resolver, and `netconfig_policy` of functions.netconfig).
  ///
  /// - Parameters:
  ///   - service: Who runs it.
  ///   - intents: The node's interfaces: others may have name servers by DHCP.
  fileprivate func unreadServers(of service: String, besides intents: [InterfaceIntent]) -> String? {
    let key = "NETCONFIG_DNS_POLICY"
    guard let global else { return nil }
    if case .unknown? = global.shell.value(key) { return nil }
    guard let policy = global.value(key) else {
      return "\(global.place(of: key)): an empty \(key) keeps netconfig from it"
    }
    let words = policy == "auto" ? ["STATIC", service] : policy.split(whereSeparator: \.isWhitespace).map(String.init)
    if service == "NetworkManager" {
      return words.contains(service) ? nil : "\(global.place(of: key)): \(key) has no NetworkManager in it"
    }
    let heeded = words.prefix { $0 != "NetworkManager" }
    if heeded.contains("STATIC") { return nil }
    guard heeded.contains("STATIC_FALLBACK") else {
      return "\(global.place(of: key)): \(key) has no STATIC in it"
    }
    let other = asking.first { asking in !intents.contains { asking.isMeant(by: $0, in: self) } }
    guard let other, heeded.count > 1 else { return nil }
    return "\(global.place(of: key)): STATIC_FALLBACK is for where nothing else names one, and \(other.name) asks DHCP"
  }
}

extension TreeReading {
  fileprivate func hasNetconfig() throws(TreeError) -> Bool {
    for path in ["/sbin/netconfig", "/usr/sbin/netconfig"] as [TreePath] where try status(path) != nil { return true }
    return false
  }
}
