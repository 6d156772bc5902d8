internal import ArgumentParser
internal import Engine
internal import Live
internal import Tree

/// How a command brings the running system to what its files say, and what it says meanwhile.
struct LiveActivation {
  let ink: Palette
  let isQuiet: Bool

  /// Starts it in a unit of its own and watches it.
  ///
  /// - Returns: nil where it waits to be confirmed.
  func carryOut(_ plan: DetachedActivation.Plan) throws -> ActivationOutcome? {
    let (ink, isQuiet) = (ink, isQuiet)
    return try LiveActor.run {
      let text = ActivationText(ink: ink)
      let activation = try await DetachedActivation.start(plan)
      Interruption.letThrough()
      if !isQuiet { Terminal.sayWhenInterrupted() }
      return try await activation.follow { if !isQuiet { text.tell($0) } }
    }
  }

  /// What there would be to do.
  func steps(_ plan: DetachedActivation.Plan) throws -> [ActivationStep] {
    try LiveActor.run {
      let system = try await LiveSystem.connect(plan.platform)
      return try await ActivationJob(
        tree: try Tree(root: "/"), platform: plan.platform, id: plan.id, options: plan.options, system: system
      ).steps()
    }
  }

  /// Files and running system.
  func verification(of target: Target) throws -> Verification {
    let files = try target.verify()
    return try LiveActor.run {
      let system = try await LiveSystem.connect(target.platform)
      return files.adding(running: try await target.verifyRunning(system))
    }
  }

  /// - Throws: What the outcome means for the exit status.
  func check(_ outcome: ActivationOutcome?) throws {
    switch outcome {
    case .done, nil: return
    case .incomplete:
      throw EngineError(
        .unavailable, "the files are as they should be, but not everything on the running system is well",
        advice: "imprint verify names it; imprint rollback undoes it all")
    case .undone(let reason): throw EngineError(.unavailable, "everything was undone: \(reason)")
    case .stuck(let reason):
      throw EngineError(
        .unavailable, "it was to be undone, and that failed: \(reason)",
        advice: "imprint status; look at the node itself")
    }
  }
}
