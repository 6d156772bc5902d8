internal import Glibc

/// A failure at the tree's door: what was being done, to what, why it failed, what to do.
public struct TreeError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// EACCES, EPERM.
    case notPermitted
    /// The file or its directory carries the immutable or append-only flag (chattr(1)).
    case immutable
    case readOnly
    case noSpace
    case inputOutput
    /// Something stands there that is not what it should be: a directory, a FIFO, a device.
    case wrongKind
    case symbolicLinkLoop
    case tooLarge
    case absent
    case exists
    /// Rename over a mount point (EBUSY).
    case busy
    /// Link across mounts, or a file system without hard links (EXDEV, EMLINK, EOPNOTSUPP).
    case noLink
    /// Somebody else changed the file since it was read.
    case changed
    case other
  }

  public let code: Code
  public let operation: String
  public let path: TreePath
  /// The system's own words, or ours where no system call failed.
  public let reason: String
  public let advice: String?
  public let errno: CInt
  /// What this machine calls it, where it is no path of a tree.
  private var name: String?

  public init(
    _ code: Code, _ operation: String, _ path: TreePath, reason: String, advice: String? = nil, errno: CInt = 0
  ) {
    self.code = code
    self.operation = operation
    self.path = path
    self.reason = reason
    self.advice = advice
    self.errno = errno
    name = nil
  }

  /// The same, in words that name the place as this machine does.
  ///
  /// - Parameter root: of the tree, as the user named it.
  public func below(_ root: String) -> TreeError {
    var named = self
    if name == nil { named.name = (root.hasSuffix("/") ? String(root.dropLast()) : root) + path.description }
    return named
  }

  /// What stands at the end of a path, in words that name the path, and the last link on the way.
  ///
  /// - Parameter isLink: whether one is a link.
  func reached(from asked: TreePath, where isLink: (TreePath) -> Bool) -> TreeError {
    guard code == .wrongKind, asked != path else { return self }
    var link = asked
    while link != .root, !isLink(link) { link = link.parent }
    guard link != asked, link != .root else {
      return TreeError(
        code, operation, asked, reason: "it leads to \(path), and \(reason)",
        advice: "put a regular file in the link's place", errno: errno)
    }
    return TreeError(
      code, operation, asked, reason: "it is \(path) over the link \(link), and \(reason)",
      advice: "put a regular file there, or correct the link", errno: errno)
  }

  /// What is no directory, in words that name the link that leads there.
  func led(by link: TreePath) -> TreeError {
    TreeError(
      code, operation, link, reason: "it leads to \(path), and \(reason)",
      advice: "let the link lead to a directory, or put one in its place", errno: errno)
  }

  /// - Parameter link: the first on the way.
  init(loopOn path: TreePath, over link: TreePath) {
    self.init(
      .symbolicLinkLoop, "reach", path, reason: String(cString: strerror(ELOOP)), advice: "correct the link \(link)",
      errno: ELOOP)
  }

  /// - Parameter root: which cannot be opened, as the user named it.
  init(root: String, errno: CInt) {
    code = errno == ENOENT ? .wrongKind : Self.code(for: errno)
    operation = "open the tree"
    path = .root
    reason = String(cString: strerror(errno))
    advice = nil
    self.errno = errno
    name = root
  }

  init(_ operation: String, _ path: TreePath, errno: CInt) {
    let code = Self.code(for: errno)
    self.init(
      code, operation, path, reason: String(cString: strerror(errno)), advice: Self.advice(for: code, errno),
      errno: errno)
  }

  /// - Parameter name: the file as this machine calls it, the tree's root included.
  init(immutable path: TreePath, _ operation: String, name: String, errno: CInt) {
    self.init(
      .immutable, operation, path, reason: "it is immutable, or may only be appended to",
      advice: "chattr -ia \(name) lets imprint change it",
      errno: errno)
  }

  public var description: String {
    "cannot \(operation) \(name ?? "\(path)"): \(reason)" + (advice.map { " (\($0))" } ?? "")
  }

  static func code(for errno: CInt) -> Code {
    switch errno {
    case EACCES, EPERM: .notPermitted
    case EROFS: .readOnly
    case ENOSPC, EDQUOT: .noSpace
    // Of a write: past a limit of the process's, or of the file system's (write(2)).
    case EIO, EFBIG: .inputOutput
    case ELOOP: .symbolicLinkLoop
    case ENOENT: .absent
    case EEXIST, ENOTEMPTY: .exists
    case EBUSY: .busy
    case EXDEV, EMLINK, EOPNOTSUPP: .noLink
    case ENOTDIR, EISDIR: .wrongKind
    default: .other
    }
  }

  private static func advice(for code: Code, _ errno: CInt) -> String? {
    if errno == EFBIG {
      return "a limit on the size of files does not let it be written: ulimit -f, LimitFSIZE= of a unit"
    }
    return switch code {
    case .notPermitted: "run as root, or as the owner of the tree"
    case .readOnly: "remount it read-write"
    case .noSpace: "free some space and run the command again"
    default: nil
    }
  }
}
