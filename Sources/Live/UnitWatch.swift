/// Whether a unit stays up, decided from its states as they come.
struct UnitWatch {
  enum Verdict: Hashable {
    /// Not up yet.
    case coming
    case well
    case broken(String)
  }

  private var before: UnitState?
  private var isUp = false

  /// Once it is up, it has to be up in every later state, and in the same start of it.
  mutating func note(_ state: UnitState) -> Verdict {
    defer { before = state }
    if state.activity == .failed || state.isRestarting { return .broken("\(state)") }
    if let again = before.flatMap({ restart($0.incarnation, state.incarnation) }) { return .broken(again) }
    if state.isWell {
      isUp = true
      return .well
    }
    // A oneshot comes to its good end through deactivating, and what fails on its start to its bad one.
    guard !isUp, [.activating, .deactivating].contains(state.activity) else { return .broken(Self.words(state)) }
    return .coming
  }

  private static func words(_ state: UnitState) -> String {
    state.conditionHeld ? "\(state)" : "\(state); a condition of it does not hold"
  }

  /// How one start of it was followed by another. What only tells a unit that is up from its next start is not looked at
  /// before it is up.
  private func restart(_ old: UnitState.Incarnation, _ new: UnitState.Incarnation) -> String? {
    if let count = new.restarts, let former = old.restarts, count > former {
      return "systemd had to start it again (NRestarts=\(count))"
    }
    if let invocation = new.invocation, let former = old.invocation, invocation != former {
      return "it was started again"
    }
    guard isUp else { return nil }
    if let process = new.mainProcess, let former = old.mainProcess, process != former {
      return "its main process \(former) was followed by \(process)"
    }
    if let time = new.activeEntered, let former = old.activeEntered, time != former { return "it was started again" }
    return nil
  }
}

extension Systemd {
  /// Waits until a unit has been up, and the same start of it, for a time without a break.
  ///
  /// A oneshot is up when it has ended well. Told by signals: no moment of it is missed, and nothing is asked meanwhile.
  ///
  /// - Parameter stay: How long it has to be up, from when it is first seen so.
  /// - Parameter time: How long all of this may take, `stay` included.
  public func watch(_ unit: String, for stay: Duration, within time: Duration) async throws(UnitFailure) {
    let attempt = Attempt("see \(unit) up for \(stay.inSeconds)", unit, time)
    do throws(UnitFailure) {
      let sight = try await UnitSight(of: unit, attempt, self)
      guard try await sight.isUp(by: attempt.deadline) else { throw attempt.failure(.timedOut(time)) }
      let end = ContinuousClock.now + stay
      try await sight.stay(until: min(end, attempt.deadline))
      guard end <= attempt.deadline else { throw attempt.failure(.timedOut(time)) }
      // Whether somebody still is there to say so.
      try await sight.look()
    } catch {
      throw await explained(error)
    }
  }
}
