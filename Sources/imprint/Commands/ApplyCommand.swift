internal import ArgumentParser
internal import Engine
internal import Site
internal import Transaction

struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Change the tree into the node: all of it or nothing, and verify it.",
    discussion: "Shows the plan and asks first. Without a terminal nothing is asked: then it needs --yes.")

  @OptionGroup var target: TargetOptions
  @OptionGroup var common: CommonOptions

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Flag(help: "Wait for another imprint that holds the lock, rather than exit with 75.")
  var wait = false

  func run() throws {
    guard yes || Terminal.canAsk else {
      throw EngineError(
        .usage, "apply asks before it changes anything, and there is no terminal to ask on", advice: "add --yes")
    }
    let ink = common.palette
    let text = PlanText(ink: ink)
    let applied = try target.target(common).apply(waitForLock: wait) { plan in
      if common.format == .text, !common.quiet { try Terminal.answer(text.text(plan)) }
      return yes || Terminal.ask("Change \(plan.root) into \(plan.node)?")
    }
    for recovered in applied.recovered {
      Terminal.complain("imprint: an interrupted transaction, \(recovered.id), was \(recovered.outcome.rawValue) first")
    }
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.AppliedOut(applied)))
    case .text: try Terminal.answer(report(applied, ink))
    }
    if let verification = applied.verification, !verification.holds { throw ExitCode(2) }
  }

  private func report(_ applied: Applied, _ ink: Palette) -> String {
    guard let id = applied.transaction else {
      return applied.plan.isEmpty
        ? (PlanText(ink: ink).findings(applied.plan.findings) + [PlanText(ink: ink).summary(applied.plan)])
          .joined(separator: "\n") + "\n" : "Nothing was changed.\n"
    }
    var lines = ["applied \(applied.plan.changes.count) changes as transaction \(id)"]
    if let verification = applied.verification {
      lines.append(VerificationText(ink: ink).text(verification, verbose: false, findings: false))
    }
    return lines.joined(separator: "\n")
  }
}
