public import Fixups
public import Site
internal import Transaction
public import Tree

/// All that an apply would do, in order, and why. Making one writes nothing.
public struct Plan: Sendable {
  public let root: String
  public let node: NodeName
  public let platform: String
  public let provenance: Provenance
  /// In the order in which they are carried out.
  public internal(set) var changes: [Change]
  public internal(set) var findings: [Stated<Finding>]
  public let claims: [Stated<Claim>]
  /// What a live node would do because of the changes, in order.
  public let consequences: [Consequence]
  /// Why an apply of it would end before it changes anything; see ``Target/foresee(_:)``.
  public var refusals: [Refusal] = []
  /// What was known of transactions when it was made; nil where nobody looked.
  var past: Past?

  public var isEmpty: Bool { changes.isEmpty }
  /// What is not as it should be before the changes.
  public var failures: [Stated<Claim>] { claims.filter { !$0.value.holds } }

  /// Something that an apply would be refused for.
  public struct Refusal: Sendable {
    /// The change that it is about; nil where nothing at all could be begun.
    public let path: TreePath?
    public let error: EngineError
  }

  /// Something that a fixup said.
  public struct Stated<Value: Sendable>: Sendable {
    public let fixup: String
    public let value: Value
  }
}

/// What a change makes necessary on a live node.
public struct Consequence: Sendable, Hashable {
  public enum Action: Sendable, Hashable {
    /// Have systemd read its units and settings again.
    case reloadSystemd
    case setHostname(String)
    /// Take the link down and bring it up with its new configuration.
    case renewLink(String)
    case restart(String)
    case reload(String)
  }
  public let action: Action
  /// What the unit does, or what the link is for.
  public let purpose: String
  /// The changed files behind it.
  public let because: [TreePath]
}

extension Consequence {
  static func reloadingSystemd(_ files: [TreePath]) -> Consequence {
    Consequence(action: .reloadSystemd, purpose: "units start as their files say now", because: files)
  }
}
