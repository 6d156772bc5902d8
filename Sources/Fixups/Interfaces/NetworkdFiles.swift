internal import Documents
internal import Site
internal import Tree

/// One *.network, *.netdev or *.link with its drop-ins, in the order in which systemd reads them.
struct NetworkdUnit {
  /// `10-ens33.network`.
  let name: String
  var documents: [(snapshot: FileSnapshot, document: NetworkdFile)]
  /// What `Host=` of [Match] has to say, where that was the original's (``NetworkdHosts``).
  var newHost: String?

  var path: TreePath { documents[0].snapshot.path }

  /// The documents that imprint edits: an administrator's. Others are a package's, or somebody makes them at every boot.
  var editable: [Int] {
    documents.indices.filter { index in
      let path = documents[index].snapshot.path.description
      return !NetworkdFiles.directories.dropFirst().contains { path.hasPrefix("\($0)/") }
    }
  }

  func settings(_ section: String, _ key: String) -> [NetworkdFile.Setting] {
    documents.flatMap { $0.document.settings(section, key) }
  }

  /// Of a key of one value, the last; an empty one takes back what was said before.
  func value(_ section: String, _ key: String) -> String? {
    settings(section, key).last.flatMap { $0.value.isEmpty ? nil : $0.value }
  }

  /// Of a key that is a list of words.
  func words(_ section: String, _ key: String) -> [String] {
    settings(section, key).reduce(into: []) { words, setting in
      if setting.value.isEmpty { words = [] }
      words += setting.value.split { $0 == " " || $0 == "\t" }.map(String.init)
    }
  }

  var cards: [MACAddress] {
    (words("Match", "MACAddress") + words("Match", "PermanentMACAddress")).compactMap { try? MACAddress($0) }
  }

  /// The only interface that it can mean; nil for a pattern, or a match of other things.
  var interface: String? {
    let names = words("Match", "Name")
    guard names.count == 1, let name = names.first, !name.contains(where: { "*?[!".contains($0) }) else { return nil }
    return name
  }

  /// What it goes by where the kernel's name of its card is not known: its path.
  var placeName: String { interface ?? "\(path)" }

  var isPort: Bool { !(words("Network", "Bridge") + words("Network", "Bond")).isEmpty }

  var hasAddress: Bool { !(settings("Network", "Address") + settings("Address", "Address")).isEmpty }

  var found: (String) -> FoundInterface {
    { name in
      var found = FoundInterface(name: name, files: documents.map(\.snapshot.path))
      for place in addresses { found.add(address: withPrefix(place), else: { $0 == .v4 ? 24 : 64 }) }
      found.gateways = gateways.compactMap { try? IPAddress($0.setting.value) } + multipaths.flatMap(\.routers)
      found.routes = routes.map(\.value)
      found.dns = words("Network", "DNS").compactMap { try? IPAddress($0) }
      found.mtu = value("Link", "MTUBytes").flatMap { Int($0) }
      found.routeOnDevice = routeOnDevice.map { "\($0.path):\($0.setting.line)" }
      found.startsAtBoot = idleSetting == nil
      found.settings = documents.flatMap(\.document.settings).map { "\($0.section).\($0.key)=\($0.value)" }
      return found
    }
  }

  /// Default routes of the usual table: of `[Network]`, and of each `[Route]` without another destination. With the document that says
  /// it.
  var gateways: [(document: Int, setting: NetworkdFile.Setting)] {
    documents.indices.flatMap { index -> [(document: Int, setting: NetworkdFile.Setting)] in
      let document = documents[index].document
      let routes = document.last("Route", "Gateway").filter { setting in
        let section = document.settings(inSection: setting.sectionIndex)
        return Self.isMain(section)
          && section.allSatisfy { other in
            other.key != "Destination" || Route.isEverywhere(other.value)
          }
      }
      return (document.settings("Network", "Gateway") + routes).sorted { $0.line < $1.line }.map { (index, $0) }
    }
  }

  /// Default routes of the usual table through several routers: `MultiPathRoute=192.168.10.8@ens33 10`, by the first line of their
  /// `[Route]`.
  var multipaths: [(document: Int, setting: NetworkdFile.Setting, routers: [IPAddress])] {
    documents.indices.flatMap { index -> [(document: Int, setting: NetworkdFile.Setting, routers: [IPAddress])] in
      let document = documents[index].document
      let ways = document.settings("Route", "MultiPathRoute")
      return Set(ways.map(\.sectionIndex)).sorted().compactMap { number in
        let section = document.settings(inSection: number)
        let routers = ways.filter { $0.sectionIndex == number }.compactMap { way in
          try? IPAddress(String(way.value.prefix { $0 != "@" && !$0.isWhitespace }))
        }
        let isEverywhere = section.allSatisfy { $0.key != "Destination" || Route.isEverywhere($0.value) }
        guard let first = section.first, !routers.isEmpty, isEverywhere,
          Self.isMain(section.filter { $0.key != "MultiPathRoute" })
        else { return nil }
        return (index, first, routers)
      }
    }
  }

  /// Each `[Route]` through a router to somewhere else than everywhere, by its first line.
  var routes: [(place: (document: Int, setting: NetworkdFile.Setting), value: FoundRoute)] {
    documents.indices.flatMap { index in
      let document = documents[index].document
      let sections = Set(document.settings.filter { $0.section == "Route" }.map(\.sectionIndex)).sorted()
      return sections.compactMap {
        section -> (place: (document: Int, setting: NetworkdFile.Setting), value: FoundRoute)? in
        let settings = document.settings(inSection: section)
        let said = Dictionary(settings.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        let known = ["Destination", "Gateway", "Metric"]
        guard let first = settings.first, Self.isMain(settings), let destination = said["Destination"],
          let gateway = said["Gateway"]
        else { return nil }
        let isPlain = said.count == settings.count && said.keys.allSatisfy(known.contains)
        return FoundRoute(Route(to: destination, via: gateway, metric: said["Metric"]), isPlain: isPlain).map {
          (place: (document: index, setting: first), value: $0)
        }
      }
    }
  }

  /// Whether a `[Route]` is in the usual table, for all packets and through one router.
  private static func isMain(_ section: [NetworkdFile.Setting]) -> Bool {
    let others = [
      "Table": ["main", "254"], "Type": ["unicast"], "TypeOfService": ["0"], "Source": [], "MultiPathRoute": [],
      "NextHop": [],
    ]
    return section.allSatisfy { $0.value.isEmpty || others[$0.key]?.contains($0.value) ?? true }
  }

  /// The addresses, with the document that says each.
  var addresses: [(document: Int, setting: NetworkdFile.Setting)] {
    documents.indices.flatMap { index in
      let document = documents[index].document
      let said = document.settings("Network", "Address") + document.last("Address", "Address")
      return said.sorted { $0.line < $1.line }.map { (index, $0) }
    }
  }
}

extension NetworkdUnit {
  /// What keeps an interface down (systemd.network(5), [Link]).
  static let idle = [
    "Unmanaged": ["yes", "true", "on", "1"], "ActivationPolicy": ["manual", "down", "always-down"],
  ]

  var isUnmanaged: Bool {
    value("Link", "Unmanaged").map { Self.idle["Unmanaged"]?.contains($0.lowercased()) ?? false } ?? false
  }

  /// What makes a default route through no router (systemd.network(5), `DefaultRouteOnDevice`).
  var routeOnDevice: (path: TreePath, setting: NetworkdFile.Setting)? {
    let said = documents.flatMap { snapshot, document in
      document.settings("Network", "DefaultRouteOnDevice").map { (path: snapshot.path, setting: $0) }
    }
    guard let last = said.last, ["yes", "true", "1", "on", "y", "t"].contains(last.setting.value.lowercased()) else {
      return nil
    }
    return last
  }

  /// Where that is said last.
  var idleSetting: (path: TreePath, setting: NetworkdFile.Setting)? {
    let said = documents.flatMap { document in document.document.settings.map { (document.snapshot.path, $0) } }
    return Self.idle.sorted { $0.key < $1.key }.compactMap { key, values in
      said.last { $0.1.section == "Link" && $0.1.key == key }.flatMap { path, setting in
        values.contains(setting.value.lowercased()) ? (path, setting) : nil
      }
    }.first
  }
}

/// systemd-networkd's files (systemd.network(5)): of one name the directory of the highest priority counts, and of all names
/// the first that matches an interface is its own.
struct NetworkdFiles: FoundFiles {
  static let directory: TreePath = "/etc/systemd/network"
  /// The highest priority first.
  static let directories: [TreePath] = [
    directory, "/run/systemd/network", "/usr/local/lib/systemd/network", "/usr/lib/systemd/network",
    "/lib/systemd/network",
  ]

  let kind = Platform.NetworkBackend.networkd
  /// By name, netplan's among them, and none that is for another machine.
  let all: [NetworkdUnit]
  /// The names of all files, of other machines' too: of two directories the first one's hides the second one's all the same.
  let names: [String: TreePath]
  /// The *.netdev: what systemd-networkd makes.
  let devices: [NetworkdUnit]
  var snapshots: [FileSnapshot] { (all + devices).flatMap { $0.documents.map(\.snapshot) } }
  /// Names of *.network that nothing is read of, with what hides them: an empty file, or a link to /dev/null.
  let masks: [String: TreePath]

  /// - Parameter hosts: asked for where a file is not for every machine.
  init(_ tree: any TreeReading, _ hosts: () throws -> NetworkdHosts) throws {
    let units = try (networks: Self.units(".network", in: tree), devices: Self.units(".netdev", in: tree))
    let hosts = try (units.networks + units.devices).contains { $0.host != nil } ? hosts() : nil
    all = hosts?.heeded(units.networks) ?? units.networks
    devices = hosts?.heeded(units.devices) ?? units.devices
    names = Dictionary(units.networks.map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first })
    let places = try Self.places(in: Self.directories, in: tree) { $0.hasSuffix(".network") && !$0.hasPrefix(".") }
    masks = Dictionary(
      places.filter { $0.file?.bytes.isEmpty ?? true }.map { ($0.path.name, $0.path) }, uniquingKeysWith: { $1 })
  }

  /// The files with that ending, each with its drop-ins: by name, the first directory's of each name, and one that is empty or leads
  /// to /dev/null is none (`config_parse_many` and `conf_files_list_strv` of systemd).
  static func units(_ suffix: String, in tree: any TreeReading) throws(TreeError) -> [NetworkdUnit] {
    var units: [NetworkdUnit] = []
    for place in try places(in: directories, in: tree, where: { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }) {
      guard let file = place.file, !file.bytes.isEmpty else { continue }
      let name = place.path.name
      var unit = NetworkdUnit(name: name, documents: [(file, NetworkdFile(file.bytes))])
      unit.documents += try dropIns(of: name, in: tree)
      units.append(unit)
    }
    return units
  }

  static func dropIns(
    of name: String, in tree: any TreeReading
  ) throws(TreeError) -> [(snapshot: FileSnapshot, document: NetworkdFile)] {
    let directories = directories.map { $0.appending("\(name).d") }
    return try places(in: directories, in: tree, where: { $0.hasSuffix(".conf") && !$0.hasPrefix(".") })
      .compactMap(\.file).map { ($0, NetworkdFile($0.bytes)) }
  }

  /// Those of files that netplan makes at boot, by the names of these.
  static func dropInsOfNetplan(_ suffix: String, in tree: any TreeReading) throws(TreeError) -> [NetworkdUnit] {
    var names: Set<String> = []
    for directory in directories {
      for entry in try tree.listing(directory) ?? []
      where entry.name.hasPrefix("10-netplan-") && entry.name.hasSuffix("\(suffix).d") {
        names.insert(String(entry.name.dropLast(2)))
      }
    }
    return try names.sorted().map { name throws(TreeError) in
      NetworkdUnit(name: name, documents: try dropIns(of: name, in: tree))
    }.filter { !$0.documents.isEmpty }
  }

  /// By name, each from the first directory that has it. A link to /dev/null hides it, and has no file.
  private static func places(
    in directories: [TreePath], in tree: any TreeReading, where isWanted: (String) -> Bool
  ) throws(TreeError) -> [(path: TreePath, file: FileSnapshot?)] {
    var found: [String: (path: TreePath, file: FileSnapshot?)] = [:]
    for directory in directories {
      for entry in try tree.listing(directory) ?? [] where isWanted(entry.name) && found[entry.name] == nil {
        let path = directory.appending(entry.name)
        let file = try tree.glance(path)
        // A link to nowhere is passed over (conf-files.c, files_add).
        if file == nil, try tree.resolve(path) != "/dev/null" { continue }
        found[entry.name] = (path, file)
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Netplan's are netplan's to be named by.
  static func isGenerated(_ unit: NetworkdUnit) -> Bool { isGenerated(unit.path) }

  static func isGenerated(_ path: TreePath) -> Bool {
    path.name.contains("-netplan-") && path.description.hasPrefix("/run/")
  }

  /// The file that is the interface's own: it names it, or has its addresses. One for any card is not.
  func unit(of interface: InterfaceName, mac: MACAddress?) -> NetworkdUnit? { units(of: interface, mac: mac).first }

  /// Several where only the machine can tell which of them it takes: all but the last ask for something more.
  func units(of interface: InterfaceName, mac: MACAddress?) -> [NetworkdUnit] {
    let name = interface.description
    let kind = madeKind(of: name)
    let own = all.filter { unit in
      // One that says neither a name nor a card is for any.
      !Self.isGenerated(unit) && unit.matches(name, mac: mac, kind: kind)
        && !(unit.words("Match", "Name") + unit.cards.map(\.description)).isEmpty
    }
    let named = own.filter { $0.interface == name }
    let sure = named.firstIndex { $0.unknownConditions(of: name, kind: kind).isEmpty }
    // Of these the ones without an address are for other times: a rescue, an installation.
    let addressed = named[...(sure ?? named.endIndex - 1)].filter(\.hasAddress)
    guard addressed.isEmpty else { return addressed }
    // A port of a bridge whose card the site says is not the bridge.
    let first =
      sure.map { named[$0] } ?? named.first ?? own.first { $0.words("Match", "Name").isEmpty && !$0.isPort }
      ?? own.first(where: \.hasAddress)
    return first.map { [$0] } ?? []
  }

  /// Also where all of it is for whatever matches.
  var isInUse: Bool { all.contains { $0.path.description.hasPrefix("/etc/") } }

  /// As what systemd-networkd makes an interface.
  func madeKind(of name: String) -> String? {
    devices.first { $0.value("NetDev", "Name") == name }?.value("NetDev", "Kind")
  }

  /// The one that systemd-networkd takes.
  ///
  /// - Parameter kind: as what somebody else makes the interface.
  func first(for interface: InterfaceName, mac: MACAddress?, kind: String? = nil) -> NetworkdUnit? {
    let name = interface.description
    let kind = kind ?? madeKind(of: name)
    return all.first { $0.matches(name, mac: $0.isPort ? nil : mac, kind: kind) }
  }

  /// One that surely goes before the interface's own.
  func first(for intent: InterfaceIntent, before unit: NetworkdUnit) -> NetworkdUnit? {
    all.prefix { $0.path != unit.path }.first { conditions(of: $0, toTake: intent)?.isEmpty ?? false }
  }

  /// What only the machine can tell of whether a file takes an interface; nil: it does not.
  func conditions(of other: NetworkdUnit, toTake intent: InterfaceIntent) -> [NetworkdFile.Setting]? {
    let (name, mac) = (intent.interface.description, other.isPort ? nil : intent.mac)
    let kind = madeKind(of: name)
    guard other.mayMatch(name, mac: mac, kind: kind) else { return nil }
    let unknown = other.unknownConditions(of: name, kind: kind)
    // Beside a pattern a card counts as well.
    guard !other.cards.isEmpty, !other.words("Match", "Name").contains(name) else { return unknown }
    guard let mac else {
      return other.settings("Match", "MACAddress") + other.settings("Match", "PermanentMACAddress") + unknown
    }
    return other.cards.contains(mac) ? unknown : nil
  }

  func interface(_ name: InterfaceName, mac: MACAddress?) -> FoundInterface? {
    unit(of: name, mac: mac)?.found(name.description)
  }

  var interfaces: [FoundInterface] {
    var names: [String] = []
    for unit in all where !Self.isGenerated(unit) {
      if let name = unit.interface, !names.contains(name) { names.append(name) }
    }
    return names.compactMap { name in (try? InterfaceName(name)).flatMap { interface($0, mac: nil) } }
  }

  /// A port says its bridge, bond or VRF itself; a file may be for several cards.
  var ports: [Port] {
    all.filter { !Self.isGenerated($0) }.flatMap { unit -> [Port] in
      guard unit.interface != nil || !unit.cards.isEmpty else { return [] }
      let others = unit.cards.dropFirst().map { "\(unit.path) (\($0))" }
      let names = unit.interface.map { [$0] } ?? [unit.placeName] + others
      return ["Bridge", "Bond"].flatMap { key in
        // Of a bond's port it drops them (networkd-network.c, `network_verify`).
        unit.settings("Network", key).filter { !$0.value.isEmpty }.flatMap { setting in
          names.map {
            Port(
              interface: $0, master: setting.value, place: "\(unit.path):\(setting.line)",
              keepsAddresses: key == "Bridge")
          }
        }
      }
    }
  }

  func proposal(_ situation: Situation, _ intents: [InterfaceIntent], _ underlay: Underlay) throws -> Proposal {
    try NetworkdBackend(situation, self, intents, underlay).proposal()
  }
}

extension NetworkdFile {
  /// Of a key of one value in sections that are apart: the last in each, which counts.
  fileprivate func last(_ section: String, _ key: String) -> [Setting] {
    let all = settings(section, key)
    return all.filter { setting in !all.contains { $0.sectionIndex == setting.sectionIndex && $0.line > setting.line } }
  }
}
