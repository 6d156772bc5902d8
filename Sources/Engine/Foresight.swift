internal import Transaction
internal import Tree

extension Target {
  /// What an apply of a plan would be refused for, as far as that is certain, in the order in which it would meet it: so a plan ends as the
  /// apply would. Nothing is looked at where nothing is to be changed.
  public func refusals(of plan: Plan) -> [Plan.Refusal] {
    guard !plan.isEmpty else { return [] }
    let store = Store(tree: tree)
    let ofCommit = store.refusals(of: Materialization.outline(of: plan.changes)).map {
      Plan.Refusal(path: $0.path, error: EngineError($0.error))
    }
    // Where the journals cannot be read, that is one of them.
    let waiting = try? UnderLock.waiting(in: store)
    return (waiting.map { [Plan.Refusal(path: nil, error: $0)] } ?? []) + ofCommit
  }
}
