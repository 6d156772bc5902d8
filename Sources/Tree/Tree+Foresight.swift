internal import CLinux
internal import Glibc

/// What the kernel would refuse, asked without doing it. Paths are real paths, as for what changes a tree.
extension Tree {
  /// - Throws: ``TreeError/Code/immutable`` for a directory with the immutable or append-only flag.
  public func checkChangeable(_ path: TreePath) throws(TreeError) {
    guard let directory = try directories.open(path), imprint_is_immutable(directory, ".") == 1 else { return }
    throw failure("change", path, EPERM)
  }

  /// Whether files can be made in a directory: its mode and ACL, and how it is mounted.
  public func checkNames(in path: TreePath) throws(TreeError) {
    guard let directory = try directories.open(path), imprint_check_names(directory) != 0 else { return }
    throw failure("make files in", path, imprint_errno())
  }

  /// Whether what stands there can be replaced, or given other attributes.
  ///
  /// - Parameter isRead: Whether it has to be read for that.
  /// - Throws: ``TreeError`` for what has the immutable or append-only flag, or lies on a read-only mount.
  public func checkReplaceable(_ path: TreePath, isRead: Bool) throws(TreeError) {
    guard let parent = try directories.open(path.parent) else { return }
    if imprint_is_immutable(parent, path.name) == 1 { throw failure("replace", path, EPERM) }
    guard imprint_check_source(parent, path.name) != 0 else { return }
    let reason = imprint_errno()
    if reason == EROFS { throw TreeError("replace", path, errno: reason) }
    // A link is replaced without being followed.
    if isRead, reason != ELOOP { throw TreeError("read", path, errno: reason) }
  }

  /// Whether what has these attributes belongs to who runs this, or they are root.
  public func isOwned(_ attributes: FileAttributes) -> Bool { [0, attributes.owner].contains(geteuid()) }

  /// Whether who runs this may give these attributes to what is made at a path (chown(2), open(2)).
  public func checkOwner(_ wanted: FileAttributes, of path: TreePath) throws(TreeError) {
    guard geteuid() != 0 else { return }
    var groups = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
    groups = Array(groups.prefix(Int(max(0, getgroups(CInt(groups.count), &groups))))) + [getegid()]
    let directory = try status(path.parent)?.attributes
    let isOwnGroup =
      groups.contains(wanted.group)
      || directory.map { $0.group == wanted.group && $0.mode.bits & UInt32(S_ISGID) != 0 } ?? true
    guard !isOwned(wanted) || !isOwnGroup else { return }
    throw TreeError("give \(wanted.description) to", path, errno: EPERM)
  }
}
