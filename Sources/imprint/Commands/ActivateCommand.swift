internal import ArgumentParser
internal import Engine
internal import Live
internal import Site
internal import Tree

/// What the transient unit runs. Not for people: `apply`, `rollback` and a timer of nobody start it.
struct ActivateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activate", abstract: "Put in effect on the running system what the files say.",
    shouldDisplay: false)

  @Option var transaction: String?
  @Option var profile: String
  @Option var onFailure = FailureChoice.auto
  @Option var wellFor = 3
  @Option var interface: [String] = []

  func run() throws {
    let (transaction, profile, onFailure, wellFor) = (transaction, profile, onFailure.meaning, wellFor)
    let interfaces = try interface.map { try InterfaceName($0) }
    let outcome: ActivationOutcome = try LiveActor.run {
      let tree = try Tree(root: "/")
      let platform = try Target.platform(profile, of: tree)
      let system = try await LiveSystem.connect(platform, limits: .init(wellFor: .seconds(wellFor)))
      return try await ActivationJob(
        tree: tree, platform: platform, id: transaction,
        options: .init(onFailure: onFailure, interfaces: interfaces), system: system,
        announce: { $0.send() }
      ).run()
    }
    if outcome != .done { throw ExitCode(69) }
  }
}
