/// The YAML that people write into configuration files, with places: block mappings and sequences, scalars and flow
/// collections. Everything else (anchors, aliases, tags, block scalars, texts over several lines, several
/// documents) is refused with its line, for an edit by lines could change what it means.
struct YAMLParser {
  private struct Row {
    let line: Int
    /// Grows where a dash is passed.
    var indent: Int
    var start: Int
    let end: Int
  }

  private let bytes: [UInt8]
  private var rows: [Row] = []
  private var next = 0
  private var depth = 0

  static func parse(_ bytes: [UInt8]) throws(EditError) -> YAMLNode {
    var parser = try YAMLParser(bytes)
    guard let first = parser.rows.first else { return .empty(at: bytes.count) }
    let node = try parser.block(first.indent)
    if parser.next < parser.rows.count { throw parser.refusal("this indentation") }
    return node
  }

  private init(_ bytes: [UInt8]) throws(EditError) {
    self.bytes = bytes
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw .unreadable(line: 1, reason: "bytes that are not UTF-8")
    }
    var start = 0
    // Behind `...` comes nothing more of a document, and of no other one.
    var isOver = false
    for (index, line) in Lines(bytes).enumerated() {
      let end = start + line.content.count
      let content = bytes[start..<end]
      if content.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) || !Self.isPlain(content) {
        throw .unreadable(line: index + 1, reason: "a control character")
      }
      let indent = content.prefix { $0 == 0x20 }.count
      let rest = content.dropFirst(indent)
      let isBlank = rest.first.map { $0 == UInt8(ascii: "#") } ?? true
      if indent == 0, content.starts(with: "---".utf8) || content.starts(with: "...".utf8),
        content.count < 4 || content[start + 3] == 0x20
      {
        let isEnd = content.first == UInt8(ascii: ".")
        let more = content.dropFirst(3).drop { $0 == 0x20 }
        isOver = isOver || isEnd
        guard rows.isEmpty != isEnd, more.first.map({ $0 == UInt8(ascii: "#") }) ?? true else {
          throw .unreadable(line: index + 1, reason: "more than one document")
        }
      } else if !isBlank {
        if rest.first == 0x09 {
          guard rest.allSatisfy({ $0 == 0x09 || $0 == 0x20 }) else {
            throw .unreadable(line: index + 1, reason: "a tab before the text")
          }
        } else {
          if isOver { throw .unreadable(line: index + 1, reason: "more than one document") }
          if indent == 0, rest.first == UInt8(ascii: "%") { throw .unreadable(line: index + 1, reason: "a directive") }
          rows.append(Row(line: index, indent: indent, start: start + indent, end: end))
        }
      }
      start = end + line.ending.bytes.count
    }
  }

  /// No NEL, line or paragraph separator, and no byte order mark: YAML 1.1 takes the former for line ends.
  private static func isPlain(_ content: ArraySlice<UInt8>) -> Bool {
    guard content.contains(where: { $0 >= 0x80 }) else { return true }
    return !content.text.unicodeScalars.contains { [0x85, 0x2028, 0x2029, 0xFEFF].contains($0.value) }
  }

  private func refusal(_ reason: String) -> EditError {
    .unreadable(line: (next < rows.count ? rows[next].line : rows.last?.line ?? 0) + 1, reason: reason)
  }

  private func isDash(_ row: Row) -> Bool {
    guard bytes[row.start] == UInt8(ascii: "-") else { return false }
    return row.start + 1 == row.end || bytes[row.start + 1] == 0x20 || bytes[row.start + 1] == 0x09
  }

  private mutating func block(_ indent: Int) throws(EditError) -> YAMLNode {
    guard depth < 64 else { throw refusal("collections nested so deep") }
    depth += 1
    defer { depth -= 1 }
    return isDash(rows[next]) ? try sequence(indent) : try mapping(indent)
  }

  private mutating func sequence(_ indent: Int) throws(EditError) -> YAMLNode {
    var items: [YAMLNode.Item] = []
    while next < rows.count, rows[next].indent == indent, isDash(rows[next]) {
      let first = rows[next].line
      var inline = inline(at: rows[next].start + 1)
      let node: YAMLNode
      if inline.isAtEnd() {
        let place = rows[next].start + 1
        next += 1
        if next < rows.count, rows[next].indent > indent {
          node = try isText(rows[next]) ? text(deeperThan: indent) : block(rows[next].indent)
        } else {
          node = .empty(at: place)
        }
      } else {
        guard !bytes[rows[next].start..<inline.position].contains(0x09) else { throw refusal("a tab before the text") }
        let column = rows[next].indent + inline.position - rows[next].start
        var nested = rows[next]
        (nested.indent, nested.start) = (column, inline.position)
        if isDash(nested) || isKey(nested) {
          rows[next] = nested
          node = try block(column)
        } else {
          node = try whole(&inline, deeperThan: indent)
        }
      }
      items.append(YAMLNode.Item(node: node, lines: first..<rows[next - 1].line + 1, indent: indent))
    }
    return .sequence(items, flow: nil)
  }

  private mutating func mapping(_ indent: Int) throws(EditError) -> YAMLNode {
    var pairs: [YAMLNode.Pair] = []
    while next < rows.count, rows[next].indent == indent, !isDash(rows[next]) {
      let first = rows[next].line
      var inline = inline(at: rows[next].start)
      if bytes[inline.position] == UInt8(ascii: "?") { throw refusal("a key of several lines") }
      if "[{".utf8.contains(bytes[inline.position]) {
        // What keeps it from being read comes first.
        _ = try inline.value()
        throw refusal(inline.isAtEnd() ? "a flow collection in place of lines" : "a collection in place of a key")
      }
      let (key, range) = try inline.isQuote ? inline.quoted() : inline.plain(isFlow: false)
      inline.skipBlanks()
      guard inline.position < inline.end, bytes[inline.position] == UInt8(ascii: ":") else {
        throw refusal("a text where a key belongs")
      }
      if key == "<<" { throw refusal("a merge key") }
      guard !pairs.contains(where: { $0.key == key }) else { throw refusal("\(key) said twice") }
      inline.position += 1
      let place = inline.position
      let node: YAMLNode
      if inline.isAtEnd() {
        next += 1
        if next < rows.count, rows[next].indent > indent, "[{".utf8.contains(bytes[rows[next].start]) {
          var below = self.inline(at: rows[next].start)
          node = try whole(&below, deeperThan: indent, else: "a collection in place of a key")
        } else if next < rows.count, rows[next].indent > indent || rows[next].indent == indent && isDash(rows[next]) {
          node = try block(rows[next].indent)
        } else {
          node = .empty(at: place)
        }
      } else {
        guard inline.position > place else { throw refusal("a colon with no blank behind it") }
        node = try whole(&inline, deeperThan: indent)
      }
      let lines = first..<rows[next - 1].line + 1
      pairs.append(YAMLNode.Pair(key: key, node: node, keyRange: range, lines: lines, indent: indent))
    }
    guard !pairs.isEmpty else { throw refusal("this indentation") }
    return .mapping(pairs, flow: nil)
  }

  /// The rest of the line, and of the next what a flow collection has there.
  private mutating func whole(
    _ inline: inout YAMLInline, deeperThan indent: Int, else reason: String = "something behind a value"
  ) throws(EditError) -> YAMLNode {
    let node = try inline.value()
    guard inline.isAtEnd() else { throw refusal(reason) }
    while next < rows.count, rows[next].line <= inline.line { next += 1 }
    if next < rows.count, rows[next].indent > indent { throw refusal("a text of several lines, or this indentation") }
    return node
  }

  /// Neither an item nor a key, nor a collection.
  private func isText(_ row: Row) -> Bool { !isDash(row) && !isKey(row) && !"?[{".utf8.contains(bytes[row.start]) }

  /// One that has its line for itself.
  private mutating func text(deeperThan indent: Int) throws(EditError) -> YAMLNode {
    var inline = inline(at: rows[next].start)
    return try whole(&inline, deeperThan: indent)
  }

  private func inline(at position: Int) -> YAMLInline {
    YAMLInline(bytes: bytes, end: rows[next].end, line: rows[next].line, position: position)
  }

  private func isKey(_ row: Row) -> Bool {
    var inline = YAMLInline(bytes: bytes, end: row.end, line: row.line, position: row.start)
    guard !"[{".utf8.contains(bytes[row.start]),
      (try? inline.isQuote ? inline.quoted() : inline.plain(isFlow: false)) != nil
    else { return false }
    inline.skipBlanks()
    guard inline.position < inline.end, bytes[inline.position] == UInt8(ascii: ":") else { return false }
    return inline.position + 1 == inline.end || bytes[inline.position + 1] == 0x20 || bytes[inline.position + 1] == 0x09
  }
}
