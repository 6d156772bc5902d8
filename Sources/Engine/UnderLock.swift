internal import Transaction
internal import Tree

/// What every change of a tree begins with: the lock, what a crash left, and what still waits to be confirmed.
struct UnderLock {
  let store: LockedStore
  /// What a crash had left, and what became of it.
  let recovered: [LockedStore.Recovered]
  /// Remarks on keys that a killed one had left.
  let leftKeys: [String]

  /// - Parameter runs: Whether it is the running system's own tree.
  /// - Throws: ``EngineError`` where a transaction still waits to be confirmed.
  init(_ unlocked: Store, wait: Bool, runs: Bool = false) throws {
    store = try unlocked.lock(wait: wait)
    leftKeys = LeftKeys.remove()
    do {
      if runs { try Backlog(unlocked.tree).announceRecovery(holding: store) }
      recovered = try store.recover()
      if let waiting = try Self.waiting(in: unlocked.past()) { throw waiting }
    } catch {
      store.tidy()
      throw error
    }
  }

  /// What is said where a transaction still waits to be confirmed.
  static func waiting(in past: Past) -> EngineError? {
    past.unconfirmed.map { waiting in
      EngineError(
        .invalid, "transaction \(waiting.id) (\(waiting.title)) still waits to be confirmed",
        advice: "imprint confirm keeps it, imprint rollback undoes it")
    }
  }
}
