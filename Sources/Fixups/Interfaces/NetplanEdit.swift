internal import Documents
internal import Site
internal import Tree

/// netplan's files while they are edited, and why each edit is made.
struct NetplanEdit {
  let situation: Situation
  let files: NetplanFiles
  private(set) var documents: [YAMLFile]
  private var reasons: [Int: [String]] = [:]
  /// That no rule has an address of the original, and Open vSwitch gets none.
  var claims: [Claim] = []

  init(_ files: NetplanFiles, _ situation: Situation) {
    self.situation = situation
    self.files = files
    documents = files.all.map(\.document)
  }

  mutating func converge(_ definition: NetplanDefinition, _ intent: InterfaceIntent) throws {
    let there = definition.found("", files.all.map(\.snapshot)).addresses.map(\.address)
    for family in [IPAddress.Family.v4, .v6] {
      let wanted = intent.addresses(family).map { intent.withPrefix($0) }
      try converge(
        definition, ["addresses"], wanted, "address of \(intent.interface)",
        where: { text in Self.address(text).map { $0.family == family && intent.decides(on: $0) } ?? false })
      try convergePassthrough(definition) { connection in
        connection.isOver = true
        connection.converge(intent, family)
      }
      try convergeGateway(definition, intent, family, of: there)
      let key = family == .v4 ? "dhcp4" : "dhcp6"
      for part in definition.parts where !wanted.isEmpty && Self.isTrue(part.node[key]?.text) {
        try set(
          definition, part.file, [key], to: "false",
          because: "\(key) was on, and the site gives \(situation.node.name) its address")
      }
    }
    try convergeRoutes(definition, intent)
    try convergeStart(definition, intent)
    if !intent.dns.isEmpty {
      try converge(definition, ["nameservers", "addresses"], intent.dns, "name servers of \(intent.interface)") { _ in
        true
      }
    }
    if let mtu = intent.network.mtu, definition.last(["mtu"]) != String(mtu) {
      let home = definition.parts.last { $0.node["mtu"] != nil } ?? definition.parts[0]
      try set(
        definition, home.file, ["mtu"], to: String(mtu),
        because: situation.reason("mtu", said: definition.last(["mtu"]), wanted: String(mtu)))
    }
  }

  /// It comes up at boot, for an interface of the node's.
  mutating func convergeStart(_ definition: NetplanDefinition, _ intent: InterfaceIntent) throws {
    for part in definition.parts {
      guard let said = part.node["activation-mode"]?.text, ["manual", "off"].contains(said.lowercased()) else {
        continue
      }
      let reason = "activation-mode was \(said), and \(situation.node.name) needs \(intent.network.name) to come up"
      try change(part.file, because: reason) { document throws(EditError) in
        try document.remove(definition.path + ["activation-mode"])
        // A definition with nothing in it is none to netplan (parse.c, `process_mapping`).
        guard part.node.pairs.count == 1 else { return }
        try document.set(definition.path + ["dhcp4"], to: .scalar("false"))
      }
    }
  }

  /// A definition as the edits so far have left it: places in its lists are those of now.
  func current(_ definition: NetplanDefinition) -> NetplanDefinition {
    var current = definition
    for index in current.parts.indices {
      let file = current.parts[index].file
      current.parts[index].node = documents[file].root[definition.path] ?? .empty(at: 0)
    }
    return current
  }

  /// A list that several files may share.
  private mutating func converge(
    _ definition: NetplanDefinition, _ key: [String], _ wanted: [String], _ what: String, where isOurs: (String) -> Bool
  ) throws {
    let definition = current(definition)
    let there = definition.items(key).filter { isOurs($0.text) }
    let pairing = Pairing(
      there.map { ($0, $0.text) }, wanted: wanted, inOrder: key.first == "nameservers", isSame: Self.isSame)
    guard !pairing.replaced.isEmpty || !pairing.removed.isEmpty || !pairing.added.isEmpty else { return }
    // Where all that is there may stay, it is too little.
    let gone = pairing.replaced.map(\.place.text) + pairing.removed.map(\.text)
    let said = (gone.isEmpty ? there.map(\.text) : gone).joined(separator: " and ")
    let single = Self.address(said)?.description ?? said
    let reason =
      wanted.isEmpty
      ? "\(what) was \(said), and the site gives \(situation.node.name) no such address"
      : situation.reason(
        what, said: wanted.contains { Self.address($0)?.description == single } ? said : single,
        wanted: wanted.joined(separator: " and "))
    let home = definition.parts.first { !($0.node[key]?.items ?? []).isEmpty }
    for part in definition.parts {
      let replaced = pairing.replaced.filter { $0.place.file == part.file }.map { ($0.place.index, $0.value) }
      let removed = pairing.removed.filter { $0.file == part.file }.map(\.index)
      let added = part.file == home?.file ? pairing.added : []
      guard !replaced.isEmpty || !removed.isEmpty || !added.isEmpty else { continue }
      try change(part.file, because: reason) { document throws(EditError) in
        try document.edit(
          list: definition.path + key, replacing: Dictionary(replaced, uniquingKeysWith: { first, _ in first }),
          removing: Set(removed), adding: added.map { .scalar($0) })
      }
    }
    guard home == nil else { return }
    try change(definition.parts[0].file, because: reason) { document throws(EditError) in
      try document.set(definition.path + key, to: .list(pairing.added.map { .scalar($0) }))
    }
  }

  /// Settings of a keyfile, edited as those are. Only what stands there: for all else there are netplan's own words.
  mutating func convergePassthrough(
    _ definition: NetplanDefinition, _ edit: (inout KeyfileEdit) -> Void
  ) throws {
    let definition = current(definition)
    for (file, settings) in definition.passthroughs(files.all.map(\.snapshot)) {
      var connection = KeyfileEdit(settings.connection, situation)
      edit(&connection)
      for text in settings.keys {
        guard let (section, key) = NetplanPassthrough.parts(text),
          let said = settings.connection.document.value(section, key)
        else { continue }
        let new = connection.connection.document.value(section, key)
        guard new != said else { continue }
        let path = definition.path + NetplanPassthrough.path + [text]
        let reason = connection.reasons.first { $0.contains(key) } ?? "\(text) of passthrough said \(said.shown)"
        try change(file, because: reason) { document throws(EditError) in
          guard let new else { return try document.remove(path) }
          if let node = document.root[path] { try document.replace(node, with: new) }
        }
      }
      claims += connection.claims
    }
  }

  /// Rules of routing, the source that a route prefers, and the near end of a tunnel are about this node alone.
  mutating func convergeRules() throws {
    for definition in files.definitions {
      try convergePassthrough(definition) { $0.convergeRules() }
      for part in definition.parts where files.all[part.file].snapshot.path.description.hasPrefix("/etc/") {
        if let node = documents[part.file].root[definition.path + ["local"]], let text = node.text,
          let (new, said) = situation.renewingNearEnd("local", text)
        {
          try change(part.file, because: "local of \(definition.id) said \(said[0])") { document throws(EditError) in
            try document.replace(node, with: new)
          }
        }
        for (list, keys) in [("routing-policy", ["from", "to"]), ("routes", ["from"])] {
          let path = definition.path + [list]
          for index in (documents[part.file].root[path]?.items ?? []).indices {
            for key in keys { try renew(key, ofItem: index, path, part.file) }
          }
        }
      }
    }
  }

  private mutating func renew(_ key: String, ofItem index: Int, _ path: [String], _ file: Int) throws {
    guard let node = documents[file].root[path]?.items[index].node[key], let text = node.text else { return }
    let (bytes, said) = situation.renewing(Array(text.utf8))
    guard let first = said.first else { return }
    try change(file, because: "\(key) of \(path.last ?? "") said \(first)") { document throws(EditError) in
      try document.replace(node, with: String(decoding: bytes, as: UTF8.self))
    }
    claims.append(.staleAddress("rules and routes", in: files.all[file].snapshot.path, first))
  }

  var changes: [Change] {
    documents.enumerated().compactMap { index, document in
      Change.edit(
        files.all[index].snapshot, to: document.bytes, because: reasons[index] ?? [], isSecret: isSecret(document))
    }
  }

  private func isSecret(_ document: YAMLFile) -> Bool {
    document.root.flattened.contains { $0.contains(".password=") || $0.contains("-password=") || $0.contains(".key=") }
  }

  // MARK: One edit

  mutating func set(
    _ definition: NetplanDefinition, _ file: Int, _ key: [String], to value: String, because reason: String
  ) throws {
    try change(file, because: reason) { document throws(EditError) in
      try document.set(definition.path + key, to: .scalar(value))
    }
  }

  mutating func change(
    _ file: Int, because reason: String, _ edit: (inout YAMLFile) throws(EditError) -> Void
  ) throws {
    let before = documents[file].bytes
    do {
      try edit(&documents[file])
    } catch {
      throw Self.error(error, files.all[file].snapshot.path)
    }
    guard documents[file].bytes != before, !(reasons[file] ?? []).contains(reason) else { return }
    reasons[file, default: []].append(reason)
  }

  static func error(_ error: EditError, _ path: TreePath) -> FixupError {
    guard case .unreadable(let line, let reason) = error else { return FixupError("\(path): \(error)") }
    return FixupError("\(path):\(line): \(refusal(reason))")
  }

  static func refusal(_ reason: String) -> String {
    let remedy =
      switch reason {
      case "more than one document": "keep one, and put the others into files of their own"
      case "a directive": "take its line out, netplan reads YAML 1.1 without it"
      default: "write it in block style, each value on a line of its own"
      }
    return "imprint does not edit YAML with \(reason); \(remedy)"
  }

  static func address(_ text: String) -> IPAddress? { try? IPAddress(String(text.prefix { $0 != "/" })) }

  private static func isSame(_ text: String, _ wanted: String) -> Bool {
    if text == wanted { return true }
    if let one = try? InterfaceAddress(text), let other = try? InterfaceAddress(wanted) { return one == other }
    if let one = try? IPAddress(text), let other = try? IPAddress(wanted) { return one == other }
    return false
  }

  /// netplan's booleans, YAML 1.1's (parse.c, `handle_netdef_bool`).
  static func truth(_ text: String?) -> Bool? {
    switch text?.lowercased() {
    case "true", "on", "yes", "y": true
    case "false", "off", "no", "n": false
    default: nil
    }
  }

  static func isTrue(_ text: String?) -> Bool { truth(text) == true }
}
