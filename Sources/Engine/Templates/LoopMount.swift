internal import CLinux
internal import Glibc
internal import Tree

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
