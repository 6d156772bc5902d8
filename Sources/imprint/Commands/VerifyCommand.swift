internal import ArgumentParser
internal import Engine

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Is this tree who it should be? Name everything that is not as it should be.",
    discussion: "Exits with 2 where something is not.")

  @OptionGroup var target: TargetOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let verification = try target.target(common).verify()
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.VerificationOut(verification)))
    case .text:
      let text = VerificationText(ink: common.palette)
      if !common.quiet || !verification.holds {
        try Terminal.answer(text.text(verification, verbose: !common.quiet, findings: !common.quiet))
      }
    }
    if !verification.holds { throw ExitCode(2) }
  }
}
