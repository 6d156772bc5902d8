internal import ArgumentParser
internal import Engine
internal import Glibc
internal import Site

struct JoinCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "The part that needs other nodes: host tables and trust both ways, and discover_hosts on the controller.",
    discussion: """
      By the system's ssh, with your configuration and agent; it has to let you in as root, or as somebody who may sudo, without a \
      question. Each apply on the running system ends with it. What could not be done is kept and shown by imprint status; \
      the next imprint join takes it up. Exits with 69 where something is left.
      """)

  @OptionGroup var target: TargetOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var join: JoinOptions

  func run() throws {
    guard try LiveOptions.isLive(common.root, orElse: "nodes join when they run") else {
      throw EngineError(.usage, "join is for the running system: another tree's node joins when it runs")
    }
    let report = try JoinWork(ink: common.palette, isQuiet: common.quiet).run(target.target(common), join.options)
    switch common.format {
    case .json: try Terminal.answer(JSON.text(JSON.JoinOut(report)))
    case .text: if !common.quiet || !report.isDone { try Terminal.answer(JoinText(ink: common.palette).text(report)) }
    }
    if !report.isDone { throw ExitCode(EngineError.Code.unavailable.rawValue) }
  }
}

/// What a command takes that also joins.
struct JoinOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long to ask the controller for a compute service that has not registered yet.", valueName: "seconds"))
  var discoverWithin = 120

  @Option(help: ArgumentHelp("How long to wait for each connection.", valueName: "seconds"))
  var patience = 8

  func validate() throws {
    guard (0...3600).contains(discoverWithin) else {
      throw ValidationError("--discover-within takes 0 to 3600 seconds")
    }
    guard (1...300).contains(patience) else { throw ValidationError("--patience takes 1 to 300 seconds") }
  }

  var options: Joining.Options { Joining.Options(discoverWithin: .seconds(discoverWithin), patience: patience) }
}

/// How a command joins, and what it says meanwhile.
struct JoinWork {
  let ink: Palette
  let isQuiet: Bool

  func run(_ target: Target, _ options: Joining.Options) throws -> JoinReport {
    // Colours go by standard output; this may go elsewhere.
    let ink = isatty(STDERR_FILENO) == 1 ? ink : Palette(isColoured: false)
    let isQuiet = isQuiet
    return try Joining(target, options: options).run { event in
      guard !isQuiet else { return }
      switch event {
      case .ended(let entry, let milliseconds):
        let mark = entry.isDone ? ink(.good, "✓") : ink(.bad, "✗")
        Terminal.tell("\(mark) \(entry.node)  " + ink(.faint, ActivationText.time(milliseconds)))
      case .waitingForService(let pause):
        Terminal.complain("- the compute service has not registered yet; asked again in \(pause.components.seconds) s")
      }
    }
  }
}
