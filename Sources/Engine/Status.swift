internal import Fixups
public import Transaction
internal import Tree

/// What imprint knows of a tree without a site.
public struct Status: Sendable {
  /// The node of the last apply.
  public let node: String?
  public let applied: [Journal]
  /// Interrupted, neither finished nor undone.
  public let pending: [Journal]

  public init(root: String) throws {
    let tree = try Tree(root: root)
    node = try Stamp.node(in: tree)
    let history = try Store(tree: tree).history()
    applied = history.filter { $0.state == .applied }
    pending = history.filter { ![.applied, .undone].contains($0.state) }
  }
}
