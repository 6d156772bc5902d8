/// A value of a YAML file, with its place in the bytes.
public indirect enum YAMLNode: Sendable, Equatable {
  /// - Parameter range: Its bytes, quotes and all.
  case scalar(String, range: Range<Int>)
  /// Nothing behind a colon or a dash; the place where something could stand.
  case empty(at: Int)
  case sequence([Item], flow: Range<Int>?)
  case mapping([Pair], flow: Range<Int>?)

  public struct Item: Sendable, Equatable {
    public let node: YAMLNode
    /// In a block: the lines from its dash to its end, counted from 0.
    let lines: Range<Int>
    /// In a block: how far its dash is indented.
    let indent: Int
  }

  public struct Pair: Sendable, Equatable {
    public let key: String
    public let node: YAMLNode
    let keyRange: Range<Int>
    /// In a block: its lines, counted from 0; the first may have a dash before it.
    let lines: Range<Int>
    let indent: Int
    /// Counted from 1.
    public var line: Int { lines.lowerBound + 1 }
    /// Where a value of one line ends.
    var valueEnd: Int {
      switch node {
      case .scalar(_, let range), .sequence(_, .some(let range)), .mapping(_, .some(let range)): range.upperBound
      case .empty(let place): place
      default: keyRange.upperBound
      }
    }
  }

  /// The value of a scalar.
  public var text: String? { if case .scalar(let text, _) = self { text } else { nil } }

  public var items: [Item] { if case .sequence(let items, _) = self { items } else { [] } }

  public var pairs: [Pair] { if case .mapping(let pairs, _) = self { pairs } else { [] } }

  public subscript(key: String) -> YAMLNode? { pairs.first { $0.key == key }?.node }

  /// By keys, from the outermost.
  public subscript(path: [String]) -> YAMLNode? {
    path.reduce(Optional(self)) { node, key in node?[key] }
  }

  /// Everything that is said, as `a.b[]=value`.
  public var flattened: [String] {
    switch self {
    case .scalar(let text, _): ["=\(text)"]
    case .empty: ["="]
    case .sequence(let items, _): items.flatMap { $0.node.flattened.map { "[]\($0)" } }
    case .mapping(let pairs, _): pairs.flatMap { pair in pair.node.flattened.map { ".\(pair.key)\($0)" } }
    }
  }
}
