internal import ArgumentParser
internal import Documents
internal import Engine
internal import Transaction
internal import Tree

struct RollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Undo a transaction, exactly; refuses where someone changed a file since.")

  @Argument(help: "The transaction; the latest where it is not named. imprint history lists them.")
  var id: String?

  @OptionGroup var live: LiveOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup(visibility: .hidden) var needless: NeedlessOptions

  func run() throws {
    let isLive = try live.isLive(common)
    let (undone, by) = try Target.rollback(root: common.root, id, runs: LiveOptions.isRunning(common.root)) { journal in
      guard isLive else { return }
      for remark in try Target.askForAddresses(undoing: journal) {
        Terminal.complain("imprint: \(remark)")
      }
      Interruption.holdBack()
    }
    if common.format == .text, !common.quiet {
      let paths = undone.entries.map { "  \($0.path.description.printable)" }.joined(separator: "\n")
      try? Terminal.answer("rolled back \(undone.id) (\(undone.title)): as they were before it are\n\(paths)\n")
      // After a join the latest transaction is not the one that people mean.
      if id == nil, !undone.title.hasPrefix("apply "), let apply = try Target.lastApply(root: common.root) {
        try? Terminal.answer("\(apply.id) (\(apply.title)) stands: imprint rollback once more undoes it\n")
      }
    }
    if isLive {
      // Two machines with one address: that is what the first apply has mended.
      if let reason = try Fence(of: Tree(root: "/")).raiseBeforeForeignDisk() {
        Terminal.complain("imprint: \(reason)")
        Terminal.complain("imprint: so nothing on the running system is changed, and it is held back (imprint status)")
      }
      try bringToLife(by)
    }
    if common.format == .json {
      try Terminal.answer(JSON.text(JSON.RollbackOut(undone: .init(undone), transaction: by)))
    }
  }

  /// What failed is not undone: that would be the state that was just left.
  private func bringToLife(_ id: String) throws {
    let activation = LiveActivation(ink: common.palette, isQuiet: common.quiet)
    let platform = try Target.platform(nil, of: try Tree(root: "/"))
    try activation.check(
      activation.carryOut(
        DetachedActivation.Plan(
          platform: platform, id: id, options: .init(onFailure: .keep), wellFor: .seconds(live.wellFor))))
  }
}
