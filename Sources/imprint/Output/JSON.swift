internal import Engine
internal import Fixups
internal import FoundationEssentials
internal import Site
internal import Transaction
internal import Tree

/// The answers for programs. docs/json.md describes every field; a field never changes its meaning within a schema.
enum JSON {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }

  struct Attributes: Encodable {
    let owner: UInt32
    let group: UInt32
    let mode: String
    init(_ attributes: FileAttributes) {
      owner = attributes.owner
      group = attributes.group
      mode = attributes.mode.description
    }
  }

  struct ChangeOut: Encodable {
    let path: String
    let fixup: String
    let action: String
    let reasons: [String]
    let secret: Bool
    let before: Attributes?
    let after: Attributes?
    let diff: String?

    init(_ change: Change) {
      let view = ChangeView(change: change)
      path = change.path.description
      fixup = change.fixup
      action = view.verb.rawValue
      reasons = change.reasons
      secret = change.isSecret || change.isPrivateKey
      before = view.before.map(Attributes.init)
      after = view.after.map(Attributes.init)
      let lines = view.diff
      diff = lines.isEmpty ? nil : lines.map { $0.text + "\n" }.joined()
    }
  }

  struct FindingOut: Encodable {
    let fixup: String
    let severity: String
    let text: String
    let advice: String?
    init(_ finding: Plan.Stated<Finding>) {
      fixup = finding.fixup
      severity = finding.value.severity.rawValue
      text = finding.value.text
      advice = finding.value.advice
    }
  }

  struct ClaimOut: Encodable {
    let fixup: String
    let subject: String
    let expected: String
    let seen: String
    let holds: Bool
    init(_ claim: Plan.Stated<Claim>) {
      fixup = claim.fixup
      subject = claim.value.subject
      expected = claim.value.expected
      seen = claim.value.seen
      holds = claim.value.holds
    }
  }

  struct ConsequenceOut: Encodable {
    let action: String
    let subject: String
    let purpose: String
    let because: [String]
    init(_ consequence: Consequence) {
      switch consequence.action {
      case .reloadSystemd: (action, subject) = ("reload-systemd", "systemd")
      case .setHostname(let name): (action, subject) = ("set-hostname", name)
      case .renewLink(let interface): (action, subject) = ("renew-link", interface)
      case .restart(let unit): (action, subject) = ("restart", unit)
      case .reload(let unit): (action, subject) = ("reload", unit)
      }
      purpose = consequence.purpose
      because = consequence.because.map(\.description)
    }
  }

  struct ProvenanceOut: Encodable {
    let origin: String
    let evidence: String
    let formerNames: [String]
    let formerAddresses: [String: [String]]
    init(_ provenance: Provenance) {
      origin = provenance.isCopy ? "copy" : "own"
      evidence = provenance.evidence
      formerNames = provenance.formerNames
      formerAddresses = Dictionary(
        uniqueKeysWithValues: provenance.formerAddresses.map { ($0.key.description, $0.value.map(\.description)) })
    }
  }

  struct RefusalOut: Encodable {
    let path: String?
    let reason: String
    let advice: String?
    let status: Int32
    init(_ refusal: Plan.Refusal) {
      path = refusal.path?.description
      reason = refusal.error.reason
      advice = refusal.error.advice
      status = refusal.error.code.rawValue
    }
  }

  struct PlanOut: Encodable {
    let schema = "imprint.plan/1"
    let root: String
    let node: String
    let platform: String
    let provenance: ProvenanceOut
    let changes: [ChangeOut]
    let findings: [FindingOut]
    let consequences: [ConsequenceOut]
    let refusals: [RefusalOut]
    init(_ plan: Plan) {
      root = plan.root
      node = plan.node.description
      platform = plan.platform
      provenance = ProvenanceOut(plan.provenance)
      changes = plan.changes.map(ChangeOut.init)
      findings = plan.findings.map(FindingOut.init)
      consequences = plan.consequences.map(ConsequenceOut.init)
      refusals = plan.refusals.map(RefusalOut.init)
    }
  }

  struct VerificationOut: Encodable {
    let schema = "imprint.verification/1"
    let node: String
    let holds: Bool
    let claims: [ClaimOut]
    let differences: [ChangeOut]
    let findings: [FindingOut]
    init(_ verification: Verification) {
      node = verification.node.description
      holds = verification.holds
      claims = verification.claims.map(ClaimOut.init)
      differences = verification.differences.map(ChangeOut.init)
      findings = verification.findings.map(FindingOut.init)
    }
  }

  struct RecoveredOut: Encodable {
    let transaction: String
    let outcome: String
    init(_ recovered: LockedStore.Recovered) {
      transaction = recovered.id
      outcome = recovered.outcome.rawValue
    }
  }

  struct AppliedOut: Encodable {
    let schema = "imprint.apply/1"
    let transaction: String?
    let recovered: [RecoveredOut]
    let plan: PlanOut
    let verification: VerificationOut?
    /// What became of the running system; nil where it was not meant.
    let activation: String?
    /// What became of its joining; nil where that was not tried.
    let join: JoinOut?
    init(
      _ applied: Applied, _ outcome: ActivationOutcome?, _ verification: Verification?, _ join: JoinReport?
    ) {
      transaction = applied.transaction
      recovered = applied.recovered.map(RecoveredOut.init)
      plan = PlanOut(applied.plan)
      self.verification = verification.map(VerificationOut.init)
      activation = outcome?.word
      self.join = join.map(JoinOut.init)
    }
  }

  struct JoinOut: Encodable {
    struct LeftOut: Encodable {
      let task: String
      let reason: String
      let advice: String?
      let temporary: Bool
    }
    struct NodeOut: Encodable {
      let node: String
      let role: String
      let done: [String]
      let changed: [String]
      let left: [LeftOut]
      let remarks: [String]
    }

    let schema = "imprint.join/1"
    let node: String
    let done: Bool
    let transaction: String?
    let nodes: [NodeOut]
    init(_ report: JoinReport) {
      node = report.node.description
      done = report.isDone
      transaction = report.transaction
      nodes = report.entries.map { entry in
        NodeOut(
          node: entry.node.description, role: entry.role.rawValue, done: entry.done, changed: entry.changed,
          left: entry.left.map {
            LeftOut(task: $0.task, reason: $0.reason, advice: $0.advice, temporary: $0.isTemporary)
          }, remarks: entry.remarks)
      }
    }
  }

  struct TransactionOut: Encodable {
    let id: String
    let time: Int64
    let title: String
    let state: String
    let undoes: String?
    let paths: [String]
    init(_ journal: Journal) {
      id = journal.id
      time = journal.time
      title = journal.title
      state = journal.state.rawValue
      undoes = journal.undoes
      paths = journal.entries.map(\.path.description)
    }
  }

  struct HistoryOut: Encodable {
    let schema = "imprint.history/1"
    let transactions: [TransactionOut]
    let damage: [String]
  }

  struct RecoveryOut: Encodable {
    let schema = "imprint.recover/1"
    let recovered: [RecoveredOut]
  }

  struct RollbackOut: Encodable {
    let schema = "imprint.rollback/1"
    let undone: TransactionOut
    let transaction: String
  }
}

extension ActivationOutcome {
  fileprivate var word: String {
    switch self {
    case .done: "done"
    case .incomplete: "incomplete"
    case .undone: "undone"
    case .stuck: "stuck"
    }
  }
}

extension Change {
  var isPrivateKey: Bool {
    if case .write(.privateKey, _) = action { true } else { false }
  }
}
