internal import Glibc
public import Tree

/// The state directory of a tree, `/var/lib/imprint`: the journals and the images of what was there before.
public struct Store: Sendable {
  private static let name: TreePath = "/var/lib/imprint"

  public let tree: Tree
  /// Where it really is: a directory above it may be a link of the tree, as where all of /var was moved to a larger disk.
  public let directory: TreePath
  public let transactions: TreePath

  public init(tree: Tree) {
    self.tree = tree
    directory = (try? tree.resolve(Self.name.parent)).map { $0.appending(Self.name.name) } ?? Self.name
    transactions = directory.appending("transactions")
  }

  /// Past and pending transactions, oldest first. Needs no lock.
  public func history() throws(TransactionError) -> [Journal] { try past().journals }

  /// Whether there is a state directory. Where there is none, nothing was ever begun.
  public func exists() throws(TransactionError) -> Bool {
    try TransactionError.wrapping { try tree.status(directory) != nil }
  }

  /// Whether nothing is kept of any transaction, of one that is half forgotten neither.
  public func isEmpty() throws(TransactionError) -> Bool { try journals().isEmpty }

  /// What is known of each transaction directory; a nil journal is one whose intent never became whole.
  func journals() throws(TransactionError) -> [(directory: TreePath, journal: Journal?)] {
    try TransactionError.wrapping {
      guard try checkedDirectory() != nil else { return [] }
      return try (tree.entries(transactions) ?? []).map { entry in
        let directory = transactions.appending(entry.name)
        let file = try tree.file(directory.appending(Journal.name))
        return (directory, try file.flatMap { try Journal($0.bytes, from: $0.path) })
      }
    }
  }

  /// Takes the lock, making the state directory where it is missing.
  ///
  /// - Throws: ``TransactionError/Code/locked`` where another has it and `wait` is false.
  public func lock(wait: Bool = false) throws(TransactionError) -> LockedStore {
    try TransactionError.wrapping {
      repeat {
        try makeDirectories()
        // Whoever had the lock before may have taken an empty state directory away again: then it is not the one.
        if let lock = try takeLock(wait: wait), try tree.isCurrent(directory) {
          // What was open while we waited may have been replaced by whom we waited for.
          if wait { tree.forget(.root) }
          return LockedStore(store: self, lock: lock)
        }
        tree.forget(directory)
      } while wait
      throw held
    }
  }

  /// Keeps others from changing the tree while it is copied. nil where there is nothing to lock: no state directory, or one that is
  /// not for us to open.
  ///
  /// - Throws: ``TransactionError/Code/locked`` where somebody is changing it.
  public func share() throws(TransactionError) -> DirectoryLock? {
    try TransactionError.wrapping {
      do throws(TreeError) {
        if let lock = try tree.lock(directory, wait: false, isShared: true) { return lock }
      } catch {
        guard [.absent, .notPermitted].contains(error.code) else { throw error }
        return nil
      }
      throw held
    }
  }

  private var held: TransactionError {
    TransactionError(.locked, "another imprint is working on \(tree.rootPath); try again when it is done")
  }

  /// nil also where the directory went away meanwhile.
  private func takeLock(wait: Bool) throws(TreeError) -> DirectoryLock? {
    do {
      return try tree.lock(directory, wait: wait)
    } catch let failure {
      guard failure.code == .absent else { throw failure }
      return nil
    }
  }

  /// The state directory must be a real directory that belongs to us and that nobody else can enter: it keeps keys.
  /// nil where it is missing.
  private func checkedDirectory() throws -> FileStatus? {
    guard let status = try tree.status(directory) else { return nil }
    guard status.kind == .directory else {
      throw TransactionError(.invalidState, "\(directory) is a \(status.kind.rawValue), not a directory")
    }
    if let kind = try tree.status(transactions)?.kind, kind != .directory {
      throw TransactionError(.invalidState, "\(transactions) is a \(kind.rawValue), not a directory")
    }
    return status
  }

  private func makeDirectories() throws {
    for path in try missingDirectories() {
      let mode = path == directory ? FileMode(0o700) : FileMode(0o755)
      do {
        let attributes = FileAttributes(owner: geteuid(), group: getegid(), mode: mode)
        try tree.makeDirectory(path, attributes, labelledFor: path)
      } catch let failure {
        if failure.code != .exists { throw failure }  // another imprint was quicker
      }
    }
  }

  /// The state directory with those above it that are missing, from above; none where it is there, and as it must be.
  func missingDirectories() throws -> [TreePath] {
    if let status = try checkedDirectory() {
      let user = geteuid()
      guard status.attributes.owner == user || user == 0, status.attributes.mode.bits & 0o077 == 0 else {
        throw TransactionError(
          .invalidState,
          "\(directory) must belong to the user who runs imprint and be closed to others (0700); it is "
            + status.attributes.description)
      }
      return []
    }
    var missing = [directory]
    while let above = missing.last?.parent, !above.isRoot, try tree.status(above) == nil {
      guard directory == Self.name else {
        throw TransactionError(.invalidState, "\(Self.name.parent) leads to \(above), which is not there: make it")
      }
      missing.append(above)
    }
    return missing.reversed()
  }
}
