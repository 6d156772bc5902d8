internal import Tree

extension Store {
  /// The transaction that will be undone unless somebody confirms it. Needs no lock.
  public func unconfirmed() throws(TransactionError) -> Journal? { try past().unconfirmed }

  /// Why there is nothing to confirm.
  public static func awaitsNone(_ id: String?) -> TransactionError {
    TransactionError(
      .noSuchTransaction,
      id.map { "transaction \($0) awaits no confirmation" } ?? "no transaction awaits confirmation")
  }
}

extension LockedStore {
  /// Keeps a transaction that awaits it; the latest such where none is named.
  ///
  /// - Returns: The transaction, confirmed, which is on disk when this returns.
  public func confirm(_ id: String? = nil) throws(TransactionError) -> Journal {
    let past = try store.past()
    let waiting = past.journals.filter(\.awaitsConfirmation)
    guard var journal = id.map({ id in waiting.last { $0.id == id } }) ?? waiting.last else {
      if let damage = past.damage.first { throw damage }
      throw Store.awaitsNone(id)
    }
    try TransactionError.wrapping {
      let path = store.transactions.appending(journal.id).appending(Journal.name)
      try tree.append(path, Array("\n\(Journal.confirmed)\n".utf8), flush: true)
    }
    journal.isConfirmed = true
    return journal
  }
}
