internal import Live

/// Carries steps out in their order and tells what happens.
@LiveActor
struct ActivationRun {
  let system: any RunningSystem
  let tell: @LiveActor (ActivationEvent) -> Void

  struct Failure: Sendable {
    let step: ActivationStep
    let reason: String
  }

  /// A link or a name that fails ends it; a unit that fails does not keep the others from what they need. What was
  /// restarted is watched while the next ones are.
  ///
  /// - Parameter isDone: What an earlier, interrupted run has done already, by its words.
  func carryOut(_ steps: [ActivationStep], isDone: Set<String> = []) async -> [Failure] {
    await withTaskGroup(of: Failure?.self) { watches in
      var failures: [Failure] = []
      for rank in Set(steps.map(\.rank)).sorted() {
        let group = steps.filter { $0.rank == rank && !isDone.contains($0.consequence.action.words) }
        let failed = await sideBySide(group)
        failures += failed
        if failed.contains(where: { $0.step.isConnectivity }) { break }
        for step in group where !step.isConnectivity && !failed.contains(where: { $0.step == step }) {
          let watch: @LiveActor @Sendable () async -> Failure? = { await self.watch(step) }
          watches.addTask(operation: watch)
        }
      }
      for await failure in watches { if let failure { failures.append(failure) } }
      return failures
    }
  }

  private func sideBySide(_ steps: [ActivationStep]) async -> [Failure] {
    // By far the usual case, which needs no second task.
    if steps.count == 1, let only = steps.first { return await carryOut(only).map { [$0] } ?? [] }
    return await withTaskGroup(of: Failure?.self) { group in
      for step in steps {
        let work: @LiveActor @Sendable () async -> Failure? = { await carryOut(step) }
        group.addTask(operation: work)
      }
      var failures: [Failure] = []
      for await failure in group { if let failure { failures.append(failure) } }
      return failures
    }
  }

  private func watch(_ step: ActivationStep) async -> Failure? {
    do {
      try await system.watch(step)
      return nil
    } catch {
      return failure(of: step, error)
    }
  }

  private func carryOut(_ step: ActivationStep) async -> Failure? {
    let words = step.consequence.action.words
    let begun = ContinuousClock.now
    tell(.started(words))
    do {
      try await system.perform(step)
      tell(.finished(words, milliseconds: begun.duration(to: .now).wholeMilliseconds))
      return nil
    } catch {
      return failure(of: step, error)
    }
  }

  private func failure(of step: ActivationStep, _ error: any Error) -> Failure {
    let reason = EngineError(error)?.description ?? "\(error)"
    tell(.failed(step.consequence.action.words, reason: reason))
    return Failure(step: step, reason: reason)
  }
}

extension ActivationStep {
  /// Whether the node can be cut off, or be taken for another, where this fails: a unit that is started as it was before is another's.
  var isConnectivity: Bool {
    switch consequence.action {
    case .reloadSystemd, .setHostname, .renewLink: true
    case .restart, .reload: false
    }
  }
}

extension Duration {
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(clamping: seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
