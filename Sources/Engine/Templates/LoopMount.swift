internal import CLinux
public import Fixups
internal import Glibc
internal import Tree

/// The tree of an image while it is mounted.
public struct MountedImage: Sendable {
  private let mount: LoopMount
  /// Of the image, what is not in the tree, and nothing in that speaks of.
  public let unseen: [Finding]

  init(_ mount: LoopMount, unseen: [Finding]) {
    self.mount = mount
    self.unseen = unseen
  }

  public var path: String { mount.path }

  func trim() -> Bool { mount.trim() }
}

extension DiskImage.Volume {
  /// Of one that nothing in the tree mounts.
  var unseen: Finding {
    let number = partition.map { " (\($0))" } ?? ""
    let (severity, what): (Finding.Severity, String) =
      switch role {
      case .system:
        (
          .warning,
          "the EFI system partition\(number) is another file system, which nothing in this tree names, and is not in it: a boot "
            + "loader's seed there (loader/random-seed) stays as it is"
        )
      case .variable:
        (
          .warning,
          "the partition for /var\(number) is another file system, which nothing in this tree names, and is not in it: "
            + "what it holds stays as it is"
        )
      default:
        (
          .note,
          "\(partition.map { "partition \($0)" } ?? names.last ?? "a volume") is another file system (\(type)), which is not mounted "
            + "in this tree: what it holds stays as it is"
        )
      }
    return Finding(severity, what, advice: "mount it, all of it, and name the directory with --root")
  }
}

/// The file systems of an image, mounted as one tree where nobody sees it; it ends with this.
final class LoopMount: Sendable {
  private let root: CInt
  /// The mount namespace that they last in; -1: they need none.
  private let space: CInt
  private let points: [String]
  /// `loop5`; and the file that it stands for, in the kernel's words.
  private let devices: [(name: String, backing: [UInt8])]
  /// Whether a journal was passed over, that would have had to be written back.
  let isUnrecovered: Bool

  /// - Parameters:
  ///   - root: Its root directory, opened; it is closed here, and so is the namespace.
  ///   - points: Where in it file systems are mounted, the root too.
  ///   - devices: The loop devices' paths, which go with the mounts (`LO_FLAGS_AUTOCLEAR` in loop(4)).
  init(root: CInt, space: CInt, points: [String], devices: [String], isUnrecovered: Bool) {
    self.root = root
    self.isUnrecovered = isUnrecovered
    self.space = space
    self.points = points
    self.devices = devices.compactMap { path in
      let name = path.split(separator: "/").last.map(String.init) ?? path
      return Self.backing(of: name).map { (name, $0) }
    }
  }

  var path: String { "/proc/self/fd/\(root)" }

  /// Whether a file system that need not be there is.
  func has(_ volume: DiskImage.Volume, among points: [MountPoint]) throws -> Bool {
    guard let point = points.first(where: { $0.bound == nil && $0.volume.start == volume.start }),
      let place = TreePath(point.path)
    else { return false }
    let tree = try Tree(root: path)
    guard let own = try tree.target(place), let root = try tree.status(.root) else { return false }
    return own.identity.device != root.identity.device
  }

  /// What is free holds the old keys, and would be copied. Where a file system, or the one below it, cannot, it stays, as in any
  /// other image.
  ///
  /// - Returns: Whether all of them could.
  func trim() -> Bool {
    points.reduce(true) { isDone, point in
      // What could not be mounted, and need not be, may have no place there.
      (imprint_trim(root, point) == 0 || errno == ENOENT) && isDone
    }
  }

  /// A device goes when the last who has it open lets go of it. udev opens each that comes, for a moment; until then the image would
  /// be taken for one that is in use.
  deinit {
    close(root)
    if space >= 0 { close(space) }
    for device in devices {
      for _ in 0..<200 where Self.backing(of: device.name) == device.backing { usleep(10_000) }
    }
  }

  private static func backing(of device: String) -> [UInt8]? {
    try? HostFile.find("/sys/block/\(device)/loop/backing_file")
  }
}
