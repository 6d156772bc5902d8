internal import Fixups
internal import Identity
internal import Live
internal import Tree

/// The fence that a first boot raised, and an activation.
extension ActivationJob {
  /// Whether the machine is held back, and the disk is still another machine's: then nothing of what the files say may
  /// come to life.
  var isHeldBack: Bool { get throws { try Fence(of: tree).isRaised && !isOwnDisk } }

  /// Whether the last apply was for the machine that this is.
  private var isOwnDisk: Bool {
    get throws {
      guard let former = try Stamp.read(from: tree)?.machine else { return false }
      let machine = StampedMachine(MachineFacts(root: tree.rootPath))
      return [.same, .replacedCard].contains(machine.sameness(with: former))
    }
  }

  static let lifted = "this machine is a node of its own now: nothing holds it back from the network any more"

  /// When all is in effect the machine is no longer held back, and what was starts.
  ///
  /// - Parameter earlier: What a run said that was interrupted; it may have been in the middle of this.
  @LiveActor func liftFence(after outcome: ActivationOutcome, _ earlier: [ActivationEvent]) async throws {
    guard outcome == .done || outcome == .incomplete else { return }
    let fence = Fence(of: tree)
    let wasLifting = earlier.contains(.noted(Self.lifted))
    guard try wasLifting || (fence.isRaised && isOwnDisk) else { return }
    if !wasLifting { tell(.noted(Self.lifted)) }
    if try fence.lift() { announce(announcement.lifted) }
    // Somebody at the console has taken the first boot over.
    try FirstBootRecord.forget(in: tree)
    do {
      try await system.startHeldBack(Fence.units(of: platform))
    } catch {
      tell(.noted("not all of what was held back has come up: \(EngineError(error)?.description ?? "\(error)")"))
    }
  }
}
