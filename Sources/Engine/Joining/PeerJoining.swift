internal import Cluster
internal import Live
internal import Site

/// One peer's part of a join, seen from here.
struct PeerJoining: Sendable {
  let peer: Node
  let session: PeerSession
  /// Where the site file has it, if its own word was another.
  var elsewhere: IPAddress?
  /// Where the site has it, should its name not be known here yet.
  var address: IPAddress?
  let site: Site
  /// Of the node that joins.
  let facts: PeerFacts

  struct Outcome: Sendable {
    var entry: JoinReport.Entry
    /// What it said of itself; nil where it could not be asked.
    var facts: PeerFacts?

    /// Whether guests can be moved there and back, or it has none.
    var isTrusting: Bool { entry.role != .compute || facts != nil && entry.isDone }
  }

  @LiveActor func run() async -> Outcome {
    var outcome = Outcome(entry: JoinReport.Entry(peer))
    do {
      do {
        try await join(&outcome, session)
      } catch PeerFailure.ssh(let failure) where failure.kind == .unreachable {
        guard let other = failure.isNameless ? address : elsewhere else { throw PeerFailure.ssh(failure) }
        try await join(&outcome, session.at(other))
      }
    } catch let failure as PeerFailure {
      outcome.entry.left.append(Self.left(failure))
    } catch {
      let known = EngineError(error)
      outcome.entry.left.append(.init("trust", known?.reason ?? "\(error)", advice: known?.advice))
    }
    return outcome
  }

  static func left(_ failure: PeerFailure, _ task: String = "trust") -> JoinReport.Left {
    let isTemporary: Bool
    switch failure {
    case .ssh(let failure): isTemporary = [.unreachable, .tooSlow].contains(failure.kind)
    case .changedMeanwhile, .unreadable: isTemporary = true
    case .failed: isTemporary = false
    }
    return .init(task, failure.description, advice: failure.advice, isTemporary: isTemporary)
  }

  @LiveActor private func join(_ outcome: inout Outcome, _ session: PeerSession) async throws {
    let request = PeerDocument.Request(receiver: peer.name, facts: facts, site: site.withoutSecrets.tomlText())
    // Somebody else may be at the same files, and what was changed is looked at once more: then nothing is left to change.
    for _ in 0..<5 {
      let greeting = try await session.greet(request)
      if case .imprint(let answer) = greeting { return try finish(&outcome, answer) }
      guard case .files(let tree) = greeting else { return }
      let plan = try PeerPlan(peer, in: site.knowing([facts]), tree, joining: [facts])
      guard !plan.edits.isEmpty else { return finish(&outcome, plan.facts, plan.remarks) }
      guard try await carryOut(plan, on: tree, session) else { continue }
      outcome.entry.changed += plan.changed.filter { !outcome.entry.changed.contains($0) }
    }
    throw PeerFailure.changedMeanwhile("its files do not come to rest: somebody else changes them too")
  }

  /// - Returns: false where somebody else was quicker.
  @LiveActor private func carryOut(
    _ plan: PeerPlan, on tree: PeerTree, _ session: PeerSession
  ) async throws(PeerFailure) -> Bool {
    do throws(PeerFailure) {
      try await session.carryOut(plan.edits, on: tree)
      return true
    } catch {
      guard case .changedMeanwhile = error else { throw error }
      return false
    }
  }

  private func finish(_ outcome: inout Outcome, _ answer: PeerDocument.Answer) throws {
    guard answer.facts.node == peer.name else {
      throw EngineError(.invalid, "the machine that answers as \(peer.name) is \(answer.facts.node)")
    }
    finish(&outcome, answer.facts, answer.remarks)
    outcome.entry.changed += answer.changed
  }

  private func finish(_ outcome: inout Outcome, _ facts: PeerFacts, _ remarks: [String]) {
    let user = site.migration.user
    outcome.facts = facts.ofMigrationUser(user)
    outcome.entry.remarks += remarks + site.contradicted(by: facts)
    outcome.entry.done.append("host table")
    // Reached is not let in.
    let contradictions = [
      ("user", facts.user, user.description), ("access", facts.access, site.migration.access.rawValue),
    ].filter { _, theirs, ours in theirs.map { $0 != ours } ?? false }
    if peer.role == .compute, let (what, theirs, ours) = contradictions.first {
      outcome.facts?.migrationKeys = []
      outcome.facts?.certificates = []
      outcome.entry.left.append(
        .init(
          "trust", "its site file says \(what) = \"\(theirs ?? "")\" in [migration], and the one here \"\(ours)\"",
          advice: "copy the newer one over the older, and imprint join on both", isTemporary: true))
      return
    }
    guard peer.role == .compute, self.facts.hasMigrationKey else { return }
    if facts.migrationKeys.isEmpty {
      outcome.entry.left.append(.init("trust", "it has no key to move guests with", advice: "imprint apply there"))
    } else if let authority = site.migration.authority, site.migration.access == .certificate {
      guard facts.authority(in: site) == "\(authority.algorithm) \(authority.blob)" else {
        outcome.entry.left.append(
          .init(
            "trust", "its keys are not certified yet", advice: "imprint join there, which needs imprint there",
            isTemporary: true))
        return
      }
      outcome.entry.done.append(Self.bothWays[1])
    } else {
      outcome.entry.done.append(Self.bothWays[0])
    }
  }

  /// What is done of trust: with keys, and with certificates.
  static let bothWays = ["keys both ways", "certificates both ways"]
}

extension PeerFacts {
  var hasMigrationKey: Bool { !migrationKeys.isEmpty }
}
