/// What stands in one line of YAML: plain and quoted scalars; and flow collections, which may go on in the lines below.
struct YAMLInline {
  let bytes: [UInt8]
  /// The end of the line's content.
  private(set) var end: Int
  private(set) var line: Int
  var position: Int

  mutating func skipBlanks() {
    while position < end, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
  }

  /// Whether nothing but a comment follows. A `#` with no blank before it is none.
  mutating func isAtEnd() -> Bool {
    let start = position
    skipBlanks()
    if position == end { return true }
    return bytes[position] == UInt8(ascii: "#") && (position > start || bytes[position - 1] == 0x20)
  }

  func refusal(_ reason: String) -> EditError { .unreadable(line: line + 1, reason: reason) }

  mutating func value(isFlow: Bool = false, depth: Int = 0) throws(EditError) -> YAMLNode {
    guard position < end else { return .empty(at: position) }
    guard depth < 16 else { throw refusal("flow collections nested so deep") }
    switch bytes[position] {
    case UInt8(ascii: "["), UInt8(ascii: "{"): return try collection(depth)
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      let (text, range) = try quoted()
      return .scalar(text, range: range)
    default:
      let (text, range) = try plain(isFlow: isFlow)
      return .scalar(text, range: range)
    }
  }

  init(bytes: [UInt8], end: Int, line: Int, position: Int) {
    (self.bytes, self.end, self.line, self.position) = (bytes, end, line, position)
  }

  /// To what comes next inside a flow collection, behind comments and ends of lines, where indentation says nothing.
  private mutating func skipLines() throws(EditError) {
    let isBreak: (UInt8) -> Bool = { $0 == 0x0A || $0 == 0x0D }
    while true {
      let start = position
      skipBlanks()
      let isFirst = position > start || isBreak(bytes[position - 1])
      guard position == end || bytes[position] == UInt8(ascii: "#") && isFirst else { return }
      guard let last = bytes[end...].firstIndex(where: isBreak) else {
        throw refusal("a flow collection without an end")
      }
      position = last + (bytes[last...].starts(with: [0x0D, 0x0A]) ? 2 : 1)
      end = bytes[position...].firstIndex(where: isBreak) ?? bytes.count
      line += 1
    }
  }

  private mutating func collection(_ depth: Int) throws(EditError) -> YAMLNode {
    let start = position
    let isMapping = bytes[position] == UInt8(ascii: "{")
    let close = isMapping ? UInt8(ascii: "}") : UInt8(ascii: "]")
    position += 1
    var items: [YAMLNode.Item] = []
    var pairs: [YAMLNode.Pair] = []
    while true {
      try skipLines()
      if bytes[position] == close { break }
      if isMapping {
        let pair = try flowPair(depth)
        guard !pairs.contains(where: { $0.key == pair.key }) else { throw refusal("\(pair.key) said twice") }
        pairs.append(pair)
      } else {
        let node = try value(isFlow: true, depth: depth + 1)
        if position < end, bytes[position] == UInt8(ascii: ":") { throw refusal("a pair inside [ ]") }
        items.append(YAMLNode.Item(node: node, lines: line..<line + 1, indent: 0))
      }
      try skipLines()
      if bytes[position] == UInt8(ascii: ",") {
        position += 1
      } else if bytes[position] != close {
        throw refusal("a flow collection without a comma where one belongs")
      }
    }
    position += 1
    return isMapping ? .mapping(pairs, flow: start..<position) : .sequence(items, flow: start..<position)
  }

  private mutating func flowPair(_ depth: Int) throws(EditError) -> YAMLNode.Pair {
    let (key, range) = try isQuote ? quoted() : plain(isFlow: true)
    skipBlanks()
    guard position < end, bytes[position] == UInt8(ascii: ":") else { throw refusal("a key without a value in { }") }
    position += 1
    skipBlanks()
    let isEmpty = position < end && (bytes[position] == UInt8(ascii: ",") || bytes[position] == UInt8(ascii: "}"))
    let node = isEmpty ? .empty(at: position) : try value(isFlow: true, depth: depth + 1)
    return YAMLNode.Pair(key: key, node: node, keyRange: range, lines: line..<line + 1, indent: 0)
  }

  var isQuote: Bool {
    position < end && (bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'"))
  }

  /// A quoted text that ends in its line, with no escape but of the quote and the backslash.
  mutating func quoted() throws(EditError) -> (String, Range<Int>) {
    let (start, quote) = (position, bytes[position])
    position += 1
    var text: [UInt8] = []
    while position < end {
      let byte = bytes[position]
      let next = position + 1 < end ? bytes[position + 1] : 0
      if byte == quote {
        guard quote == UInt8(ascii: "'"), next == quote else {
          position += 1
          return (String(decoding: text, as: UTF8.self), start..<position)
        }
        position += 1
      } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        guard next == byte || next == quote else { throw refusal("an escape in a quoted text") }
        text.append(next)
        position += 2
        continue
      }
      text.append(byte)
      position += 1
    }
    throw refusal("a quoted text that goes on in the next line")
  }

  /// YAML 1.1, ns-plain: up to a comment, a `: `, and in a flow collection up to what belongs to that.
  mutating func plain(isFlow: Bool) throws(EditError) -> (String, Range<Int>) {
    let start = position
    let first = bytes[start]
    let next = start + 1 < end ? bytes[start + 1] : 0x20
    switch first {
    case UInt8(ascii: "&"), UInt8(ascii: "*"): throw refusal("an anchor or an alias")
    case UInt8(ascii: "!"): throw refusal("a tag")
    case UInt8(ascii: "|"), UInt8(ascii: ">"): throw refusal("a block scalar")
    case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
      if next == 0x20 || next == 0x09 || isFlow && Self.flow.contains(next) {
        throw refusal("this use of an indicator")
      }
    case _ where ",[]{}#%@`\"'".utf8.contains(first): throw refusal("a text that begins with an indicator")
    default: break
    }
    while position < end {
      let byte = bytes[position]
      let next = position + 1 < end ? bytes[position + 1] : 0x20
      if byte == UInt8(ascii: ":"), next == 0x20 || next == 0x09 { break }
      if isFlow, Self.flow.contains(byte) { break }
      if isFlow, byte == UInt8(ascii: ":"), Self.flow.contains(next) { throw refusal("a colon before an indicator") }
      if byte == UInt8(ascii: "#"), bytes[position - 1] == 0x20 || bytes[position - 1] == 0x09 { break }
      position += 1
    }
    var last = position
    while last > start, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09 { last -= 1 }
    guard last > start else { throw refusal("an empty text") }
    position = last
    return (String(decoding: bytes[start..<last], as: UTF8.self), start..<last)
  }

  private static let flow = Array(",[]{}".utf8)
}
