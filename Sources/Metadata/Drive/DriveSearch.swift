internal import Glibc

/// A block device that says it is a config drive.
public struct ConfigDriveDevice: Sendable, Hashable {
  /// Where it is in /dev.
  public let path: String
  public let superblock: Superblock
}

/// Looks for config drives among the machine's block devices.
public enum DriveSearch {
  /// Sorted by name. Usually there is none, or one.
  ///
  /// - Parameter root: Where sys and dev are: `/`, or what a test laid out.
  public static func devices(root: String = "/") -> [ConfigDriveDevice] {
    let root = root.hasSuffix("/") ? String(root.dropLast()) : root
    return names(in: "\(root)/sys/class/block").filter(mayHold).compactMap { name in
      // sysfs writes the slash of cciss/c0d0 as an exclamation mark.
      let path = "\(root)/dev/" + String(name.map { $0 == "!" ? "/" : $0 })
      guard !isEmpty("\(root)/sys/class/block/\(name)/size"), let superblock = superblock(of: path),
        superblock.isConfigDrive
      else { return nil }
      return ConfigDriveDevice(path: path, superblock: superblock)
    }
  }

  /// What a file or device says it is; nil where it cannot be read, or says nothing that we know.
  static func superblock(of path: String) -> Superblock? {
    // A drive without a medium must not make us wait for one (open(2), O_NONBLOCK).
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return Superblock { offset, count in
      var bytes = [UInt8](repeating: 0, count: count)
      let done = pread(descriptor, &bytes, count, off_t(offset))
      return Array(bytes.prefix(max(0, done)))
    }
  }

  /// Memory is no drive, and a floppy's motor takes seconds to find that there is none.
  private static func mayHold(_ name: String) -> Bool {
    !["ram", "zram", "fd", "loop", "nbd"].contains {
      name.hasPrefix($0) && name.dropFirst($0.count).allSatisfy(\.isNumber)
    }
  }

  private static func isEmpty(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 2)
    return read(descriptor, &bytes, 2) == 2 && bytes == Array("0\n".utf8)
  }

  private static func names(in path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
