internal import ArgumentParser
internal import Engine
internal import Transaction

struct RecoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: "Finish or undo what a crash interrupted.",
    discussion: "Every command that writes does this first.")

  @OptionGroup var common: CommonOptions
  @OptionGroup(visibility: .hidden) var needless: NeedlessOptions

  func run() throws {
    for remark in LeftKeys.remove() { Terminal.complain("imprint: \(remark)") }
    let recovered = try Target.recover(root: common.root, runs: LiveOptions.isRunning(common.root))
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.RecoveryOut(recovered: recovered.map(JSON.RecoveredOut.init))))
    case .text:
      for one in recovered { try Terminal.answer("\(one.id) \(one.outcome.rawValue)\n") }
      if recovered.isEmpty, !common.quiet { try Terminal.answer("nothing to recover\n") }
    }
  }
}
