internal import CLinux
internal import Glibc

/// The few things that change a tree. Paths are real paths (``Tree/resolve(_:)``): no link is followed here.
/// Order, journal and recovery are the transaction's; nothing else calls these.
extension Tree {
  /// The open directory of `path`, which must exist.
  func parent(of path: TreePath, _ operation: String) throws(TreeError) -> CInt {
    directories.forgetAbsent()
    guard let parent = try directories.open(path.parent) else {
      throw TreeError(.absent, operation, path, reason: "\(path.parent) is not a directory that exists")
    }
    return parent
  }

  func check(_ result: CInt, _ operation: String, _ path: TreePath) throws(TreeError) {
    guard result != 0 else { return }
    let reason = imprint_errno()
    throw failure(operation, path, reason)
  }

  /// EPERM says little: look whether the file or its directory is immutable, which root can mend.
  func failure(_ operation: String, _ path: TreePath, _ reason: CInt) -> TreeError {
    guard reason == EPERM else { return TreeError(operation, path, errno: reason) }
    for place in [path, path.parent] {
      guard let parent = try? directories.open(place.parent) else { continue }
      if imprint_is_immutable(parent, place.isRoot ? "." : place.name) == 1 {
        let root = rootPath == "/" ? "" : rootPath
        return TreeError(immutable: place, operation, name: "\(root)\(place)", errno: reason)
      }
    }
    return TreeError(operation, path, errno: reason)
  }

  /// Creates a file that must not exist, with its final bytes, owner, mode, and the extended attributes (labels,
  /// ACLs) of `like`, or, where none such exists, the label that policy gives to `labelledFor`. Not flushed.
  public func create(
    _ path: TreePath, _ bytes: [UInt8], _ attributes: FileAttributes, like: TreePath? = nil,
    labelledFor final: TreePath? = nil
  ) throws(TreeError) {
    let descriptor = imprint_create(try parent(of: path, "create"), path.name)
    guard descriptor >= 0 else { throw failure("create", path, imprint_errno()) }
    defer { close(descriptor) }
    try write(bytes, to: descriptor, path)
    if let like { try copyExtendedAttributes(from: like, to: descriptor, path) }
    if let final { try label(descriptor, path, for: final, .regular) }
    try dress(descriptor, attributes, path)
  }

  /// Owner first, since chown(2) drops set-id bits; then the mode.
  func dress(_ descriptor: CInt, _ attributes: FileAttributes, _ path: TreePath) throws(TreeError) {
    var now = imprint_status()
    try check(imprint_status_of(descriptor, &now), "look at", path)
    if now.owner != attributes.owner || now.group != attributes.group {
      try check(
        imprint_set_owner(descriptor, attributes.owner, attributes.group), "give \(attributes.description) to", path)
    }
    try check(imprint_set_mode(descriptor, attributes.mode.bits), "set the mode of", path)
  }

  private func write(_ bytes: [UInt8], to descriptor: CInt, _ path: TreePath) throws(TreeError) {
    var failed: CInt = 0
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        if count < 0, imprint_errno() == EINTR { continue }
        if count <= 0 {
          failed = count == 0 ? EIO : imprint_errno()
          return
        }
        done += count
      }
    }
    guard failed == 0 else { throw TreeError("write", path, errno: failed) }
  }

  /// Labels, ACLs, capabilities: all that the kernel lists. Where who we are may not set one, that is an error for
  /// security labels and ACLs, which must not be lost, and no matter for the rest; a full or broken disk always is.
  func copyExtendedAttributes(from source: TreePath, to target: CInt, _ path: TreePath) throws(TreeError) {
    let descriptor = imprint_open_read(try parent(of: source, "read"), source.name)
    guard descriptor >= 0 else {
      let reason = imprint_errno()
      // A link's are no file's: those of the place then.
      if reason == ELOOP { return try label(target, path, for: source, .regular) }
      throw TreeError("read", source, errno: reason)
    }
    defer { close(descriptor) }
    let size = imprint_list_attributes(descriptor, nil, 0)
    guard size > 0 else {
      if size == 0 { return try dropInheritedACL(target, path) }
      if imprint_errno() == EOPNOTSUPP { return }
      throw TreeError("read the attributes of", source, errno: imprint_errno())
    }
    var names = [CChar](repeating: 0, count: size)
    let got = imprint_list_attributes(descriptor, &names, size)
    guard got >= 0 else { throw TreeError("read the attributes of", source, errno: imprint_errno()) }
    let listed = names.prefix(got).split(separator: 0).map { part in
      String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    if !listed.contains(Self.accessList) { try dropInheritedACL(target, path) }
    for name in listed {
      let length = imprint_get_attribute(descriptor, name, nil, 0)
      guard length >= 0 else { continue }
      var value = [UInt8](repeating: 0, count: length)
      let read = imprint_get_attribute(descriptor, name, &value, length)
      guard read >= 0, imprint_set_attribute(target, name, value, read) != 0 else { continue }
      let reason = imprint_errno()
      let isNeeded = name.hasPrefix("security.") || name.hasPrefix("system.")
      if reason == EOPNOTSUPP || !isNeeded && (reason == EPERM || reason == EACCES) { continue }
      throw TreeError("keep \(name) of", path, errno: reason)
    }
  }

  private static let accessList = "system.posix_acl_access"

  /// A directory's default ACL becomes part of every file that is made in it (acl(5), "Object creation and default ACLs"): whom the
  /// file that is replaced was closed to, the new one would be open to.
  private func dropInheritedACL(_ descriptor: CInt, _ path: TreePath) throws(TreeError) {
    guard imprint_remove_attribute(descriptor, Self.accessList) != 0 else { return }
    let reason = imprint_errno()
    if reason != ENODATA, reason != EOPNOTSUPP { throw TreeError("take an inherited ACL from", path, errno: reason) }
  }

  /// A file system without labels, or a user who may set none, leaves a new file without one, as any other program
  /// would there.
  private func label(
    _ descriptor: CInt, _ path: TreePath, for final: TreePath, _ kind: FileKind
  ) throws(TreeError) {
    guard let label = label(for: final, kind: kind) else { return }
    let value = Array(label.utf8CString)
    guard imprint_set_attribute(descriptor, "security.selinux", value, value.count) != 0 else { return }
    let reason = imprint_errno()
    if ![EOPNOTSUPP, EPERM, EACCES].contains(reason) { throw TreeError("label", path, errno: reason) }
  }

  /// Adds bytes at the end; `flush` where the next step relies on them.
  public func append(_ path: TreePath, _ bytes: [UInt8], flush: Bool) throws(TreeError) {
    let descriptor = imprint_open_write(try parent(of: path, "write"), path.name, 1)
    guard descriptor >= 0 else { throw failure("write", path, imprint_errno()) }
    defer { close(descriptor) }
    try write(bytes, to: descriptor, path)
    if flush { try check(imprint_sync_data(descriptor), "flush", path) }
  }

  /// Cuts a file off after `size` bytes, and flushes it.
  public func truncate(_ path: TreePath, to size: Int) throws(TreeError) {
    let descriptor = imprint_open_write(try parent(of: path, "write"), path.name, 0)
    guard descriptor >= 0 else { throw failure("write", path, imprint_errno()) }
    defer { close(descriptor) }
    try check(ftruncate(descriptor, size), "cut off", path)
    try check(imprint_sync_data(descriptor), "flush", path)
  }

  /// Rewrites a file where it stands, for one that cannot be renamed over (a bind mount), and flushes it.
  public func overwrite(_ path: TreePath, _ bytes: [UInt8], _ attributes: FileAttributes) throws(TreeError) {
    let parent = try parent(of: path, "write")
    guard let status = try Self.status(path, in: parent), status.kind == .regular, status.links == 1 else {
      throw TreeError(
        .busy, "replace", path, reason: "it is a mount point and not a file with one name",
        advice: "unmount it, or change it where it comes from")
    }
    let descriptor = imprint_open_write(parent, path.name, 0)
    guard descriptor >= 0 else { throw failure("write", path, imprint_errno()) }
    defer { close(descriptor) }
    try write(bytes, to: descriptor, path)
    try check(ftruncate(descriptor, bytes.count), "write", path)
    try dress(descriptor, attributes, path)
    try check(fsync(descriptor), "flush", path)
  }

  /// Writes zeros over a file of a size that a key may have, where it has no other name. Not flushed: what is removed before that
  /// stays on the disk as it was. It reaches the blocks of a file system that writes in place, and is no error where it cannot be done.
  public func erase(_ path: TreePath) throws(TreeError) {
    guard let parent = try directories.open(path.parent), let status = try Self.status(path, in: parent),
      status.kind == .regular, status.links == 1, status.identity.size <= Self.mostErased
    else { return }
    let descriptor = imprint_open_write(parent, path.name, 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    try? write([UInt8](repeating: 0, count: Int(status.identity.size)), to: descriptor, path)
  }

  public static let mostErased: UInt64 = 1 << 20

  /// Gives a file a second name: its before-image. What fails here is the first step of replacing it.
  public func link(_ path: TreePath, as other: TreePath) throws(TreeError) {
    try check(
      imprint_link(try parent(of: path, "replace"), path.name, try parent(of: other, "create"), other.name), "replace",
      path)
  }

  public func rename(_ path: TreePath, to target: TreePath) throws(TreeError) {
    try check(
      imprint_rename(try parent(of: path, "rename"), path.name, try parent(of: target, "replace"), target.name),
      "replace", target)
    directories.forget(path)
  }

  /// Removes a file or an empty directory; nothing there is no error.
  public func remove(_ path: TreePath) throws(TreeError) {
    guard let parent = try directories.open(path.parent), let status = try Self.status(path, in: parent) else { return }
    try check(imprint_unlink(parent, path.name, status.kind == .directory ? 1 : 0), "remove", path)
    directories.forget(path)
  }

  /// Makes one directory; its parent exists.
  public func makeDirectory(
    _ path: TreePath, _ attributes: FileAttributes, labelledFor final: TreePath? = nil
  ) throws(TreeError) {
    try check(imprint_make_directory(try parent(of: path, "create"), path.name, 0o700), "create", path)
    try setAttributes(ofDirectory: path, attributes)
    guard let final else { return }
    try withReadable(path) { descriptor throws(TreeError) in try label(descriptor, path, for: final, .directory) }
  }

  public func makeSymbolicLink(_ path: TreePath, to target: String) throws(TreeError) {
    try check(imprint_symlink(target, try parent(of: path, "create"), path.name), "create", path)
  }

  public func setAttributes(ofDirectory path: TreePath, _ attributes: FileAttributes) throws(TreeError) {
    try withReadable(path) { descriptor throws(TreeError) in try dress(descriptor, attributes, path) }
  }

  /// One flush for each file system that these directories are on (syncfs(2)).
  public func synchronize(_ paths: some Sequence<TreePath>) throws(TreeError) {
    var done: Set<UInt64> = []
    var seen: Set<TreePath> = []
    for path in paths where seen.insert(path).inserted {
      guard let descriptor = try directories.open(path) else { continue }
      var status = imprint_status()
      try check(imprint_status_of(descriptor, &status), "look at", path)
      guard done.insert(status.device).inserted else { continue }
      try withReadable(path) { descriptor throws(TreeError) in
        try check(imprint_sync_filesystem(descriptor), "flush", path)
      }
    }
  }

  /// Takes the lock on a directory (flock(2)), alone or with others who share it; nil where another holds it and `wait` is false.
  public func lock(_ path: TreePath, wait: Bool, isShared: Bool = false) throws(TreeError) -> DirectoryLock? {
    guard let directory = try directories.open(path) else {
      throw TreeError(.absent, "lock", path, reason: "there is no such directory")
    }
    let descriptor = imprint_reopen_directory(directory)
    guard descriptor >= 0 else { throw failure("lock", path, imprint_errno()) }
    guard imprint_lock(descriptor, wait ? 1 : 0, isShared ? 1 : 0) != 0 else { return DirectoryLock(descriptor) }
    let reason = imprint_errno()
    close(descriptor)
    if reason == EWOULDBLOCK || reason == EINTR { return nil }
    throw failure("lock", path, reason)
  }

  /// Whether the directory that is open for `path` is still the one that stands there.
  public func isCurrent(_ path: TreePath) throws(TreeError) -> Bool {
    guard let descriptor = try directories.open(path), let parent = try directories.open(path.parent) else {
      return false
    }
    var opened = imprint_status()
    try check(imprint_status_of(descriptor, &opened), "look at", path)
    guard let now = try Self.status(path, in: parent)?.identity else { return false }
    return now.device == opened.device && now.inode == opened.inode
  }

  /// Whether another directory, or something else, stands now where the one was that is open for `path`. Not where it
  /// was never opened, nor where it is still to be made.
  public func wasReplaced(_ path: TreePath) throws(TreeError) -> Bool {
    guard directories.knows(path) else { return false }
    return try !isCurrent(path)
  }

  /// Whether a directory is an overlay's.
  public func isOverlay(_ path: TreePath) throws(TreeError) -> Bool {
    guard let directory = try directories.open(path) else { return false }
    return imprint_is_overlay(directory) == 1
  }

  /// Looks anew at what is at and below `path`.
  public func forget(_ path: TreePath) { directories.forget(path) }

  private func withReadable(
    _ path: TreePath, _ body: (CInt) throws(TreeError) -> Void
  ) throws(TreeError) {
    guard let directory = try directories.open(path) else {
      throw TreeError(.absent, "open", path, reason: "there is no such directory")
    }
    let descriptor = imprint_reopen_directory(directory)
    guard descriptor >= 0 else { throw failure("open", path, imprint_errno()) }
    defer { close(descriptor) }
    try body(descriptor)
  }
}

/// A lock that lasts as long as this value.
public final class DirectoryLock: Sendable {
  private let descriptor: CInt
  init(_ descriptor: CInt) { self.descriptor = descriptor }
  deinit { close(descriptor) }
}
