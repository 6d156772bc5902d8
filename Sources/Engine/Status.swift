internal import Fixups
public import Transaction
internal import Tree

/// What imprint knows of a tree without a site.
public struct Status: Sendable {
  /// The node of the last apply.
  public let node: String?
  /// Whether it is a template, or a copy of one that has not learnt yet who it is.
  public let isSealed: Bool
  public let applied: [Journal]
  /// Ids of what was interrupted: neither finished, nor undone, nor taken away.
  public let pending: [String]
  /// What of the transactions cannot be told any more, and stops every one that follows; empty where all is well.
  public let damage: [EngineError]
  /// Will be undone unless somebody confirms it.
  public let unconfirmed: Journal?
  /// Whether its time runs: not where the machine, or the command that made it, ended before an activation began.
  public let isCountedDown: Bool
  /// Committed on the running system, and not in effect.
  public let ineffective: [Journal]
  /// Of a machine that became its node in this boot; nil for any other.
  public let firstBoot: FirstBootRecord?
  /// What the last activation since the machine started has said; empty where there was none.
  public let activation: [ActivationEvent]
  /// Whether it still runs.
  public let isActivating: Bool
  /// What is left of its joining; nil where that has not been begun, or by whom this disk was copied from.
  public let joining: JoinRecord?
  /// Why the machine is held back from the network; nil where it is not.
  public let fenced: String?
  /// Who says which node this machine is; empty for a tree that is not this machine's, and where there is no site.
  public let identity: IdentityReport

  public init(root: String) throws {
    let tree = try Tree(root: root)
    fenced = try Fence(of: tree).reason
    isSealed = try tree.status(SealRecord.path) != nil
    let node = try Stamp.node(in: tree)
    self.node = node
    joining = try JoinRecord(in: tree).flatMap { $0.node == node ? $0 : nil }
    let past = try Store(tree: tree).past()
    applied = past.journals.filter(\.stands)
    unconfirmed = past.unconfirmed
    isActivating = try tree.status(ActivationLog.directory) != nil && ActivationLog.claim(in: tree) == nil
    isCountedDown = try isActivating && unconfirmed.map { try ActivationLog(of: $0.id).exists(in: tree) } ?? false
    ineffective = try Backlog(tree).journals()
    firstBoot = try FirstBootRecord(in: tree)
    activation = try ActivationLog.latest(in: tree)
    pending = past.interrupted
    damage = past.damage.map(EngineError.init)
    identity = IdentityReport(root: root, tree)
  }
}
