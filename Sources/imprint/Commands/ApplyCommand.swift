internal import ArgumentParser
internal import Engine
internal import Live
internal import Site
internal import Transaction

struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Change the tree into the node: all of it or nothing, and verify it.",
    discussion: "Shows the plan and asks first. Without a terminal nothing is asked: then it needs --yes.")

  @OptionGroup var target: TargetOptions
  @OptionGroup var common: CommonOptions

  @Flag(help: "Wait for another imprint that holds the lock, rather than exit with 75.")
  var wait = false

  @Option(
    help: ArgumentHelp(
      "On the running system: undo it all again unless imprint confirm comes in time.", valueName: "seconds"))
  var confirmWithin: Int?

  @OptionGroup var live: LiveOptions

  @Flag(help: "Leave other nodes as they are; imprint join speaks with them later.")
  var noJoin = false

  func validate() throws {
    if let confirmWithin, !(1...86400).contains(confirmWithin) {
      throw ValidationError("--confirm-within takes 1 to 86400 seconds")
    }
  }

  func run() throws {
    guard common.yes || Terminal.canAsk else {
      throw EngineError(
        .usage, "apply asks before it changes anything, and there is no terminal to ask on", advice: "add --yes")
    }
    let isLive = try live.isLive(common)
    guard isLive || confirmWithin == nil else {
      throw EngineError(
        .usage, "--confirm-within is for the running system; another tree is left with imprint rollback")
    }
    let target = try target.target(common)
    let applied = try target.apply(
      waitForLock: wait, confirmWithin: confirmWithin, runs: LiveOptions.isRunning(common.root)
    ) { plan in
      if isLive { try askTheWire(target) }
      if common.format == .text {
        let text = PlanText(ink: common.palette)
        try Terminal.answer(common.quiet ? text.warnings(plan.findings) : text.text(plan))
      }
      guard common.yes || Terminal.ask("Change \(plan.root) into \(plan.node)?") else { return false }
      // From here to where systemd has taken over, nobody else would bring the system to the new files.
      if isLive { Interruption.holdBack() }
      return true
    }
    for remark in applied.leftKeys { Terminal.complain("imprint: \(remark)") }
    for recovered in applied.recovered {
      Terminal.complain("imprint: an interrupted transaction, \(recovered.id), was \(recovered.outcome.rawValue) first")
    }
    if isLive, applied.transaction != nil || applied.plan.isEmpty {
      try bringToLife(applied, target)
    } else {
      try report(applied, nil)
    }
  }

  /// Nobody else may have an address that this node is about to take.
  private func askTheWire(_ target: Target) throws {
    for remark in try LiveActor.run({ try await target.askForNewAddresses() }) {
      Terminal.complain("imprint: \(remark)")
    }
  }

  private func bringToLife(_ applied: Applied, _ target: Target) throws {
    let activation = LiveActivation(ink: common.palette, isQuiet: common.quiet)
    if let id = applied.transaction, common.format == .text, !common.quiet {
      // Nobody may be there to read it, and the system is brought to its files all the same.
      try? Terminal.answer("applied \(applied.plan.changes.count) changes as transaction \(id)\n")
    }
    let options = ActivationJob.Options(onFailure: live.onFailure.meaning, interfaces: target.interfaces)
    let plan = DetachedActivation.Plan(
      platform: target.platform, id: applied.transaction, options: options, wellFor: .seconds(live.wellFor))
    // All files are right: is everything else?
    if applied.transaction == nil {
      let steps = try activation.steps(plan)
      guard try !steps.isEmpty || Fence(of: target.tree).isRaised else {
        try target.settle()
        return try reportRunning(applied, activation, target)
      }
      if confirmWithin != nil {
        throw EngineError(
          .usage, "the files are as they should be already, and what is left to do is not undone when a time runs out",
          advice: "apply without --confirm-within; or imprint rollback, and apply again with it")
      }
      if common.format == .text, !common.quiet {
        try Terminal.answer(PlanText(ink: common.palette).inEffect(target.node.name, steps))
      }
      guard common.yes || Terminal.ask("Bring this machine to what its files say?") else { return }
    }
    let outcome = try activation.carryOut(plan)
    try activation.check(outcome)
    let verification = try activation.verification(of: target)
    // What nobody has confirmed yet is no address to tell others of.
    let joined = outcome == nil ? nil : try join(target, onlyWhatIsLeft: false)
    // Until it is confirmed, certificates are those of before.
    guard outcome != nil else { return try report(applied, .done, verification) }
    let told = try verification.adding(
      target.certificateTestimony(isJoined: joined?.isDone == true), from: "certificates"
    )
    .adding(inTheCloud(target, joined), from: "cloud")
    try report(applied, outcome, told, joined)
  }

  /// Asked once all others know this node: before that, the cloud cannot say what it should.
  private func inTheCloud(_ target: Target, _ joined: JoinReport?) throws -> Testimony {
    guard joined?.isDone == true else { return Testimony() }
    let search = try target.credentialSearch(cloud: nil, openrc: nil, environment: CloudOptions.environment)
    return try target.askCloud(search, patience: .seconds(60))
  }

  /// This node is what it should be, whatever others say: what is left of its joining is told, and is no failure of the apply.
  private func join(_ target: Target, onlyWhatIsLeft: Bool) throws -> JoinReport? {
    guard !noJoin, target.others.count > 0 else { return nil }
    if onlyWhatIsLeft, try JoinRecord(in: target.tree)?.isDone(for: target) == true { return nil }
    do {
      return try JoinWork(ink: common.palette, isQuiet: common.quiet).run(target, Joining.Options())
    } catch let error as EngineError {
      Terminal.complain("imprint: this node has not joined: \(error)")
      return nil
    }
  }

  /// Nothing is to be done, which does not mean that all is well: a unit may have failed for reasons of its own.
  private func reportRunning(_ applied: Applied, _ activation: LiveActivation, _ target: Target) throws {
    let running = try activation.verification(of: target)
    try report(applied, nil, running.holds ? nil : running, join(target, onlyWhatIsLeft: true))
  }

  private func report(
    _ applied: Applied, _ outcome: ActivationOutcome?, _ running: Verification? = nil, _ join: JoinReport? = nil
  ) throws {
    let verification = running ?? applied.verification
    let done = applied.transaction.map { "transaction \($0) is applied" }
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.AppliedOut(applied, outcome, verification, join)), done: done)
    case .text:
      try Terminal.answer(text(applied, outcome, verification, isRunning: running != nil), done: done)
      if let join { try Terminal.answer(JoinText(ink: common.palette).text(join)) }
    }
    if let verification, !verification.holds { throw ExitCode(2) }
  }

  private func text(_ applied: Applied, _ outcome: ActivationOutcome?, _ verification: Verification?, isRunning: Bool)
    -> String
  {
    let ink = common.palette
    var lines: [String] = []
    if outcome == nil {
      guard let id = applied.transaction else {
        guard applied.plan.isEmpty else { return "Nothing was changed.\n" }
        lines = PlanText(ink: ink).findings(applied.plan.findings, isQuiet: common.quiet)
        if common.quiet { lines.removeFirst(min(1, lines.count)) }
        guard let verification, isRunning else {
          return (lines + [PlanText(ink: ink).summary(applied.plan)]).joined(separator: "\n") + "\n"
        }
        lines.append("nothing that imprint changes, but not all is well:")
        return (lines + [VerificationText(ink: ink).text(verification, verbose: false, findings: false)])
          .joined(separator: "\n")
      }
      lines.append("applied \(applied.plan.changes.count) changes as transaction \(id)")
    }
    if let verification {
      lines.append(VerificationText(ink: ink).text(verification, verbose: false, findings: false))
    }
    return lines.joined(separator: "\n")
  }
}

extension ApplyCommand: PlainOptions {
  mutating func take(_ words: inout PlainWords) {
    wait = words.flag("--wait")
    confirmWithin = words.option("--confirm-within", as: Int.self)
    noJoin = words.flag("--no-join")
    live = .plainly(&words)
    common = .plainly(&words)
    target = .plainly(&words)
  }
}
