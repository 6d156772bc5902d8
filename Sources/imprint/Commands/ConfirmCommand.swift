internal import ArgumentParser
internal import Engine
internal import Transaction

struct ConfirmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm", abstract: "Keep an apply that was made with --confirm-within.",
    discussion: """
      What nobody confirms in time is undone: files, links, host name and services. On the running system the other nodes are told of \
      what stays, as at the end of any other apply.
      """)

  @Argument(help: "The transaction; the one that waits where it is not named.")
  var id: String?

  @OptionGroup var common: CommonOptions

  @Option(
    help: ArgumentHelp("The site file; ROOT/etc/imprint/site.toml where it is not named.", valueName: "file"),
    completion: .file())
  var site: String?

  @Option(help: .hidden) var profile: String?

  @Flag(help: "Leave other nodes as they are; imprint join speaks with them later.")
  var noJoin = false

  private struct Out: Encodable {
    let schema = "imprint.confirm/1"
    let transaction: String
    let join: JSON.JoinOut?
  }

  func run() throws {
    let journal = try Target.confirm(root: common.root, id)
    if common.format == .text, !common.quiet {
      try Terminal.answer("confirmed \(journal.id) (\(journal.title)): it stays\n")
    }
    let joined = LiveOptions.isRunning(common.root) && !noJoin ? join() : nil
    switch common.format {
    case .json:
      try Terminal.answer(
        JSON.text(Out(transaction: journal.id, join: joined.map(JSON.JoinOut.init))),
        done: "transaction \(journal.id) is confirmed")
    case .text: if let joined, !common.quiet { try Terminal.answer(JoinText(ink: common.palette).text(joined)) }
    }
  }

  /// It stays whatever becomes of this.
  private func join() -> JoinReport? {
    do {
      let target = try Target(Request(root: common.root, site: site, profile: profile))
      guard !target.others.isEmpty else { return nil }
      return try JoinWork(ink: common.palette, isQuiet: common.quiet).run(target, Joining.Options())
    } catch {
      Terminal.complain("imprint: this node has not joined: \(error)")
      return nil
    }
  }
}
