internal import ArgumentParser
internal import Cluster
internal import Glibc
internal import Live
internal import Site

/// The forced command of peers' keys in authorized_keys. Not for people.
struct MigrationGateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migration-gate", abstract: "Let a peer's nova do what moving a guest needs, and nothing else.",
    shouldDisplay: false)

  /// nova's instances_path.
  @Argument var instances: String

  func run() throws {
    guard let instances = try? AbsolutePath(instances) else { throw ExitCode(64) }
    let peer = Terminal.environment("SSH_CONNECTION").map { String($0.prefix { $0 != " " }) }
    let gate = MigrationGate(instances: instances) { decision in
      let who = peer ?? "somebody"
      var fields: [JournalEntry.Field: String] = [.command: decision.words]
      fields[.peer] = peer
      let entry =
        decision.isAllowed
        ? JournalEntry(.gateAllowed, "\(who) may: \(decision.words)", .info, fields)
        : JournalEntry(.gateRefused, "\(who) is refused: \(decision.words)", .warning, fields)
      entry.send()
    }
    throw ExitCode(gate.run(Terminal.environment("SSH_ORIGINAL_COMMAND")))
  }
}
