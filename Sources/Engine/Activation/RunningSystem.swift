public import Live
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
