internal import Tree

extension Store {
  /// Why there is nothing to roll back.
  public func hasNone(_ id: String?) -> TransactionError {
    TransactionError(
      .noSuchTransaction,
      id.map { "there is no transaction \($0); imprint history lists those that there are" }
        ?? "there is no transaction to roll back in \(tree.rootPath)")
  }
}

extension LockedStore {
  /// The transaction that a rollback without an id means: the latest that is applied and is no rollback itself.
  public func latest() throws(TransactionError) -> Journal? {
    try store.history().last(where: \.stands)
  }

  /// Restores what `id` (or the latest transaction) changed: every byte, owner, mode and label.
  ///
  /// A transaction of its own, so it is all or none too.
  ///
  /// - Returns: The transaction as it is from then on, and the id of the rollback.
  /// - Throws: ``TransactionError/Code/changed``, naming each file, where somebody changed one since.
  public func rollback(_ id: String?) throws(TransactionError) -> (undone: Journal, by: String) {
    var journal = try undoable(id)
    let operations = try TransactionError.wrapping { try undoing(journal) }
    let by = try commit(operations, title: try title(undoing: journal), undoes: journal.id)
    journal.state = .undone
    return (journal, by)
  }

  /// Undoing a rollback is what that had undone, once more, and is called so.
  private func title(undoing journal: Journal) throws(TransactionError) -> String {
    guard journal.isRollback, let former = try store.history().first(where: { $0.id == journal.undoes }) else {
      return Journal.rollback + journal.id
    }
    return former.title
  }

  /// What a rollback would undo.
  public func undoable(_ id: String?) throws(TransactionError) -> Journal {
    let asked = if let id { try find(id) } else { try latest() }
    guard let journal = asked else { throw store.hasNone(nil) }
    guard journal.state == .applied else {
      throw TransactionError(.noSuchTransaction, "transaction \(journal.id) is \(journal.state.rawValue) already")
    }
    return journal
  }

  private func find(_ id: String) throws(TransactionError) -> Journal {
    guard let journal = try store.history().first(where: { $0.id == id }) else { throw store.hasNone(id) }
    return journal
  }

  private func undoing(_ journal: Journal) throws -> [Operation] {
    let steps = Steps(tree: tree, directory: store.transactions.appending(journal.id), journal: journal)
    var problems: [String] = []
    var operations: [Operation] = []
    let removed = Set(journal.entries.filter { $0.kind == .create || $0.kind == .makeDirectory }.map(\.path))
    for (index, entry) in journal.entries.enumerated().reversed() {
      do {
        if let operation = try undoing(entry, index, steps, removed) { operations.append(operation) }
      } catch let error as TransactionError where error.code == .changed {
        problems.append(error.description)
      }
    }
    guard problems.isEmpty else {
      throw TransactionError(
        .changed,
        "transaction \(journal.id) is not rolled back, since these changed after it:\n  "
          + problems.reversed().joined(separator: "\n  "))
    }
    return operations
  }

  /// - Returns: nil where there is nothing to undo any more.
  private func undoing(
    _ entry: Journal.Entry, _ index: Int, _ steps: Steps, _ removed: Set<TreePath>
  ) throws -> Operation? {
    let action: Operation.Action =
      switch (entry.kind, entry.before) {
      case (.create, _), (.makeDirectory, _): .remove
      case (.replace, let before?), (.remove, let before?):
        .restore(kept: try steps.image(index), before, digest: entry.beforeDigest)
      case (.changeDirectory, let before?), (.removeDirectory, let before?): .directory(before)
      default: throw TransactionError(.invalidState, "the journal says nothing about what \(entry.path) was")
      }
    let isFile = [.create, .replace, .remove].contains(entry.kind)
    if entry.isRemade, isFile {
      guard let now = try tree.status(entry.path) else {
        if entry.kind == .create { return nil }
        return Operation(entry.path, action, before: .absent, label: entry.label, isRemade: true)
      }
      guard now.kind == .regular || now.kind == .symbolicLink else {
        throw TransactionError(.changed, "\(entry.path): it is no file any more")
      }
      return Operation(
        entry.path, action, before: .file(now.identity, now.attributes, nil), label: entry.label, isRemade: true)
    }
    switch entry.kind {
    case .remove, .removeDirectory:
      guard try tree.status(entry.path) == nil else {
        throw TransactionError(.changed, "\(entry.path): there is one again")
      }
      return Operation(entry.path, action, before: .absent, label: entry.label)
    case .makeDirectory, .changeDirectory:
      guard let now = try tree.status(entry.path), now.kind == .directory, now.attributes == entry.after else {
        throw TransactionError(.changed, "\(entry.path): it is another directory, or has another owner or mode")
      }
      if entry.kind == .makeDirectory {
        let others = (try tree.entries(entry.path) ?? []).filter { !removed.contains(entry.path.appending($0.name)) }
        guard others.isEmpty else {
          let names = others.map(\.name).joined(separator: ", ")
          throw TransactionError(.changed, "\(entry.path): somebody put \(names) into it")
        }
      }
      return Operation(entry.path, action, before: .directory(now.attributes), label: entry.label)
    case .create, .replace:
      guard try tree.status(entry.path)?.kind == .regular, let now = try tree.file(entry.path) else {
        throw TransactionError(.changed, "\(entry.path): it is gone, or no regular file")
      }
      let digest = Digest(of: now.bytes)
      guard digest == entry.afterDigest else { throw TransactionError(.changed, "\(entry.path): other contents") }
      guard now.attributes == entry.after else {
        throw TransactionError(.changed, "\(entry.path): another owner or mode (\(now.attributes))")
      }
      guard try steps.hasOwnAttributes(index, entry) else {
        throw TransactionError(.changed, "\(entry.path): another ACL, label or extended attribute")
      }
      return Operation(entry.path, action, before: .file(now.identity, now.attributes, digest), label: entry.label)
    }
  }
}
