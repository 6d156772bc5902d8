extension OsloConfig {
  /// Sets an option: afterwards a StrOpt reads exactly `value`, before `$name` is substituted.
  ///
  /// The last occurrence is rewritten where it stands and the earlier ones go. Where there is none, the new line goes
  /// below the commented default (`#key = …`) of that section, else below the section's first header, else into a new
  /// section at the end of the file.
  public mutating func set(_ section: String, _ key: String, to value: String) throws(EditError) {
    let found = occurrences(section, key)
    guard let last = found.last else { return try insert(section, key, value) }
    if found.count == 1 { return try replace(optionAt: last, with: value) }
    var edits = found.dropLast().map { (range: index.entries[$0].start..<index.entries[$0].end, bytes: [UInt8]()) }
    if self.value(of: index.entries[last]) != value { edits.append(try rewriting(index.entries[last], to: value)) }
    if !edits.isEmpty { splice(edits) }
  }

  /// Gives one occurrence, by its position in `options`, another value, and leaves the others.
  public mutating func replace(optionAt position: Int, with value: String) throws(EditError) {
    try revise([(position, .value(value))])
  }

  /// What becomes of one occurrence of an option.
  public enum Revision: Sendable {
    /// A StrOpt reads this in its place.
    case value(String)
    /// These addresses or names, wherever they stand in it as a whole, become those; a password that looks like one stays.
    case tokens([(old: String, new: String)])

    /// What becomes of a value that stands in no file of oslo.config's.
    public func applied(to value: String) -> String {
      switch self {
      case .value(let value): return value
      case .tokens(let tokens):
        let bytes = tokens.reduce(into: Array(value.utf8)) { bytes, token in
          for place in Token(token.old).ranges(inValue: bytes[...]).reversed() {
            bytes.replaceSubrange(place, with: token.new.utf8)
          }
        }
        return String(decoding: bytes, as: UTF8.self)
      }
    }
  }

  /// Revises occurrences, given by their positions in `options` in ascending order, and leaves the others: in one pass, however many.
  ///
  /// - Returns: which of them are not as they were.
  @discardableResult
  public mutating func revise(
    _ revisions: [(position: Int, revision: Revision)]
  ) throws(EditError) -> Set<Int> {
    var edits: [ValueEdit] = []
    for (position, revision) in revisions {
      let entry = index.entries[position]
      switch revision {
      case .value(let value):
        guard self.value(of: entry) != value else { continue }
        let edit = try rewriting(entry, to: value)
        edits.append((position, edit.range, edit.bytes))
      case .tokens(let tokens):
        edits += try replacing(tokens, in: entry).map { (position, $0.range, $0.bytes) }
      }
    }
    rewrite(edits)
    return Set(edits.map(\.entry))
  }

  /// Replaces the value of `entry`: its separator and the blanks around it stay, so does its quoting, and the ending
  /// of its last line. Its continuation lines go.
  private func rewriting(
    _ entry: OsloIndex.Entry, to value: String
  ) throws(EditError) -> (range: Range<Int>, bytes: [UInt8]) {
    let old = OsloText.stripped(bytes[entry.firstValueLine])
    let quote = OsloText.isQuoted(old) && old.count > 1 ? old.first : nil
    var written = try OsloValue.written(
      value, key: text(entry.key), quote: quote, ending: ending(ofLineAt: entry.start))
    if old.isEmpty {
      let isSpaced = entry.key.upperBound + 1 < entry.firstValueLine.lowerBound
      if isSpaced, entry.firstValueLine.isEmpty || entry.isContinued { written.insert(0x20, at: 0) }
      let start = entry.isContinued ? entry.firstValueLine.lowerBound : entry.firstValueLine.upperBound
      return (start..<entry.contentEnd, written)
    }
    return (old.startIndex..<(entry.isContinued ? entry.contentEnd : old.endIndex), written)
  }

  private mutating func insert(_ section: String, _ key: String, _ value: String) throws(EditError) {
    guard OsloValue.isKey(key) else { throw .notAName(key) }
    guard OsloValue.isSection(section) else { throw .notAName(section) }
    let ending = ending(ofLineAt: 0)
    let line =
      Array("\(key) = ".utf8)
      + (try OsloValue.written(value, key: key, quote: nil, ending: ending))
    guard let anchor = anchor(for: key, in: section) else { return appendSection(section, line) }

    let anchorEnding = anchor.lowerBound < bytes.count ? self.ending(ofLineAt: anchor.lowerBound) : ending
    if endingLength(before: anchor.upperBound) == 0 {
      splice([(anchor.upperBound..<anchor.upperBound, ending + line)])
    } else {
      // A blank line keeps an indented line that follows, which is an error there, out of the new value.
      let next = anchor.upperBound < bytes.count ? bytes[anchor.upperBound] : 0
      let guardLine = next == 0x20 || next == 0x09 ? anchorEnding : []
      splice([(anchor.upperBound..<anchor.upperBound, line + anchorEnding + guardLine)])
    }
  }

  private mutating func appendSection(_ section: String, _ line: [UInt8]) {
    let ending = ending(ofLineAt: 0)
    let header = Array("[\(section)]".utf8)
    let end = bytes.count..<bytes.count
    if bytes.isEmpty {
      splice([(end, header + ending + line + ending)])
    } else if endingLength(before: bytes.count) == 0 {
      splice([(end, ending + ending + header + ending + line)])
    } else {
      splice([(end, ending + header + ending + line + ending)])
    }
  }

  /// The line, with its ending, below which a new option belongs.
  private func anchor(for key: String, in section: String) -> Range<Int>? {
    guard let number = index.sectionNumber(of: section) else { return nil }
    let blocks = index.headers.filter { $0.section == number }
    for isSpaced in [false, true] {
      for block in blocks {
        if let found = commentedDefault(of: Array(key.utf8), in: block, isSpaced: isSpaced) { return found }
      }
    }
    return blocks.first?.range
  }

  /// `#key = …` as oslo's own samples have it, or `# key = …` as people write it; the last of several in a row.
  private func commentedDefault(of key: [UInt8], in block: OsloIndex.Header, isSpaced: Bool) -> Range<Int>? {
    var found: Range<Int>?
    var start = block.range.upperBound
    while start < block.blockEnd {
      let line = OsloText.line(in: bytes, at: start)
      if isCommentedDefault(bytes[start..<line.contentEnd], of: key, isSpaced: isSpaced) {
        found = start..<line.end
      } else if found != nil {
        return found
      }
      start = line.end
    }
    return found
  }

  private func isCommentedDefault(_ line: ArraySlice<UInt8>, of key: [UInt8], isSpaced: Bool) -> Bool {
    guard line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: ";") else { return false }
    var rest = line.dropFirst()
    if isSpaced { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }
    guard rest.starts(with: key) else { return false }
    rest = rest.dropFirst(key.count).drop { $0 == 0x20 || $0 == 0x09 }
    return rest.first == UInt8(ascii: "=") || rest.first == UInt8(ascii: ":")
  }

  /// The ending of a line; where it has none, that of the first line; LF where that has none either.
  private func ending(ofLineAt start: Int) -> [UInt8] {
    for candidate in [start, 0] {
      let line = OsloText.line(in: bytes, at: candidate)
      if line.end > line.contentEnd { return Array(bytes[line.contentEnd..<line.end]) }
    }
    return [0x0A]
  }

  private func endingLength(before position: Int) -> Int {
    guard position > 0, bytes[position - 1] == 0x0A || bytes[position - 1] == 0x0D else { return 0 }
    return bytes[position - 1] == 0x0A && position > 1 && bytes[position - 2] == 0x0D ? 2 : 1
  }
}
