internal import Engine
internal import Fixups

extension JSON {
  struct SealOut: Encodable {
    let schema = "imprint.seal/1"
    let root: String
    let platform: String
    let done: Bool
    let changes: [ChangeOut]
    let findings: [FindingOut]
    let forgotten: Int
    let recovered: [RecoveredOut]
    init(_ sealed: Sealed, root: String) {
      self.root = root
      platform = sealed.plan.platform
      done = sealed.isDone
      changes = sealed.plan.changes.map(ChangeOut.init)
      findings = sealed.plan.findings.map(FindingOut.init)
      forgotten = sealed.pruned
      recovered = sealed.recovered.map(RecoveredOut.init)
    }
  }

  struct TwinsOut: Encodable {
    struct HolderOut: Encodable {
      let name: String
      let path: String?
    }
    struct TwinOut: Encodable {
      let key: String
      let subject: String
      let value: String
      let reason: String?
      let holders: [HolderOut]
    }
    struct NotAskedOut: Encodable {
      let name: String
      let reason: String
      let advice: String?
    }

    let schema = "imprint.twins/1"
    let compared: [String]
    let twins: [TwinOut]
    let notAsked: [NotAskedOut]
    init(_ comparison: Comparison) {
      compared = comparison.names
      twins = comparison.twins.map { twin in
        TwinOut(
          key: twin.key, subject: twin.subject, value: twin.value, reason: twin.reason,
          holders: twin.holders.map { HolderOut(name: $0.name, path: $0.path) })
      }
      notAsked = comparison.notAsked.map { NotAskedOut(name: $0.name, reason: $0.reason, advice: $0.advice) }
    }
  }
}
