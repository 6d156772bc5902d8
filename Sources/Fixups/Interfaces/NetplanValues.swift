internal import Documents
internal import Tree

/// What netplan takes for a value where only some are good (parse.c, its handlers; validation.c), and which definitions others need. For a
/// single one that is not, it makes nothing at all, or nothing of that definition where the version is one that goes on.
struct NetplanValues {
  private static let renderers: Set<String> = ["networkd", "NetworkManager"]
  /// Keys of a definition that are yes or no.
  private static let switches = [
    "accept-ra", "critical", "dhcp4", "dhcp6", "ignore-carrier", "ipv6-privacy", "optional", "wakeonlan",
  ]
  /// Those that are a number, in decimal digits.
  private static let numbers = ["mtu", "ipv6-mtu"]
  /// By type: keys that name other definitions.
  private static let references = [
    "bridges": "interfaces", "bonds": "interfaces", "vrfs": "interfaces", "vlans": "link",
  ]

  static func faults(in files: NetplanFiles) -> [NetplanFault] {
    ofNetwork(files)
      + files.definitions.flatMap { definition in
        Self.of(definition, in: files) + lacking(definition, in: files)
      }
  }

  /// Of what stands beside the definitions.
  private static func ofNetwork(_ files: NetplanFiles) -> [NetplanFault] {
    files.all.flatMap { file, document -> [NetplanFault] in
      (document.root["network"]?.pairs ?? []).compactMap { pair in
        func fault(_ what: String) -> NetplanFault { .refused(what, path: file.path, line: pair.line) }
        switch (pair.key, pair.node) {
        case ("renderer", .scalar(let text, _)):
          return renderers.contains(text) ? nil : fault("renderer is \"\(text.shown)\"")
        case ("version", .scalar(let text, _)): return text == "2" ? nil : fault("version is \"\(text.shown)\"")
        case ("version", _), ("renderer", _), ("openvswitch", _): return nil
        case (let type, .empty): return fault("\(type.shown) has nothing in it")
        default: return nil
        }
      }
    }
  }

  private static func of(_ definition: NetplanDefinition, in files: NetplanFiles) -> [NetplanFault] {
    definition.parts.flatMap { part -> [NetplanFault] in
      func fault(_ key: String, _ text: String) -> NetplanFault? {
        let (file, document) = files.all[part.file]
        let line = document.line(of: definition.path + [key])
        return .refused("\(key) is \"\(text.shown)\"", path: file.path, line: line, of: definition.id)
      }
      func wrong(_ keys: [String], _ isGood: (String) -> Bool) -> [NetplanFault] {
        keys.compactMap { key in part.node[key]?.text.flatMap { isGood($0) ? nil : fault(key, $0) } }
      }
      return wrong(switches) { NetplanEdit.truth($0) != nil }
        + wrong(numbers + (definition.type == "vlans" ? ["id"] : []), isNumber)
        + wrong(["renderer"], renderers.contains)
    }
  }

  /// As strtoull(3) reads it to the end.
  private static func isNumber(_ text: String) -> Bool {
    text.utf8.allSatisfy { (48...57).contains($0) } && UInt32(text) != nil
  }

  /// What a definition cannot be without.
  private static func lacking(_ definition: NetplanDefinition, in files: NetplanFiles) -> [NetplanFault] {
    guard let key = references[definition.type], let part = definition.parts.last else { return [] }
    let (file, document) = files.all[part.file]
    func fault(_ key: String?, _ what: String) -> NetplanFault {
      .refused(
        what, path: file.path, line: document.line(of: definition.path + (key.map { [$0] } ?? [])), of: definition.id)
    }
    let missing = definition.type == "vlans" ? ["id", "link"].filter { definition.last([$0]) == nil } : []
    let named = definition.items([key]).map(\.text) + definition.texts([key])
    return missing.map { fault(nil, "\(definition.id.shown) has no \($0)") }
      + named.filter { name in !files.isDefined(name) }.map {
        fault(key, "\(key) names \($0.shown), which no file defines")
      }
  }
}

extension NetplanFiles {
  /// Whether other definitions can name it: what a file defines, and the ends of Open vSwitch's patches.
  fileprivate func isDefined(_ id: String) -> Bool {
    definitions.contains { $0.id == id }
      || all.contains { _, document in
        (document.root[["network", "openvswitch", "ports"]]?.items ?? []).contains { pair in
          pair.node.items.contains { $0.node.text == id }
        }
      }
  }
}
