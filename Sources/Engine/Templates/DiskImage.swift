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
    guard opened >= 0 else {
      // What no image can be is a mistake of who names it.
      throw errno == EISDIR ? Self.noImage(path) : Self.failure("open", path)
    }
    descriptor = Descriptor(opened)
    var status = stat()
    guard fstat(opened, &status) == 0 else { throw Self.failure("open", path) }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      guard (isOnlyRead ? imprint_claim_from_writers(opened) : imprint_claim_file(opened)) == 0 else {
        throw EngineError(.locked, "\(path) is in use: another program, such as qemu, has locked it")
      }
      // A device that was just taken away stays until udev has looked at it.
      for _ in 0..<100 where try Self.isAttached(status) { usleep(10_000) }
      guard try !Self.isAttached(status) else {
        throw EngineError(
          .locked, "\(path) is in use: a loop device stands for it", advice: "losetup -j \(path) says which")
      }
      size = UInt64(status.st_size)
    case S_IFBLK: size = UInt64(max(0, imprint_device_size(opened)))
    default: throw Self.noImage(path)
    }
    try checkFormat()
  }

  private static func noImage(_ path: String) -> EngineError {
    EngineError(.usage, "\(path) is neither an image file nor a block device", advice: "--root takes a directory")
  }

  /// Only raw bytes: what other formats hold is for their own tools (``QcowImage``).
  private func checkFormat() throws {
    let head = read(0, 8)
    let formats: [(name: String, mark: [UInt8])] = [
      ("qcow2", QcowHeader.magic), ("VMDK", Array("KDMV".utf8)), ("VHDX", Array("vhdxfile".utf8)),
      ("VMDK", Array("# Disk D".utf8)), ("VDI", Array("<<< ".utf8)), ("VHD", Array("conectix".utf8)),
      ("QED", Array("QED\0".utf8)), ("gzip", [0x1F, 0x8B, 0x08]), ("xz", [0xFD] + Array("7zXZ".utf8)),
      ("zstd", [0x28, 0xB5, 0x2F, 0xFD]),
    ]
    guard let format = formats.first(where: { head.starts(with: $0.mark) })?.name else { return }
    throw EngineError(
      .invalid, "\(path) is a \(format) image, and only raw ones and whole files of qcow2 are read here",
      advice: ["gzip", "xz", "zstd"].contains(format)
        ? "\(format) -d makes one of it" : "qemu-img convert -O qcow2 makes one of it")
  }

  /// Lends its tree; the mount ends with the call.
  ///
  /// - Parameter onlyLooking: No byte of the image changes, not even what a file system keeps of its mounts.
  public func withRoot<Result>(onlyLooking: Bool = false, _ body: (MountedImage) throws -> Result) throws -> Result {
    try withMount(writable: !isOnlyRead && !onlyLooking, body)
  }

  func withMount<Result>(writable: Bool = true, _ body: (MountedImage) throws -> Result) throws -> Result {
    let root = try mountRoot(writable: writable)
    defer { withExtendedLifetime(root) {} }
    return try body(root)
  }

  // MARK: Which partition

  /// A file system, and where on the disk it is, in bytes.
  struct Volume {
    var start: UInt64
    var size: UInt64
    /// What the kernel calls it.
    var type: String
    /// What fstab(5) may call it; and the number of its partition.
    var names: [String]
    var partition: Int?
    var role: PartitionTable.Role?
  }

  /// What is on the disk; and for people, what there is besides that cannot be mounted here.
  private func volumes() -> (found: [Volume], others: [String]) {
    var found: [Volume] = []
    var others: [String] = []
    func look(
      at start: UInt64, _ size: UInt64, _ name: String, _ names: [String] = [], _ partition: Int? = nil,
      _ role: PartitionTable.Role? = nil
    ) {
      switch VolumeKind(at: start, size, read) {
      case nil: break
      case .other(let what): others.append("\(name) is \(what)")
      case .fileSystem(let type):
        let own = FileSystemNames.names(at: start, type, read)
        found.append(
          Volume(start: start, size: size, type: type, names: own + names, partition: partition, role: role))
      case .physicalVolume:
        let logical = LogicalVolumes(at: start, size: size, read)
        others += logical.others.map { "\(name) is or has \($0)" }
        // A logical volume with another group in it is somebody's guest.
        for volume in logical.volumes where VolumeKind(at: volume.start, volume.size, read) != .physicalVolume {
          look(at: volume.start, volume.size, "\(volume.name) of \(path)", volume.devices)
        }
      }
    }
    let partitions = PartitionTable(read).partitions
    if partitions.isEmpty { look(at: 0, size, path) }
    for place in partitions where place.start < size {
      look(
        at: place.start, min(place.size, size - place.start), "partition \(place.number) of \(path)", place.names,
        place.number, place.role)
    }
    return (found, others)
  }

  private static let byHand = "mount it, all of it, and name that directory instead (seal --root, bake --from)"

  private func mountRoot(writable: Bool) throws -> MountedImage {
    var (volumes, others) = volumes()
    // No system has its root on FAT, which not every kernel mounts.
    let candidates = volumes.filter { $0.type != "vfat" }
    var roots = try candidates.compactMap { try root(on: $0, with: ["/etc/os-release", "/usr/lib/os-release"]) }
    // What does not say which system it is may be named by its profile.
    if roots.isEmpty { roots = try candidates.compactMap { try root(on: $0, with: ["/etc/passwd"]) } }
    guard let root = roots.first, roots.count == 1 else {
      others += try candidates.filter { try roots.isEmpty && isUnrecovered($0) }.map {
        "its \($0.type) was not unmounted, and what is in its journal alone is not seen (mount it once, and unmount it)"
      }
      let seen = others.map { "; \($0)" }.joined()
      throw EngineError(
        .invalid,
        (roots.isEmpty
          ? "there is no root file system in \(path)" : "there are \(roots.count) root file systems in \(path)")
          + seen, advice: Self.byHand)
    }
    let (points, unnamed) = try whole(root, volumes)
    let mounted = try mount(points, writable: writable)
    let unseen = try unnamed.filter { try !mounted.has($0, among: points) }
    return MountedImage(mounted, unseen: unseen.map(\.unseen))
  }

  /// The file system as a root with one of these files, and by which of its subvolumes: the one that a mount gives by itself, or as
  /// installers call it (Fedora, Debian, Ubuntu).
  private func root(on volume: Volume, with files: [TreePath]) throws -> MountPoint? {
    let subvolumes = volume.type == "btrfs" ? ["", "subvol=root", "subvol=@rootfs", "subvol=@"] : [""]
    for options in subvolumes {
      let point = MountPoint(volume: volume, path: "/", options: options)
      let mounted: LoopMount
      do {
        mounted = try mount([point], writable: false)
      } catch  where !options.isEmpty {
        continue
      }
      let tree = try Tree(root: mounted.path)
      if try files.contains(where: { try tree.status($0) != nil }) { return point }
    }
    return nil
  }

  /// Whether it can be looked at only as it was before what its journal says.
  private func isUnrecovered(_ volume: Volume) throws -> Bool {
    try mount([MountPoint(volume: volume, path: "/")], writable: false).isUnrecovered
  }

  /// The root and what its fstab(5) mounts from this disk.
  private func whole(
    _ root: MountPoint, _ volumes: [Volume]
  ) throws -> (points: [MountPoint], unnamed: [Volume]) {
    let mounted = try mount([root], writable: false)
    let table = try MountTable(Tree(root: mounted.path))
    let (points, unnamed) = table.points(of: root, among: volumes)
    // What is to be taken out must be there.
    if let missing = table.needed.first(where: { need in !points.contains { $0.path == need } }) {
      throw EngineError(
        .invalid,
        "\(missing) of \(path) is on another file system, which is not found in it, and would stay as it is",
        advice: Self.byHand)
    }
    return (points, unnamed)
  }

  private func mount(_ points: [MountPoint], writable: Bool) throws -> LoopMount {
    // The devices have descriptions of their own of the file: whoever looks at a device, as udev does, keeps that one open past
    // the mount, and would keep a lock of ours with it (fcntl(2), open file description locks).
    let file = Descriptor(open("/proc/self/fd/\(descriptor.number)", (isOnlyRead ? O_RDONLY : O_RDWR) | O_CLOEXEC))
    guard file.number >= 0 else { throw Self.failure("open", path) }
    // The mounts hold them; they go with the mounts. One for each file system, whichever of its parts are mounted.
    var devices: [UInt64: (descriptor: Descriptor, name: String)] = [:]
    defer { withExtendedLifetime(devices) {} }
    for volume in points.map(\.volume) where devices[volume.start] == nil {
      var name = [CChar](repeating: 0, count: 64)
      let loop = imprint_attach_loop(file.number, volume.start, volume.size, writable ? 1 : 0, &name, name.count)
      guard loop >= 0 else { throw Self.failure("attach a loop device to", path) }
      let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      devices[volume.start] = (Descriptor(loop), text)
    }
    func name(_ point: MountPoint) -> String { devices[point.volume.start]?.name ?? "" }
    var (root, space, passed, failed) = (CInt(-1), CInt(-1), CInt(0), 0)
    if points.count == 1, points[0].options.isEmpty {
      root = imprint_mount_aside(name(points[0]), points[0].volume.type, writable ? 1 : 0, &passed)
    } else {
      let words = points.map { point -> [UnsafeMutablePointer<CChar>] in
        let type = point.bound == nil ? point.volume.type : "bind"
        let texts: [String] = [point.bound ?? name(point), type, point.options, point.path]
        return texts.map { strdup($0) }
      }
      defer { for text in words.joined() { free(text) } }
      let all = zip(words, points).map { texts, point in
        imprint_mount(
          device: texts[0], type: texts[1], options: texts[2], point: texts[3], writable: writable ? 1 : 0,
          optional: point.isNeeded ? 0 : 1)
      }
      root = imprint_mount_together(all, all.count, &space, &failed)
    }
    guard root >= 0 else {
      let point = points[failed]
      throw Self.failure("mount the \(point.volume.type) that is \(point.path) of", path)
    }
    return LoopMount(
      root: root, space: space, points: points.map(\.path), devices: points.map(name), isUnrecovered: passed == 1)
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
