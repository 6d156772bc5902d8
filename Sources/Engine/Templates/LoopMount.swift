internal import Glibc
internal import Tree

/// A file system of an image, mounted where nobody else sees it; it ends with this.
final class LoopMount: Sendable {
  private let root: CInt
  /// `loop5`; and the file that it stands for, in the kernel's words.
  private let device: String
  private let backing: [UInt8]?

  /// - Parameters:
  ///   - root: Its root directory, opened; it is closed here.
  ///   - device: The loop device's path, which goes with the mount (`LO_FLAGS_AUTOCLEAR` in loop(4)).
  init(root: CInt, device: [CChar]) {
    self.root = root
    let path = String(decoding: device.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.device = path.split(separator: "/").last.map(String.init) ?? path
    backing = Self.backing(of: self.device)
  }

  var path: String { "/proc/self/fd/\(root)" }

  /// A device goes when the last who has it open lets go of it. udev opens each that comes, for a moment; until then the image would
  /// be taken for one that is in use.
  deinit {
    close(root)
    for _ in 0..<200 where backing != nil && Self.backing(of: device) == backing { usleep(10_000) }
  }

  private static func backing(of device: String) -> [UInt8]? {
    try? HostFile.find("/sys/block/\(device)/loop/backing_file")
  }
}
