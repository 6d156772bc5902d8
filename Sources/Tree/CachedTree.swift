internal import Synchronization

/// A tree that is read once: all that one plan is made from is one reading, and no fixup pays for another's.
///
/// Whatever is asked of a path, one look at it answers, and a second one at what its link leads to.
public final class CachedTree: TreeReading {
  private let base: Tree
  private let looks = Mutex<[TreePath: Tree.Place]>([:])
  private let ends = Mutex<[TreePath: Tree.Place]>([:])
  private let files = Mutex<[TreePath: FileSnapshot?]>([:])
  private let listings = Mutex<[TreePath: [DirectoryEntry]?]>([:])

  public init(_ base: Tree) {
    self.base = base
    // A plan asks for some hundred paths: a table that grows step by step is made anew each time.
    looks.withLock { $0.reserveCapacity(384) }
    files.withLock { $0.reserveCapacity(96) }
    listings.withLock { $0.reserveCapacity(96) }
  }

  public func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    if let known = files.withLock({ $0[path] }) { return known }
    let file = try base.file(at: end(of: path))
    files.withLock {
      $0[path] = .some(file)
      // Under its real path too: that is how an overlay asks.
      if let file { $0[file.path] = .some(file) }
    }
    return file
  }

  public func status(_ path: TreePath) throws(TreeError) -> FileStatus? { try look(at: path).status }

  public func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    if let known = listings.withLock({ $0[path] }) { return known }
    let entries =
      if let directory = base.directories.known(path) { try base.list(directory, path) } else {
        try base.entries(at: end(of: path))
      }
    listings.withLock { $0[path] = .some(entries) }
    return entries
  }

  public func resolve(_ path: TreePath) throws(TreeError) -> TreePath {
    base.directories.isSettled(path) ? path : try end(of: path).path
  }

  /// What stands at a path itself.
  private func look(at path: TreePath) throws(TreeError) -> Tree.Place {
    if let known = looks.withLock({ $0[path] }) { return known }
    let place = try base.locate(path, followingLast: false)
    looks.withLock { $0[path] = place }
    return place
  }

  /// What a path leads to.
  private func end(of path: TreePath) throws(TreeError) -> Tree.Place {
    let place = try look(at: path)
    guard place.status?.kind == .symbolicLink else { return place }
    if let known = ends.withLock({ $0[path] }) { return known }
    let end = try base.locate(path)
    ends.withLock { $0[path] = end }
    return end
  }
}
