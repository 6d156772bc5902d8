internal import ArgumentParser
internal import Engine
internal import Transaction

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Who this tree is, as imprint left it, and what is pending.")

  @OptionGroup var common: CommonOptions

  private struct Out: Encodable {
    let schema = "imprint.status/1"
    let node: String?
    let transactions: Int
    let pending: [String]
  }

  func run() throws {
    let status = try Status(root: common.root)
    switch common.format {
    case .json:
      try Terminal.answer(
        JSON.text(Out(node: status.node, transactions: status.applied.count, pending: status.pending.map(\.id))))
    case .text:
      var lines = [status.node.map { "this tree is \($0)" } ?? "imprint has not been applied to this tree"]
      lines.append("\(status.applied.count) transactions applied")
      lines += status.pending.map { "\($0.id) was interrupted: imprint recover finishes or undoes it" }
      try Terminal.answer(lines.joined(separator: "\n") + "\n")
    }
  }
}
