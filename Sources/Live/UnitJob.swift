/// A job of systemd's, from its request to its result.
extension Systemd {
  /// - Parameter method: one that takes a unit and a mode, and answers with the job.
  func job(_ method: String, _ unit: String, _ attempt: Attempt) async throws(UnitFailure) {
    try await job(method, [.string(unit), .string("replace")], attempt)
  }

  /// Queues a job and waits for its end. Signals are heard before it is queued, and kept: a job may be done before the answer
  /// with its name is here (org.freedesktop.systemd1(5), "StartUnit()").
  func job(_ method: String, _ arguments: [BusValue], _ attempt: Attempt) async throws(UnitFailure) {
    let removals = try await jobRemovals(attempt)
    do throws(UnitFailure) {
      guard let job = try await ask(method, arguments, attempt).first?.text else { throw attempt.unreadable(method) }
      let result = try await self.result(of: job, in: removals, attempt)
      guard result == "done" else { throw attempt.failure(.jobFailed(result: result)) }
    } catch {
      throw await explained(error)
    }
  }

  private func jobRemovals(_ attempt: Attempt) async throws(UnitFailure) -> BusSignals {
    let removals = try await signals("path='\(Self.path)',interface='\(Self.manager)',member='JobRemoved'", attempt)
    try await subscribe(attempt)
    return removals
  }

  /// JobRemoved(u id, o job, s unit, s result)
  private func result(
    of job: String, in removals: BusSignals, _ attempt: Attempt
  ) async throws(UnitFailure) -> String {
    let result = await LiveActor.until(attempt.deadline) { () -> String? in
      while let removal = await removals.next() {
        guard removal.arguments.count >= 4, removal.arguments[1].text == job else { continue }
        return removal.arguments[3].text
      }
      return nil
    }
    guard let result else { throw attempt.interruption }
    return result
  }

  /// What an operator asks next: in which state the unit is, and what it said. A unit that could not be loaded is told by
  /// its load state: systemd 219 answers LoadFailed for what it has not found.
  func explained(_ failure: UnitFailure) async -> UnitFailure {
    guard let unit = failure.unit else { return failure }
    var failure = failure
    switch failure.kind {
    case .jobFailed, .didNotStay, .timedOut:
      if failure.state == nil { failure.state = try? await state(of: unit, within: .seconds(2)) }
      failure.journal = await UnitJournal().settledLines(of: unit)
    case .bus(let error) where !error.isDisconnected && !error.isTimeout:
      switch try? await state(of: unit, within: .seconds(2)).load {
      case .notFound: return UnitFailure(.notFound, failure.operation, unit: unit)
      case .masked: return UnitFailure(.masked, failure.operation, unit: unit)
      default: break
      }
    default: break
    }
    return failure
  }
}
