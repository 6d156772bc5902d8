/// nova.conf, neutron's *.ini and their kin, read as oslo.config reads them.
///
/// The grammar is oslo_config/iniparser.py (`BaseParser.parse`) and `ConfigParser` in oslo_config/cfg.py: keys from
/// column 0, split at the first `:` or `=`; a line that begins with a blank continues the value above it, comments
/// included; a blank line ends a value; no comments behind values; one pair of outer quotes is dropped from the first
/// line; sections merge, their names without regard to case except `DEFAULT`; the last occurrence of an option wins.
///
/// The bytes are kept as they are and only looked up by position, so that a file of nothing but comments costs one
/// scan. What oslo.config would refuse is kept too, and listed in `problems`.
public struct OsloConfig: Equatable, Sendable {
  /// What oslo.config stops at. The service that reads the file does not start; only the first one is reported there.
  public struct Problem: Equatable, Sendable {
    /// Counted from 1.
    public let line: Int
    /// In the words of oslo.config.
    public let reason: String
    /// Whether only Python 3 stops at it: Python 2 reads bytes, and takes any for text.
    public var isOfEncoding = false
  }

  /// One occurrence of an option, in file order.
  public struct Option: Equatable, Sendable {
    /// The section's name as oslo.config looks it up: lower case, except `DEFAULT`.
    public let section: String
    public let key: String
    /// What a StrOpt reads here, before `$name` is substituted. Lines of a continued value are joined by `\n`.
    public let value: String
    /// Where it begins, counted from 1.
    public let line: Int

    public init(section: String, key: String, value: String, line: Int = 1) {
      (self.section, self.key, self.value, self.line) = (section, key, value, line)
    }
  }

  public private(set) var bytes: [UInt8]
  var index: OsloIndex

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    index = OsloIndex(scanning: bytes)
  }

  public static func == (left: OsloConfig, right: OsloConfig) -> Bool { left.bytes.isSame(as: right.bytes) }

  public var problems: [Problem] { index.problems }

  /// Every occurrence of every option, in file order; `Option`s of no section at all have the section `""`.
  public var options: [Option] { options { _ in true } }

  /// Every occurrence of the options of these names.
  public func options(where isMeant: (String) -> Bool) -> [Option] {
    index.entries.compactMap { entry in
      let key = text(entry.key)
      guard isMeant(key) else { return nil }
      return Option(section: index.sectionNames[entry.section], key: key, value: value(of: entry), line: entry.line)
    }
  }

  /// Whether some option's value may have this text in it, as it stands in the file.
  public func mayMention(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return index.entries.contains { bytes[$0.firstValueLine.lowerBound..<$0.contentEnd].mayContain(wanted) }
  }

  /// The names of the sections that the file opens, each once, in the order of their first header.
  public var sections: [String] { Array(index.sectionNames.dropFirst()) }

  /// What a MultiStrOpt reads: every occurrence, in file order.
  public func values(_ section: String, _ key: String) -> [String] {
    occurrences(section, key).map { value(of: index.entries[$0]) }
  }

  /// What a StrOpt reads, before `$name` is substituted: the last occurrence. nil where the file doesn't set it.
  public func value(_ section: String, _ key: String) -> String? {
    occurrences(section, key).last.map { value(of: index.entries[$0]) }
  }

  /// Positions in `options` of every occurrence of an option.
  public func occurrences(_ section: String, _ key: String) -> [Int] {
    guard let number = index.sectionNumber(of: section) else { return [] }
    let wanted = Array(key.utf8)
    return index.entries.indices.filter {
      index.entries[$0].section == number && bytes[index.entries[$0].key].elementsEqual(wanted)
    }
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func value(of entry: OsloIndex.Entry) -> String {
    let first = OsloText.unquoted(OsloText.stripped(bytes[entry.firstValueLine]))
    guard entry.isContinued else { return String(decoding: first, as: UTF8.self) }
    var joined = Array(first)
    var start = entry.firstLineEnd
    while start < entry.end {
      let line = OsloText.line(in: bytes, at: start)
      joined.append(0x0A)
      joined.append(contentsOf: OsloText.stripped(bytes[start..<line.contentEnd]))
      start = line.end
    }
    return String(decoding: joined, as: UTF8.self)
  }

  /// Bytes in the value of an entry, by its position in the index.
  typealias ValueEdit = (entry: Int, range: Range<Int>, bytes: [UInt8])

  /// Replaces parts of values, given in ascending order, in one pass over the file. Most are in a line of plain text before and
  /// after: then nothing has to be read anew.
  mutating func rewrite(_ edits: [ValueEdit]) {
    guard !edits.isEmpty else { return }
    guard edits.allSatisfy(isPlain) else { return splice(edits.map { ($0.range, $0.bytes) }) }
    // Not replaceSubrange, which moves what follows byte by byte.
    bytes = ByteEdit.apply(edits.map { ByteEdit(range: $0.range, bytes: $0.bytes) }, to: bytes)
    index.shift(edits.map { ($0.entry, $0.bytes.count - $0.range.count) })
  }

  private func isPlain(_ edit: ValueEdit) -> Bool {
    let entry = index.entries[edit.entry]
    return edit.bytes.allSatisfy { (0x20..<0x7F).contains($0) } && !entry.isContinued
      && entry.firstValueLine.lowerBound <= edit.range.lowerBound
      && edit.range.upperBound <= entry.firstValueLine.upperBound && bytes[edit.range].allSatisfy { $0 < 0x80 }
  }

  /// Replaces byte ranges, given in ascending order, and reads the result anew.
  mutating func splice(_ edits: [(range: Range<Int>, bytes: [UInt8])]) {
    self = OsloConfig(ByteEdit.apply(edits.map { ByteEdit(range: $0.range, bytes: $0.bytes) }, to: bytes))
  }
}
