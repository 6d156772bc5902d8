/// The UUIDs that connections of a copy get in place of the original's. Connections name each other by them: a port its bridge or
/// bond, a VLAN its parent, a connection its VPN. NetworkManager looks for a UUID before it looks for a name
/// (nms-ifcfg-rh-reader.c, `check_if_bond_slave`).
struct RenewedUUIDs {
  private var fresh: [String: String] = [:]
  /// The interfaces of connections in other backends' files, which go by new UUIDs there: their names will do as well
  /// (nm-settings-nmcli(5), connection.controller).
  private let elsewhere: [String: String]

  init(elsewhere: [String: String] = [:]) { self.elsewhere = elsewhere }

  /// What comes in the place of a connection's own UUID; the same wherever that is said.
  mutating func renew(_ old: String, from values: any FreshValues) throws -> String {
    let new = try fresh[old.lowercased()] ?? values.uuid()
    fresh[old.lowercased()] = new
    return new
  }

  /// A list of names and UUIDs with those that have changed replaced, and all else as it is.
  ///
  /// - Parameter isOfDevices: Whether an interface's name may stand there.
  func following(_ text: String, isOfDevices: Bool = true) -> String {
    var (result, word) = ("", "")
    for character in text + " " {
      guard ";, \t".contains(character) else {
        word.append(character)
        continue
      }
      let old = word.lowercased()
      result += (fresh[old] ?? (isOfDevices ? elsewhere[old] : nil) ?? word) + String(character)
      word = ""
    }
    return String(result.dropLast())
  }
}

extension IfcfgFiles {
  var connections: [(uuid: String, interface: String)] {
    all.filter(\.isCurrent).compactMap { file in file.value("UUID").map { ($0.lowercased(), file.device) } }
  }
}

extension KeyfileFiles {
  var connections: [(uuid: String, interface: String)] {
    all.compactMap { connection in
      connection.uuid.flatMap { uuid in connection.interface.map { (uuid.lowercased(), $0) } }
    }
  }
}

extension InterfaceFiles {
  /// For each backend, the interfaces of the others' connections by the UUIDs that these lose.
  func connectionsElsewhere(_ situation: Situation) -> [[String: String]] {
    let all = backends.map { backend in
      Dictionary(backend.connections.map { ($0.uuid, $0.interface) }, uniquingKeysWith: { first, _ in first })
    }
    return all.indices.map { index in
      all.indices.filter { $0 != index }.flatMap { all[$0] }.reduce(into: [:]) { elsewhere, other in
        if all[index][other.key] == nil, situation.isOriginals(other.key) { elsewhere[other.key] = other.value }
      }
    }
  }
}
