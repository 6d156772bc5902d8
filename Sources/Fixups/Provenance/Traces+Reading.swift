internal import Documents
internal import Site
internal import Tree

extension Traces {
  /// The names that the tree calls itself: what systemd reads first, then what old network scripts read.
  static func hostnames(
    _ platform: Platform, _ tree: any TreeReading, _ configurations: ConfigurationCache
  ) throws -> [String] {
    var names: [String] = []
    if let file = try tree.file(HostnameFixup.path) {
      let name = HostnameFile(file.bytes).name(readsFirstLineOnly: platform.systemd.hostnameIsFirstLine)
      names += name.map { [$0] } ?? []
    }
    if let global = platform.networkGlobalFile, let file = try tree.glance(global) {
      names += IfcfgFile("", file, configurations).value("HOSTNAME").map { [$0] } ?? []
    }
    return names.filter { !NodeNames.isNobody($0) }
  }

  /// The hosts in `user@host` comments of the tree's own public keys: sshd's, and those of the migration account.
  static func keyComments(_ platform: Platform, _ tree: any TreeReading) throws -> [(path: TreePath, host: String)] {
    var directories = [TreePath(platform.identity.hostKeysDirectory)]
    var home = TreePath(platform.migration.home)
    if let passwd = try tree.glance("/etc/passwd"),
      let record = PasswdFile(passwd.bytes).record(named: platform.migration.user.description)
    {
      home = TreePath(record.text(.home)) ?? home
    }
    directories.append(home.appending(".ssh"))
    var found: [(path: TreePath, host: String)] = []
    for directory in directories {
      let isPublicKey: (String) -> Bool = {
        $0.hasSuffix(".pub") && !$0.hasSuffix("-cert.pub") && ($0.hasPrefix("ssh_host_") || $0.hasPrefix("id_"))
      }
      for entry in try tree.files(in: directory, where: isPublicKey) {
        guard let comment = comment(of: entry.file.bytes), let at = comment.lastIndex(of: "@") else { continue }
        found.append((entry.file.path, String(comment[comment.index(after: at)...])))
      }
    }
    return found
  }

  /// The last word of a public key's line. The key itself need not be sound: whose it was is said all the same.
  private static func comment(of bytes: [UInt8]) -> String? {
    let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
    let words = line.split { $0 == 0x20 || $0 == 0x09 }
    return words.count > 2 ? words.last.map { String(decoding: $0, as: UTF8.self) } : nil
  }

  /// What the interface files give the node's networks, and what nova and neutron say literally; and what neutron says besides, on no
  /// network that the site knows.
  ///
  /// One address is on one network, wherever it is found, for all that says it gets the node's address there. The site decides by whom
  /// it gives it to; then the interface that has it, then the subnets, and nova's and neutron's own network last.
  static func addresses(
    _ site: Site, _ node: Node, _ platform: Platform, _ tree: any TreeReading, _ configurations: ConfigurationCache,
    _ files: InterfaceFiles
  ) throws -> (found: [(network: NetworkName, address: IPAddress, place: String)], besides: [IPAddress]) {
    var found: [(network: NetworkName, address: IPAddress, place: String)] = []
    var besides: [IPAddress] = []
    func ownersNetwork(_ address: IPAddress) -> NetworkName? {
      site.owner(of: address)?.addresses.first { $0.value.contains(address) }?.network
    }
    func network(of address: IPAddress) -> NetworkName? {
      ownersNetwork(address) ?? found.first { $0.address == address }?.network
        ?? node.addresses.networks.first { site.network($0)?.subnet(for: address) != nil }
    }
    for network in node.addresses.networks {
      guard let interface = files.interface(of: node, network, in: site) else { continue }
      for address in files.addresses(of: interface, mac: node.macs[network]) {
        found.append((ownersNetwork(address) ?? network, address, "the configuration of \(interface)"))
      }
    }
    var nova = OsloDocuments(configurations)
    let order = try nova.open(platform.nova.configFiles, platform.nova.configDirectories, in: tree)
    if let text = nova.original("DEFAULT", "my_ip", in: order)?.value, let address = try? IPAddress(text) {
      found.append((network(of: address) ?? site.nova.myIP, address, "my_ip of nova"))
    }
    for agent in platform.neutron {
      guard let option = agent.localIP else { continue }
      var files = OsloDocuments(configurations)
      let order = try files.open(agent.configFiles, agent.configDirectories, in: tree)
      guard let text = files.original(option.section, option.option, in: order)?.value,
        let address = try? IPAddress(text)
      else { continue }
      let unowned = site.neutron.localIP ?? site.networks.first { $0.subnet(for: address) != nil }?.name
      if let network = network(of: address) ?? unowned {
        found.append((network, address, "local_ip of the \(agent.name) agent"))
      } else {
        besides.append(address)
      }
    }
    return (found.filter { $0.address.identifiesMachine }, besides.filter(\.identifiesMachine))
  }

  /// What the interface files give any interface, and what agents say besides; but for what every host may have.
  ///
  /// - Parameters:
  ///   - known: those that the node's networks have.
  ///   - told: by agents.
  static func others(
    _ files: InterfaceFiles, _ site: Site, besides known: Set<IPAddress>, _ told: [IPAddress]
  ) -> [IPAddress] {
    let aliases = files.backends.flatMap(\.aliases).flatMap { alias in
      alias.addresses.map { (interface: alias.parent?.description ?? "lo", address: $0) }
    }
    let all = (files.backends.flatMap(\.addressed) + aliases).filter {
      $0.address.identifiesMachine && !known.contains($0.address)
    }
    guard !all.isEmpty else { return told }
    let hostLocal = HostLocalInterfaces(files)
    let usual = Set(
      all.filter { interface, address in
        (hostLocal.contains(interface) || interface == "lo")
          && !site.networks.contains { $0.subnet(for: address) != nil }
      }.map(\.address))
    return (all.map(\.address) + told).filter { !usual.contains($0) }
  }
}

extension Platform {
  /// etc/sysconfig/network, where the platform has such a thing.
  var networkGlobalFile: TreePath? {
    networks.lazy.compactMap { if case .ifcfg(_, let global) = $0 { TreePath(global) } else { nil } }.first
  }
}
