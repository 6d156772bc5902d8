internal import Tree

/// What there is of transactions, also of those that have no whole journal.
public struct Past: Sendable {
  /// Past and pending transactions, oldest first.
  public internal(set) var journals: [Journal] = []
  /// Ids of those that ended before their intent was whole, or are half forgotten: the next recovery takes away what is there.
  public internal(set) var remains: [String] = []
  /// What cannot be told any more, and what to do about it: every recovery stops there.
  public internal(set) var damage: [TransactionError] = []

  /// Ids of what a recovery would finish, undo or take away.
  public var interrupted: [String] { (journals.filter { !$0.isOver }.map(\.id) + remains).sorted() }

  /// The transaction that will be undone unless somebody confirms it.
  public var unconfirmed: Journal? { journals.last(where: \.awaitsConfirmation) }
}

extension Store {
  /// Needs no lock.
  public func past() throws(TransactionError) -> Past {
    var past = Past()
    for (directory, journal) in try journals() {
      if let journal {
        past.journals.append(journal)
      } else if let damage = try damage(of: directory) {
        past.damage.append(damage)
      } else {
        past.remains.append(directory.name)
      }
    }
    // Undone from the moment that the rollback is applied; the mark on what it undid follows.
    let undone = Set(past.journals.filter { $0.state == .applied }.compactMap(\.undoes))
    for index in past.journals.indices where undone.contains(past.journals[index].id) {
      past.journals[index].state = .undone
    }
    return past
  }

  /// Why nothing can be told of a directory without a whole journal; nil where there is nothing to tell.
  ///
  /// A torn intent was the first thing in its directory, so it is alone there, and no step was taken. Beside images, or with a step
  /// behind it, it is a damaged one.
  func damage(of directory: TreePath) throws(TransactionError) -> TransactionError? {
    try TransactionError.wrapping {
      let path = directory.appending(Journal.name)
      guard try tree.status(directory)?.kind == .directory, try !isForgotten(directory) else { return nil }
      let hasImages = (try tree.entries(directory) ?? []).contains { $0.name != Journal.name }
      guard try hasImages || tree.file(path).map({ Journal.tellsOfSteps($0.bytes) }) ?? false else { return nil }
      return TransactionError(
        .invalidState,
        "\(path) is damaged\(hasImages ? ", and there are images beside it" : ""): keep what you need of "
          + "\(directory), and move it away")
    }
  }
}
