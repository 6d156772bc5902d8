internal import Profiles

extension Profile {
  /// The entries of the file, as ``readTOML(_:)`` reads them; none has a place.
  var entries: [TOMLEntry] {
    outline.withUTF8Buffer { text in
      var outline = Outline(rest: text[...])
      guard let root = outline.next() else { return [] }
      return outline.entries(root.children)
    }
  }

  /// The first text under a key, without reading the rest.
  func first(_ key: String) -> String? {
    outline.withUTF8Buffer { text in
      var outline = Outline(rest: text[...])
      while let line = outline.next() {
        if line.kind == UInt8(ascii: "s"), line.key.elementsEqual(key.utf8) { return Outline.text(line.text) }
      }
      return nil
    }
  }
}

/// Walks the lines of an outline, each of which is followed by its children.
private struct Outline {
  typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

  var rest: Bytes

  struct Line {
    var kind: UInt8
    var children: Int
    var key: Bytes
    var text: Bytes
  }

  mutating func next() -> Line? {
    guard let kind = rest.popFirst() else { return nil }
    let children = field(until: UInt8(ascii: "\t"))
    let key = field(until: UInt8(ascii: "\t"))
    return Line(kind: kind, children: Int(Self.number(children)), key: key, text: field(until: UInt8(ascii: "\n")))
  }

  private mutating func field(until end: UInt8) -> Bytes {
    let field = rest.prefix { $0 != end }
    rest = rest[field.endIndex...].dropFirst()
    return field
  }

  private static func number(_ digits: Bytes) -> Int64 {
    let value = digits.drop { $0 == UInt8(ascii: "-") }.reduce(0) { $0 &* 10 &+ Int64($1 &- UInt8(ascii: "0")) }
    return digits.first == UInt8(ascii: "-") ? -value : value
  }

  static func text(_ bytes: Bytes) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self)
  }

  mutating func entries(_ count: Int) -> [TOMLEntry] {
    var result: [TOMLEntry] = []
    result.reserveCapacity(count)
    for _ in 0..<count {
      guard let line = next() else { break }
      result.append(TOMLEntry(key: Self.text(line.key), place: .start, value: value(line)))
    }
    return result
  }

  private mutating func value(_ line: Line) -> TOMLValue {
    let content: TOMLValue.Content
    switch line.kind {
    case UInt8(ascii: "t"): content = .table(entries(line.children))
    case UInt8(ascii: "a"):
      var elements: [TOMLValue] = []
      elements.reserveCapacity(line.children)
      for _ in 0..<line.children {
        guard let element = next() else { break }
        elements.append(value(element))
      }
      content = .array(elements)
    case UInt8(ascii: "s"): content = .string(Self.text(line.text))
    case UInt8(ascii: "i"): content = .integer(Self.number(line.text))
    case UInt8(ascii: "b"): content = .boolean(line.text.first == UInt8(ascii: "1"))
    case UInt8(ascii: "r"): content = .real
    default: content = .date
    }
    return TOMLValue(place: .start, content: content)
  }
}
