public import Fixups
public import Site
internal import Transaction
internal import Tree

/// Whether a tree is who it should be.
public struct Verification: Sendable {
  public let node: NodeName
  public let claims: [Plan.Stated<Claim>]
  /// What imprint would still change; each is something that is not as it should be.
  public let differences: [Change]
  public let findings: [Plan.Stated<Finding>]

  /// With what the running system says.
  public func adding(running: [Claim]) -> Verification {
    Verification(
      node: node, claims: claims + running.map { Plan.Stated(fixup: "running", value: $0) }, differences: differences,
      findings: findings)
  }

  /// What makes it another node than it should be. Nothing is held off a network, nor thrown away, for a peer's key with the address that
  /// the peer had before, or for a password's age: a join mends the one, and the calendar decides the other.
  public var mistakes: [String] {
    failures.filter { $0.fixup != Catalog.migrationAccess }.map(\.value.subject)
      + differences.map(\.path.description)
  }

  public var failures: [Plan.Stated<Claim>] { claims.filter { !$0.value.holds } }
  public var holds: Bool { failures.isEmpty && differences.isEmpty }
}

extension Verification {
  /// What is left to do is what is not as it should be.
  init(of plan: Plan) {
    self.init(node: plan.node, claims: plan.claims, differences: plan.changes, findings: plan.findings)
  }
}

extension Target {
  /// Reads the tree anew and checks every claim as the reader of each file would.
  ///
  /// A stamp that does not know its machine yet, or knows a card that is gone, is no fault of the node's.
  public func verify() throws -> Verification {
    let plan = try plan(recordsMachine: false)
    return Verification(of: plan).adding(history(plan.past), from: "history")
  }

  /// A journal that nobody can read any more: until somebody moves it away, whatever changes the tree stops there.
  ///
  /// - Parameter known: What the plan has read of them already.
  private func history(_ known: Past?) -> Testimony {
    let damage: [TransactionError]
    var interruption: Finding?
    do throws(TransactionError) {
      let past = if let known { known } else { try Store(tree: tree).past() }
      damage = past.damage
      interruption = past.interruption
    } catch {
      // What a user may not read only root can tell.
      damage = error.code == .invalidState ? [error] : []
    }
    return Testimony(
      claims: damage.isEmpty
        ? []
        : [
          Claim(
            "transactions of imprint", expected: "whole", seen: damage.map(\.description).joined(separator: "; "),
            holds: false)
        ],
      findings: damage.map {
        Finding(.warning, $0.description, advice: "until then no apply, rollback or recovery begins")
      } + (interruption.map { [$0] } ?? []))
  }

  /// - Parameter looksBack: Off for a tree that has been written a moment ago, so that nobody has put anything back.
  func state(looksBack: Bool, configurations: ConfigurationCache) throws -> Verification {
    try Verification(of: plan(recordsMachine: false, looksBack: looksBack, configurations: configurations))
  }
}
