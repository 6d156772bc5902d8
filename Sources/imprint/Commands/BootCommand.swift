internal import ArgumentParser
internal import Engine
internal import Fixups
internal import Glibc
internal import Identity
internal import Live
internal import Site
internal import Tree

struct BootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot",
    abstract: "First boot: make a clone into its node before the network comes up, or hold it back.",
    discussion: """
      imprint-boot.service runs it at every boot. On the machine that the disk was stamped on nothing happens. A clone that \
      the site's match knows is made into its node; one that nobody knows stays off the network, and says on the console \
      what to do. With --root, DIR is looked at as if it were the machine, with its own sys, proc and run.
      """)

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("How long to wait for cards whose drivers are late.", valueName: "seconds"))
  var patience = 3

  @Flag(help: "What is left of a clone's first boot once the network is up: see that all is well, and say so.")
  var online = false

  func validate() throws {
    guard (0...300).contains(patience) else { throw ValidationError("--patience takes 0 to 300 seconds") }
  }

  private var isMachine: Bool { common.root.allSatisfy { $0 == "/" } }

  func run() throws {
    if online { return try complete() }
    let boot = try FirstBoot(root: common.root, patience: .seconds(patience)) { Terminal.complain("imprint: \($0)") }
    let outcome = try boot.run()
    switch outcome {
    case .own(let reason):
      if common.verbose { try Terminal.answer("nothing to do: \(reason)\n") }
    case .adopted(let node):
      try Terminal.answer("first boot of \(node): its stamp knows this machine now\n")
    case .became(let became):
      try Terminal.answer("this machine is a clone and becomes \(became.node): \(became.evidence)\n")
      for finding in became.applied.plan.findings { try Terminal.answer("\(finding.value.text)\n") }
      tell(became.news)
    case .resumed(let resumed):
      try Terminal.answer(
        resumed.node.map { "the first boot of \($0) goes on where it was interrupted\n" }
          ?? "what was interrupted is ended\n")
      tell(resumed.news)
    case .fenced(let reason, let machine, let nodes):
      let text = FenceText.text(reason: reason, machine: machine, nodes: nodes)
      // Where nobody sees the console, there is the journal.
      console(text)
      do {
        try boot.fence.notify(text)
      } catch {
        Terminal.complain("imprint: this cannot be shown again later: \(error)")
      }
      try Terminal.answer(text)
    case .unfenced(let reason):
      Terminal.complain("imprint: [fence] mode is \"none\", so nothing holds this clone back: \(reason)")
    }
    if isMachine { AfterFirstBoot.record(outcome) }
  }

  private func tell(_ news: FirstBoot.News?) {
    guard isMachine, let news else { return }
    for failure in AfterFirstBoot.tell(news) { Terminal.complain("imprint: \(failure)") }
  }

  /// For imprint-join.service.
  private func complete() throws {
    guard try LiveOptions.isLive(common.root), try FirstBootRecord(in: Tree(root: common.root)) != nil else {
      if common.verbose { try Terminal.answer("nothing to do: this was no clone's first boot\n") }
      return
    }
    let target = try Target(Request(root: common.root))
    let verification = try LiveActor.run {
      try await FirstBootRecord.complete(target, try await LiveSystem.connect(target.platform))
    }
    try FirstBootRecord(in: target.tree)?.announce()
    guard let verification else { return }
    try Terminal.answer(VerificationText(ink: common.palette).text(verification, verbose: false, findings: false))
    if !verification.holds { throw ExitCode(2) }
  }

  /// The machine's own console, whatever standard output is. Opened without waiting: a serial line may have nobody at its end.
  private func console(_ text: String) {
    guard isMachine else { return }
    let descriptor = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var text = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    _ = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
  }
}
