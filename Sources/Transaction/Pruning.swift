internal import Tree

extension LockedStore {
  /// Forgets what is over: journals, and the images of what was there before. Nothing of it can be rolled back afterwards.
  ///
  /// What a crash interrupted is not over; ``recover()`` comes first. Killed on the way, it is done again to the same end.
  ///
  /// - Parameter erasing: Zeros are written over the images first (``Tree/erase(_:)``).
  /// - Returns: How many transactions are forgotten.
  @discardableResult
  public func prune(erasing: Bool = false) throws(TransactionError) -> Int {
    try TransactionError.wrapping {
      let over = try store.journals().filter { $0.journal?.isOver ?? false }
      if erasing, !over.isEmpty {
        // Without its journal a transaction is nothing that could be rolled back, with zeros for what was there.
        for (directory, _) in over { try tree.remove(directory.appending(Journal.name)) }
        try tree.synchronize([store.directory])
        for (directory, _) in over {
          for entry in try tree.entries(directory) ?? [] where entry.name != Journal.name {
            try tree.erase(directory.appending(entry.name))
          }
        }
        try tree.synchronize([store.directory])
      }
      for (directory, _) in over { try removeAll(directory) }
      if !over.isEmpty { try tree.synchronize([store.directory]) }
      return over.count
    }
  }
}
