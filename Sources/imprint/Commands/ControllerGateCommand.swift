internal import ArgumentParser
internal import Engine
internal import Glibc
internal import Live
internal import Site

/// The forced command of compute nodes' keys on the controller. Not for people.
struct ControllerGateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "controller-gate",
    abstract: "Let a compute node have its cells look for it and its keys certified, and nothing else.",
    shouldDisplay: false)

  func run() throws {
    let asked = Terminal.environment("SSH_ORIGINAL_COMMAND")
    let peer = Terminal.environment("SSH_CONNECTION").map { String($0.prefix { $0 != " " }) }
    var fields: [JournalEntry.Field: String] = [:]
    fields[.peer] = peer
    let source = peer.flatMap { try? IPAddress($0) }
    guard let passage = try ControllerGate.passage(asked, from: source, root: "/") else {
      fields[.command] = String((asked ?? "a login shell").prefix(600))
      JournalEntry(.gateRefused, "\(peer ?? "somebody") is refused", .warning, fields).send()
      Terminal.complain(
        "imprint: only the discovery of a compute node of this controller's site, and its certification from its own address, are let through here"
      )
      throw ExitCode(77)
    }
    fields[.command] = passage.purpose
    JournalEntry(.gateAllowed, "\(peer ?? "somebody") may: \(passage.purpose)", .info, fields).send()
    let arguments: [String] = ["sh", "-c", passage.words]
    execv("/bin/sh", arguments.map { strdup($0) } + [nil])
    throw ExitCode(69)
  }
}
