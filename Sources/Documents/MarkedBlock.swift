/// Why a file's marked block can't be told from the rest. Lines are counted from 1.
public enum MarkedBlockError: Error, Equatable, Sendable {
  case beginWithoutEnd(line: Int)
  case endWithoutBegin(line: Int)
  case beginTwice(line: Int)

  public var line: Int {
    switch self {
    case .beginWithoutEnd(let line), .endWithoutBegin(let line), .beginTwice(let line): line
    }
  }

  public var reason: String {
    switch self {
    case .beginWithoutEnd: "a block begins and has no end"
    case .endWithoutBegin: "a block ends that has not begun"
    case .beginTwice: "the block begins again"
    }
  }
}

/// Lines that a program keeps between two marker comments of somebody else's file; everything outside stays byte for
/// byte.
///
///     # >>> imprint peers: kept by imprint, changes between these lines are lost >>>
///     …
///     # <<< imprint peers <<<
///
/// A marker is known by its first words, so that the sentence behind them may change. In ssh_config(5) the last `Host` of
/// a block at the top would take in the file's own lines behind it: end such a block with `Match all`.
public struct MarkedBlock: Sendable {
  public enum Placement: Sendable { case top, bottom }

  private var lines: Lines
  private let name: String
  private var range: Range<Int>?

  /// - Parameter name: What the block is for, one word.
  public init(_ bytes: [UInt8], name: String) throws(MarkedBlockError) {
    lines = Lines(bytes)
    self.name = name
    range = try Self.find(in: lines, name: name)
  }

  public var bytes: [UInt8] { lines.bytes }

  /// The line of the first marker, counted from 1; nil where there is no block.
  public var line: Int? { range.map { $0.lowerBound + 1 } }

  /// The lines between the markers; nil where there is no block.
  public var content: [String]? {
    range.map { lines[$0].dropFirst().dropLast().map(\.text) }
  }

  /// Puts the lines, one a string, into the block, in its place; a new one goes where `placement` says. Lines that are there already
  /// leave the file as it is.
  public mutating func set(_ content: [String], at placement: Placement) {
    guard content != self.content else { return }
    let body = content.map { Array($0.utf8) }
    var rewrite = LineRewrite()
    if let range {
      for index in range.dropFirst().dropLast() { rewrite.changes[index] = .some(.none) }
      rewrite.insertions[range.upperBound - 1] = body
    } else {
      let begin = Self.begin(name) + ": kept by imprint, changes between these lines are lost >>>"
      let block = [Array(begin.utf8)] + body + [Array((Self.end(name) + " <<<").utf8)]
      rewrite.insertions[placement == .top ? 0 : lines.count] = block
    }
    lines = Lines(rewrite.applied(to: lines))
    range = try? Self.find(in: lines, name: name)
  }

  /// Takes the block out, markers and all.
  public mutating func remove() {
    guard let range else { return }
    var rewrite = LineRewrite()
    for index in range { rewrite.changes[index] = .some(.none) }
    lines = Lines(rewrite.applied(to: lines))
    self.range = nil
  }

  private static func begin(_ name: String) -> String { "# >>> imprint \(name)" }
  private static func end(_ name: String) -> String { "# <<< imprint \(name)" }

  private static func find(in lines: Lines, name: String) throws(MarkedBlockError) -> Range<Int>? {
    var start: Int?
    var found: Range<Int>?
    for (index, line) in lines.enumerated() {
      if isMarker(line.content, begin(name)) {
        guard start == nil, found == nil else { throw .beginTwice(line: index + 1) }
        start = index
      } else if isMarker(line.content, end(name)) {
        guard let begun = start else { throw .endWithoutBegin(line: index + 1) }
        found = begun..<(index + 1)
        start = nil
      }
    }
    if let start { throw .beginWithoutEnd(line: start + 1) }
    return found
  }

  /// Whether a line starts with the marker's words and no longer name follows.
  private static func isMarker(_ content: ArraySlice<UInt8>, _ words: String) -> Bool {
    guard content.starts(with: words.utf8) else { return false }
    let next = content.dropFirst(words.utf8.count).first
    return next.map { $0.isCBlank || $0 == UInt8(ascii: ":") } ?? true
  }
}
