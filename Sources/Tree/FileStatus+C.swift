internal import CLinux
internal import Glibc

extension FileStatus {
  init(_ status: imprint_status) {
    self.init(
      kind: FileKind(mode: status.mode),
      attributes: FileAttributes(owner: status.owner, group: status.group, mode: FileMode(status.mode)),
      identity: FileIdentity(
        device: status.device, inode: status.inode, size: status.size,
        modified: status.modified_seconds &* 1_000_000_000 &+ status.modified_nanoseconds,
        changed: status.changed_seconds &* 1_000_000_000 &+ status.changed_nanoseconds),
      links: status.links)
  }
}

extension FileKind {
  init(mode: UInt32) {
    switch mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symbolicLink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    case S_IFCHR: self = .characterDevice
    case S_IFBLK: self = .blockDevice
    default: self = .unknown
    }
  }

  /// From readdir(3)'s `d_type`, which is the file type's bits of the mode, shifted.
  init(entryType: CInt) { self.init(mode: UInt32(bitPattern: entryType) << 12) }
}
