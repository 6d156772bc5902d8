/// Permission bits, set-id and sticky bits included: `st_mode & 07777` (inode(7)).
public struct FileMode: Hashable, Sendable, CustomStringConvertible {
  public let bits: UInt32
  public init(_ bits: UInt32) { self.bits = bits & 0o7777 }
  public var description: String { bits.padded(to: 4, radix: 8) }
}

/// Who owns a file and who may use it. Labels, ACLs and other extended attributes stay with the file and are
/// copied by ``Tree`` when it is replaced; they are not spelled out here.
public struct FileAttributes: Hashable, Sendable, CustomStringConvertible {
  public var owner: UInt32
  public var group: UInt32
  public var mode: FileMode

  public init(owner: UInt32, group: UInt32, mode: FileMode) {
    self.owner = owner
    self.group = group
    self.mode = mode
  }

  public var description: String { "\(owner):\(group) \(mode)" }
}

/// Which file this is and whether it was touched: compared to find a change by somebody else (inode(7)).
public struct FileIdentity: Hashable, Sendable {
  public var device: UInt64
  public var inode: UInt64
  public var size: UInt64
  /// Modification and status-change time, nanoseconds since the epoch.
  public var modified: Int64
  public var changed: Int64

  public init(device: UInt64, inode: UInt64, size: UInt64, modified: Int64, changed: Int64) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
    self.changed = changed
  }

  /// The same contents of the same file; links made or taken away since do not count.
  public func hasSameContents(as other: FileIdentity) -> Bool {
    device == other.device && inode == other.inode && size == other.size && modified == other.modified
  }
}

public enum FileKind: String, Sendable, Hashable {
  case regular = "regular file"
  case directory
  case symbolicLink = "symbolic link"
  case fifo = "FIFO"
  case socket
  case characterDevice = "character device"
  case blockDevice = "block device"
  case unknown = "file of unknown kind"
}

/// What stands at a path, without following a final symbolic link.
public struct FileStatus: Sendable, Hashable {
  public var kind: FileKind
  public var attributes: FileAttributes
  public var identity: FileIdentity
  public var links: UInt64

  public init(kind: FileKind, attributes: FileAttributes, identity: FileIdentity, links: UInt64) {
    self.kind = kind
    self.attributes = attributes
    self.identity = identity
    self.links = links
  }
}

/// A regular file as it was read: where it really is, its bytes, and what tells whether it changed since.
public struct FileSnapshot: Sendable, Hashable {
  /// The file itself: symbolic links on the way are resolved.
  public var path: TreePath
  public var bytes: [UInt8]
  public var attributes: FileAttributes
  public var identity: FileIdentity

  public init(path: TreePath, bytes: [UInt8], attributes: FileAttributes, identity: FileIdentity) {
    self.path = path
    self.bytes = bytes
    self.attributes = attributes
    self.identity = identity
  }
}
