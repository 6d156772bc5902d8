internal import CLinux
internal import Glibc
internal import Tree

/// A raw image of a disk, or a block device, whose root file system is mounted for the moment, where nobody else sees it.
public struct DiskImage: Sendable {
  private let path: String
  private let descriptor: Descriptor
  private let size: UInt64
  private let isOnlyRead: Bool

  /// - Parameters:
  ///   - name: What the user calls it, for messages.
  ///   - isOnlyRead: Others may read it at the same time.
  /// - Throws: ``EngineError`` for what is no raw image, is in use, or may not be opened.
  public init(_ path: String, named name: String? = nil, isOnlyRead: Bool = false) throws {
    self.path = name ?? path
    self.isOnlyRead = isOnlyRead
    // A device that is mounted, or that a volume is on, is not opened so (open(2), O_EXCL).
    let opened = open(
      path,
      (isOnlyRead ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        | (Self.isDevice(path) ? O_EXCL : 0))
    guard opened >= 0 else { throw Self.failure("open", path) }
    descriptor = Descriptor(opened)
    var status = stat()
    guard fstat(opened, &status) == 0 else { throw Self.failure("open", path) }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      guard (isOnlyRead ? imprint_claim_from_writers(opened) : imprint_claim_file(opened)) == 0 else {
        throw EngineError(.locked, "\(path) is in use: another program, such as qemu, has locked it")
      }
      guard try !Self.isAttached(status) else {
        throw EngineError(
          .locked, "\(path) is in use: a loop device stands for it", advice: "losetup -j \(path) says which")
      }
      size = UInt64(status.st_size)
    case S_IFBLK: size = UInt64(max(0, imprint_device_size(opened)))
    default:
      throw EngineError(
        .usage, "\(path) is neither an image file nor a block device", advice: "--root takes a directory")
    }
    try checkFormat()
  }

  /// Only raw bytes: what other formats hold is for their own tools (``QcowImage``).
  private func checkFormat() throws {
    let head = read(0, 8)
    let formats: [(name: String, mark: [UInt8])] = [
      ("qcow2", QcowHeader.magic), ("VMDK", Array("KDMV".utf8)), ("VHDX", Array("vhdxfile".utf8)),
      ("VMDK", Array("# Disk D".utf8)),
    ]
    guard let format = formats.first(where: { head.starts(with: $0.mark) })?.name else { return }
    throw EngineError(
      .invalid, "\(path) is a \(format) image, and only raw ones and whole files of qcow2 are read here",
      advice: "qemu-img convert -O qcow2 makes one of it")
  }

  /// Lends the path of the root directory; the mount ends with the call.
  ///
  /// - Parameter onlyLooking: No byte of the image changes, not even what a file system keeps of its mounts.
  public func withRoot<Result>(onlyLooking: Bool = false, _ body: (String) throws -> Result) throws -> Result {
    let root = try mountRoot(writable: !isOnlyRead && !onlyLooking)
    defer { withExtendedLifetime(root) {} }
    return try body(root.path)
  }

  // MARK: Which partition

  /// A file system, and where on the disk it is, in bytes.
  private struct Volume {
    var start: UInt64
    var size: UInt64
    /// What the kernel calls it.
    var type: String
  }

  /// What is on the disk; and for people, what there is besides that cannot be mounted here.
  private func volumes() -> (found: [Volume], others: [String]) {
    var found: [Volume] = []
    var others: [String] = []
    func look(at start: UInt64, _ size: UInt64, _ name: String) {
      switch VolumeKind(at: start, read) {
      case nil: break
      case .other(let what): others.append("\(name) is \(what)")
      case .fileSystem(let type): found.append(Volume(start: start, size: size, type: type))
      case .physicalVolume:
        let logical = LogicalVolumes(at: start, size: size, read)
        others += logical.others.map { "\(name) is or has \($0)" }
        // A logical volume with another group in it is somebody's guest.
        for volume in logical.volumes where VolumeKind(at: volume.start, read) != .physicalVolume {
          look(at: volume.start, volume.size, "\(volume.name) of \(path)")
        }
      }
    }
    let partitions = PartitionTable(read).partitions
    if partitions.isEmpty { look(at: 0, size, path) }
    for place in partitions where place.start < size {
      look(at: place.start, min(place.size, size - place.start), "partition \(place.number) of \(path)")
    }
    return (found, others)
  }

  private func mountRoot(writable: Bool) throws -> LoopMount {
    let (volumes, others) = volumes()
    var roots = try volumes.filter {
      try Self.hasFile(["/etc/os-release", "/usr/lib/os-release"], mount($0, writable: false))
    }
    // What does not say which system it is may be named by its profile.
    if roots.isEmpty { roots = try volumes.filter { try Self.hasFile(["/etc/passwd"], mount($0, writable: false)) } }
    guard let root = roots.first, roots.count == 1 else {
      let seen = others.map { "; \($0)" }.joined()
      throw EngineError(
        .invalid,
        (roots.isEmpty
          ? "there is no root file system in \(path)" : "there are \(roots.count) root file systems in \(path)")
          + seen, advice: "mount it, all of it, and name the directory with --root")
    }
    let mounted = try mount(root, writable: writable)
    try checkWhole(mounted)
    return mounted
  }

  private static func hasFile(_ paths: [TreePath], _ mounted: LoopMount) throws -> Bool {
    let tree = try Tree(root: mounted.path)
    return try paths.contains { try tree.status($0) != nil }
  }

  /// What is to be taken out must be on this file system.
  private func checkWhole(_ mounted: LoopMount) throws {
    let tree = try Tree(root: mounted.path)
    let lines =
      try tree.file("/etc/fstab").map { String(decoding: $0.bytes, as: UTF8.self).split(separator: "\n") } ?? []
    let points = lines.filter { !$0.hasPrefix("#") }.compactMap { line -> String? in
      let fields = line.split { $0 == " " || $0 == "\t" }
      return fields.count > 2 ? String(fields[1]) : nil
    }
    let needed = ["/etc", "/var", "/var/lib", "/var/log", "/root", "/usr", "/var/lib/nova"]
    guard let point = points.first(where: needed.contains) else { return }
    throw EngineError(
      .invalid, "\(point) of \(path) is on another file system (/etc/fstab), and would stay as it is",
      advice: "mount it, all of it, and name the directory with --root")
  }

  private func mount(_ volume: Volume, writable: Bool) throws -> LoopMount {
    // The device has a description of its own of the file: whoever looks at the device, as udev does, keeps that one open past
    // the mount, and would keep a lock of ours with it (fcntl(2), open file description locks).
    let file = Descriptor(open("/proc/self/fd/\(descriptor.number)", (isOnlyRead ? O_RDONLY : O_RDWR) | O_CLOEXEC))
    guard file.number >= 0 else { throw Self.failure("open", path) }
    var name = [CChar](repeating: 0, count: 64)
    let loop = imprint_attach_loop(file.number, volume.start, volume.size, writable ? 1 : 0, &name, name.count)
    guard loop >= 0 else { throw Self.failure("attach a loop device to", path) }
    // The mount holds it; it goes with the mount.
    let device = Descriptor(loop)
    defer { withExtendedLifetime(device) {} }
    let root = imprint_mount_aside(name, volume.type, writable ? 1 : 0)
    guard root >= 0 else { throw Self.failure("mount the \(volume.type) of", path) }
    return LoopMount(root: root, device: name)
  }

  // MARK: Reading

  private func read(_ offset: UInt64, _ count: Int) -> [UInt8] {
    guard offset < UInt64(off_t.max) else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let done = pread(descriptor.number, &bytes, count, off_t(offset))
    return Array(bytes.prefix(max(0, done)))
  }

  private static func isDevice(_ path: String) -> Bool {
    var found = stat()
    return stat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFBLK
  }

  /// Two kernels' views of one file would destroy it, and so would two mounts through two loop devices.
  private static func isAttached(_ own: stat) throws -> Bool {
    for number in 0..<1024 {
      guard let backing = try? HostFile.find("/sys/block/loop\(number)/loop/backing_file") else { continue }
      let name = String(decoding: backing.prefix { $0 != 0x0A }, as: UTF8.self)
      var other = stat()
      if stat(name, &other) == 0, other.st_dev == own.st_dev, other.st_ino == own.st_ino { return true }
    }
    return false
  }

  private static func failure(_ operation: String, _ path: String) -> EngineError {
    let reason = errno
    let code: EngineError.Code =
      switch reason {
      case EACCES, EPERM: .notPermitted
      case EBUSY: .locked
      case ENOENT, ENODEV, EINVAL, EUCLEAN: .invalid
      default: .inputOutput
      }
    let advice: String? =
      switch reason {
      case EACCES, EPERM: "only root may mount it"
      case EBUSY: "it is mounted, or in use otherwise"
      default: nil
      }
    return EngineError(code, "cannot \(operation) \(path): \(String(cString: strerror(reason)))", advice: advice)
  }
}
