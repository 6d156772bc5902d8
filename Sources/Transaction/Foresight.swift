public import Tree

/// Why a commit would be refused.
public struct Refusal: Sendable {
  /// The target that it is about; nil where no transaction could begin.
  public let path: TreePath?
  public let error: TransactionError
}

extension Store {
  /// What would refuse a commit for certain, in the order in which that would meet it. Takes no lock, writes nothing, and looks
  /// at nothing but the state directory, what the operations are about, and where that lies.
  ///
  /// - Parameters:
  ///   - operations: Where there are none, a commit would still begin where a state directory is.
  ///   - past: What has been read of it already.
  public func refusals(of operations: [Operation], past: Past? = nil) -> [Refusal] {
    var foresight = Foresight(tree: tree)
    foresight.add(Foresight.failures { try checkBeginning(of: operations, past) }, nil)
    let made = Set(operations.filter(\.makesDirectory).map(\.path))
    for operation in operations { foresight.lookAtFlags(of: operation, made) }
    // A plan was made just now: what is not so was never so, as where a FIFO stands at the place of a new file.
    for operation in operations {
      foresight.add(Foresight.failures { try checkUnchanged(operation) }, operation.path)
    }
    for operation in operations { foresight.look(at: operation, made) }
    return foresight.refusals
  }

  /// What taking the lock, and seeing to what a crash left, would be refused for.
  private func checkBeginning(of operations: [Operation], _ known: Past?) throws {
    if operations.isEmpty, try !exists() { return }
    if let first = try missingDirectories().first { return try tree.checkNames(in: first.parent) }
    let past = try known ?? past()
    if let damage = past.damage.first { throw damage }
    // The lock alone writes nothing.
    if operations.isEmpty, past.interrupted.isEmpty { return }
    try tree.checkNames(in: directory)
    if try tree.status(transactions) != nil { try tree.checkNames(in: transactions) }
  }
}

/// What was found out so far. Of directories each is looked at once.
private struct Foresight {
  let tree: Tree
  private(set) var refusals: [Refusal] = []
  private var flags: [TreePath: [TransactionError]] = [:]
  private var names: [TreePath: [TransactionError]] = [:]

  init(tree: Tree) { self.tree = tree }

  mutating func add(_ errors: [TransactionError], _ path: TreePath?) {
    refusals += errors.map { Refusal(path: path, error: $0) }
  }

  /// What it throws, or nothing.
  static func failures(_ check: () throws -> Void) -> [TransactionError] {
    do throws(TransactionError) {
      try TransactionError.wrapping(check)
      return []
    } catch {
      return [error]
    }
  }

  /// What `commit` looks at first: directories that take new names and give none up.
  mutating func lookAtFlags(of operation: Operation, _ made: Set<TreePath>) {
    for directory in [operation.path.parent, operation.changesDirectory ? operation.path : nil].compactMap(\.self)
    where !made.contains(directory) {
      let found = flags[directory] ?? Self.failures { try tree.checkChangeable(directory) }
      flags[directory] = found
      add(found, operation.path)
    }
  }

  /// What it would meet when it makes the images. What is refused already is not said again.
  mutating func look(at operation: Operation, _ made: Set<TreePath>) {
    let directory = operation.path.parent
    guard !refusals.contains(where: { $0.path == operation.path }) else { return }
    if !operation.changesDirectory, !made.contains(directory) {
      let found = names[directory] ?? Self.failures { try tree.checkNames(in: directory) }
      names[directory] = found
      add(found, operation.path)
      if !found.isEmpty { return }
    }
    let found = Self.failures {
      if operation.before != .absent {
        try tree.checkReplaceable(operation.path, isRead: operation.isRead)
        if let copied = operation.copied(by: tree) { try tree.checkOwner(copied, of: operation.path) }
      }
      if let attributes = operation.attributes { try tree.checkOwner(attributes, of: operation.path) }
    }
    add(found, operation.path)
  }
}

extension Operation {
  fileprivate var makesDirectory: Bool { if case .directory = action { before == .absent } else { false } }

  fileprivate var changesDirectory: Bool { if case .directory = action { before != .absent } else { false } }

  /// What the path shall have.
  fileprivate var attributes: FileAttributes? {
    switch action {
    case .write(_, let attributes), .restore(_, let attributes, _), .directory(let attributes): attributes
    case .remove: nil
    }
  }

  /// Whether the file has to be read: its labels are for what comes in its place.
  fileprivate var isRead: Bool {
    guard case .file = before, case .write = action else { return false }
    return true
  }

  /// The attributes of a file whose image is a copy, since who runs this may give it no other name: it belongs to somebody else,
  /// and nobody else may write it (proc(5), protected_hardlinks).
  fileprivate func copied(by tree: Tree) -> FileAttributes? {
    guard case .file(_, let attributes, _) = before, !tree.isOwned(attributes), attributes.mode.bits & 0o022 == 0 else {
      return nil
    }
    return attributes
  }
}
