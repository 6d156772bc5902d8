internal import ArgumentParser
internal import Engine
internal import Transaction

struct ConfirmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm", abstract: "Keep an apply that was made with --confirm-within.",
    discussion: "What nobody confirms in time is undone: files, links, host name and services.")

  @Argument(help: "The transaction; the one that waits where it is not named.")
  var id: String?

  @OptionGroup var common: CommonOptions

  private struct Out: Encodable {
    let schema = "imprint.confirm/1"
    let transaction: String
  }

  func run() throws {
    let journal = try Target.confirm(root: common.root, id)
    switch common.format {
    case .json: try Terminal.answer(JSON.text(Out(transaction: journal.id)))
    case .text: if !common.quiet { try Terminal.answer("confirmed \(journal.id) (\(journal.title)): it stays\n") }
    }
  }
}
