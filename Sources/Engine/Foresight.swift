internal import Transaction
internal import Tree

extension Target {
  /// What an apply of a plan would be refused for, as far as that is certain, in the order in which it would meet it: so a plan ends as the
  /// apply would, also where nothing is to be changed.
  public func refusals(of plan: Plan) -> [Plan.Refusal] {
    let store = Store(tree: tree)
    // Where the journals cannot be read, that is one of them.
    let past = try? store.past()
    let ofCommit = store.refusals(of: Materialization.outline(of: plan.changes), past: past).map {
      Plan.Refusal(path: $0.path, error: EngineError($0.error))
    }
    let waiting = past.flatMap(UnderLock.waiting)
    return (waiting.map { [Plan.Refusal(path: nil, error: $0)] } ?? []) + ofCommit
  }
}
