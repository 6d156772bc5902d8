internal import Synchronization

/// A tree whose files are read once: all that one plan is made from is one reading, and no fixup pays for another's.
public final class CachedTree: TreeReading {
  private let base: any TreeReading
  private let files = Mutex<[TreePath: FileSnapshot?]>([:])

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

  public func status(_ path: TreePath) throws(TreeError) -> FileStatus? { try base.status(path) }
  public func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? { try base.entries(path) }
  public func resolve(_ path: TreePath) throws(TreeError) -> TreePath { try base.resolve(path) }
}
