/// A path inside a tree: absolute from the tree's root, no `.`, no `..`, no empty component.
///
/// It names nothing outside: symbolic links that it meets are resolved inside the tree (``Tree``).
public struct TreePath: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The components below the root; empty for the root itself.
  public let components: [String]

  public static let root = TreePath(components: [])

  init(components: [String]) { self.components = components }

  /// Parses `text`, with or without a leading slash. `.` and doubled slashes are dropped; `..` and NUL are refused
  /// by returning nil.
  public init?(_ text: String) {
    var components: [String] = []
    for part in text.utf8.split(separator: UInt8(ascii: "/")) {
      if part.elementsEqual("..".utf8) || part.contains(0) { return nil }
      if part.elementsEqual(".".utf8) { continue }
      components.append(String(part) ?? String(decoding: part, as: UTF8.self))
    }
    self.components = components
  }

  public var name: String { components.last ?? "" }
  public var parent: TreePath { TreePath(components: Array(components.dropLast())) }
  public var description: String { "/" + components.joined(separator: "/") }

  /// This path with one more component. A `name` that is not one component (empty, `..`, with a slash) is a
  /// programming error that shows as a path that does not exist, never as one outside.
  public func appending(_ name: String) -> TreePath {
    TreePath(components: components + [name == ".." || name.isEmpty || name.utf8.contains(0x2F) ? "\u{FFFD}" : name])
  }

  /// Whether this is `directory` or lies below it.
  public func isWithin(_ directory: TreePath) -> Bool { components.starts(with: directory.components) }

  public static func < (left: TreePath, right: TreePath) -> Bool {
    left.components.lexicographicallyPrecedes(right.components)
  }
}

extension TreePath: ExpressibleByStringLiteral {
  /// For paths written in this program. Input goes through ``init(_:)``.
  public init(stringLiteral text: StaticString) {
    self = TreePath(text.description) ?? .root
  }
}
