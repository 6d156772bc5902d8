/// A file of `[Section]`s with `key=value` lines, as positions in its bytes: what GLib's key files and systemd's own files
/// have in common. The bytes are kept as they are; what differs between the two readers is its ``Dialect``.
struct SectionedLines: Sendable, Equatable {
  struct Dialect: Sendable, Equatable {
    /// What makes a line a comment, as its first character that isn't blank.
    let comments: [UInt8]
    /// Whether a backslash at the end of a line joins it to the next.
    let continues: Bool

    /// `g_key_file_parse_line` of GLib.
    static let keyFile = Dialect(comments: Array("#".utf8), continues: false)
    /// `config_parse` and `parse_line` of systemd's conf-parser.c.
    static let systemd = Dialect(comments: Array("#;".utf8), continues: true)
  }

  struct Section: Sendable, Equatable {
    let name: String
    /// Counted from 0.
    let line: Int
  }

  struct Entry: Sendable, Equatable {
    /// Into `sections`; nil before the first of them.
    let section: Int?
    let key: String
    /// Blanks before it are nobody's, for systemd those behind it neither; joined lines have a blank between them.
    let value: String
    /// Counted from 0.
    let lines: Range<Int>
  }

  let dialect: Dialect
  private(set) var lines: Lines
  private(set) var sections: [Section] = []
  private(set) var entries: [Entry] = []
  /// The first line that is neither comment, section nor assignment, counted from 1.
  private(set) var problem: (line: Int, reason: String)?

  init(_ bytes: [UInt8], _ dialect: Dialect) {
    self.dialect = dialect
    lines = Lines(bytes)
    read()
  }

  static func == (left: SectionedLines, right: SectionedLines) -> Bool { left.bytes.isSame(as: right.bytes) }

  var bytes: [UInt8] { lines.bytes }

  private mutating func read() {
    var index = 0
    while index < lines.count {
      let start = index
      var text = lines[index].content[...].trimmed
      index += 1
      guard let first = text.first, !dialect.comments.contains(first) else { continue }
      if dialect.continues, text.last == Self.backslash {
        var joined = Array(text)
        while joined.last == Self.backslash, index < lines.count {
          let next = lines[index].content[...].trimmed
          index += 1
          // A comment between the lines of a value is passed over.
          if let first = next.first, dialect.comments.contains(first) { continue }
          joined[joined.count - 1] = 0x20
          joined += next
        }
        text = joined[...]
      }
      take(text, trailing: start + 1 == index ? lines[start].content : text, start..<index)
    }
  }

  /// - Parameter trailing: the line with the blanks at its end, which GLib takes for part of the value.
  private mutating func take(_ text: ArraySlice<UInt8>, trailing: ArraySlice<UInt8>, _ range: Range<Int>) {
    if text.first == UInt8(ascii: "[") {
      guard text.last == UInt8(ascii: "]"), text.count > 2 else {
        return note(range.lowerBound, "a section's name ends with ]")
      }
      return sections.append(Section(name: text.dropFirst().dropLast().text, line: range.lowerBound))
    }
    guard let equals = text.firstIndex(of: UInt8(ascii: "=")), equals > text.startIndex else {
      return note(range.lowerBound, "this is neither a section, nor key=value, nor a comment")
    }
    if sections.isEmpty { note(range.lowerBound, "this stands before the first section") }
    let value = (dialect.continues ? text : trailing[equals...])[(equals + 1)...]
    entries.append(
      Entry(
        section: sections.indices.last, key: text[..<equals].trimmed.text,
        value: (dialect.continues ? value.trimmed : value.drop { $0.isCBlank && $0 != 0x0B }).text, lines: range))
  }

  private mutating func note(_ line: Int, _ reason: String) {
    if problem == nil { problem = (line + 1, reason) }
  }

  private static var backslash: UInt8 { UInt8(ascii: "\\") }
}

/// Edits. Each reads the file anew; such files are short.
extension SectionedLines {
  func name(of entry: Entry) -> String? { entry.section.map { sections[$0].name } }

  /// Positions in `entries`, of all sections of that name, in file order.
  func occurrences(_ section: String, _ key: String) -> [Int] {
    entries.indices.filter { entries[$0].key == key && name(of: entries[$0]) == section }
  }

  /// The spelling of the key, the blanks around its `=` and the ending of the line stay.
  mutating func replace(_ position: Int, with value: String) {
    let entry = entries[position]
    let old = lines[entry.lines.lowerBound].content
    guard entry.value != value, let equals = old.firstIndex(of: UInt8(ascii: "=")) else { return }
    let blanks = old[(equals + 1)...].prefix { $0 == 0x20 || $0 == 0x09 }
    var rewrite = LineRewrite()
    rewrite.changes[entry.lines.lowerBound] = Array(old[...equals]) + Array(blanks) + Array(value.utf8)
    for line in entry.lines.dropFirst() { rewrite.changes[line] = .some(nil) }
    apply(rewrite)
  }

  mutating func remove(_ positions: [Int]) {
    var rewrite = LineRewrite()
    for position in positions {
      for line in entries[position].lines { rewrite.changes[line] = .some(nil) }
    }
    apply(rewrite)
  }

  /// Takes a section out, with what it says; comments in it stay.
  mutating func remove(section: Int) {
    var rewrite = LineRewrite()
    rewrite.changes[sections[section].line] = .some(nil)
    for entry in entries where entry.section == section {
      for line in entry.lines { rewrite.changes[line] = .some(nil) }
    }
    apply(rewrite)
  }

  /// A new line below what the section says last, with the blanks around `=` that are usual there.
  mutating func insert(_ key: String, _ value: String, inSection section: Int) {
    let own = entries.filter { $0.section == section }
    let place = own.last?.lines.upperBound ?? sections[section].line + 1
    var rewrite = LineRewrite()
    rewrite.insertions[place] = [Array("\(key)\(separator(own))\(value)".utf8)]
    apply(rewrite)
  }

  /// A new section at the end, a blank line above it.
  mutating func append(_ name: String, _ settings: [(key: String, value: String)]) {
    let separator = separator(entries)
    var new = [Array("[\(name)]".utf8)] + settings.map { Array("\($0.key)\(separator)\($0.value)".utf8) }
    if let last = lines.last, !last.content[...].trimmed.isEmpty { new.insert([], at: 0) }
    var rewrite = LineRewrite()
    rewrite.insertions[lines.count] = new
    let wasEmpty = lines.isEmpty
    apply(rewrite)
    if wasEmpty { self = SectionedLines(bytes + [0x0A], dialect) }
  }

  private func separator(_ entries: [Entry]) -> String {
    guard let line = entries.last.map({ lines[$0.lines.lowerBound].content }),
      let equals = line.firstIndex(of: UInt8(ascii: "="))
    else { return "=" }
    let before = line[..<equals].reversed().prefix { $0 == 0x20 || $0 == 0x09 }
    let after = line[(equals + 1)...].prefix { $0 == 0x20 || $0 == 0x09 }
    return String(decoding: before.reversed(), as: UTF8.self) + "=" + after.text
  }

  private mutating func apply(_ rewrite: LineRewrite) {
    if !rewrite.isEmpty { self = SectionedLines(rewrite.applied(to: lines), dialect) }
  }
}

extension ArraySlice<UInt8> {
  /// Without blanks at both ends, as isspace(3) has them.
  var trimmed: ArraySlice<UInt8> {
    var slice = drop { $0.isCBlank }
    while let last = slice.last, last.isCBlank { slice = slice.dropLast() }
    return slice
  }
}
