internal import Glibc
internal import Tree

extension LockedStore {
  /// Carries out `operations`, all or none, and returns the transaction's id.
  ///
  /// The order is what makes it safe: intent, flushed → before-images and after-images → one flush for each file
  /// system → commit record, flushed → renames → flush. The number of flushes does not depend on the number of files.
  ///
  /// - Parameter confirmWithin: Seconds within which somebody has to confirm the transaction. It is part of the intent,
  ///   so that a crash or a reboot cannot lose it; whoever starts next sees to it.
  /// - Throws: ``TransactionError``; unless its code is `unfinished`, the tree is as it was.
  public func commit(
    _ operations: [Operation], title: String, undoes: String? = nil, confirmWithin: Int? = nil
  ) throws(TransactionError) -> String {
    try TransactionError.wrapping {
      try checkDirectories(of: operations)
      let intent = Journal(
        id: "", time: Int64(Glibc.time(nil)), title: title, undoes: undoes, confirmWithin: confirmWithin,
        entries: try operations.map(entry))
      let (directory, journal) = try begin(intent)
      let steps = Steps(tree: tree, directory: directory, journal: journal)
      let left: [(index: Int, extended: ExtendedDigest)]
      do {
        try stage(operations, steps)
        left = try steps.extendedDigests()
        try tree.synchronize(steps.directories)
        for (index, operation) in operations.enumerated() {
          guard try !store.isUnchanged(operation, ignoringLinks: true) else { continue }
          guard try steps.isCopiedUp(index, operation) else { throw store.changed(operation.path) }
        }
        try checkPlaces(of: operations)
      } catch {
        try discard(steps, after: error)
      }
      do {
        try mark(
          directory, .committed, left: left, remade: operations.indices.filter { operations[$0].isRemade })
      } catch {
        try uncommit(steps, after: error)
      }
      do {
        try steps.putInPlace()
        try tree.synchronize(steps.directories)
      } catch {
        try abort(steps, after: error)
      }
      // All is done and lasts. Where even the last line cannot be written, the next start finds nothing left to do
      // but that.
      try? finish(steps)
      return journal.id
    }
  }

  /// Nothing was renamed: takes every trace away. The journal goes last, and only when nothing is left that it names.
  private func discard(_ steps: Steps, after error: any Error) throws -> Never {
    do {
      try remove(steps)
      tidy()
    } catch let second {
      throw TransactionError(
        .unfinished,
        "\(error); nothing is changed, but not every temporary file could be removed: \(second). "
          + "imprint recover will remove them")
    }
    throw error
  }

  /// The commit record may be on disk or not, whole or torn. Cutting it off needs no space; until that is certain,
  /// every after-image has to stay, for whoever reads the record.
  private func uncommit(_ steps: Steps, after error: any Error) throws -> Never {
    do {
      try tree.truncate(steps.directory.appending(Journal.name), to: steps.journal.intent.count)
    } catch let second {
      throw TransactionError(
        .unfinished,
        "\(error); then, taking it back: \(second). Nothing is changed yet: imprint recover will finish or undo it")
    }
    try discard(steps, after: error)
  }

  /// Takes back a commit that failed midway, and says so; where even that fails, leaves it to recovery.
  private func abort(_ steps: Steps, after error: any Error) throws -> Never {
    do {
      try mark(steps.directory, .aborting)
      try steps.takeBack()
      try removeAll(steps.directory)
      tidy()
    } catch let second {
      throw TransactionError(
        .unfinished,
        "\(error); then, taking it back: \(second). Some files may be changed and others not: "
          + "imprint recover will finish or undo all of it")
    }
    throw error
  }

  /// Makes the transaction's directory, and in it the intent under an id of its own.
  private func begin(_ intent: Journal) throws -> (directory: TreePath, journal: Journal) {
    let owner = FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o700))
    if try tree.status(store.transactions) == nil {
      try tree.makeDirectory(store.transactions, owner, labelledFor: store.transactions)
    }
    var journal = intent
    // Ids tell what came first, also where the clock has gone back.
    let last = try tree.entries(store.transactions)?.last?.name ?? ""
    let moment = max(Self.identifier(time_t(intent.time)), String(last.prefix { $0 != "-" }))
    for attempt in 1...1000 {
      journal.id = moment + (attempt == 1 ? "" : "-\(attempt.padded(to: 3))")
      guard journal.id > last else { continue }
      let directory = store.transactions.appending(journal.id)
      do {
        try tree.makeDirectory(directory, owner, labelledFor: directory)
      } catch let failure {
        if failure.code == .exists { continue }
        throw failure
      }
      do {
        let path = directory.appending(Journal.name)
        try tree.create(
          path, journal.intent, FileAttributes(owner: owner.owner, group: owner.group, mode: FileMode(0o600)),
          labelledFor: path)
        // The names of all after-images are on disk before the first of them is made.
        try tree.synchronize([directory])
      } catch {
        try? removeAll(directory)
        tidy()
        throw error
      }
      return (directory, journal)
    }
    throw TransactionError(.invalidState, "\(store.transactions) holds too many transactions of this second")
  }

  /// The moment in UTC, which sorts as text: `20261124T093000Z`.
  private static func identifier(_ time: time_t) -> String {
    var time = time
    var parts = tm()
    gmtime_r(&time, &parts)
    let day = [(parts.tm_year + 1900, 4), (parts.tm_mon + 1, 2), (parts.tm_mday, 2)]
    let hour = [(parts.tm_hour, 2), (parts.tm_min, 2), (parts.tm_sec, 2)]
    let texts = [day, hour].map { $0.map { $0.0.padded(to: $0.1) }.joined() }
    return texts.joined(separator: "T") + "Z"
  }

  private func entry(_ operation: Operation) throws -> Journal.Entry {
    var entry = Journal.Entry(kind: .remove, path: operation.path, label: operation.label)
    switch operation.before {
    case .absent: break
    case .file(let identity, let attributes, let digest):
      (entry.before, entry.beforeDigest) = (attributes, digest ?? digestOfUnread(operation.path, identity))
    case .directory(let attributes): entry.before = attributes
    }
    let wasDirectory = if case .directory = operation.before { true } else { false }
    switch operation.action {
    case .write(let bytes, let attributes):
      entry.kind = operation.before == .absent ? .create : .replace
      (entry.after, entry.afterDigest) = (attributes, Digest(of: bytes))
    case .restore(_, let attributes, let digest):
      entry.kind = operation.before == .absent ? .create : .replace
      (entry.after, entry.afterDigest) = (attributes, digest)
    case .directory(let attributes):
      entry.kind = wasDirectory ? .changeDirectory : .makeDirectory
      entry.after = attributes
    case .remove:
      entry.kind = wasDirectory ? .removeDirectory : .remove
    }
    return entry
  }

  /// By which a rollback knows a damaged image of a small file that nobody had to read; nil for any other.
  private func digestOfUnread(_ path: TreePath, _ identity: FileIdentity) -> Digest? {
    guard identity.size <= 64 << 10, (try? tree.status(path))?.kind == .regular else { return nil }
    return (try? tree.file(path)).map { Digest(of: $0.bytes) }
  }

  /// Makes before-images and after-images; nothing that a reader would see.
  private func stage(_ operations: [Operation], _ steps: Steps) throws {
    // All of them first: the second name that a before-image gives to a file counts as a change of it, and of
    // whatever else is the same file.
    for operation in operations { try store.checkUnchanged(operation) }
    for (index, operation) in operations.enumerated() {
      if case .file(_, let attributes, _) = operation.before {
        try steps.keep(operation.path, index, attributes)
      }
      switch operation.action {
      case .write(let bytes, let attributes):
        let like: TreePath? = if case .file = operation.before { operation.path } else { nil }
        try tree.create(
          steps.staged(index), bytes, attributes, like: like, labelledFor: like == nil ? operation.path : nil)
      case .restore(let kept, let attributes, let digest):
        try steps.copy(kept, to: steps.staged(index), attributes)
        guard let digest else { continue }
        guard let image = try tree.file(steps.staged(index)), Digest(of: image.bytes) == digest else {
          throw TransactionError(.invalidState, "\(kept), the kept image of \(operation.path), is damaged")
        }
      case .directory(let attributes):
        if case .absent = operation.before {
          try tree.makeDirectory(steps.staged(index), attributes, labelledFor: operation.path)
        }
      case .remove: break
      }
    }
  }

  /// Foresees what would only come to light when files are renamed in: a directory that is missing, or that takes new
  /// names and gives none up (chattr +a), so that neither going on nor going back would be possible.
  private func checkDirectories(of operations: [Operation]) throws {
    var made: Set<TreePath> = []
    var seen: Set<TreePath> = []
    for operation in operations {
      let directory = operation.path.parent
      if case .directory = operation.action {
        if operation.before == .absent { made.insert(operation.path) } else { try tree.checkChangeable(operation.path) }
      }
      guard !made.contains(directory), seen.insert(directory).inserted else { continue }
      guard try tree.status(directory)?.kind == .directory else {
        throw TreeError(
          .absent, "change", operation.path, reason: "there is no directory \(directory)",
          advice: "make it; or, where a symbolic link of the tree leads there, look at that")
      }
      try tree.checkChangeable(directory)
    }
  }

  /// - Throws: ``TransactionError/Code/changed`` where a directory on the way to a target is not the one any more that
  ///   is open for it: somebody moved it away, and what was staged went with it.
  private func checkPlaces(of operations: [Operation]) throws {
    var seen: Set<TreePath> = []
    for operation in operations {
      var place = operation.path.parent
      while !place.isRoot, seen.insert(place).inserted {
        if try tree.wasReplaced(place) { throw store.changed(place) }
        place = place.parent
      }
    }
  }
}

extension Store {
  func changed(_ path: TreePath) -> TransactionError {
    TransactionError(
      .changed,
      "\(path) was changed by somebody else since the plan was made; nothing is changed by imprint: "
        + "look at it and run the command again")
  }

  /// - Throws: ``TransactionError/Code/changed`` where the tree is not what the plan was made from.
  func checkUnchanged(_ operation: Operation) throws {
    guard try isUnchanged(operation, ignoringLinks: false) else { throw changed(operation.path) }
  }

  func isUnchanged(_ operation: Operation, ignoringLinks: Bool) throws -> Bool {
    let now = try tree.status(operation.path)
    return switch (operation.before, now) {
    case (.absent, nil): true
    case (.directory(let attributes), let now?): now.kind == .directory && now.attributes == attributes
    case (.file(let identity, let attributes, _), let now?):
      now.attributes == attributes
        && (ignoringLinks ? now.identity.hasSameContents(as: identity) : now.identity == identity)
    default: false
    }
  }
}
