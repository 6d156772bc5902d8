internal import Documents
internal import Site
internal import Tree

/// What gives interfaces addresses by a list of names or a pattern: fine for one of the node's interfaces. Two of them would both
/// have every address in it, and each would take out what the other has written.
struct SharedMatch: Hashable {
  /// File and line.
  let place: String
  /// What says for whom it is: `Name= of [Match]`.
  let key: String
  /// What to write.
  let remedy: String
}

extension InterfaceFiles {
  /// A file, or a part of one, that two of the node's interfaces have their addresses from.
  func refuseShared(_ intents: [InterfaceIntent]) throws {
    var owners: [(match: SharedMatch, interfaces: [String])] = []
    for intent in intents {
      for match in live.flatMap({ $0.matches(of: intent.interface, mac: intent.mac) }) {
        let index = owners.firstIndex { $0.match == match } ?? owners.endIndex
        if index == owners.endIndex { owners.append((match, [])) }
        let name = intent.interface.description
        if !owners[index].interfaces.contains(name) { owners[index].interfaces.append(name) }
      }
    }
    let problems = owners.filter { $0.interfaces.count > 1 }.map { match, interfaces in
      "\(match.place): \(match.key) is for \(interfaces.joined(separator: " and ")) at once, and both would have all of its addresses"
        + " (write \(match.remedy) for each of them, with its name alone)"
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }
}

extension NetworkBackend {
  func matches(of interface: InterfaceName, mac: MACAddress?) -> [SharedMatch] { [] }
}

extension NetworkdFiles {
  /// The interface's own file, and the first that matches, which is the one that systemd-networkd takes (systemd.network(5)). One
  /// without an address may be for as many as it likes: the interfaces' own files count, or are told to come too late.
  func matches(of interface: InterfaceName, mac: MACAddress?) -> [SharedMatch] {
    var units = [unit(of: interface, mac: mac), first(for: interface, mac: mac)].compactMap(\.self)
    units = units.filter { $0.hasAddress && $0.interface == nil && !Self.isGenerated($0) }
    return Set(units.map(\.path)).sorted().compactMap { path in
      units.first { $0.path == path }.map { unit in
        let settings = unit.documents.flatMap { document in
          document.document.settings.filter { $0.section == "Match" }.map { (document.snapshot.path, $0) }
        }
        let said = settings.last { $0.1.key == "Name" } ?? settings.last { $0.1.key.hasSuffix("MACAddress") }
        return SharedMatch(
          place: said.map { "\($0.0):\($0.1.line)" } ?? "\(path)", key: "\(said?.1.key ?? "Name")= of [Match]",
          remedy: "a file")
      }
    }
  }
}

extension NetplanFiles {
  /// A definition whose `match` is a pattern.
  func matches(of interface: InterfaceName, mac: MACAddress?) -> [SharedMatch] {
    guard let definition = definition(of: interface, mac: mac), definition.interface == nil,
      !definition.items(["addresses"]).isEmpty,
      let part = definition.parts.last(where: { $0.node["match"]?["name"] != nil })
    else { return [] }
    let line = all[part.file].document.line(of: definition.path + ["match", "name"]).map { ":\($0)" } ?? ""
    return [
      SharedMatch(
        place: "\(all[part.file].snapshot.path)\(line)", key: "match of \(definition.id.shown)", remedy: "a definition")
    ]
  }
}
