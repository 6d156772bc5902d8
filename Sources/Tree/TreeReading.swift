/// What a fixup may ask of a tree. The real ``Tree`` answers; so does a plan that already holds changes.
public protocol TreeReading: Sendable {
  /// The regular file that `path` leads to, or nil where nothing is there.
  ///
  /// - Throws: ``TreeError`` with ``TreeError/Code/wrongKind`` for anything that is not a regular file, and
  ///   ``TreeError/Code/tooLarge`` past ``Tree/sizeLimit``.
  func file(_ path: TreePath) throws(TreeError) -> FileSnapshot?

  /// What stands at `path` itself; a final symbolic link is not followed.
  func status(_ path: TreePath) throws(TreeError) -> FileStatus?

  /// The names in a directory, sorted, without `.` and `..`; nil where there is no such directory.
  func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]?

  /// Where `path` really is once symbolic links are resolved inside the tree. The last component need not exist,
  /// nor need its parents.
  func resolve(_ path: TreePath) throws(TreeError) -> TreePath
}

public struct DirectoryEntry: Hashable, Sendable {
  public var name: String
  /// `unknown` where the file system does not say (readdir(3)).
  public var kind: FileKind
  public init(name: String, kind: FileKind) {
    self.name = name
    self.kind = kind
  }
}

extension TreeReading {
  /// The status of what `path` leads to, links followed.
  public func target(_ path: TreePath) throws(TreeError) -> FileStatus? { try status(resolve(path)) }

  public func isDirectory(_ path: TreePath) throws(TreeError) -> Bool { try target(path)?.kind == .directory }
}
