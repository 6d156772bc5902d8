internal import ArgumentParser
internal import Engine
internal import Transaction
internal import Tree

struct RollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Undo a transaction, exactly; refuses where someone changed a file since.")

  @Argument(help: "The transaction; the latest where it is not named. imprint history lists them.")
  var id: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let (undone, by) = try Target.rollback(root: common.root, id)
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.RollbackOut(undone: .init(undone), transaction: by)))
    case .text:
      if common.quiet { return }
      let paths = undone.entries.map { "  \($0.path)" }.joined(separator: "\n")
      try Terminal.answer("rolled back \(undone.id) (\(undone.title)): as they were before it are\n\(paths)\n")
    }
  }
}
