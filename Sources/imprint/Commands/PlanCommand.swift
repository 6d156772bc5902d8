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
    let plan = try target.target(common).plan()
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.PlanOut(plan)))
    case .text:
      let text = PlanText(ink: common.palette)
      try Terminal.answer(common.quiet ? text.summary(plan) + "\n" : text.text(plan))
    }
    if exitCode, !plan.isEmpty { throw ExitCode(2) }
  }
}

extension PlanCommand: PlainOptions {
  mutating func take(_ words: inout PlainWords) {
    exitCode = words.flag("--exit-code")
    common = .plainly(&words)
    target = .plainly(&words)
  }
}
