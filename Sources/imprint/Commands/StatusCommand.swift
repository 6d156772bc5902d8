internal import ArgumentParser
internal import Documents
internal import Engine
internal import Glibc
internal import Identity
internal import Site
internal import Transaction

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Who this tree is, as imprint left it, and what is pending.")

  @OptionGroup var common: CommonOptions
  @OptionGroup(visibility: .hidden) var needless: NeedlessOptions

  private struct Out: Encodable {
    let schema = "imprint.status/1"
    let node: String?
    let sealed: Bool
    let transactions: Int
    let pending: [String]
    let damage: [String]
    let unconfirmed: String?
    let ineffective: [String]
    let activation: String?
    let fenced: String?
    let firstBoot: String?
    let joining: [JoiningOut]?
    let identity: [Said]
    let identityProblems: [String]
  }

  private struct Said: Encodable {
    let node: String
    let evidence: String
  }

  private struct JoiningOut: Encodable {
    let node: String
    let task: String
    let reason: String
    let since: Int64
  }

  func run() throws {
    let status = try Status(root: common.root)
    switch common.format {
    case .json:
      try Terminal.answer(
        JSON.text(
          Out(
            node: status.node, sealed: status.isSealed, transactions: status.applied.count,
            pending: status.pending, damage: status.damage.map(\.description),
            unconfirmed: status.unconfirmed?.id, ineffective: status.ineffective.map(\.id),
            activation: Self.words(status), fenced: status.fenced,
            firstBoot: status.firstBoot.map { Self.words($0.state) },
            joining: status.joining?.items.map {
              JoiningOut(node: $0.node, task: $0.task, reason: $0.reason, since: $0.since)
            },
            identity: status.identity.answers.map { Said(node: $0.node.description, evidence: $0.evidence) },
            identityProblems: status.identity.problems)))
    case .text:
      let unapplied =
        status.isSealed
        ? "this tree is sealed: a copy of it is nobody until it is told who it is"
        : "imprint has not been applied to this tree"
      var lines = [status.node.map { "this tree is \($0)" } ?? unapplied]
      lines.append("\(status.applied.count) transactions applied")
      lines += status.pending.map { "\($0) was interrupted: imprint recover finishes or undoes it" }
      if let waiting = status.unconfirmed {
        lines.append(
          status.isCountedDown
            ? "\(waiting.id) (\(waiting.title)) will be undone unless you run: imprint confirm"
            : "\(waiting.id) (\(waiting.title)) waits for imprint confirm, and nobody counts its time: imprint rollback undoes it "
              + "now, and the next boot otherwise")
      }
      if !status.ineffective.isEmpty, !status.isActivating {
        lines.append(
          "not in effect: \(status.ineffective.map(\.id).joined(separator: ", ")); imprint apply brings the system to what the files say"
        )
      }
      if let reason = status.fenced {
        lines.append("held back from the network: \(reason)")
        lines.append("imprint apply NODE makes it into a node of the site and lets it onto the network")
      }
      lines += status.firstBoot.map { ["first boot as \($0.node): \(Self.words($0.state))"] } ?? []
      lines += Self.words(status.joining)
      lines += status.identity.answers.map { "this machine is \($0.node): \($0.evidence)" }
      lines += status.identity.problems.map { "in doubt: \($0)" }
      lines += Self.words(status).map { ["the last activation: \($0)"] } ?? []
      try Terminal.answer(lines.map(\.printableLines).joined(separator: "\n") + "\n")
    }
    if !status.damage.isEmpty { throw EngineError(all: status.damage) }
  }

  private static func words(_ joining: JoinRecord?) -> [String] {
    guard let joining else { return [] }
    guard !joining.items.isEmpty else { return ["joined: nothing is left"] }
    return ["not joined wholly; imprint join takes up what is left:"]
      + joining.items.map { "  \($0.node): \($0.task): \($0.reason) (since \(Self.clock($0.since)))" }
  }

  /// Local time, as ISO 8601 has it.
  private static func clock(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var local = tm()
    localtime_r(&time, &local)
    var buffer = [CChar](repeating: 0, count: 32)
    let length = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &local)
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func words(_ state: FirstBootRecord.State) -> String {
    switch state {
    case .starting: "network and services are not up yet"
    case .well: "well"
    case .unwell(let reason): "not well: \(reason)"
    }
  }

  /// How far the last activation came, in a line.
  private static func words(_ status: Status) -> String? {
    let last = status.activation.last
    switch last {
    case nil: return nil
    case .ended: break
    default: if !status.isActivating { return "ended before it was done: imprint apply goes on where it was" }
    }
    return switch last {
    case nil: nil
    case .ended(.done): "done"
    case .ended(.incomplete): "not everything came up: imprint verify names it"
    case .ended(.undone(let reason)): "undone: \(reason)"
    case .ended(.stuck(let reason)): "could not be undone: \(reason)"
    case .awaiting: "done, and waits to be confirmed"
    case .undoing(let reason): "being undone: \(reason)"
    case .planned, .noted, .started, .finished, .failed: "under way"
    }
  }
}
