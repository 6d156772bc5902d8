internal import Documents
internal import Site
internal import Tree

/// One ifcfg file, read as the network scripts source it.
final class IfcfgFile: Sendable {
  /// What follows `ifcfg-` in its name.
  let suffix: String
  let snapshot: FileSnapshot
  let shell: ShellAssignments
  /// The addresses with the keys that say them. A range has two ends.
  let settings: [(key: String, address: IPAddress)]

  /// - Parameter cache: may know it already.
  init(_ suffix: String, _ snapshot: FileSnapshot, _ cache: ConfigurationCache? = nil) {
    self.suffix = suffix
    self.snapshot = snapshot
    shell = cache?.shell(snapshot) ?? ShellAssignments(snapshot.bytes)
    settings = Self.settings(of: shell)
  }

  private static func settings(of shell: ShellAssignments) -> [(key: String, address: IPAddress)] {
    let keys = numbered("IPADDR", in: shell) + ["IPADDR_START", "IPADDR_END", "IPV6ADDR", "IPV6ADDR_SECONDARIES"]
    return keys.flatMap { key -> [(key: String, address: IPAddress)] in
      guard let value = shell.literal(key).flatMap(meant) else { return [] }
      return value.utf8.split(separator: UInt8(ascii: " ")).compactMap { text in
        (try? IPAddress(String(decoding: text.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self))).map { (key, $0) }
      }
    }
  }

  /// A value as it was meant: without the carriage return of a CR LF line. Empty counts as unset, as for both readers.
  func value(_ key: String) -> String? {
    shell.literal(key).flatMap(Self.meant)
  }

  static func meant(_ text: String) -> String? {
    // Asked for by the hundred: the last byte tells whether the last letter is worth a look.
    guard let last = text.utf8.last else { return nil }
    guard last < 0x20 || last >= 0x80, text.last?.isNewline == true else { return text }
    let value = text.dropLast()
    return value.isEmpty ? nil : String(value)
  }

  /// Whether only a shell can tell what it holds: something that the file runs may have set it.
  func isUncertain(_ key: String) -> Bool { if case .unknown? = shell.value(key) { true } else { false } }

  /// The keys of a family that are set: `IPADDR`, `IPADDR0`, `IPADDR1`, … in that order.
  func numbered(_ stem: String) -> [String] { Self.numbered(stem, in: shell) }

  private static func numbered(_ stem: String, in shell: ShellAssignments) -> [String] {
    shell.keys.filter { key in
      key.utf8.starts(with: stem.utf8) && key.utf8.dropFirst(stem.utf8.count).allSatisfy { (48...57).contains($0) }
        && shell.value(key) != nil
    }
    .sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
  }

  /// The keys of gateways that are heeded: `GATEWAY`, and one with a number beside the address of that number
  /// (nms-ifcfg-rh-reader.c, `read_full_ip4_address`).
  var gateways: [String] { numbered("GATEWAY").filter { isHeeded($0) { value($0) != nil } } }

  func isHeeded(_ gateway: String, _ isSet: (String) -> Bool) -> Bool {
    gateway == "GATEWAY" || isSet("IPADDR\(gateway.dropFirst("GATEWAY".count))")
  }

  /// Every address that the file gives its interface.
  var addresses: [IPAddress] { settings.map(\.address) }

  /// The keys that keep a gateway from becoming the default route: by a no, or by another interface's name.
  static func obstacles(_ family: IPAddress.Family) -> (toggle: String, device: String) {
    family == .v4 ? ("DEFROUTE", "GATEWAYDEV") : ("IPV6_DEFROUTE", "IPV6_DEFAULTDEV")
  }

  /// What the network scripts take for a no (`is_false` of initscripts).
  private static let noes: Set = ["no", "false", "off", "n", "f", "0"]

  func refuses(_ key: String) -> Bool {
    value(key).map { Self.noes.contains($0.trimmingBlanks.lowercased()) } ?? false
  }

  /// Whether it keeps NetworkManager from its interface. What NetworkManager takes for a no (shvar.c, `svParseBoolean`) lacks the
  /// network scripts' `off`.
  var isUnmanaged: Bool {
    value("NM_CONTROLLED").map { ["no", "false", "n", "f", "0"].contains($0.lowercased()) } ?? false
  }

  /// What keeps its gateway from becoming the default route, or may: what a shell alone can tell.
  ///
  /// - Parameter shared: etc/sysconfig/network, which ifup of initscripts reads before the file.
  func obstacle(_ family: IPAddress.Family, shared: IfcfgFile?) -> String? {
    let keys = Self.obstacles(family)
    if refuses(keys.toggle) { return "\(keys.toggle)=\(value(keys.toggle) ?? "")" }
    switch shell.value(keys.toggle) {
    case .unknown(let source): return "\(keys.toggle)=\(source)"
    case nil:
      if let shared, shared.refuses(keys.toggle) { return "\(keys.toggle)=no in \(shared.snapshot.path)" }
    case .literal: break
    }
    return value(keys.device).flatMap { $0 == device ? nil : "\(keys.device)=\($0)" }
  }

  /// The interface that the file is for: an alias (`ens33:1`) belongs to its own name.
  var device: String { value("DEVICE") ?? suffix }

  /// Whether it gives another file's interface more addresses: `ifcfg-ens33:1`, `ifcfg-ens33-range0`.
  var isAlias: Bool { suffix.contains(":") || value("IPADDR_START") != nil }

  /// What a package left aside: NetworkManager reads it all the same, the network scripts don't (is_ignored_file of initscripts).
  var isLeftByScripts: Bool { [".old", ".rpmorig", ".rpmsave"].contains { suffix.hasSuffix($0) } }

  /// What a tool left aside: the network scripts read it all the same, NetworkManager doesn't (nms-ifcfg-rh-utils.c,
  /// `utils_should_ignore_file`).
  var isLeftByManager: Bool { [".rej", ".augnew", ".augtmp"].contains { suffix.hasSuffix($0) } }

  var isLeftAside: Bool { isLeftByScripts || isLeftByManager }

  /// Whether it may be the file of an interface, to everybody who reads it.
  var isCurrent: Bool { !isAlias && !isLeftAside }

  /// Whether it makes its interface, and no card is its own.
  var isMade: Bool {
    let types = ["bridge", "bond", "team", "vlan", "ovsbridge", "ovsintport", "ovsbond"]
    let isYes = { self.value($0)?.lowercased() == "yes" }
    return types.contains(value("TYPE")?.lowercased() ?? "") || isYes("BONDING_MASTER") || isYes("VLAN")
      || value("BONDING_OPTS") != nil || value("DEVICETYPE")?.lowercased() == "team" || device.contains(".")
  }

  /// Whether its addresses are those that it says.
  var isStatic: Bool { !asksForAddresses && hasStaticProtocol }

  /// Open vSwitch's own ifup runs a DHCP client on what it makes (README.RHEL of Open vSwitch).
  var asksForAddresses: Bool { value("OVSBOOTPROTO")?.trimmingBlanks.lowercased() == "dhcp" }

  /// Whether a client asks for one besides (initscripts' ifup-ipv6; nms-ifcfg-rh-reader.c, `make_ip6_setting`).
  var asksForIPv6Addresses: Bool {
    value("DHCPV6C").map { ["yes", "true", "t", "y", "1", "on"].contains($0.trimmingBlanks.lowercased()) } ?? false
  }

  var hasStaticProtocol: Bool {
    value("BOOTPROTO").map { ["none", "static"].contains($0.trimmingBlanks.lowercased()) } ?? !isUncertain("BOOTPROTO")
  }

  var startsAtBoot: Bool {
    !(value("ONBOOT").map { Self.noes.contains($0.lowercased()) } ?? isUncertain("ONBOOT"))
  }

  /// The keys that name another connection by its UUID (nms-ifcfg-rh-reader.c). Where the writer knows no device of that connection,
  /// its UUID stands in those for a device too (nms-ifcfg-rh-writer.c, `write_connection_setting`).
  static let references = [
    "MASTER_UUID", "BRIDGE_UUID", "TEAM_MASTER_UUID", "OVS_PORT_UUID", "VRF_UUID", "SECONDARY_UUIDS",
    "MASTER", "BRIDGE", "TEAM_MASTER", "OVS_PORT", "VRF", "PHYSDEV",
  ]

  /// As a compiler says it: file and line.
  func place(of key: String) -> String { shell.line(of: key).map { "\(snapshot.path):\($0)" } ?? "\(snapshot.path)" }
}

/// The directory of ifcfg files.
struct IfcfgFiles: NetworkBackend {
  let kind: Platform.NetworkBackend
  let directory: TreePath
  let all: [IfcfgFile]
  var snapshots: [FileSnapshot] { all.filter { !$0.isLeftAside }.map(\.snapshot) }
  /// etc/sysconfig/network.
  let shared: IfcfgFile?
  /// route-* and route6-*.
  let routeFiles: [FileSnapshot]
  /// Asked for by each who looks which interfaces there are.
  let addressed: [(interface: String, address: IPAddress)]

  init(
    _ tree: any TreeReading, _ directory: AbsolutePath, global: AbsolutePath, _ cache: ConfigurationCache?
  ) throws(TreeError) {
    self.directory = TreePath(directory)
    kind = .ifcfg(directory: directory, global: global)
    shared = try tree.glance(TreePath(global)).map { IfcfgFile("", $0, cache) }
    all = try tree.files(in: self.directory, where: Self.isRead).map {
      IfcfgFile(String($0.name.dropFirst(6)), $0.file, cache)
    }
    routeFiles = try tree.files(in: self.directory) { name in
      ["route-", "route6-"].contains { name.hasPrefix($0) }
    }.map(\.file)
    addressed = all.filter(\.isCurrent).flatMap { file in file.addresses.map { (file.device, $0) } }
  }

  /// Which names the network scripts or NetworkManager take: what one of them reads counts, and both pass over these
  /// endings (rc.d/init.d/functions; nms-ifcfg-rh-common.h).
  private static func isRead(_ name: String) -> Bool {
    name.hasPrefix("ifcfg-") && name.utf8.count > 6 && !name.contains(";")
      && !["~", ".bak", ".orig", ".rpmnew"].contains { name.hasSuffix($0) }
  }

  /// The file of an interface: the one that bears its name, else one that says so inside.
  func file(of interface: InterfaceName, mac: MACAddress? = nil) -> IfcfgFile? {
    let name = interface.description
    if let namesake = all.first(where: { $0.suffix == name }) { return namesake }
    let files = all.filter(\.isCurrent)
    return files.first { $0.value("DEVICE") == name }
      ?? files.first { file in
        guard file.value("DEVICE") == nil, let mac, let text = file.value("HWADDR") else { return false }
        return (try? MACAddress(text)) == mac
      }
      ?? files.first { $0.value("DEVICE") == nil && $0.value("NAME") == name }
  }

  func addresses(of interface: InterfaceName, mac: MACAddress?) -> [IPAddress] {
    file(of: interface, mac: mac)?.addresses ?? []
  }

  func leavesAlone(_ interface: InterfaceName, mac: MACAddress?) -> Bool {
    guard let file = file(of: interface, mac: mac), file.addresses.isEmpty else { return false }
    return !file.startsAtBoot || file.isStatic
  }

  func files(of interface: InterfaceName, mac: MACAddress?) -> [TreePath] {
    file(of: interface, mac: mac).map { [$0.snapshot.path] } ?? []
  }

  func proposal(_ situation: Situation, _ intents: [InterfaceIntent], _ underlay: Underlay) throws -> Proposal {
    try IfcfgBackend(situation, self, intents, underlay).proposal()
  }
}
