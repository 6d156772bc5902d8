import Foundation
import Support
import Testing

/// The after folder of a fixture, held against what became of a tree.
struct ExpectedTree {
  /// The tree before, as it was set up.
  let before: TreeRecord
  let after: TreeRecord
  let attributes: FixtureDescription.Attributes?
  /// Where keys that were made for the tree before are.
  let scratch: Scratch

  /// imprint's own state is its own affair.
  static let own = ["/var/lib/imprint"]

  init(_ fixture: Fixture, _ description: FixtureDescription, before: TreeRecord, scratch: Scratch) throws {
    self.before = before.without(Self.own)
    self.scratch = scratch
    attributes = description.after
    var record = try TreeRecord(of: fixture.after)
    for path in (description.setup?.directories ?? []) + (attributes?.directories ?? []) {
      for folder in Self.foldersDown(to: path) where record[folder] == nil {
        record.entries[folder] = before[folder] ?? Self.directory
      }
    }
    for path in description.setup?.fifos ?? [] { record.entries[path] = before[path] }
    for (path, entry) in record.entries { record.entries[path] = Self.attributed(entry, path, before, attributes) }
    after = record
  }

  private static func foldersDown(to path: String) -> [String] {
    path.split(separator: "/").reduce(into: []) { $0.append(($0.last ?? "") + "/\($1)") }
  }

  private static var directory: TreeRecord.Entry {
    .directory(mode: 0o755, owner: geteuid(), group: getegid())
  }

  /// A path that was there before keeps its owner, mode and labels, unless case.toml says otherwise.
  private static func attributed(
    _ entry: TreeRecord.Entry, _ path: String, _ before: TreeRecord, _ said: FixtureDescription.Attributes?
  ) -> TreeRecord.Entry {
    var entry = entry
    let old = before[path]
    entry.mode =
      said?.modes?[path].flatMap { UInt32($0, radix: 8) } ?? old?.mode ?? (entry.kind == .directory ? 0o755 : 0o644)
    (entry.owner, entry.group) = (old?.owner ?? geteuid(), old?.group ?? getegid())
    let ids = said?.owners?[path]?.split(separator: ":").compactMap { UInt32($0) } ?? []
    if TreeSetup.isRoot, ids.count == 2 { (entry.owner, entry.group) = (ids[0], ids[1]) }
    entry.labels = old?.labels ?? [:]
    return entry
  }

  /// Every byte, owner, mode and label that is not as it should be, and every value that should be fresh and is not.
  func differences(
    in root: String, _ aspects: TreeRecord.Aspects
  ) async throws -> (lines: [String], fresh: [String: String]) {
    let now = try TreeRecord(of: root).without(Self.own)
    var wanted = after
    var lines: [String] = []
    var fresh: [String: String] = [:]
    for (path, entry) in after.entries where entry.kind == .file && Placeholder.isIn(entry.bytes) {
      guard let actual = now[path], actual.kind == .file else { continue }
      guard let values = values(entry, actual) else {
        // The plain comparison says where; the placeholders of the line stand in it.
        continue
      }
      wanted.entries[path]?.bytes = actual.bytes
      for (placeholder, value) in values {
        let problem = try await problem(placeholder, value, at: path, root)
        if let problem { lines.append("\(path): {{\(placeholder.text)}} is \(value.debugDescription): \(problem)") }
        guard let name = Self.nameOfFresh(placeholder, path) else { continue }
        if let other = fresh[name], other != value { lines.append("\(path): \(name) is another one elsewhere") }
        if fresh.contains(where: { $0.key != name && $0.value == value }) {
          lines.append("\(path): \(name) is not unique")
        }
        fresh[name] = value
      }
    }
    return (lines + now.differences(from: wanted, aspects), fresh)
  }

  private func values(_ template: TreeRecord.Entry, _ actual: TreeRecord.Entry) -> [(Placeholder, String)]? {
    if let whole = Placeholder(whole: template.text) {
      switch whole.kind {
      case "bytes": return [(whole, String(actual.bytes.count))]
      case "private-key": return [(whole, actual.text)]
      default: break
      }
    }
    return Placeholder.values(template.text, actual.text)
  }

  /// Values that no two runs may share, under a name by which they are compared.
  private static func nameOfFresh(_ placeholder: Placeholder, _ path: String) -> String? {
    switch placeholder.kind {
    case "machine-id": "machine-id"
    case "uuid", "hex":
      ([placeholder.kind] + (placeholder.words.isEmpty ? [path] : placeholder.words)).joined(separator: " ")
    case "private-key": "private-key \(path)"
    default: nil
    }
  }

  private func problem(_ placeholder: Placeholder, _ value: String, at path: String, _ root: String) async throws
    -> String?
  {
    switch placeholder.kind {
    case "uuid":
      return shape(value, #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#)
    case "machine-id": return shape(value, #/[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}/#)
    case "hex": return shape(value, #/[0-9a-f]{12}/#)
    case "bytes":
      let isFresh = try Data(contentsOf: URL(fileURLWithPath: root + path)) != Data(before[path]?.bytes ?? [])
      return placeholder.words.first == value && isFresh ? nil : "not so many fresh bytes"
    case "private-key":
      if before[path]?.text == value { return "it is the original's" }
      return try await KeyOracle.problem(
        root + path, type: placeholder.words.first ?? "", bits: placeholder.words.dropFirst().first, scratch)
    case "public-key":
      guard let of = placeholder.words.first else { return "of which key?" }
      let key = try await KeyOracle.publicKey(of: root + of, scratch)
      return value.split(separator: " ").prefix(2).joined(separator: " ") == key ? nil : "\(of) has \(key)"
    case "old-public-key":
      guard let of = placeholder.words.first else { return "of which key?" }
      let key = try TreeSetup.publicKey(of: of, in: scratch.path)
      return value == key ? nil : "it was \(key)"
    default: return "no such placeholder"
    }
  }

  private func shape(_ value: String, _ pattern: Regex<Substring>) -> String? {
    if value.wholeMatch(of: pattern) == nil { return "not of that shape" }
    let needle = Array(value.utf8)
    let stale = before.entries.first { $0.value.kind == .file && $0.value.bytes.contains(needle) }
    return stale.map { "it was already in \($0.key)" }
  }
}

extension [UInt8] {
  func contains(_ needle: [UInt8]) -> Bool {
    Data(self).range(of: Data(needle)) != nil
  }
}
