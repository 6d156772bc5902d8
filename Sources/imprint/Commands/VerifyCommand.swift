internal import ArgumentParser
internal import Engine

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Is this tree who it should be? Name everything that is not as it should be.",
    discussion: "Exits with 2 where something is not.")

  @OptionGroup var target: TargetOptions
  @OptionGroup var common: CommonOptions

  @Flag(help: "Look at files only, also of the running system.")
  var filesOnly = false

  func run() throws {
    let target = try target.target(common)
    let verification =
      try !filesOnly && LiveOptions.isLive(common.root)
      ? LiveActivation(ink: common.palette, isQuiet: common.quiet).verification(of: target) : target.verify()
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

extension VerifyCommand: PlainOptions {
  mutating func take(_ words: inout PlainWords) {
    filesOnly = words.flag("--files-only")
    common = .read(&words)
    target = .read(&words)
  }
}
