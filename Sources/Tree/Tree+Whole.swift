internal import CLinux
internal import Glibc

/// What is done to whole directories of a tree: baking makes and removes them.
extension Tree {
  /// Copies all of another tree into a directory that is empty.
  public func copy(_ source: Tree, into path: TreePath) throws(TreeError) -> CopiedAmount {
    guard let from = try source.directories.open(.root), let to = try directories.open(path) else {
      throw TreeError(.absent, "copy to", path, reason: "there is no such directory")
    }
    var copy = TreeCopy(to: to)
    try copy.copy(from)
    return copy.amount
  }

  /// Copies the owner, the mode, the attributes and the times of another tree's root to a directory.
  public func dress(_ path: TreePath, asRootOf source: Tree) throws(TreeError) {
    guard let from = try source.directories.open(.root), let to = try directories.open(path) else {
      throw TreeError(.absent, "copy to", path, reason: "there is no such directory")
    }
    var copy = TreeCopy(to: to)
    try copy.dressTop(from)
  }

  /// Copies an open file, or a block device, into a new file of the tree.
  ///
  /// - Parameter size: Of a block device, which does not say its own.
  public func copy(
    file source: CInt, size: UInt64? = nil, to path: TreePath, _ attributes: FileAttributes
  ) throws(TreeError) -> CopiedAmount {
    try create(path, [], attributes)
    guard let parent = try directories.open(path.parent) else {
      throw TreeError(.absent, "copy to", path, reason: "\(path.parent) is gone")
    }
    let target = imprint_open_write(parent, path.name, 0)
    guard target >= 0 else { throw TreeError("copy to", path, errno: imprint_errno()) }
    defer { close(target) }
    var status = imprint_status()
    guard imprint_status_of(source, &status) == 0 else { throw TreeError("copy to", path, errno: imprint_errno()) }
    var amount = CopiedAmount(files: 1)
    if let size {
      var copied = imprint_copied()
      guard imprint_copy_data(source, target, size, &copied) == 0 else {
        throw TreeError("copy to", path, errno: imprint_errno())
      }
      amount.add(copied)
    } else {
      amount.add(try TreeCopy.copyBytes(source, target, status, path))
    }
    return amount
  }

  /// Removes what stands at `path`, with all that is in it; nothing there is no error. What is mounted in it stays, and is an
  /// error.
  public func removeAll(_ path: TreePath) throws(TreeError) {
    directories.forget(path)
    guard let status = try status(path) else { return }
    if status.kind == .directory, let directory = try directories.open(path) {
      try Self.empty(directory, device: status.identity.device, path)
    }
    try remove(path)
  }

  private static func empty(_ directory: CInt, device: UInt64, _ path: TreePath) throws(TreeError) {
    // Whoever is not root and may not write to it may well change that.
    if geteuid() != 0 { _ = fchmodat(directory, ".", 0o700, 0) }
    for name in try RawNames.all(directory, path, "remove") {
      let own = RawNames.path(path, name)
      var status = imprint_status()
      guard imprint_status_at(directory, name, &status) == 0 else {
        throw TreeError("remove", own, errno: imprint_errno())
      }
      let isDirectory = status.mode & S_IFMT == S_IFDIR
      if isDirectory {
        guard status.device == device else {
          throw TreeError(.busy, "remove", own, reason: "something is mounted there", advice: "unmount it first")
        }
        let below = imprint_open_directory(directory, name)
        guard below >= 0 else { throw TreeError("remove", own, errno: imprint_errno()) }
        defer { close(below) }
        try empty(below, device: device, own)
      }
      let kind: CInt = isDirectory ? 1 : 0
      // What was copied may be immutable.
      guard
        imprint_unlink(directory, name, kind) == 0
          || imprint_errno() == EPERM && imprint_loosen(directory, name) == 0
            && imprint_unlink(directory, name, kind) == 0
      else {
        throw TreeError("remove", own, errno: imprint_errno())
      }
    }
  }

  /// Gives something its name, unless that is taken.
  ///
  /// - Throws: ``TreeError/Code/exists`` where it is.
  public func renameToNew(_ path: TreePath, _ target: TreePath) throws(TreeError) {
    guard let from = try directories.open(path.parent), let to = try directories.open(target.parent) else {
      throw TreeError(.absent, "rename", path, reason: "its directory is gone")
    }
    guard imprint_rename_new(from, path.name, to, target.name) == 0 else {
      throw TreeError("rename \(path) to", target, errno: imprint_errno())
    }
    directories.forget(path)
  }

  /// What is made in a directory shall inherit nothing from it (acl(5), default ACLs).
  public func removeDefaultList(of path: TreePath) throws(TreeError) {
    guard let directory = try directories.open(path) else { return }
    _ = imprint_remove_attribute_at(directory, ".", "system.posix_acl_default")
  }

  /// Lends the descriptor (`O_PATH`) of a directory, for what takes no path of ours: a mount.
  public func withDirectory<Result>(
    _ path: TreePath, _ body: (CInt) throws(TreeError) -> Result
  ) throws(TreeError) -> Result {
    guard let directory = try directories.open(path) else {
      throw TreeError(.absent, "open", path, reason: "there is no such directory")
    }
    return try body(directory)
  }
}
