// Why toml++ and our own few lines around it, and not one of the packages for Swift: a site with several mistakes has to
// report them all, each with line and column. TOMLKit, the first choice, wraps toml++ too but shows places for syntax
// errors only, and its decoder stops at the first value that it can't take; so do the other packages. toml++ itself knows
// the place of every key and value. It is one header, packaged by Debian (libtomlplusplus-dev).
internal import CToml

/// A place in a file; both count from 1. Columns are characters.
struct Place: Sendable, Hashable, Comparable {
  var line: Int
  var column: Int

  static let start = Place(line: 1, column: 1)

  static func < (left: Place, right: Place) -> Bool {
    left.line == right.line ? left.column < right.column : left.line < right.line
  }
}

/// One value of a TOML document, and where it stands.
struct TOMLValue: Sendable {
  enum Content: Sendable {
    case table([TOMLEntry])
    case array([TOMLValue])
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    case real
    case date
  }
  var place: Place
  var content: Content

  /// What it is, for people.
  var kind: String {
    switch content {
    case .table: "a table"
    case .array: "a list"
    case .string: "a text"
    case .integer: "a whole number"
    case .boolean: "true or false"
    case .real: "a number with a point"
    case .date: "a date or time"
    }
  }
}

/// One key of a table with its value.
struct TOMLEntry: Sendable {
  var key: String
  var place: Place
  var value: TOMLValue
}

/// Why bytes are not TOML.
struct TOMLSyntaxError: Error {
  var place: Place
  var message: String
}

/// The entries of a whole document, in the order of the file.
func readTOML(_ bytes: [UInt8]) throws(TOMLSyntaxError) -> [TOMLEntry] {
  let document = bytes.withUnsafeBytes { ctoml_parse($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
  defer { ctoml_free(document) }
  if let error = ctoml_syntax_error(document)?.pointee {
    throw TOMLSyntaxError(
      place: Place(line: max(1, Int(error.line)), column: max(1, Int(error.column))),
      message: String(cString: error.message))
  }
  var count = 0
  var nodes = NodeWalk(rest: UnsafeBufferPointer(start: ctoml_nodes(document, &count), count: count)[...])
  guard let root = nodes.next() else { return [] }
  return nodes.entries(root.children)
}

/// Walks the flat list of nodes, each of which is followed by its children. The library limits their depth.
private struct NodeWalk {
  var rest: Slice<UnsafeBufferPointer<ctoml_node>>

  mutating func next() -> ctoml_node? { rest.popFirst() }

  mutating func entries(_ count: Int) -> [TOMLEntry] {
    var result: [TOMLEntry] = []
    result.reserveCapacity(count)
    for _ in 0..<count {
      guard let node = next() else { break }
      let place = Place(line: Int(node.key_line), column: Int(node.key_column))
      result.append(TOMLEntry(key: text(node.key, node.key_length), place: place, value: value(node)))
    }
    return result
  }

  mutating func value(_ node: ctoml_node) -> TOMLValue {
    let content: TOMLValue.Content
    switch node.kind {
    case ctoml_table: content = .table(entries(node.children))
    case ctoml_array:
      var elements: [TOMLValue] = []
      elements.reserveCapacity(node.children)
      for _ in 0..<node.children {
        guard let element = next() else { break }
        elements.append(value(element))
      }
      content = .array(elements)
    case ctoml_string: content = .string(text(node.text, node.text_length))
    case ctoml_integer: content = .integer(node.integer)
    case ctoml_boolean: content = .boolean(node.boolean)
    case ctoml_real: content = .real
    default: content = .date
    }
    return TOMLValue(place: Place(line: Int(node.line), column: Int(node.column)), content: content)
  }

  private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
