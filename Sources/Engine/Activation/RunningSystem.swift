internal import Live
public import Site

/// The running system as an activation meets it: the seam behind which processes, the bus and the network are.
public protocol RunningSystem: Sendable {
  /// What runs now. Units that systemd does not know are left out.
  @LiveActor func state(of units: [UnitName]) async throws -> LiveState

  /// Does it, and waits until it is well.
  ///
  /// - Throws: What went wrong, in words that stand alone.
  @LiveActor func perform(_ step: ActivationStep) async throws
}

/// What becomes of an activation in which something fails.
public enum OnFailure: String, Sendable, Hashable, CaseIterable {
  /// A link that does not come up undoes everything, as the node would be cut off; a unit that does not become well
  /// leaves the rest as it is, since the files are right and the node can be reached.
  case auto
  /// Nothing is undone.
  case keep
  /// Everything is undone.
  case rollBack = "roll-back"
}
