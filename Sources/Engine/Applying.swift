internal import Fixups
internal import Glibc
public import Transaction
internal import Tree

/// What an apply did.
public struct Applied: Sendable {
  public let plan: Plan
  /// nil where there was nothing to do, or the user said no.
  public let transaction: String?
  /// What a crash had left, and what became of it.
  public let recovered: [LockedStore.Recovered]
  /// Remarks on keys that a killed one had left.
  public var leftKeys: [String] = []
  /// The state afterwards, read from the tree again. Where nothing was done it is nil, but where something is not as it should
  /// be that imprint cannot change.
  public let verification: Verification?
}

extension Target {
  /// Plans under the lock, asks, does it all or none of it, and looks whether it is so.
  ///
  /// - Parameters:
  ///   - confirmWithin: Seconds within which somebody has to confirm it later, or it is undone.
  ///   - runs: Whether this is the running system's own tree, which an activation has to follow.
  ///   - confirm: sees the plan and says whether to go on. Not called for an empty plan.
  public func apply(
    waitForLock: Bool = false, confirmWithin: Int? = nil, runs: Bool = false, confirm: (Plan) throws -> Bool
  ) throws -> Applied {
    // Where no state directory is, nothing is pending: such a tree is planned for before anything is written, so that
    // one that cannot be, or need not be, is left alone entirely. The commit compares every file once more.
    let unlocked = Store(tree: tree)
    let parsed = ConfigurationCache()
    let early = try tree.status(unlocked.directory) == nil ? plan(configurations: parsed) : nil
    if let early, early.isEmpty {
      return Applied(plan: early, transaction: nil, recovered: [], verification: early.beyondMending)
    }
    if let early, try !confirm(early) {
      return Applied(plan: early, transaction: nil, recovered: [], verification: nil)
    }
    let locked = try UnderLock(unlocked, wait: waitForLock, runs: runs)
    let (store, recovered) = (locked.store, locked.recovered)
    defer { store.tidy() }
    // Somebody may have been quicker between the plan and the lock: then it is made, and asked about, again.
    let isCurrent = try early != nil && recovered.isEmpty && unlocked.history().isEmpty
    let plan =
      if let early, isCurrent { early.without(aboveOf: unlocked.directory) } else { try plan(configurations: parsed) }
    guard !plan.isEmpty, try isCurrent || confirm(plan) else {
      return Applied(
        plan: plan, transaction: nil, recovered: recovered, leftKeys: locked.leftKeys,
        verification: plan.beyondMending)
    }
    let operations = try Materialization.operations(for: plan.changes)
    if runs { try Backlog(tree).begin(holding: store) }
    let id = try uninterrupted {
      try store.commit(operations, title: "apply \(plan.node)", confirmWithin: confirmWithin)
    }
    do {
      return Applied(
        plan: plan, transaction: id, recovered: recovered, leftKeys: locked.leftKeys,
        verification: try state(looksBack: plan.hasReturnedThings, configurations: parsed))
    } catch {
      guard let known = EngineError(error) else { throw error }
      throw EngineError(
        known.code, "transaction \(id) is applied, but whether the tree is as it should be cannot be seen: \(known)")
    }
  }

  /// Says that all is in effect that was ever committed: nothing is left to do for it.
  public func settle() throws {
    guard try !Backlog(tree).journals().isEmpty else { return }
    let store = try Store(tree: tree).lock()
    defer { withExtendedLifetime(store) {} }
    try Backlog(tree).settle()
  }

  /// Keeps a transaction that waits for it.
  public static func confirm(root: String, _ id: String?) throws -> Journal {
    let unlocked = try Store(tree: Tree(root: root))
    // Nothing is made where nothing was ever begun: the tree may be read-only.
    guard try unlocked.exists() else { throw Store.awaitsNone(id) }
    let store = try unlocked.lock(wait: true)
    defer { store.tidy() }
    return try store.confirm(id)
  }

  /// Undoes a transaction.
  ///
  /// - Parameters:
  ///   - runs: Whether this is the running system's own tree, which an activation has to follow.
  ///   - confirm: sees what would be undone, before anything is; what it throws stops it.
  public static func rollback(
    root: String, _ id: String?, runs: Bool = false, confirm: (Journal) throws -> Void = { _ in }
  ) throws -> (undone: Journal, by: String) {
    let tree = try Tree(root: root)
    guard try Store(tree: tree).exists() else { throw Store(tree: tree).hasNone(id) }
    let store = try Store(tree: tree).lock()
    defer { store.tidy() }
    if runs { try Backlog(tree).announceRecovery(holding: store) }
    _ = try store.recover()
    try confirm(store.undoable(id))
    if runs { try Backlog(tree).begin(holding: store) }
    return try uninterrupted { try store.rollback(id) }
  }

  /// Finishes or undoes what a crash interrupted. Where there is nothing of the kind nothing is written, so that a tree may be read-only.
  ///
  /// - Parameter runs: Whether this is the running system's own tree, which an activation has to follow.
  public static func recover(root: String, runs: Bool = false) throws -> [LockedStore.Recovered] {
    let tree = try Tree(root: root)
    guard try Store(tree: tree).exists() else { return [] }
    let store = try Store(tree: tree).lock()
    defer { store.tidy() }
    if runs { try Backlog(tree).announceRecovery(holding: store) }
    return try uninterrupted { try store.recover() }
  }

  /// The transaction that a rollback without an id would undo next, where that is an apply's.
  public static func lastApply(root: String) throws -> Journal? {
    let last = try Store(tree: Tree(root: root)).history().last(where: \.stands)
    return last.flatMap { $0.title.hasPrefix("apply ") ? $0 : nil }
  }

  /// Past and pending transactions, oldest first, and what of others cannot be told any more.
  public static func history(root: String) throws -> (journals: [Journal], damage: [EngineError]) {
    let past = try Store(tree: Tree(root: root)).past()
    return (past.journals, past.damage.map(EngineError.init))
  }
}

extension Plan {
  /// What is not as it should be though nothing is left to change; nil where there is no such thing.
  fileprivate var beyondMending: Verification? {
    guard isEmpty, !failures.isEmpty else { return nil }
    return Verification(of: self)
  }

  /// Without the directories above one that has been made since.
  fileprivate func without(aboveOf directory: TreePath) -> Plan {
    var plan = self
    plan.changes.removeAll { change in
      guard case .directory = change.action, case .absent = change.before else { return false }
      return directory.isWithin(change.path)
    }
    return plan
  }
}

/// Runs a commit to its end: Ctrl-C or a lost terminal waits for the few milliseconds that it takes. A kill that
/// cannot be held back is what the journal is for.
func uninterrupted<Result>(_ body: () throws -> Result) rethrows -> Result {
  let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
  let handlers = signals.map { signal($0, SIG_IGN) }
  defer { for (number, handler) in zip(signals, handlers) { signal(number, handler) } }
  return try body()
}
