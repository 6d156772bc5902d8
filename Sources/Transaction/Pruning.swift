internal import Tree

extension LockedStore {
  /// What a journal is called once nothing of its transaction may be rolled back any more, since zeros come in the place of the images.
  static let forgotten = "forgotten"

  /// Forgets what is over: journals, and the images of what was there before. Nothing of it can be rolled back afterwards.
  ///
  /// What a crash interrupted is not over; ``recover()`` comes first. Killed on the way, it is done again to the same end.
  ///
  /// - Parameter erasing: Zeros are written over the images first (``Tree/erase(_:)``).
  /// - Returns: How many transactions are forgotten.
  @discardableResult
  public func prune(erasing: Bool = false) throws(TransactionError) -> Int {
    try TransactionError.wrapping {
      let over = try store.journals().filter { try $0.journal?.isOver ?? store.isForgotten($0.directory) }
      guard !over.isEmpty else { return 0 }
      if erasing {
        for (directory, journal) in over where journal != nil {
          try tree.rename(directory.appending(Journal.name), to: directory.appending(Self.forgotten))
        }
        try tree.synchronize([store.directory])
        try erase(over.map(\.directory))
      }
      for (directory, _) in over { try removeAll(directory) }
      try tree.synchronize([store.directory])
      return over.count
    }
  }

  /// Forgets these where they are over: one that was undone at once, and what undid it.
  public func forget(_ ids: Set<String>) throws(TransactionError) {
    try TransactionError.wrapping {
      for case (let directory, let journal?) in try store.journals() where journal.isOver && ids.contains(journal.id) {
        try removeAll(directory)
      }
      try tree.synchronize([store.directory])
    }
  }

  func erase(_ directories: [TreePath]) throws(TreeError) {
    for directory in directories {
      for entry in try tree.entries(directory) ?? [] where entry.name != Self.forgotten {
        try tree.erase(directory.appending(entry.name))
      }
    }
    try tree.synchronize([store.directory])
  }
}

extension Store {
  func isForgotten(_ directory: TreePath) throws(TreeError) -> Bool {
    try tree.status(directory.appending(LockedStore.forgotten)) != nil
  }
}
