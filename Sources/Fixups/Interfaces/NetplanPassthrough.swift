internal import Documents
internal import Site
internal import Tree

/// What NetworkManager adds to a definition of netplan's: settings of a keyfile that netplan has no words for, and an address with its
/// gateway, for which it has. netplan writes them over what it makes of the definition (nm.c, `write_fallback_key_value`).
struct NetplanPassthrough {
  static let path = ["networkmanager", "passthrough"]

  /// As `section.key`, in the order of the file.
  let keys: [String]
  let connection: KeyfileConnection

  /// nil where the definition has none there.
  init?(_ node: YAMLNode, of type: String, in file: FileSnapshot) {
    guard let pairs = node[Self.path]?.pairs, !pairs.isEmpty else { return nil }
    var document = Keyfile([])
    document.set("connection", "type", to: ["bridges": "bridge", "bonds": "bond", "vlans": "vlan"][type] ?? "ethernet")
    for pair in pairs {
      guard let (section, key) = Self.parts(pair.key), let text = pair.node.text else { continue }
      document.set(section, key, to: text)
    }
    keys = pairs.map(\.key)
    // Whose modes they are is netplan's affair.
    connection = KeyfileConnection(snapshot: file, document: document)
  }

  /// `ipv4.address1`: the key is behind the last dot.
  static func parts(_ text: String) -> (section: String, key: String)? {
    guard let dot = text.lastIndex(of: ".") else { return nil }
    return (String(text[..<dot]), String(text[text.index(after: dot)...]))
  }

  func gateway(_ family: IPAddress.Family) -> IPAddress? {
    connection.found("").gateways.first { $0.family == family }
  }
}

extension NetplanDefinition {
  /// The last file's of each key counts, as of all values.
  func passthroughs(_ files: [FileSnapshot]) -> [(file: Int, settings: NetplanPassthrough)] {
    parts.compactMap { part in
      NetplanPassthrough(part.node, of: type, in: files[part.file]).map { (part.file, $0) }
    }
  }
}

extension FoundInterface {
  /// With what goes over it: `address1` takes the place of the first address of its family.
  mutating func overlay(_ passthrough: NetplanPassthrough) {
    let connection = passthrough.connection
    for family in [IPAddress.Family.v4, .v6] {
      for key in connection.addressKeys(family) {
        guard let said = connection.value(KeyfileConnection.section(family), key) else { continue }
        var other = FoundInterface(name: name, files: [])
        other.add(address: KeyfileConnection.parts(said).address, else: { $0 == .v4 ? 24 : 64 })
        guard let address = other.addresses.first else { continue }
        let own = addresses.indices.filter { addresses[$0].address.family == family }
        let number = Int(key.drop { !$0.isNumber }) ?? 1
        if number > 0, number <= own.count {
          addresses[own[number - 1]] = address
        } else {
          addresses.append(address)
        }
      }
    }
    let found = connection.found(name)
    gateways += found.gateways.filter { !gateways.contains($0) }
    routes += found.routes.filter { !routes.contains($0) }
    if !found.dns.isEmpty { dns = found.dns }
  }
}
