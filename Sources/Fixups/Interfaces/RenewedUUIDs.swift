/// The UUIDs that connections of a copy get in place of the original's. Connections name each other by them: a port its bridge or
/// bond, a VLAN its parent, a connection its VPN. NetworkManager looks for a UUID before it looks for a name
/// (nms-ifcfg-rh-reader.c, `check_if_bond_slave`).
struct RenewedUUIDs {
  private var fresh: [String: String] = [:]

  /// What comes in the place of a connection's own UUID; the same wherever that is said.
  mutating func renew(_ old: String, from values: any FreshValues) throws -> String {
    let new = try fresh[old.lowercased()] ?? values.uuid()
    fresh[old.lowercased()] = new
    return new
  }

  /// A list of names and UUIDs with those that have changed replaced, and all else as it is.
  func following(_ text: String) -> String {
    var (result, word) = ("", "")
    for character in text + " " {
      guard ";, \t".contains(character) else {
        word.append(character)
        continue
      }
      result += (fresh[word.lowercased()] ?? word) + String(character)
      word = ""
    }
    return String(result.dropLast())
  }
}
