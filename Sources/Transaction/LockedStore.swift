internal import Tree

/// The state directory while we hold its lock: what may write.
public struct LockedStore: Sendable {
  let store: Store
  let lock: DirectoryLock
  var tree: Tree { store.tree }

  /// What became of an interrupted transaction.
  public struct Recovered: Sendable {
    public enum Outcome: String, Sendable {
      case completed
      case removed
      case undone
    }
    public var id: String
    public var outcome: Outcome
  }

  /// Completes what was committed and removes every trace of what was not. Every command that writes does this first.
  public func recover() throws(TransactionError) -> [Recovered] {
    try TransactionError.wrapping {
      var recovered: [Recovered] = []
      for (directory, journal) in try store.journals() {
        guard let journal else {
          if let damage = try store.damage(of: directory) { throw damage }
          if try store.isForgotten(directory) { try erase([directory]) }
          try removeAll(directory)
          recovered.append(Recovered(id: directory.name, outcome: .removed))
          continue
        }
        let steps = Steps(tree: tree, directory: directory, journal: journal)
        switch journal.state {
        case .applied: try settle(journal)
        case .undone: continue
        case .prepared:
          try remove(steps)
          recovered.append(Recovered(id: journal.id, outcome: .removed))
        case .aborting:
          try steps.takeBack()
          try removeAll(directory)
          recovered.append(Recovered(id: journal.id, outcome: .undone))
        case .committed:
          try steps.putInPlace()
          try tree.synchronize(steps.directories)
          try finish(steps)
          recovered.append(Recovered(id: journal.id, outcome: .completed))
        }
      }
      if !recovered.isEmpty { try tree.synchronize([store.directory]) }
      return recovered
    }
  }

  /// Takes away a state directory that holds nothing.
  public func tidy() {
    for path in [store.transactions, store.directory] {
      guard (try? tree.entries(path))?.isEmpty == true else { continue }
      try? tree.remove(path)
    }
  }

  /// What follows when every file is in place, and on disk: the last line, and the mark on what was undone.
  ///
  /// Until that line is on disk the next start only does again what is done already: it needs no flush.
  func finish(_ steps: Steps) throws {
    try mark(steps.directory, .applied)
    try settle(steps.journal)
  }

  /// Marks what an applied rollback has undone. The images of that are the files themselves again; they must not be
  /// kept under a second name. The mark comes last: as long as it is missing, recovery does this again.
  private func settle(_ journal: Journal) throws {
    guard let undone = journal.undoes else { return }
    let other = store.transactions.appending(undone)
    guard let file = try tree.file(other.appending(Journal.name)),
      let state = try Journal(file.bytes, from: file.path)?.state, state == .applied
    else { return }
    for name in (try tree.entries(other) ?? []).map(\.name) where name != Journal.name {
      try tree.remove(other.appending(name))
    }
    try mark(other, .undone)
  }

  /// Takes away what was staged and never committed, and then the journal that tells of it. The flush between them
  /// matters where they are on different file systems.
  func remove(_ steps: Steps) throws {
    try steps.removeStaged()
    try tree.synchronize(steps.directories)
    try removeAll(steps.directory)
  }

  func mark(
    _ directory: TreePath, _ state: Journal.State, left: [(index: Int, extended: ExtendedDigest)] = [],
    remade: [Int] = []
  ) throws(TreeError) {
    try tree.append(
      directory.appending(Journal.name), Journal.step(state, left: left, remade: remade),
      flush: state == .committed || state == .aborting)
  }

  func removeAll(_ directory: TreePath) throws(TreeError) {
    // The journal last: as long as it is there, so is the knowledge of what else has to go.
    let last = [Journal.name, Self.forgotten]
    let names = (try tree.entries(directory) ?? []).map(\.name).filter { !last.contains($0) }
    for name in names + last { try tree.remove(directory.appending(name)) }
    try tree.remove(directory)
  }
}
