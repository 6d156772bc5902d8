/// Reads one table strictly: what is asked for is taken, what nobody asked for is a problem at the end.
struct TableReader {
  /// What the file calls the table: "[networks.tunnel]". Empty for the top of the file.
  let title: String
  let place: Place
  let problems: Problems
  /// In the order of the file, no key twice.
  private let entries: [TOMLEntry]
  /// Where an entry stands, in a table that is too large to look through each time.
  private let places: [String: Int]
  private var asked: [String] = []

  init(_ entries: [TOMLEntry], title: String, place: Place, problems: Problems) {
    self.title = title
    self.place = place
    self.problems = problems
    self.entries = entries
    // TOML tells é in one piece from é in two; a String does not.
    places =
      entries.count < 32 ? [:] : Dictionary(zip(entries.map(\.key), 0...), uniquingKeysWith: { first, _ in first })
  }

  private func entry(_ key: String) -> TOMLEntry? {
    if places.isEmpty { return entries.first { $0.key == key } }
    return places[key].map { entries[$0] }
  }

  /// All entries in the order of the file, for a table whose keys are names that the user chooses.
  mutating func takeAll() -> [TOMLEntry] {
    asked = entries.map(\.key)
    return entries
  }

  mutating func take(_ key: String) -> TOMLEntry? {
    asked.append(key)
    return entry(key)
  }

  /// Whether the key is there, right or wrong.
  func says(_ key: String) -> Bool { entry(key) != nil }

  /// What the key says, if that is a text; nothing is checked.
  func plainText(_ key: String) -> String? {
    if case .string(let text) = entry(key)?.value.content { text } else { nil }
  }

  func isTable(_ key: String) -> Bool {
    if case .table = entry(key)?.value.content { true } else { false }
  }

  /// Reports every key that was not asked for.
  func finish() {
    // What a table knows is a handful, or every key that it has.
    let known = asked.count < 32 ? [] : Set(asked)
    for entry in entries where !(known.isEmpty ? asked.contains(entry.key) : known.contains(entry.key)) {
      let noun = if case .table = entry.value.content { "table" } else { "key" }
      let whereabouts = title.isEmpty ? "" : " in \(title)"
      let guess = problems.guess(entry.key, asked)
      problems.report(
        entry.place, "unknown \(noun) \(quoted(entry.key))\(whereabouts)",
        guess ?? "known here: \(asked.joined(separator: ", "))")
    }
  }

  mutating func table(_ key: String) -> TableReader? {
    take(key).flatMap { table($0, title: title.isEmpty ? "[\(key)]" : "\(key) of \(title)") }
  }

  /// An entry as a table of its own.
  func table(_ entry: TOMLEntry, title: String) -> TableReader? {
    guard case .table(let entries) = entry.value.content else {
      wrongType(
        entry.value, of: entry.key, expected: "a table",
        "write \(title.hasPrefix("[") ? title : "\(entry.key) = { … }")")
      return nil
    }
    return TableReader(entries, title: title, place: entry.place, problems: problems)
  }

  mutating func value<T: TextValue>(_ key: String, as type: T.Type = T.self) -> Placed<T>? {
    take(key).flatMap { value($0.value, of: key) }
  }

  func value<T: TextValue>(_ value: TOMLValue, of key: String, as type: T.Type = T.self) -> Placed<T>? {
    guard let text = text(value, of: key, expected: T.kind) else { return nil }
    do {
      return Placed(try T(text.value), text.place)
    } catch {
      problems.report(text.place, error)
      return T.meant(by: text.value).map { Placed($0, text.place) }
    }
  }

  /// One text, or a list of them. Those that are wrong are reported and left out.
  mutating func list<T: TextValue>(_ key: String, of type: T.Type = T.self) -> [Placed<T>] {
    take(key).map { list($0) } ?? []
  }

  func list<T: TextValue>(_ entry: TOMLEntry, of type: T.Type = T.self) -> [Placed<T>] {
    guard case .array(let elements) = entry.value.content else {
      return value(entry.value, of: entry.key).map { [$0] } ?? []
    }
    guard elements.count <= 256 else {
      problems.report(entry.value.place, "\(entry.key) has \(elements.count) values", "it has at most 256")
      return []
    }
    return elements.compactMap { value($0, of: "each of \(entry.key)") }
  }

  mutating func text(_ key: String, expected: String = "a text") -> Placed<String>? {
    take(key).flatMap { text($0.value, of: key, expected: expected) }
  }

  func text(_ value: TOMLValue, of key: String, expected: String) -> Placed<String>? {
    guard case .string(let text) = value.content else {
      wrongType(value, of: key, expected: expected, "write it in quotes")
      return nil
    }
    return Placed(text, value.place)
  }

  mutating func boolean(_ key: String) -> Placed<Bool>? {
    take(key).flatMap { boolean($0) }
  }

  func boolean(_ entry: TOMLEntry) -> Placed<Bool>? {
    guard case .boolean(let value) = entry.value.content else {
      wrongType(entry.value, of: entry.key, expected: "true or false", "write true or false, without quotes")
      return nil
    }
    return Placed(value, entry.value.place)
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Placed<Int>? {
    guard let entry = take(key) else { return nil }
    guard case .integer(let value) = entry.value.content else {
      wrongType(entry.value, of: key, expected: "a whole number", "write a number without quotes")
      return nil
    }
    guard let number = Int(exactly: value), range.contains(number) else {
      problems.report(
        entry.value.place, "\(key) = \(value) is out of range", "it is \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return Placed(number, entry.value.place)
  }

  mutating func choice<T: RawRepresentable<String> & CaseIterable>(_ key: String, as type: T.Type = T.self) -> Placed<
    T
  >? {
    guard let entry = take(key) else { return nil }
    // Only for who got it wrong.
    var choices: String { T.allCases.map { quoted($0.rawValue) }.joined(separator: " or ") }
    guard case .string = entry.value.content, let text = text(entry.value, of: key, expected: "a text") else {
      wrongType(entry.value, of: key, expected: "a text", "write \(choices)")
      return nil
    }
    guard let value = T(rawValue: text.value) else {
      problems.report(text.place, "\(key) = \(quoted(text.value)) is unknown", "it is \(choices)")
      return nil
    }
    return Placed(value, text.place)
  }

  /// Never shows the value itself: it may be a secret.
  func wrongType(_ value: TOMLValue, of key: String, expected: String, _ suggestion: String) {
    problems.report(value.place, "\(key) is \(value.kind), not \(expected)", suggestion)
  }
}
