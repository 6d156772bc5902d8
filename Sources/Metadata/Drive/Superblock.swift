/// What the first bytes of a volume say: which file system it is, and its label. For finding a drive before udev has made
/// its links, and where there is no udev; the files themselves are read by the kernel or a library.
public struct Superblock: Sendable, Hashable {
  public enum FileSystem: String, Sendable, Hashable {
    case iso9660
    case vfat

    var words: String { self == .iso9660 ? "ISO 9660" : "VFAT" }
  }

  public let fileSystem: FileSystem
  public let label: String

  /// ECMA-119, 8.4: the primary volume descriptor is sector 16.
  static let isoDescriptor = 16 * 2048

  /// - Parameter read: The bytes from an offset on; fewer at the end.
  init?(_ read: (_ offset: Int, _ count: Int) -> [UInt8]) {
    let descriptor = read(Self.isoDescriptor, 2048)
    if descriptor.count == 2048, descriptor[0] == 1, descriptor[1...].starts(with: "CD001".utf8) {
      fileSystem = .iso9660
      label = Self.label(descriptor[40..<72])
      return
    }
    // Microsoft's FAT specification: the boot sector, with the label where 0x29 stands before it.
    let boot = read(0, 512)
    guard boot.count == 512, boot[510] == 0x55, boot[511] == 0xAA else { return nil }
    for (mark, start, name) in [(0x26, 0x2B, 0x36), (0x42, 0x47, 0x52)]
    where boot[mark] == 0x29 && boot[name...].starts(with: "FAT".utf8) {
      fileSystem = .vfat
      label = Self.label(boot[start..<(start + 11)])
      return
    }
    return nil
  }

  private static func label(_ bytes: ArraySlice<UInt8>) -> String {
    let isPadding: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0 }
    return String(decoding: bytes.reversed().drop(while: isPadding).reversed(), as: UTF8.self)
  }

  /// nova writes the first; some tools can only write the second.
  public var isConfigDrive: Bool { ["config-2", "CONFIG-2"].contains(label) }
}
