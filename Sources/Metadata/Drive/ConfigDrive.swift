internal import CLinux
internal import Glibc

/// The config drive, from wherever it is: a device, an image of one, or a directory with its files.
public struct ConfigDrive: MetadataPlace {
  public let title: String
  public let kind = MetadataKind.drive
  private let files: any DriveFiles

  /// What a file of a drive may have.
  static let mostBytes = 16 << 20

  /// - Parameter path: A directory that has openstack/ in it, an image file, or a block device.
  public init(_ path: String) throws(MetadataError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw MetadataError(.absent, "there is no drive \(path): \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      title = "the directory \(path)"
      files = try DirectoryFiles(path)
    case S_IFREG, S_IFBLK:
      guard let superblock = DriveSearch.superblock(of: path) else {
        if access(path, R_OK) != 0 {
          throw MetadataError(.notPermitted, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        throw MetadataError(.invalid, "\(path) is neither ISO 9660 nor VFAT")
      }
      let label = superblock.isConfigDrive ? "" : ", label \(superblock.label.debugDescription)"
      let noun = status.st_mode & S_IFMT == S_IFBLK ? "drive" : "image"
      title = "the config \(noun) \(path) (\(superblock.fileSystem.words)\(label))"
      files = try Self.files(path, superblock.fileSystem, isDevice: noun == "drive")
    default: throw MetadataError(.invalid, "\(path) is neither a directory, an image nor a block device")
    }
  }

  /// The kernel reads a device for root; where it may not or cannot, and for images, a library or program does.
  private static func files(
    _ path: String, _ type: Superblock.FileSystem, isDevice: Bool
  ) throws(MetadataError) -> any DriveFiles {
    if isDevice, geteuid() == 0 {
      let root = imprint_mount_aside(path, type.rawValue, 0, nil)
      if root >= 0 { return DirectoryFiles(root: root, title: path) }
      // ENODEV: this kernel has no such file system; EPERM: a container's root. What is broken says another thing.
      guard [ENODEV, EPERM, EACCES, ENOTBLK].contains(errno) else {
        throw MetadataError(.unavailable, "\(path) cannot be mounted: \(String(cString: strerror(errno)))")
      }
    }
    switch type {
    case .iso9660: return try ISOFiles(path)
    case .vfat: return try FATFiles(path)
    }
  }

  /// The machine's own drive.
  ///
  /// - Throws: Where there is none, or more than one.
  public static func find(root: String = "/") throws(MetadataError) -> ConfigDrive {
    let devices = DriveSearch.devices(root: root)
    guard let first = devices.first else {
      throw MetadataError(.absent, "there is no config drive: no block device has the label config-2")
    }
    guard devices.count == 1 else {
      throw MetadataError(
        .invalid, "there are \(devices.count) config drives: \(devices.map(\.path).joined(separator: ", "))",
        advice: "name one with --drive")
    }
    return try ConfigDrive(first.path)
  }

  public func bytes(_ path: String) throws(MetadataError) -> [UInt8]? {
    guard let steps = Self.steps(path) else { return nil }
    return try files.bytes(steps)
  }

  public func entries(_ path: String) throws(MetadataError) -> [MetadataEntry]? {
    guard let steps = Self.steps(path) else { return nil }
    return try files.entries(steps)?.filter(\.isPlain).sorted()
  }

  /// The names on the way down; nil where one leads elsewhere.
  private static func steps(_ path: String) -> [String]? {
    let steps = path.split(separator: "/").map(String.init)
    return steps.contains { $0 == ".." || $0 == "." || $0.utf8.contains(0) } ? nil : steps
  }
}

/// How the files of a drive are read.
protocol DriveFiles {
  func bytes(_ steps: [String]) throws(MetadataError) -> [UInt8]?
  func entries(_ steps: [String]) throws(MetadataError) -> [MetadataEntry]?
}

extension [MetadataEntry] {
  /// The entry of a name; without Rock Ridge or Joliet a drive may have all its names in capitals.
  func named(_ name: String) -> MetadataEntry? {
    first { $0.name == name } ?? first { $0.name.lowercased() == name.lowercased() }
  }
}
