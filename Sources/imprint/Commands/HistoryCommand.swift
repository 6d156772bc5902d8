internal import ArgumentParser
internal import Documents
internal import Engine
internal import Transaction
internal import Tree

struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List past transactions, oldest first.")

  @OptionGroup var common: CommonOptions
  @OptionGroup(visibility: .hidden) var needless: NeedlessOptions

  func run() throws {
    let (history, damage) = try Target.history(root: common.root)
    switch common.format {
    case .json:
      try Terminal.answer(
        JSON.text(
          JSON.HistoryOut(transactions: history.map(JSON.TransactionOut.init), damage: damage.map(\.description))))
    case .text:
      for journal in history {
        try Terminal.answer(
          "\(journal.id)  \(journal.state.rawValue)  \(journal.title)  (\(journal.entries.count) files)\n")
        if common.verbose {
          for entry in journal.entries {
            try Terminal.answer("    \(entry.kind.rawValue) \(entry.path.description.printable)\n")
          }
        }
      }
      if history.isEmpty, damage.isEmpty, !common.quiet { try Terminal.answer("no transactions\n") }
    }
    if !damage.isEmpty { throw EngineError(all: damage) }
  }
}
