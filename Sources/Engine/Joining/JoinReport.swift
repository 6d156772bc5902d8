public import Site

/// What became of a join, node by node.
public struct JoinReport: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    public let node: NodeName
    public let role: Node.Role
    /// What was done or found to be so, a few words each: `host table`, `keys both ways`.
    public var done: [String]
    /// Paths that were changed there.
    public var changed: [String]
    public var left: [Left]
    /// What a person has to know, a sentence each.
    public var remarks: [String]

    public init(_ node: Node) {
      self.node = node.name
      role = node.role
      (done, changed, left, remarks) = ([], [], [], [])
    }

    public var isDone: Bool { left.isEmpty }
  }

  /// Something that could not be done.
  public struct Left: Sendable, Hashable {
    /// What it was about: `trust`, `host table`, `discover_hosts`.
    public let task: String
    public let reason: String
    public let advice: String?
    /// Whether a later attempt may well succeed by itself.
    public let isTemporary: Bool

    public init(_ task: String, _ reason: String, advice: String? = nil, isTemporary: Bool = false) {
      self.task = task
      self.reason = reason
      self.advice = advice
      self.isTemporary = isTemporary
    }
  }

  public let node: NodeName
  /// This node first, then the others in the site's order.
  public internal(set) var entries: [Entry]
  /// This node's own changes; nil where there were none.
  public internal(set) var transaction: String?

  public var isDone: Bool { entries.allSatisfy(\.isDone) }
}

/// What happens in a join, as it happens.
public enum JoinEvent: Sendable {
  case ended(JoinReport.Entry, milliseconds: Int)
  /// The controller's cells do not know this node yet; asked again after so long.
  case waitingForService(Duration)
}
