internal import ArgumentParser
internal import Engine

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show every change as a diff, and what would be restarted and why; write nothing.")

  @OptionGroup var target: TargetOptions
  @OptionGroup var common: CommonOptions

  @Flag(help: "Exit with 2 where there are changes.")
  var exitCode = false

  func run() throws {
    let target = try target.target(common)
    var plan = try target.plan()
    target.foresee(&plan)
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.PlanOut(plan)))
    case .text:
      let text = PlanText(ink: common.palette)
      try Terminal.answer(common.quiet ? text.warnings(plan.findings) + text.summary(plan) + "\n" : text.text(plan))
    }
    // As the apply would end, whatever else was asked: who goes on from here has to know.
    if !plan.refusals.isEmpty { throw plan.refused }
    if exitCode, !plan.isEmpty { throw ExitCode(2) }
  }
}

extension Plan {
  /// All of them, each once, with the exit status of the first.
  fileprivate var refused: EngineError {
    var seen: Set<String> = []
    let reasons = refusals.map(\.error.description).filter { seen.insert($0).inserted }
    return EngineError(refusals.first?.error.code ?? .invalid, reasons.joined(separator: "\n"))
  }
}

extension PlanCommand: PlainOptions {
  mutating func take(_ words: inout PlainWords) {
    exitCode = words.flag("--exit-code")
    common = .plainly(&words)
    target = .plainly(&words)
  }
}
