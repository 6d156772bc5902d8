internal import Documents
internal import Site
internal import Tree

/// One connection of NetworkManager.
struct KeyfileConnection {
  let snapshot: FileSnapshot
  var document: Keyfile

  func value(_ section: String, _ key: String) -> String? {
    document.value(section, key).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A setting under its name of today, or the one that it had before (nm-keyfile-utils.c, `alias_list`; `controller` and
  /// `port-type` since NetworkManager 1.46).
  func first(_ section: String, _ keys: [String]) -> String? { keys.lazy.compactMap { value(section, $0) }.first }

  var uuid: String? { value("connection", "uuid")?.lowercased() }
  var interface: String? { value("connection", "interface-name") ?? onlyMatch ?? nameOfCloudInit ?? nameOfVLAN }
  /// A VLAN without a name of its own gets one of its parent's and its number; old files have it in the section of the VLAN.
  var nameOfVLAN: String?
  /// The one name of `[match] interface-name`, where that is no pattern.
  private var onlyMatch: String? {
    let names = (value("match", "interface-name") ?? "").split { "; ".contains($0) }.map(String.init)
    guard let name = names.first, names.count == 1, !name.contains(where: { "*?[!|&\\".contains($0) }) else {
      return nil
    }
    return (try? InterfaceName(name))?.description
  }
  /// cloud-init ties a connection to its card alone where it knows that, and has the interface's name in the id only
  /// (cloudinit/net/network_manager.py).
  private var nameOfCloudInit: String? {
    guard let id = value("connection", "id"), id.hasPrefix("cloud-init "), card != nil else { return nil }
    return (try? InterfaceName(String(id.dropFirst("cloud-init ".count))))?.description
  }
  /// What it goes by where the kernel's name of its card is not known: its path.
  var placeName: String { interface ?? "\(snapshot.path)" }
  /// Whether it makes its interface, and no card is its own.
  var isMade: Bool {
    ["bridge", "bond", "team", "vlan", "ovs-interface", "dummy", "macvlan", "vxlan"].contains(
      value("connection", "type"))
  }
  /// Whether whatever card comes first may have it.
  var isForAnyCard: Bool {
    interface == nil && card == nil && document.keys("match").isEmpty && isForEthernet
  }
  /// An old one may have the D-Bus name.
  var isForEthernet: Bool { ["ethernet", "802-3-ethernet"].contains(value("connection", "type")) }
  /// What it is a port of.
  var controller: String? { first("connection", ["controller", "master"]) }
  /// As a compiler says it: file and line.
  var placeOfController: String {
    let key = value("connection", "controller") == nil ? "master" : "controller"
    return "\(snapshot.path)\(document.line(of: "connection", key).map { ":\($0)" } ?? "")"
  }
  var isSwitch: Bool { ["ovs-bridge", "ovs-port"].contains(value("connection", "type")) }
  /// Whether it is behind a port of Open vSwitch.
  var isSwitched: Bool { first("connection", ["port-type", "slave-type"]) == "ovs-port" }
  var startsAtBoot: Bool { !isOff && !waitsForUser }
  var isOff: Bool { KeyfileDirectory.truth(value("connection", "autoconnect")) == false }
  /// Whether it is for some users, and comes up when one of them has logged in (nm-settings-keyfile(5), `permissions`).
  var waitsForUser: Bool { !(value("connection", "permissions") ?? "").trimmingBlanks.isEmpty }
  /// Whether NetworkManager made it itself, for as long as it runs (nms-keyfile-utils.c, `[.nmmeta]`).
  var isVolatile: Bool {
    ["nm-generated", "volatile"].contains { ["true", "yes", "1"].contains(value(".nmmeta", $0)?.lowercased()) }
  }
  /// As it is called now, and as it was.
  static let keysOfStart = ["autoconnect-ports", "autoconnect-slaves"]
  /// Whether it brings its ports up with it (nm-settings-nmcli(5), connection.autoconnect-ports); nil where the default says it.
  var startsPorts: Bool? {
    first("connection", Self.keysOfStart).flatMap {
      $0 == "-1" ? nil : !["0", "false", "no"].contains($0.lowercased())
    }
  }
  /// -999 to 999.
  var priority: Int { value("connection", "autoconnect-priority").flatMap { Int($0) } ?? 0 }
  /// The section of its card: an old one may have the D-Bus name.
  var cardSection: String {
    document.keys("802-3-ethernet").isEmpty ? "ethernet" : "802-3-ethernet"
  }
  var card: MACAddress? { address(cardSection, "mac-address") }

  /// A MAC address as it is written today, or as the list of bytes that it was once (nm-keyfile.c, `mac_address_parser`).
  func address(_ section: String, _ key: String) -> MACAddress? { value(section, key).flatMap(Self.address) }

  static func address(_ text: String) -> MACAddress? {
    if let address = try? MACAddress(text) { return address }
    let bytes = text.split(separator: ";").map { UInt8($0.filter { !$0.isWhitespace }) }
    guard bytes.count == 6, bytes.allSatisfy({ $0 != nil }) else { return nil }
    let digits = bytes.compactMap(\.self).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
    return try? MACAddress(digits.joined(separator: ":"))
  }

  /// `address`, `addresses`, `address1`, … in the order in which NetworkManager takes them (nm-keyfile.c).
  func numbered(_ section: String, _ stems: [String]) -> [String] {
    document.keys(section).compactMap { key -> (Int, String)? in
      guard let stem = stems.first(where: { key.hasPrefix($0) && key.dropFirst($0.count).allSatisfy(\.isNumber) })
      else { return nil }
      return (Int(key.dropFirst(stem.count)) ?? -1, key)
    }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  static func section(_ family: IPAddress.Family) -> String { family == .v4 ? "ipv4" : "ipv6" }

  func addressKeys(_ family: IPAddress.Family) -> [String] {
    numbered(Self.section(family), ["addresses", "address"])
  }

  /// The keys with the address that each says.
  func addresses(_ family: IPAddress.Family) -> [(key: String, address: IPAddress?)] {
    addressKeys(family).map { key in
      let text = Self.parts(value(Self.section(family), key) ?? "").address.prefix { $0 != "/" }
      return (key, try? IPAddress(String(text)))
    }
  }

  /// The routes through a router, each with its key; no default routes.
  func routes(_ family: IPAddress.Family) -> [(place: String, value: FoundRoute)] {
    routeParts(family).compactMap { key, parts, isPlain in
      let metric = parts.count > 2 && parts[2] != "0" ? parts[2] : nil
      return FoundRoute(Route(to: parts[0], via: parts[1], metric: metric), isPlain: isPlain).map { (key, $0) }
    }
  }

  /// Default routes that are said as routes, as cloud-init says them.
  func defaultRoutes(_ family: IPAddress.Family) -> [(key: String, gateway: IPAddress, metric: String?)] {
    routeParts(family).compactMap { key, parts, _ in
      guard ["0.0.0.0/0", "::/0"].contains(parts[0]), let gateway = try? IPAddress(parts[1]), !gateway.isUnspecified
      else { return nil }
      return (key, gateway, parts.count > 2 ? parts[2] : nil)
    }
  }

  /// Whether NetworkManager passes over its gateways (nm-settings-keyfile(5), `never-default`).
  func isNeverDefault(_ family: IPAddress.Family) -> Bool {
    KeyfileDirectory.truth(value(Self.section(family), "never-default")) == true
  }

  /// What the routes of the usual table say: destination, router, metric (nm-settings-keyfile(5), `routeN` and `routeN_options`).
  private func routeParts(_ family: IPAddress.Family) -> [(key: String, parts: [String], isPlain: Bool)] {
    let section = Self.section(family)
    return numbered(section, ["routes", "route"]).compactMap { key in
      let options = value(section, "\(key)_options")
      guard Self.isMain(options ?? ""), let text = value(section, key) else { return nil }
      var parts = text.split { ",; ".contains($0) }.map(String.init)
      // The form of NetworkManager 0.9: destination, prefix, gateway, metric.
      if parts.count > 2, !parts[1].contains(where: { ".:".contains($0) }) {
        parts[0] += "/\(parts[1])"
        parts.remove(at: 1)
      }
      return (2...3).contains(parts.count) ? (key, parts, options == nil) : nil
    }
  }

  /// `table=7,src=192.168.10.20`: whether the usual table has the route, and for all packets.
  private static func isMain(_ options: String) -> Bool {
    let others = ["table": ["0", "254"], "tos": ["0", "0x00"], "type": ["unicast"], "from": []]
    return options.split(separator: ",").allSatisfy { option in
      let pair = option.split(separator: "=", maxSplits: 1).map { String($0).trimmingBlanks }
      return others[pair.first ?? ""].map { pair.count > 1 && $0.contains(pair[1]) } ?? true
    }
  }

  /// `192.168.10.20/24,192.168.10.2`: the address, and a gateway that may follow it.
  static func parts(_ text: String) -> (address: String, gateway: String?) {
    let parts = text.split { ",; ".contains($0) }.map(String.init)
    guard parts.count > 1, !parts[1].contains(".") && !parts[1].contains(":") else {
      return (parts.first ?? "", parts.count > 1 ? parts[1] : nil)
    }
    // The form of NetworkManager 0.9: address, prefix, gateway.
    return ("\(parts[0])/\(parts[1])", parts.count > 2 ? parts[2] : nil)
  }

  /// Under which name the interface goes; nil for one that any card may have.
  func found(_ name: String) -> FoundInterface {
    var found = FoundInterface(name: name, files: [snapshot.path])
    for family in [IPAddress.Family.v4, .v6] {
      let section = Self.section(family)
      guard !["disabled", "ignore"].contains(value(section, "method") ?? "") else { continue }
      var inline: String?
      for key in addressKeys(family) {
        let parts = Self.parts(value(section, key) ?? "")
        found.add(address: parts.address, else: { $0 == .v4 ? 24 : 64 })
        inline = inline ?? parts.gateway
      }
      let gateway = isNeverDefault(family) ? nil : (inline ?? value(section, "gateway")).flatMap { try? IPAddress($0) }
      if let gateway, !gateway.isUnspecified { found.gateways.append(gateway) }
      found.gateways += defaultRoutes(family).map(\.gateway)
      found.routes += routes(family).map(\.value)
      found.dns += (value(section, "dns") ?? "").split { ";, ".contains($0) }.compactMap { try? IPAddress(String($0)) }
    }
    found.mtu = value(cardSection, "mtu").flatMap { Int($0) }.flatMap { $0 == 0 ? nil : $0 }
    found.startsAtBoot = startsAtBoot
    found.settings = document.settings.filter { $0.key != "timestamp" }.map { "\($0.section).\($0.key)=\($0.value)" }
    return found
  }

  /// Whether somebody could read a password in it.
  var isSecret: Bool {
    document.settings.contains { setting in
      ["psk", "pin", "secrets", "private-key"].contains(setting.key) || setting.key.contains("password")
        || setting.key.hasPrefix("wep-key") || setting.section.hasSuffix("-secrets")
    }
  }
}

/// NetworkManager's files (NetworkManager.conf(5), nm-settings-keyfile(5)): an administrator's below /etc, or where its settings
/// say; others' below /run and /usr/lib, which count where there is none of the same UUID.
struct KeyfileFiles: FoundFiles {
  let directory: KeyfileDirectory
  let kind = Platform.NetworkBackend.keyfile
  /// Without those that are passed over.
  let all: [KeyfileConnection]
  var snapshots: [FileSnapshot] { all.map(\.snapshot) }
  let idle: [KeyfileConnection]
  /// Those that are passed over for their names: what editors and packages leave. No certificates, which stand there too.
  let misnamed: [KeyfileConnection]
  /// Those that nobody edits.
  let shadows: [KeyfileConnection]

  init(_ tree: any TreeReading) throws(TreeError) {
    directory = try KeyfileDirectory(in: tree)
    let files =
      try directory.path.map { path throws(TreeError) in
        try tree.files(in: path, where: { !$0.hasSuffix(".pem") && !$0.hasSuffix(".der") })
      } ?? []
    let own = files.filter { KeyfileDirectory.isRead($0.name) }
    misnamed = files.filter { !KeyfileDirectory.isRead($0.name) }.map {
      KeyfileConnection(snapshot: $0.file, document: Keyfile($0.file.bytes))
    }
    let read = own.map { KeyfileConnection(snapshot: $0.file, document: Keyfile($0.file.bytes)) }
    let named = read.map { connection in
      var connection = connection
      if let tag = Self.tag(connection, read) {
        connection.nameOfVLAN =
          connection.value("vlan", "interface-name") ?? tag.id.map { "\(tag.parent).\($0)" }
      }
      return connection
    }
    let passedOver = IdleKeyfiles(among: named)
    all = named.filter { !passedOver.contains($0) }
    idle = named.filter(passedOver.contains)
    var shadows: [KeyfileConnection] = []
    for directory in KeyfileDirectory.others where directory != self.directory.path {
      // Netplan's are made anew from its own files.
      for (_, file) in try tree.files(
        in: directory,
        where: { KeyfileDirectory.isRead($0) && $0.hasSuffix(".nmconnection") && !$0.hasPrefix("netplan-") })
      {
        let shadow = KeyfileConnection(snapshot: file, document: Keyfile(file.bytes))
        if try !self.directory.hides(shadow.uuid, in: tree) { shadows.append(shadow) }
      }
    }
    self.shadows = shadows
  }

  /// The connection of an interface: by its name, else by the card where it has no name.
  func connection(of interface: InterfaceName, mac: MACAddress?) -> KeyfileConnection? {
    candidates(of: interface, mac: mac).first
  }

  /// All that would take it, the one that NetworkManager prefers at the top (autoconnect-priority).
  func candidates(of interface: InterfaceName, mac: MACAddress?) -> [KeyfileConnection] {
    // A switch and its ports have the names of interfaces, and no addresses.
    let named = all.filter { $0.interface == interface.description && !$0.isSwitch }
    let found =
      named.isEmpty ? all.filter { $0.interface == nil && $0.card != nil && $0.card == mac } : named
    func rank(_ connection: KeyfileConnection) -> Int {
      (connection.startsAtBoot ? 0 : -2000)
        + connection.priority
    }
    // Of those that NetworkManager may take either, the one with addresses of its own is what the site is about.
    func isBare(_ connection: KeyfileConnection) -> Int {
      connection.addressKeys(.v4).isEmpty && connection.addressKeys(.v6).isEmpty ? 1 : 0
    }
    // One for another card is not what comes up here.
    func isTied(_ connection: KeyfileConnection) -> Int { connection.card == nil || connection.card == mac ? 0 : 1 }
    // A backup copy that NetworkManager reads all the same is not what somebody will look at.
    func isCopy(_ connection: KeyfileConnection) -> Int {
      let name = connection.snapshot.path.name
      return name.contains(".") && !name.hasSuffix(".nmconnection") ? 1 : 0
    }
    func key(_ place: Int, _ connection: KeyfileConnection) -> (Int, Int, Int, Int) {
      (-rank(connection), isBare(connection), 2 * isTied(connection) + isCopy(connection), place)
    }
    return found.enumerated().sorted { key($0.offset, $0.element) < key($1.offset, $1.element) }.map(\.element)
  }

  func interface(_ name: InterfaceName, mac: MACAddress?) -> FoundInterface? {
    connection(of: name, mac: mac)?.found(name.description)
  }

  var interfaces: [FoundInterface] {
    var names: [String] = []
    for name in all.filter({ !$0.isSwitch }).compactMap(\.interface) where !names.contains(name) { names.append(name) }
    return names.compactMap { name in (try? InterfaceName(name)).flatMap { interface($0, mac: nil) } }
  }

  /// A port names the bridge or bond by its interface, or by the UUID of its connection.
  var ports: [Port] {
    all.flatMap { connection -> [Port] in
      guard !connection.isSwitch, let master = connection.controller else { return [] }
      let own = connection.placeName
      if connection.isSwitched {
        guard connection.value("connection", "type") != "ovs-interface" else { return [] }
        return interfaces(behind: master).map {
          Port(interface: own, master: $0, place: connection.placeOfController)
        }
      }
      let name = all.first { $0.uuid == master.lowercased() }?.interface ?? master
      return [Port(interface: own, master: name, place: connection.placeOfController)]
    }
  }

  /// A card behind a port of Open vSwitch belongs to the interfaces of its own that the switch has, behind ports of theirs
  /// (nm-openvswitch(7)).
  ///
  /// - Parameter port: by its name or its UUID.
  func interfaces(behind port: String) -> [String] {
    guard let bridge = bridge(behind: port) else { return [] }
    return all.filter { other in
      other.value("connection", "type") == "ovs-interface"
        && self.bridge(of: other)?.snapshot.path == bridge.snapshot.path
    }.compactMap(\.interface)
  }

  /// The switch behind whose port a connection is.
  func bridge(of connection: KeyfileConnection) -> KeyfileConnection? { connection.controller.flatMap(bridge(behind:)) }

  private func bridge(behind port: String) -> KeyfileConnection? {
    func named(_ text: String?, type: String) -> KeyfileConnection? {
      guard let text else { return nil }
      let found = all.filter { $0.value("connection", "type") == type }
      return found.first { $0.uuid == text.lowercased() } ?? found.first { $0.interface == text }
    }
    return named(named(port, type: "ovs-port")?.controller, type: "ovs-bridge")
  }

  func proposal(_ situation: Situation, _ intents: [InterfaceIntent], _ underlay: Underlay) throws -> Proposal {
    try KeyfileBackend(situation, self, intents, underlay).proposal()
  }
}
