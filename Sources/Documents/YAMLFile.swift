/// A YAML file that is edited by lines: what an edit does not name keeps its bytes. What ``YAMLParser`` refuses, nobody
/// edits.
public struct YAMLFile: Sendable, Equatable {
  /// What can be written.
  public indirect enum Value: Sendable, Equatable {
    case scalar(String)
    case list([Value])
    case table([(String, Value)])

    public static func == (left: Value, right: Value) -> Bool { left.rendered(0) == right.rendered(0) }
  }

  public private(set) var bytes: [UInt8]
  public private(set) var root: YAMLNode
  /// Why it is not edited, with the line counted from 1.
  public private(set) var problem: (line: Int, reason: String)?

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    root = .empty(at: 0)
    do {
      root = try YAMLParser.parse(bytes)
    } catch {
      if case .unreadable(let line, let reason) = error { problem = (line, reason) }
    }
  }

  public static func == (left: YAMLFile, right: YAMLFile) -> Bool { left.bytes.isSame(as: right.bytes) }

  /// The line of a value, counted from 1.
  public func line(of path: [String]) -> Int? {
    guard let key = path.last else { return nil }
    return root[Array(path.dropLast())]?.pairs.first { $0.key == key }?.line
  }

  /// Gives a key its value. What is a scalar and stays one is rewritten in its place, quoted as it was; where the key is not
  /// there, it goes below the last of its mapping, and what is lacking above it comes along.
  public mutating func set(_ path: [String], to value: Value) throws(EditError) {
    try check()
    guard let key = path.last else { return }
    guard let node = root[path] else { return try insert(path, value) }
    if case .scalar(let old, let range) = node, case .scalar(let new) = value {
      guard old != new else { return }
      return try splice([ByteEdit(range: range, bytes: Self.written(new, like: bytes[range]))])
    }
    if case .empty(let place) = node, case .scalar(let new) = value {
      return try splice([ByteEdit(range: place..<place, bytes: Array(" \(Value.plain(new))".utf8))])
    }
    try remove(path, key)
    try insert(path, value)
  }

  /// Gives a scalar that is there another text, in the quotes that it had.
  public mutating func replace(_ node: YAMLNode, with text: String) throws(EditError) {
    try check()
    guard case .scalar(let old, let range) = node, old != text else { return }
    try splice([ByteEdit(range: range, bytes: Self.written(text, like: bytes[range]))])
  }

  /// Takes a key out, with its lines; what would be an empty mapping above it goes along.
  public mutating func remove(_ path: [String]) throws(EditError) {
    try check()
    guard let key = path.last, root[path] != nil else { return }
    let above = Array(path.dropLast())
    if !above.isEmpty, root[above]?.pairs.count == 1 { return try remove(above) }
    try remove(path, key)
  }

  private mutating func remove(_ path: [String], _ key: String) throws(EditError) {
    let parent = root[Array(path.dropLast())]
    guard let pairs = parent?.pairs, let pair = pairs.first(where: { $0.key == key }) else { return }
    if case .mapping(_, .some) = parent {
      try unfold(Array(path.dropLast()), else: "a pair to take out of { }")
      return try remove(path, key)
    }
    let first = Lines(bytes)[pair.lines.lowerBound].content
    guard first.prefix(pair.indent).allSatisfy({ $0 == 0x20 }) else {
      throw .unreadable(line: pair.line, reason: "a pair to take out behind a dash")
    }
    try rewrite { rewrite in for line in pair.lines { rewrite.changes[line] = .some(nil) } }
  }

  /// Replaces items of a list by their place, takes others out, and puts new ones behind the last.
  public mutating func edit(
    list path: [String], replacing replaced: [Int: String], removing removed: Set<Int>, adding added: [Value]
  ) throws(EditError) {
    try check()
    guard case .sequence(let items, let flow)? = root[path] else { return }
    if items.indices.allSatisfy(removed.contains), added.isEmpty { return try remove(path) }
    guard flow == nil else { return try edit(flow: path, items, replaced, removed, added) }
    var edits: [ByteEdit] = []
    for (index, new) in replaced.sorted(by: { $0.key < $1.key }) {
      guard let range = items[index].node.name else { continue }
      edits.append(ByteEdit(range: range, bytes: Self.written(new, like: bytes[range])))
    }
    let (indent, end) = (items.last?.indent ?? 0, items.last?.lines.upperBound ?? 0)
    try splice(edits)
    try rewrite { rewrite in
      for index in removed { for line in items[index].lines { rewrite.changes[line] = .some(nil) } }
      guard !added.isEmpty else { return }
      rewrite.insertions[end] = added.flatMap { Value.list([$0]).rendered(indent) }.map { Array($0.utf8) }
    }
  }

  /// Gives keys of one item of a list, a mapping, their values; nil takes a key out.
  public mutating func edit(
    item index: Int, of path: [String], setting values: [(key: String, value: String?)]
  ) throws(EditError) {
    try check()
    for (key, value) in values {
      guard let items = root[path]?.items, index < items.count else { return }
      let item = items[index].node
      if let value, let node = item[key], node.text != nil {
        try replace(node, with: value)
      } else if let value {
        try insert(key, value, into: item)
      } else {
        try remove(key, from: item)
      }
    }
  }

  private mutating func insert(_ key: String, _ value: String, into mapping: YAMLNode) throws(EditError) {
    guard case .mapping(let pairs, let flow) = mapping, let last = pairs.last, mapping[key] == nil else {
      throw .unreadable(line: mapping.pairs.last?.line ?? 1, reason: "\(key) without a value")
    }
    let text = "\(key): \(Value.plain(value))"
    if flow != nil {
      let place = last.valueEnd
      try splice([ByteEdit(range: place..<place, bytes: Array(", \(text)".utf8))])
    } else {
      let line = String(repeating: " ", count: last.indent) + text
      try rewrite { $0.insertions[last.lines.upperBound] = [Array(line.utf8)] }
    }
  }

  private mutating func remove(_ key: String, from mapping: YAMLNode) throws(EditError) {
    guard case .mapping(let pairs, let flow) = mapping, let index = pairs.firstIndex(where: { $0.key == key }),
      pairs.count > 1
    else { return }
    let pair = pairs[index]
    if flow != nil {
      // With the comma before it, or the one behind the first.
      let range =
        index > 0
        ? pairs[index - 1].valueEnd..<pair.valueEnd : pair.keyRange.lowerBound..<pairs[index + 1].keyRange.lowerBound
      return try splice([ByteEdit(range: range, bytes: [])])
    }
    guard index == 0 else {
      return try rewrite { rewrite in for line in pair.lines { rewrite.changes[line] = .some(nil) } }
    }
    // The next pair comes behind the dash, with what stands behind it in its line.
    let next = pairs[1]
    guard next.node.text != nil, next.lines.count == 1, pair.lines.count == 1 else {
      throw .unreadable(line: pair.line, reason: "a pair to take out behind a dash")
    }
    let moved = Lines(bytes)[next.lines.lowerBound].content.dropFirst(next.indent)
    let first = Lines(bytes)[pair.lines.lowerBound].content.prefix(pair.indent)
    try rewrite { rewrite in
      rewrite.changes[pair.lines.lowerBound] = Array(first) + moved
      rewrite.changes[next.lines.lowerBound] = .some(nil)
    }
  }

  private mutating func edit(
    flow path: [String], _ items: [YAMLNode.Item], _ replaced: [Int: String], _ removed: Set<Int>, _ added: [Value]
  ) throws(EditError) {
    guard case .sequence(_, let flow?)? = root[path] else { return }
    guard !bytes[flow].contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
      return try edit(spread: path, items, replaced, removed, added)
    }
    var parts: [String] = []
    for (index, item) in items.enumerated() where !removed.contains(index) {
      guard case .scalar(_, let range) = item.node else {
        throw .unreadable(line: item.lines.lowerBound + 1, reason: "a collection inside [ ]")
      }
      let new = replaced[index].map { Self.written($0, like: bytes[range]) } ?? Array(bytes[range])
      parts.append(String(decoding: new, as: UTF8.self))
    }
    for value in added {
      guard case .scalar(let text) = value else {
        throw .unreadable(line: (line(of: path) ?? 1), reason: "a list in [ ] that a table would have to go into")
      }
      parts.append(Value.plain(text))
    }
    try splice([ByteEdit(range: flow, bytes: Array("[\(parts.joined(separator: ", "))]".utf8))])
  }

  /// Of a list in [ ] over several lines nothing is written but what changes.
  private mutating func edit(
    spread path: [String], _ items: [YAMLNode.Item], _ replaced: [Int: String], _ removed: Set<Int>, _ added: [Value]
  ) throws(EditError) {
    var ranges: [Range<Int>] = []
    for item in items {
      guard case .scalar(_, let range) = item.node else {
        throw .unreadable(line: item.lines.lowerBound + 1, reason: "a collection inside [ ]")
      }
      ranges.append(range)
    }
    var new: [String] = []
    for value in added {
      guard case .scalar(let text) = value else {
        throw .unreadable(line: (line(of: path) ?? 1), reason: "a list in [ ] that a table would have to go into")
      }
      new.append(Value.plain(text))
    }
    var edits = replaced.map { ByteEdit(range: ranges[$0], bytes: Self.written($1, like: bytes[ranges[$0]])) }
    // What comes takes the place of what goes.
    var gone = removed
    for index in removed.sorted().prefix(new.count) {
      gone.remove(index)
      edits.append(ByteEdit(range: ranges[index], bytes: Array(new.removeFirst().utf8)))
    }
    guard let last = ranges.indices.last(where: { !gone.contains($0) }) else { return }
    edits += gone.filter { $0 < last }.map {
      ByteEdit(range: ranges[$0].lowerBound..<ranges[$0 + 1].lowerBound, bytes: [])
    }
    let end = ranges[last].upperBound
    let tail = new.flatMap { Array(", \($0)".utf8) }
    edits.append(ByteEdit(range: end..<(ranges.last?.upperBound ?? end), bytes: tail))
    try splice(edits.sorted { $0.range.lowerBound < $1.range.lowerBound })
  }

  private mutating func insert(_ path: [String], _ value: Value) throws(EditError) {
    var depth = path.count - 1
    while depth > 0, root[Array(path[..<depth])] == nil { depth -= 1 }
    let above = Array(path[..<depth])
    var whole = value
    for key in path[(depth + 1)...].reversed() { whole = .table([(key, whole)]) }
    let table = Value.table([(path[depth], whole)])
    switch depth == 0 ? root : root[above] {
    case .mapping(_, .some):
      try unfold(above, else: "a pair to put into { }")
      return try insert(path, value)
    case .mapping(let pairs, nil):
      guard let last = pairs.last else { return }
      try rewrite {
        $0.insertions[last.lines.upperBound] = table.rendered(last.indent).map { Array($0.utf8) }
      }
    case .empty where depth == 0:
      let end = Lines(bytes).count
      try rewrite { $0.insertions[end] = table.rendered(0).map { Array($0.utf8) } }
    case .empty:
      guard let line = line(of: above), let key = above.last,
        let pair = root[Array(above.dropLast())]?.pairs.first(where: { $0.key == key })
      else { return }
      try rewrite { $0.insertions[line] = table.rendered(pair.indent + 2).map { Array($0.utf8) } }
    default: throw .unreadable(line: line(of: above) ?? 1, reason: "no mapping where one belongs")
    }
  }

  /// Writes the outermost `{ }` on the way to a mapping in lines, a pair each: what is in them keeps its bytes, and a comment behind
  /// stays behind the key.
  private mutating func unfold(_ path: [String], else reason: String) throws(EditError) {
    for depth in path.indices {
      let above = Array(path[..<depth])
      guard let pair = root[above]?.pairs.first(where: { $0.key == path[depth] }),
        case .mapping(let inner, let flow?) = pair.node
      else { continue }
      let text = Lines(bytes)[pair.lines.lowerBound].content
      let start = Lines(bytes)[..<pair.lines.lowerBound].reduce(0) { $0 + $1.content.count + $1.ending.bytes.count }
      let colon = bytes[pair.keyRange.upperBound..<flow.lowerBound].lastIndex(of: UInt8(ascii: ":"))
      guard let colon, pair.lines.count == 1, flow.upperBound <= start + text.count else { break }
      let head = Array(bytes[start...colon]) + bytes[flow.upperBound..<start + text.count]
      let blanks = [UInt8](repeating: 0x20, count: pair.indent + 2)
      let lines = inner.map { blanks + bytes[$0.keyRange.lowerBound..<$0.valueEnd] }
      return try rewrite { rewrite in
        rewrite.changes[pair.lines.lowerBound] = head
        rewrite.insertions[pair.lines.upperBound] = lines
      }
    }
    throw .unreadable(line: line(of: path) ?? 1, reason: reason)
  }

  private func check() throws(EditError) {
    if let problem { throw .unreadable(line: problem.line, reason: problem.reason) }
  }

  private mutating func splice(_ edits: [ByteEdit]) throws(EditError) {
    try take(ByteEdit.apply(edits, to: bytes))
  }

  private mutating func rewrite(_ edit: (inout LineRewrite) -> Void) throws(EditError) {
    var rewrite = LineRewrite()
    edit(&rewrite)
    if !rewrite.isEmpty { try take(rewrite.applied(to: Lines(bytes))) }
  }

  /// What an edit made has to be understood too, or it isn't made.
  private mutating func take(_ new: [UInt8]) throws(EditError) {
    let edited = YAMLFile(new)
    try edited.check()
    self = edited
  }

  /// In the quotes that the old one had.
  private static func written(_ text: String, like old: ArraySlice<UInt8>) -> [UInt8] {
    switch old.first {
    case UInt8(ascii: "\""): Array("\"\(text)\"".utf8)
    case UInt8(ascii: "'"): Array("'\(text)'".utf8)
    default: Array(Value.plain(text).utf8)
    }
  }
}

extension YAMLNode {
  /// The bytes by which an item goes: itself, or the key of what is said of it (`10.0.0.1/24: {label: …}`).
  fileprivate var name: Range<Int>? {
    switch self {
    case .scalar(_, let range): range
    case .mapping(let pairs, _) where pairs.count == 1: pairs[0].keyRange
    default: nil
    }
  }
}

extension YAMLFile.Value {
  /// Quoted where YAML could take it for something else: numbers in base 60, `no`, a colon at an end.
  static func plain(_ text: String) -> String {
    let isAddress = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2F }
    let isWord = text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    let isName = isWord && text.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
    let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return isAddress && text.contains(".") || isName || isNumber ? text : "\"\(text)\""
  }

  /// As lines of a block that is indented so far.
  func rendered(_ indent: Int) -> [String] {
    let blanks = String(repeating: " ", count: indent)
    switch self {
    case .scalar(let text): return ["\(blanks)\(Self.plain(text))"]
    case .list(let items):
      return items.flatMap { item in
        let lines = item.rendered(indent + 2)
        return ["\(blanks)- \(lines.first?.dropFirst(indent + 2) ?? "")"] + lines.dropFirst()
      }
    case .table(let pairs):
      return pairs.flatMap { key, value in
        if case .scalar(let text) = value { return ["\(blanks)\(key): \(Self.plain(text))"] }
        return ["\(blanks)\(key):"] + value.rendered(indent + 2)
      }
    }
  }
}
