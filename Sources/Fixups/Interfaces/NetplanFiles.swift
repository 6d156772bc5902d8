internal import Documents
internal import Site
internal import Tree

/// What netplan says of one interface, in one file or several: mappings are joined, lists too, and of two values the later
/// counts (netplan's reference, "General structure").
struct NetplanDefinition {
  /// `ethernets`, `bonds`, `bridges`, …
  let type: String
  let id: String
  /// Each file that has it, in order, as a place in ``NetplanFiles/all``.
  var parts: [(file: Int, node: YAMLNode)]

  var path: [String] { ["network", type, id] }

  func texts(_ path: [String]) -> [String] { parts.compactMap { $0.node[path]?.text } }
  func last(_ path: [String]) -> String? { texts(path).last }

  /// What the kernel calls it; nil for a pattern that may mean several.
  var interface: String? {
    if let name = last(["set-name"]) { return name }
    guard let name = last(["match", "name"]) else { return id }
    return name.contains { "*?[".contains($0) } ? nil : name
  }

  /// Whether it is for whatever has such a name, and this one is one.
  func matches(_ name: String) -> Bool {
    guard let pattern = last(["match", "name"]), interface == nil else { return false }
    return NetworkdUnit.glob(pattern, name)
  }

  var card: MACAddress? { last(["match", "macaddress"]).flatMap { try? MACAddress($0) } }

  /// The items of a list, with their file and their place in it. An address may be a key with more said of it.
  func items(_ path: [String]) -> [(file: Int, index: Int, text: String)] {
    parts.flatMap { part in
      (part.node[path]?.items ?? []).enumerated().compactMap { index, item in
        (item.node.text ?? item.node.pairs.first?.key).map { (part.file, index, $0) }
      }
    }
  }

  /// Default routes: `gateway4`, `gateway6`, and the routes to everywhere of the main table.
  func gateways(_ family: IPAddress.Family) -> [NetplanGateway] {
    let key = family == .v4 ? "gateway4" : "gateway6"
    return parts.flatMap { part -> [NetplanGateway] in
      let plain = part.node[key]?.text.map { [NetplanGateway(file: part.file, route: nil, text: $0)] } ?? []
      let routes = (part.node["routes"]?.items ?? []).enumerated().compactMap { index, item -> NetplanGateway? in
        guard let via = item.node["via"]?.text, (try? IPAddress(via))?.family == family,
          ["254", nil].contains(item.node["table"]?.text), ["unicast", nil].contains(item.node["type"]?.text),
          Route.isEverywhere(item.node["to"]?.text ?? "")
        else { return nil }
        return NetplanGateway(file: part.file, route: index, text: via)
      }
      return plain + routes
    }
  }

  /// The routes of the usual table through a router, with their place in the list.
  static func routes(_ node: YAMLNode) -> [(place: Int, value: FoundRoute)] {
    (node["routes"]?.items ?? []).enumerated().compactMap { index, item in
      let isPlain = item.node.pairs.allSatisfy { ["to", "via", "metric"].contains($0.key) }
      guard ["254", nil].contains(item.node["table"]?.text), ["unicast", nil].contains(item.node["type"]?.text),
        let destination = item.node["to"]?.text, let gateway = item.node["via"]?.text
      else { return nil }
      let route = Route(to: destination, via: gateway, metric: item.node["metric"]?.text)
      return FoundRoute(route, isPlain: isPlain).map { (index, $0) }
    }
  }

  func found(_ name: String, _ files: [FileSnapshot]) -> FoundInterface {
    var found = FoundInterface(name: name, files: parts.map { files[$0.file].path })
    for item in items(["addresses"]) { found.add(address: item.text) }
    found.gateways = (gateways(.v4) + gateways(.v6)).compactMap { try? IPAddress($0.text) }
    found.routes = parts.flatMap { Self.routes($0.node) }.map(\.value)
    found.dns = items(["nameservers", "addresses"]).compactMap { try? IPAddress($0.text) }
    found.mtu = last(["mtu"]).flatMap { Int($0) }
    for (_, settings) in passthroughs(files) { found.overlay(settings) }
    found.settings = parts.flatMap(\.node.flattened)
    return found
  }
}

/// Where a gateway is said: by a key of its own, or in a route.
struct NetplanGateway {
  let file: Int
  let route: Int?
  let text: String
}

/// netplan's files (netplan(5)): of one name the directory of the highest priority counts, and all names are joined in order.
struct NetplanFiles: FoundFiles {
  static let directory: TreePath = "/etc/netplan"
  private static let directories: [TreePath] = ["/run/netplan", directory, "/usr/lib/netplan", "/lib/netplan"]

  let kind = Platform.NetworkBackend.netplan
  let all: [(snapshot: FileSnapshot, document: YAMLFile)]
  var snapshots: [FileSnapshot] { all.map(\.snapshot) }
  let definitions: [NetplanDefinition]

  /// What netplan cannot read: a link to nowhere, a directory. Then it makes nothing at all.
  let unreadable: [TreePath]

  init(_ tree: any TreeReading) throws(TreeError) {
    var files: [String: FileSnapshot] = [:]
    var (seen, unreadable): (Set<String>, [TreePath]) = ([], [])
    for directory in Self.directories {
      for entry in try tree.listing(directory) ?? []
      where entry.name.hasSuffix(".yaml") && !entry.name.hasPrefix(".") && seen.insert(entry.name).inserted {
        let path = directory.appending(entry.name)
        if let file = try tree.glance(path) {
          files[entry.name] = file
        } else if try tree.resolve(path) != "/dev/null" {
          unreadable.append(path)
        }
      }
    }
    self.unreadable = unreadable
    all = files.sorted { $0.key < $1.key }.map { ($0.value, YAMLFile($0.value.bytes)) }
    definitions = Self.definitions(all.map(\.document))
  }

  private static func definitions(_ documents: [YAMLFile]) -> [NetplanDefinition] {
    var found: [NetplanDefinition] = []
    for (file, document) in documents.enumerated() {
      for type in document.root["network"]?.pairs ?? [] where type.key != "version" && type.key != "renderer" {
        for pair in type.node.pairs where pair.node.text == nil {
          if let index = found.firstIndex(where: { $0.type == type.key && $0.id == pair.key }) {
            found[index].parts.append((file, pair.node))
          } else {
            found.append(NetplanDefinition(type: type.key, id: pair.key, parts: [(file, pair.node)]))
          }
        }
      }
    }
    return found
  }

  /// The one that configures an interface: by name, by the card, or a pattern that has its addresses.
  func definition(of interface: InterfaceName, mac: MACAddress?) -> NetplanDefinition? {
    let name = interface.description
    return definitions.first { $0.interface == name } ?? definitions.first { mac != nil && $0.card == mac }
      ?? definitions.first { definition in
        definition.matches(name) && !definition.items(["addresses"]).isEmpty
      }
  }

  func isSame(_ name: InterfaceName, as interface: InterfaceName, mac: MACAddress?) -> Bool {
    definition(of: interface, mac: mac)?.id == name.description
  }

  var isInUse: Bool { !definitions.isEmpty }

  /// A definition for whatever matches that systemd-networkd takes for the interface before one of that name: the files that netplan
  /// makes have the names of the definitions (networkd.c, `10-netplan-…`), and the first that matches counts.
  func shadow(of interface: InterfaceName, id: String) -> NetplanDefinition? {
    definitions.first { definition in
      definition.matches(interface.description) && definition.id.utf8.lexicographicallyPrecedes(id.utf8)
    }
  }

  /// Who brings the interface up: as the definition says, else its type, else all, the last of which counts; systemd-networkd without
  /// that (netplan's reference, `renderer`).
  ///
  /// - Parameter definition: nil: of one that says nothing itself.
  func renderer(of definition: NetplanDefinition?) -> String {
    let roots = all.compactMap { $0.document.root["network"] }
    let ofType = definition.flatMap { definition in roots.compactMap { $0[[definition.type, "renderer"]]?.text }.last }
    return definition?.last(["renderer"]) ?? ofType
      ?? roots.compactMap { $0["renderer"]?.text }.last ?? "networkd"
  }

  /// Whether it hands anything to NetworkManager.
  var hasNetworkManager: Bool {
    all.contains { $0.document.root["network"]?["renderer"]?.text == "NetworkManager" }
      || definitions.contains { renderer(of: $0) == "NetworkManager" }
  }

  /// What a new definition of an interface is called: as the interface, unless that is the name of another, with which netplan would
  /// join it, or one that matches the interface comes before it.
  func freeID(for interface: InterfaceName) -> String {
    let name = interface.description
    func isTaken(_ id: String) -> Bool { definitions.contains { $0.id == id } }
    guard isTaken(name) || shadow(of: interface, id: name) != nil else { return name }
    var id = "00-\(name)"
    while isTaken(id) { id = "0\(id)" }
    return id
  }

  func interface(_ name: InterfaceName, mac: MACAddress?) -> FoundInterface? {
    definition(of: name, mac: mac)?.found(name.description, all.map(\.snapshot))
  }

  var interfaces: [FoundInterface] {
    definitions.compactMap { definition in
      definition.interface.map { definition.found($0, all.map(\.snapshot)) }
    }
  }

  /// Bridges and bonds name their ports, by the names of their definitions.
  var ports: [Port] {
    definitions.filter { ["bridges", "bonds"].contains($0.type) }.flatMap { definition in
      definition.items(["interfaces"]).map { item in
        let own = definitions.first { $0.id == item.text }
        let line = all[item.file].document.line(of: definition.path + ["interfaces"]).map { ":\($0)" } ?? ""
        return Port(
          interface: own?.interface ?? item.text, master: definition.interface ?? definition.id,
          place: "\(all[item.file].snapshot.path)\(line)",
          keepsAddresses: definition.type == "bridges" && renderer(of: own) == "networkd")
      }
    }
  }

  func proposal(_ situation: Situation, _ intents: [InterfaceIntent], _ underlay: Underlay) throws -> Proposal {
    try NetplanBackend(situation, self, intents, underlay).proposal()
  }
}
