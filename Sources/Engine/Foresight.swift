internal import Fixups
internal import Transaction
internal import Tree

extension Target {
  /// Adds to a plan what an apply of it would be refused for, as far as that is certain, in the order in which it would meet it: so a plan
  /// ends as the apply would, also where nothing is to be changed. And what an apply would finish or undo before it makes a plan of its own.
  public func foresee(_ plan: inout Plan) {
    let store = Store(tree: tree)
    // Where the journals cannot be read, that is one of them.
    let past = plan.past ?? (try? store.past())
    let ofCommit = store.refusals(of: Materialization.outline(of: plan.changes), past: past).map {
      Plan.Refusal(path: $0.path, error: EngineError($0.error))
    }
    let waiting = past.flatMap(UnderLock.waiting)
    plan.refusals = (waiting.map { [Plan.Refusal(path: nil, error: $0)] } ?? []) + ofCommit
    if let interruption = past?.interruption {
      plan.findings.insert(Plan.Stated(fixup: "history", value: interruption), at: 0)
    }
  }
}

extension Past {
  /// A tree in the midst of a transaction is neither what it was nor what it shall be.
  var interruption: Finding? {
    let ids = journals.filter { !$0.isOver }.map(\.id)
    guard !ids.isEmpty else { return nil }
    return Finding(
      .warning,
      "\(ids.joined(separator: ", ")) was interrupted, or is still going on: what is said here is of a tree half changed",
      advice:
        "imprint recover finishes it, or takes every trace of it away, as the next apply does before anything else")
  }
}
