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
          try removeAll(directory)
          recovered.append(Recovered(id: directory.name, outcome: .removed))
          continue
        }
        let steps = Steps(tree: tree, directory: directory, journal: journal)
        switch journal.state {
        case .applied, .undone: continue
        case .prepared:
          try steps.removeStaged()
          try removeAll(directory)
          recovered.append(Recovered(id: journal.id, outcome: .removed))
        case .aborting:
          try steps.takeBack()
          try removeAll(directory)
          recovered.append(Recovered(id: journal.id, outcome: .undone))
        case .committed:
          try steps.putInPlace()
          try finish(steps)
          recovered.append(Recovered(id: journal.id, outcome: .completed))
        }
      }
      if !recovered.isEmpty { try tree.synchronize([Store.directory]) }
      return recovered
    }
  }

  /// Takes away a state directory that holds nothing.
  public func tidy() {
    for path in [Store.transactions, Store.directory] {
      guard (try? tree.entries(path))?.isEmpty == true else { continue }
      try? tree.remove(path)
    }
  }

  /// What follows when every file is in place: the flush, the last line, and the mark on what was undone.
  func finish(_ steps: Steps) throws {
    try tree.synchronize(steps.directories)
    // Until this line is on disk the next start only does again what is done already: it needs no flush.
    if let undone = steps.journal.undoes {
      let other = Store.transactions.appending(undone)
      try mark(other, .undone)
      // Its images are the files themselves again; they must not be kept under a second name.
      for name in (try tree.entries(other) ?? []).map(\.name) where name != Journal.name {
        try tree.remove(other.appending(name))
      }
    }
    try mark(steps.directory, .applied)
  }

  func mark(_ directory: TreePath, _ state: Journal.State) throws(TreeError) {
    try tree.append(
      directory.appending(Journal.name), Journal.step(state), flush: state == .committed || state == .aborting)
  }

  func removeAll(_ directory: TreePath) throws(TreeError) {
    // The journal last: as long as it is there, so is the knowledge of what else has to go.
    let names = (try tree.entries(directory) ?? []).map(\.name).filter { $0 != Journal.name }
    for name in names + [Journal.name] { try tree.remove(directory.appending(name)) }
    try tree.remove(directory)
  }
}
