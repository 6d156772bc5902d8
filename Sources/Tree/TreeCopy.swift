internal import CLinux
internal import Glibc

/// What a copy came to.
public struct CopiedAmount: Sendable, Hashable {
  /// Regular files; one with several names once.
  public var files = 0
  /// Bytes whose blocks are shared with the source.
  public var shared: UInt64 = 0
  /// Bytes that were written again; holes are not among them.
  public var written: UInt64 = 0
  /// Files and directories whose flags (chattr(1)) could not be set.
  public var unflagged = 0
  /// Labels, ACLs and capabilities that the file system of the copy does not take.
  public var unlabelled = 0

  public init(files: Int = 0, shared: UInt64 = 0, written: UInt64 = 0) {
    (self.files, self.shared, self.written) = (files, shared, written)
  }
}

/// A copy of a whole tree: every kind of file, with owner, mode, times to the nanosecond, extended attributes (ACLs, labels,
/// capabilities), flags (chattr(1)) but for the top's own, hard links and holes. No link is followed on either side.
///
/// Who is not root keeps no owners, and makes no devices: a file that would be somebody else's loses its set-id bits. Flags stay behind
/// where the file system or who we are does not allow them, and are counted.
struct TreeCopy {
  private struct Inode: Hashable {
    let device, number: UInt64
  }

  private let top: CInt
  private let isRoot = geteuid() == 0
  /// Where a file with several names stands in the copy, below its top.
  private var places: [Inode: RawNames.Name] = [:]
  /// What has several names gets its flags last: an immutable file gets no further name.
  private var flagged: [(path: RawNames.Name, flags: UInt32)] = []
  private(set) var amount = CopiedAmount()

  /// - Parameter top: the directory that becomes the copy, open.
  init(to top: CInt) { self.top = top }

  /// Copies all that is in an open directory, and then what the directory itself has.
  mutating func copy(_ source: CInt) throws(TreeError) {
    var status = imprint_status()
    try check(imprint_status_of(source, &status), .root)
    try copyEntries(source, to: top, device: status.device, .root, below: [])
    for file in flagged { setFlags(file.flags, top, file.path) }
    try dress(Self.itself, status, source, top, .root)
  }

  /// What the directory itself has, and nothing that is in it.
  mutating func dressTop(_ source: CInt) throws(TreeError) {
    var status = imprint_status()
    try check(imprint_status_of(source, &status), .root)
    try dress(Self.itself, status, source, top, .root)
  }

  private static let itself: RawNames.Name = [CChar(UInt8(ascii: ".")), 0]

  /// - Parameter below: The path of the directory from the top, with its last slash.
  private mutating func copyEntries(
    _ source: CInt, to target: CInt, device: UInt64, _ path: TreePath, below: RawNames.Name
  ) throws(TreeError) {
    for name in try RawNames.all(source, path, "copy") {
      let own = RawNames.path(path, name)
      var status = imprint_status()
      var flags: UInt32 = 0
      try check(imprint_status_at(source, name, &status), own)
      switch status.mode & S_IFMT {
      case S_IFDIR:
        try check(imprint_make_directory(target, name, 0o700), own)
        let (from, to) = (imprint_open_directory(source, name), imprint_open_directory(target, name))
        defer { for descriptor in [from, to] where descriptor >= 0 { close(descriptor) } }
        try check(min(from, to, 0), own)
        flags = Self.flags(ofDirectory: from) & (imprint_kept_flags() | imprint_first_flags())
        if status.device != device, imprint_is_kernels_own(from) != 0 {
          throw TreeError(
            .busy, "copy", own, reason: "the kernel's own files are mounted there", advice: "unmount them first")
        }
        try copyEntries(
          from, to: to, device: status.device, own, below: below + name.dropLast() + [CChar(UInt8(ascii: "/"))])
      case S_IFREG:
        guard let found = try copyFile(name, status, source, target, own, below) else { continue }
        flags = found
      case S_IFLNK: try check(imprint_symlink(Tree.link(own, in: source, name), target, name), own)
      default: try makeLike(name, source, target, own)
      }
      try dress(name, status, source, target, own)
      if flags == 0 { continue }
      if status.mode & S_IFMT == S_IFREG, status.links > 1 {
        flagged.append((below + name, flags))
      } else {
        setFlags(flags, target, name)
      }
    }
  }

  private static func flags(_ file: CInt) -> UInt32 {
    var flags: UInt32 = 0
    return imprint_get_flags(file, &flags) == 0 ? flags : 0
  }

  /// - Parameter directory: `O_PATH`, which tells none.
  private static func flags(ofDirectory directory: CInt) -> UInt32 {
    let file = imprint_reopen_directory(directory)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    return flags(file)
  }

  private mutating func setFlags(_ flags: UInt32, _ directory: CInt, _ name: RawNames.Name) {
    let file = imprint_open_read(directory, name)
    defer { if file >= 0 { close(file) } }
    if file < 0 || imprint_set_flags(file, flags, flags) != 0 { amount.unflagged += 1 }
  }

  /// - Returns: The flags that it is still to get; nil for a further name of one that is there.
  private mutating func copyFile(
    _ name: RawNames.Name, _ status: imprint_status, _ source: CInt, _ target: CInt, _ path: TreePath,
    _ below: RawNames.Name
  ) throws(TreeError) -> UInt32? {
    if status.links > 1 {
      let inode = Inode(device: status.device, number: status.inode)
      if let first = places[inode] {
        try check(imprint_link(top, first, target, name), path)
        return nil
      }
      places[inode] = below + name
    }
    let from = imprint_open_read(source, name)
    guard from >= 0 else { throw TreeError("copy", path, errno: imprint_errno()) }
    defer { close(from) }
    let to = imprint_create(target, name)
    guard to >= 0 else { throw TreeError("copy", path, errno: imprint_errno()) }
    defer { close(to) }
    amount.files += 1
    let flags = Self.flags(from)
    let first = flags & imprint_first_flags()
    if first != 0, imprint_set_flags(to, first, first) != 0 { amount.unflagged += 1 }
    try amount.add(Self.copyBytes(from, to, status, path))
    return flags & imprint_kept_flags()
  }

  /// All bytes of an open file that is what `status` says, and stays so.
  static func copyBytes(
    _ from: CInt, _ to: CInt, _ status: imprint_status, _ path: TreePath
  ) throws(TreeError) -> imprint_copied {
    var copied = imprint_copied()
    guard imprint_copy_data(from, to, status.size, &copied) == 0 else {
      throw TreeError("copy", path, errno: imprint_errno())
    }
    var after = imprint_status()
    guard imprint_status_of(from, &after) == 0 else { throw TreeError("copy", path, errno: imprint_errno()) }
    guard FileStatus(after).identity.hasSameContents(as: FileStatus(status).identity) else {
      throw TreeError(
        .changed, "copy", path, reason: "it changed meanwhile", advice: "a template is nobody's running system")
    }
    return copied
  }

  private func makeLike(
    _ name: RawNames.Name, _ source: CInt, _ target: CInt, _ path: TreePath
  ) throws(TreeError) {
    guard imprint_make_like(source, name, target, name) != 0 else { return }
    let reason = imprint_errno()
    guard reason == EPERM, !isRoot else { throw TreeError("copy", path, errno: reason) }
    throw TreeError(.notPermitted, "copy", path, reason: "only root can make a device", advice: "run as root")
  }

  private func check(_ result: CInt, _ path: TreePath) throws(TreeError) {
    guard result != 0 else { return }
    throw TreeError("copy", path, errno: imprint_errno())
  }
}

extension TreeCopy {
  /// Owner first, since chown(2) drops set-id bits and capabilities; the mode after the ACL that it is a part of; the times last.
  private mutating func dress(
    _ name: RawNames.Name, _ status: imprint_status, _ source: CInt, _ target: CInt, _ path: TreePath
  ) throws(TreeError) {
    var mode = status.mode & 0o7777
    if imprint_set_owner_at(target, name, status.owner, status.group) != 0 {
      guard !isRoot, imprint_errno() == EPERM else { throw TreeError("copy", path, errno: imprint_errno()) }
      mode &= 0o1777
    }
    try copyAttributes(name, source, target, path)
    if status.mode & S_IFMT != S_IFLNK { try check(fchmodat(target, name, mode, 0), path) }
    try check(imprint_copy_times(source, name, target, name), path)
  }

  /// Who is not root may set few of them, and a file system may have none.
  private mutating func copyAttributes(
    _ name: RawNames.Name, _ source: CInt, _ target: CInt, _ path: TreePath
  ) throws(TreeError) {
    let size = imprint_list_attributes_at(source, name, nil, 0)
    guard size > 0 else {
      if size == 0 || imprint_errno() == EOPNOTSUPP { return }
      throw TreeError("copy the attributes of", path, errno: imprint_errno())
    }
    var names = [CChar](repeating: 0, count: size)
    let got = imprint_list_attributes_at(source, name, &names, size)
    guard got >= 0 else { throw TreeError("copy the attributes of", path, errno: imprint_errno()) }
    for part in names.prefix(got).split(separator: 0) {
      let attribute = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      // What an overlay notes of its layer as a whole is true of that one only; further down it is contents, as in a container's layers.
      if name == Self.itself, attribute.hasPrefix("trusted.overlay.") { continue }
      let length = imprint_get_attribute_at(source, name, attribute, nil, 0)
      guard length >= 0 else { continue }
      var value = [UInt8](repeating: 0, count: length)
      let read = imprint_get_attribute_at(source, name, attribute, &value, length)
      guard read >= 0, imprint_set_attribute_at(target, name, attribute, value, read) != 0 else { continue }
      let reason = imprint_errno()
      if reason == EOPNOTSUPP {
        if attribute.hasPrefix("security.") || attribute.hasPrefix("system.posix_acl_") { amount.unlabelled += 1 }
        continue
      }
      if !isRoot && (reason == EPERM || reason == EACCES) { continue }
      throw TreeError("keep \(attribute) of", path, errno: reason)
    }
  }
}

extension CopiedAmount {
  mutating func add(_ copied: imprint_copied) {
    shared += copied.shared
    written += copied.written
  }
}
