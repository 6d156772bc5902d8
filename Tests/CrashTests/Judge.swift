import Foundation
import Support

/// All or none, decided from the files: what a tree may look like after a crash, and after what follows it.
struct Judge: Sendable {
  let before: TreeRecord
  let after: TreeRecord
  /// Files whose contents each apply makes anew.
  let fresh: Set<String>

  enum Side: String, Sendable { case before, after }

  /// Learns what an apply does from two of them.
  init(_ lab: LabNode) async throws {
    let before = try lab.record()
    var records: [TreeRecord] = []
    for name in ["first", "second"] {
      let node = try await lab.copy(as: name)
      defer { node.remove() }
      try await node.run("apply").succeeded("apply")
      try await node.run("verify").succeeded("verify")
      records.append(try node.record())
    }
    let (first, second) = (records[0], records[1])
    let fresh = first.entries.filter { $1.bytes != second[$0]?.bytes && $1.bytes != before[$0]?.bytes }.keys
    self.init(before: before, after: first, fresh: Set(fresh))
  }

  private init(before: TreeRecord, after: TreeRecord, fresh: Set<String>) {
    self.before = before
    self.after = after
    self.fresh = fresh
  }

  /// The same with another tree as the one that was applied to.
  func applied(_ record: TreeRecord) -> Judge { Judge(before: before, after: record, fresh: []) }

  /// Which of the two a tree is, or what it is instead.
  func side(of now: TreeRecord) -> (side: Side?, problems: [String]) {
    let hidden = now.entries.keys.filter { $0.contains("/.imprint-") }.map { "\($0) was left behind" }
    guard hidden.isEmpty else { return (nil, hidden) }
    let fromBefore = now.differences(from: before, .restored)
    if fromBefore.isEmpty { return (.before, []) }
    var blurred = now
    for path in fresh {
      // Another value than before, and as much of it as there should be.
      guard let bytes = now[path]?.bytes, let old = after[path]?.bytes, bytes != before[path]?.bytes, !bytes.isEmpty
      else { continue }
      blurred.entries[path]?.bytes = old
    }
    let fromAfter = blurred.differences(from: after, .restored)
    if fromAfter.isEmpty { return (.after, []) }
    return (nil, ["neither before:"] + fromBefore.prefix(4) + ["nor after:"] + fromAfter.prefix(4))
  }

  // MARK: the state directory

  struct History: Decodable {
    struct Transaction: Decodable {
      var id: String
      var state: String
      var undoes: String?
    }
    var transactions: [Transaction]
  }

  /// What does not hold together in what imprint keeps for itself.
  static func problems(inStoreOf node: LabNode) async throws -> (states: [String], problems: [String]) {
    let outcome = try await node.run("history", "--format", "json").succeeded("history")
    let history = try JSONDecoder().decode(History.self, from: Data(outcome.output.utf8)).transactions
    var problems = history.filter { !["applied", "undone"].contains($0.state) }.map { "\($0.id) is \($0.state)" }
    let store = "\(node.root)/var/lib/imprint"
    guard FileManager.default.fileExists(atPath: store) else { return ([], problems) }
    let entries = try TreeRecord(of: store).entries
    if entries["/"]?.mode != 0o700 { problems.append("the state directory is open to others") }
    let directories = entries.keys.filter { $0.split(separator: "/").count == 2 }.map { $0.split(separator: "/")[1] }
    if directories.count != history.count { problems.append("\(directories.count) folders, \(history.count) journals") }
    for transaction in history where transaction.state == "undone" {
      let kept = entries.keys.filter { $0.contains("/\(transaction.id)/before-") }
      if !kept.isEmpty { problems.append("\(transaction.id) is undone and keeps \(kept.count) images") }
      if !history.contains(where: { $0.undoes == transaction.id }) {
        problems.append("\(transaction.id) is undone by nobody")
      }
    }
    for transaction in history where transaction.state == "applied" {
      if history.contains(where: { $0.undoes == transaction.id }) {
        problems.append("\(transaction.id) is undone twice")
      }
    }
    return (history.map(\.state), problems)
  }

  /// The whole demand after something went wrong: recover, then all or nothing, then on to the goal.
  func judge(_ node: LabNode) async throws -> (side: Side?, problems: [String]) {
    let recovery = try await node.run("recover")
    guard recovery.status == 0 else { return (nil, ["recover: \(recovery.said)"]) }
    let found = side(of: try node.record())
    guard let side = found.side else { return found }
    var (states, problems) = try await Self.problems(inStoreOf: node)
    if side == .before, states.contains("applied"), !states.contains("undone") {
      problems.append("nothing is changed, and the history has \(states)")
    }
    if side == .after, states.last != "applied" { problems.append("all is changed, and the history has \(states)") }
    if side == .after || !states.isEmpty { problems += try await goOn(node, from: side, states.count) }
    return (side, problems)
  }

  /// A normal apply reaches the goal; where it is reached already, it does nothing.
  private func goOn(_ node: LabNode, from side: Side, _ transactions: Int) async throws -> [String] {
    let apply = try await node.run("apply")
    guard apply.status == 0 else { return ["the next apply: \(apply.said)"] }
    let (states, problems) = try await Self.problems(inStoreOf: node)
    guard problems.isEmpty else { return problems }
    if side == .after, states.count != transactions { return ["the next apply did something: \(apply.output)"] }
    let verify = try await node.run("verify")
    return verify.status == 0 ? [] : ["the next verify: \(verify.said)"]
  }
}
