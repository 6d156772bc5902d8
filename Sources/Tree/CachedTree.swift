internal import Synchronization

/// A tree that is read once: all that one plan is made from is one reading, and no fixup pays for another's.
public final class CachedTree: TreeReading {
  private let base: any TreeReading
  private let files = Mutex<[TreePath: FileSnapshot?]>([:])
  private let statuses = Mutex<[TreePath: FileStatus?]>([:])
  private let listings = Mutex<[TreePath: [DirectoryEntry]?]>([:])
  private let places = Mutex<[TreePath: TreePath]>([:])

  public init(_ base: any TreeReading) { self.base = base }

  public func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    if let known = files.withLock({ $0[path] }) { return known }
    let file = try base.file(path)
    files.withLock {
      $0[path] = .some(file)
      // Under its real path too: that is how an overlay asks.
      if let file { $0[file.path] = .some(file) }
    }
    return file
  }

  public func status(_ path: TreePath) throws(TreeError) -> FileStatus? {
    if let known = statuses.withLock({ $0[path] }) { return known }
    let status = try base.status(path)
    statuses.withLock { $0[path] = .some(status) }
    return status
  }

  public func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    if let known = listings.withLock({ $0[path] }) { return known }
    let entries = try base.entries(path)
    listings.withLock { $0[path] = .some(entries) }
    return entries
  }

  public func resolve(_ path: TreePath) throws(TreeError) -> TreePath {
    if let known = places.withLock({ $0[path] }) { return known }
    // What was read says where it was.
    if let file = files.withLock({ $0[path] }), let file { return file.path }
    let place = try base.resolve(path)
    places.withLock { $0[path] = place }
    return place
  }
}
