internal import Documents
internal import Site
internal import Tree

/// One ifcfg file of SUSE's, as wicked reads it (ifcfg(5) of wicked): the interface is what its name says, and an address with all
/// that belongs to it goes by a suffix of anybody's choice: `IPADDR_1`, `PREFIXLEN_1`.
struct WickedFile {
  let interface: String
  let snapshot: FileSnapshot
  var shell: ShellAssignments

  init(_ interface: String, _ snapshot: FileSnapshot, _ cache: ConfigurationCache? = nil) {
    self.interface = interface
    self.snapshot = snapshot
    shell = cache?.shell(snapshot) ?? ShellAssignments(snapshot.bytes)
  }

  /// Empty counts as unset, as for wicked.
  func value(_ key: String) -> String? {
    shell.literal(key).map(\.trimmingBlanks).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The suffixes of the addresses, in the order of the file.
  var suffixes: [String] {
    shell.keys.filter { $0.hasPrefix("IPADDR") && value($0) != nil }
      .sorted { (shell.line(of: $0) ?? 0, $0) < (shell.line(of: $1) ?? 0, $1) }.map { String($0.dropFirst(6)) }
  }

  /// What a suffix gives: a prefix behind the address goes before `PREFIXLEN`, that before `NETMASK`, and without all of them the
  /// address is alone (compat-suse.c, `__get_ipaddr`).
  func address(_ suffix: String) -> (address: IPAddress, prefix: PrefixLength)? {
    let parts = (value("IPADDR\(suffix)") ?? "").split(separator: "/", maxSplits: 1).map { String($0).trimmingBlanks }
    guard let address = parts.first.flatMap({ try? IPAddress($0) }), !address.isUnspecified else { return nil }
    func length(_ text: String?) -> PrefixLength? {
      text.flatMap { Int($0) }.flatMap { try? PrefixLength($0, address.family) }.flatMap { $0.value > 0 ? $0 : nil }
    }
    let mask = address.family == .v4 ? value("NETMASK\(suffix)").flatMap(PrefixLength.init(netmask:)) : nil
    let said = parts.count > 1 ? length(parts[1]) : nil
    return (address, said ?? length(value("PREFIXLEN\(suffix)")) ?? mask ?? .host(address.family))
  }

  /// `none` is for the ports of a bond, and reads no address at all.
  var isStatic: Bool { value("BOOTPROTO").map { $0.lowercased() == "static" } ?? true }

  /// `dhcp`, `dhcp4`, `dhcp+autoip`.
  var asksDHCP: Bool { value("BOOTPROTO")?.lowercased().contains("dhcp") ?? false }

  /// Whether it is what clients of DHCP are told for all interfaces.
  var isForAll: Bool { snapshot.path.name == "dhcp" }

  var startsAtBoot: Bool {
    ["auto", "onboot", "on", "boot", "nfsroot", "hotplug"].contains(value("STARTMODE")?.lowercased())
  }

  func place(of key: String) -> String { shell.line(of: key).map { "\(snapshot.path):\($0)" } ?? "\(snapshot.path)" }
}

/// Routes of one interface: the lines of its own file, and those of the file for all that are its.
struct WickedRoutes {
  let path: TreePath
  let entry: IfrouteFile.Entry
}

/// etc/sysconfig/network of SUSE's, as wicked reads it.
struct WickedFiles: FoundFiles {
  let kind: Platform.NetworkBackend
  let directory: TreePath
  let all: [WickedFile]
  var snapshots: [FileSnapshot] { all.map(\.snapshot) }
  /// ifroute-NAME, and `routes` for all interfaces.
  var routeFiles: [(snapshot: FileSnapshot, document: IfrouteFile)]
  /// `config`, which has the name servers.
  let global: WickedFile?
  /// `dhcp`: how DHCP clients ask, for all interfaces.
  let lease: WickedFile?

  init(_ tree: any TreeReading, _ directory: AbsolutePath, _ cache: ConfigurationCache?) throws(TreeError) {
    self.directory = TreePath(directory)
    kind = .wicked(directory: directory)
    all = try tree.files(in: self.directory, where: Self.isRead).map {
      WickedFile(String($0.name.dropFirst(6)), $0.file, cache)
    }
    routeFiles = try tree.files(in: self.directory) { $0 == "routes" || $0.hasPrefix("ifroute-") && Self.isCurrent($0) }
      .map { ($0.file, IfrouteFile($0.file.bytes)) }
    global = try tree.glance(self.directory.appending("config")).map { WickedFile("", $0, cache) }
    lease = try tree.glance(self.directory.appending("dhcp")).map { WickedFile("dhcp", $0, cache) }
  }

  private static func isRead(_ name: String) -> Bool {
    name.hasPrefix("ifcfg-") && name.utf8.count > 6 && isCurrent(name)
  }

  /// ifcfg(5) of wicked, "Filenames and extensions".
  private static func isCurrent(_ name: String) -> Bool {
    ![".old", ".bak", ".orig", ".scpmbackup", ".rpmnew", ".rpmsave", ".rpmorig", "~"].contains { name.hasSuffix($0) }
  }

  func file(of interface: String) -> WickedFile? { all.first { $0.interface == interface } }

  var sharedRoutes: TreePath { directory.appending("routes") }
  func ownRoutes(_ interface: String) -> TreePath { directory.appending("ifroute-\(interface)") }

  /// The routes of an interface, in the order of the files. A line in `routes` that names no interface is that one's in whose
  /// network its router is (ifroute(5)).
  ///
  /// - Parameters:
  ///   - networks: in which the interface shall be.
  ///   - others: in which others shall be: in a copy whose interfaces change places, its former address is in one of these.
  func routes(of interface: String, _ networks: [Subnet] = [], others: [Subnet] = []) -> [WickedRoutes] {
    let former = addresses(in: file(of: interface)).compactMap { Subnet(containing: $0.address, $0.prefix) }
    func reaches(_ gateway: IPAddress) -> Bool {
      if networks.contains(where: { $0.contains(gateway) }) { return true }
      return former.contains { $0.contains(gateway) } && !others.contains { $0.contains(gateway) }
    }
    return routeFiles.flatMap { snapshot, document -> [WickedRoutes] in
      let isShared = snapshot.path == sharedRoutes
      guard isShared || snapshot.path == ownRoutes(interface) else { return [] }
      return document.entries.filter { entry in
        guard entry.interface == nil, isShared else { return entry.interface ?? interface == interface }
        return (try? IPAddress(entry.gateway)).map(reaches) ?? false
      }.map { WickedRoutes(path: snapshot.path, entry: $0) }
    }
  }

  func addresses(in file: WickedFile?) -> [(address: IPAddress, prefix: PrefixLength)] {
    file.map { file in file.suffixes.compactMap { file.address($0) } } ?? []
  }

  func found(_ file: WickedFile, _ networks: [Subnet] = [], others: [Subnet] = []) -> FoundInterface {
    let routes = routes(of: file.interface, networks, others: others)
    var found = FoundInterface(name: file.interface, files: [file.snapshot.path])
    found.files += routes.map(\.path).filter { $0 == ownRoutes(file.interface) }.prefix(1)
    if file.value("BOOTPROTO")?.lowercased() != "none" { found.addresses = addresses(in: file) }
    found.gateways = routes.filter(\.entry.isDefault).compactMap { try? IPAddress($0.entry.gateway) }
    found.routes = routes.compactMap { FoundRoute($0.entry) }
    found.mtu = file.value("MTU").flatMap { Int($0) }
    // One list for all interfaces: it is the one's that leads out.
    if !found.gateways.isEmpty { found.dns = servers.compactMap { try? IPAddress($0) } }
    found.startsAtBoot = file.startsAtBoot
    found.settings =
      file.shell.keys.sorted().map { "\($0)=\(file.shell.literal($0) ?? "?")" }
      + routes.map { route in
        let options = route.entry.options.all.map { "\($0.key) \($0.value)" }
        return ([route.entry.destination, "via", route.entry.gateway] + options).joined(separator: " ")
      }
    return found
  }

  var servers: [String] {
    (global?.value(Self.serversKey) ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
  }

  static let serversKey = "NETCONFIG_DNS_STATIC_SERVERS"

  var interfaces: [FoundInterface] { all.map { found($0) } }

  func interface(_ name: InterfaceName, mac: MACAddress?) -> FoundInterface? {
    file(of: name.description).map { found($0) }
  }

  func leavesAlone(_ interface: InterfaceName, mac: MACAddress?) -> Bool {
    guard let file = file(of: interface.description), found(file).addresses.isEmpty else { return false }
    return !file.startsAtBoot || file.isStatic || file.value("BOOTPROTO")?.lowercased() == "none"
  }

  /// Bridges, bonds, teams and switches name their ports (ifcfg-bridge(5) and its kin of wicked).
  var ports: [Port] {
    all.flatMap { file -> [Port] in
      let stems = ["BONDING_SLAVE", "TEAM_PORT_DEVICE", "OVS_BRIDGE_PORT_DEVICE"]
      return file.shell.keys.sorted().flatMap { key -> [Port] in
        let isList = key == "BRIDGE_PORTS"
        let isOne = stems.contains {
          key.hasPrefix($0) && key.dropFirst($0.count).allSatisfy { $0.isNumber || $0 == "_" }
        }
        guard isList || isOne else { return [] }
        return (file.value(key) ?? "").split(whereSeparator: \.isWhitespace).map {
          Port(
            interface: String($0), master: file.interface, place: file.place(of: key),
            keepsAddresses: isList || key.hasPrefix("OVS"))
        }
      }
    }
  }

  /// `ETHERDEVICE`, and `VLAN_ID` where the name doesn't say it (ifcfg-vlan(5) of wicked).
  var vlans: [VLANDevice] {
    all.compactMap { file in
      file.value("ETHERDEVICE").flatMap {
        VLANDevice(named: file.interface, parent: $0, id: file.value("VLAN_ID").flatMap { Int($0) })
      }
    }
  }

  func proposal(_ situation: Situation, _ intents: [InterfaceIntent], _ underlay: Underlay) throws -> Proposal {
    try WickedBackend(situation, self, underlay).proposal(intents)
  }
}

extension FoundRoute {
  /// nil for a default route.
  init?(_ entry: IfrouteFile.Entry) {
    guard !entry.isDefault else { return nil }
    self.init(
      Route(to: entry.destination, prefix: entry.netmask, via: entry.gateway, metric: entry.metric),
      isPlain: entry.options.isPlain)
  }
}
