/// Where the partitions of a disk are, as its first sectors say: a GPT (UEFI specification 2.10, 5.3) or an MBR with logical
/// partitions; none: the whole disk may be one file system. Pure: it reads through a closure.
struct PartitionTable {
  /// What a partition is for, as far as systems go by that (the Discoverable Partitions Specification).
  enum Role: String {
    /// Of the firmware's and the boot loader's.
    case system = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
    /// More of the boot loader's, which is /boot then.
    case extendedBoot = "bc13c2ff-59e6-4262-a352-b275fd6f7172"
    /// Of /var.
    case variable = "4d21b016-b534-45c2-a9fb-5c16e091fd2d"
  }

  /// In bytes.
  struct Partition: Equatable {
    var number: Int
    var start: UInt64
    var size: UInt64
    /// What fstab(5) may call it: `PARTUUID=…`, `PARTLABEL=…`, in small letters but for the label.
    var names: [String] = []
    var role: Role?
  }

  let partitions: [Partition]

  typealias Reader = (_ offset: UInt64, _ count: Int) -> [UInt8]

  init(_ read: Reader) {
    partitions = Self.gpt(read) ?? Self.mbr(read)
  }

  private static func gpt(_ read: Reader) -> [Partition]? {
    for sector: UInt64 in [512, 4096] {
      let header = read(sector, 92)
      guard header.count == 92, header.starts(with: "EFI PART".utf8) else { continue }
      let (table, count, size) = (number(header, 72, 8), Int(number(header, 80, 4)), Int(number(header, 84, 4)))
      guard (128...4096).contains(size), (1...1024).contains(count), table < 1 << 40 else { return nil }
      return (0..<count).compactMap { index in
        let entry = read(table * sector + UInt64(index * size), 128)
        guard entry.count == 128, entry[..<16].contains(where: { $0 != 0 }) else { return nil }
        let (first, last) = (number(entry, 32, 8), number(entry, 40, 8))
        guard first <= last, last < 1 << 50 else { return nil }
        let label = String(
          decoding: (0..<36).map { UInt16(number(entry, 56 + 2 * $0, 2)) }.prefix { $0 != 0 }, as: UTF16.self)
        return Partition(
          number: index + 1, start: first * sector, size: (last - first + 1) * sector,
          names: ["PARTUUID=\(identifier(entry[16..<32]))"] + (label.isEmpty ? [] : ["PARTLABEL=\(label)"]),
          role: Role(rawValue: identifier(entry[..<16])))
      }
    }
    return nil
  }

  /// The first three parts of it are numbers, in little-endian order (appendix A).
  private static func identifier(_ bytes: ArraySlice<UInt8>) -> String {
    let bytes = Array(bytes)
    let parts = [bytes[..<4].reversed(), bytes[4..<6].reversed(), bytes[6..<8].reversed()].map(Array.init)
    return (parts + [Array(bytes[8..<10]), Array(bytes[10...])]).map { hexadecimal($0) }.joined(separator: "-")
  }

  private static func mbr(_ read: Reader) -> [Partition] {
    guard let primary = entries(read, at: 0) else { return [] }
    var found: [Partition] = []
    for (index, entry) in primary.enumerated() where entry.size > 0 {
      if [0x05, 0x0F, 0x85].contains(entry.type) {
        found += logical(read, within: entry.start)
      } else {
        found.append(Partition(number: index + 1, start: entry.start, size: entry.size))
      }
    }
    // The kernel's own names for them (block/partitions/msdos.c).
    let signature = hexadecimal(read(0x1B8, 4).reversed())
    return found.sorted { $0.number < $1.number }.map { partition in
      var named = partition
      named.names = ["PARTUUID=\(signature)-" + hexadecimal([UInt8(truncatingIfNeeded: partition.number)])]
      return named
    }
  }

  /// A chain of tables, each with one partition and the way to the next; a loop in it ends.
  private static func logical(_ read: Reader, within extended: UInt64) -> [Partition] {
    var found: [Partition] = []
    var place = extended
    for number in 5..<64 {
      guard let entries = entries(read, at: place) else { break }
      let own = entries[0]
      if own.size > 0 { found.append(Partition(number: number, start: place + own.start, size: own.size)) }
      guard entries[1].size > 0 else { break }
      place = extended + entries[1].start
    }
    return found
  }

  /// nil where there is no table, such as in the boot sector of a file system.
  private static func entries(_ read: Reader, at place: UInt64) -> [(type: UInt8, start: UInt64, size: UInt64)]? {
    let sector = read(place, 512)
    guard sector.count == 512, sector[510] == 0x55, sector[511] == 0xAA else { return nil }
    let entries = stride(from: 446, to: 510, by: 16).map { at in
      (type: sector[at + 4], start: number(sector, at + 8, 4) * 512, size: number(sector, at + 12, 4) * 512)
    }
    let isTable = stride(from: 446, to: 510, by: 16).allSatisfy { [0, 0x80].contains(sector[$0]) }
    return isTable ? entries.map { $0.type == 0 ? (0, 0, 0) : $0 } : nil
  }

  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// In little-endian order, as LVM has them too.
  static func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
  }
}

/// What the first bytes of a partition say that it is.
enum VolumeKind: Equatable {
  /// What the kernel calls the file system.
  case fileSystem(String)
  /// LVM's: volumes are in it.
  case physicalVolume
  /// For people: what is in the way.
  case other(String)

  /// nil for what we know nothing of.
  init?(at start: UInt64, _ size: UInt64, _ read: PartitionTable.Reader) {
    let head = read(start, 4096)
    if Self.isRAID(start, size, read) {
      self = .other("a member of a RAID (md), of which the others would not follow")
    } else if head.starts(with: "XFSB".utf8) {
      self = .fileSystem("xfs")
    } else if head.count > 0x439, head[0x438] == 0x53, head[0x439] == 0xEF {
      self = .fileSystem("ext4")
    } else if read(start + 0x10040, 8).elementsEqual("_BHRfS_M".utf8) {
      self = .fileSystem("btrfs")
    } else if FileSystemNames.isFAT(head) {
      self = .fileSystem("vfat")
    } else if head.starts(with: "LUKS".utf8) {
      self = .other("encrypted (LUKS)")
    } else if stride(from: 0, to: 2048, by: 512).contains(where: { head.dropFirst($0).starts(with: "LABELONE".utf8) }) {
      self = .physicalVolume
    } else {
      return nil
    }
  }
}

extension VolumeKind {
  /// md keeps its own at the end, where a file system does not mind it (md(4), metadata 0.90 and 1.0), or in front (1.1, 1.2).
  private static func isRAID(_ start: UInt64, _ size: UInt64, _ read: PartitionTable.Reader) -> Bool {
    let mark: [UInt8] = [0xFC, 0x4E, 0x2B, 0xA9]
    let sectors = size / 512
    guard sectors > 256 else { return false }
    // 0.90, which has no place of its own in it; then 1.1, 1.2 and 1.0, which say in which sector they are (md_p.h).
    let old = read(start + ((sectors & ~127) - 128) * 512, 8)
    if old.count == 8, old.starts(with: mark), PartitionTable.number(old, 4, 4) == 0 { return true }
    return [0, 8, (sectors - 16) & ~7].contains { sector in
      let block = read(start + sector * 512, 152)
      return block.count == 152 && block.starts(with: mark) && PartitionTable.number(block, 4, 4) == 1
        && PartitionTable.number(block, 144, 8) == sector
    }
  }
}

/// What fstab(5) may call a file system, as it says itself: `UUID=…`, `LABEL=…`.
enum FileSystemNames {
  /// Where the boot sector says which kind it is (Microsoft's FAT specification 1.03, BS_FilSysType): of FAT32, and of the others.
  private static let kinds = [(82, "FAT32   "), (54, "FAT16   "), (54, "FAT12   "), (54, "FAT     ")]

  static func isFAT(_ head: [UInt8]) -> Bool {
    head.count >= 512 && head[510] == 0x55 && head[511] == 0xAA
      && kinds.contains { head.dropFirst($0.0).starts(with: $0.1.utf8) }
  }

  /// The volume's number, as blkid(8) shows it; and its label, as the boot sector has it.
  private static func namesOfFAT(_ head: [UInt8]) -> [String] {
    guard let kind = kinds.first(where: { head.dropFirst($0.0).starts(with: $0.1.utf8) })?.0 else { return [] }
    let digits = PartitionTable.hexadecimal(head[kind - 15..<kind - 11].reversed())
    var label = String(decoding: head[kind - 11..<kind], as: UTF8.self)
    while label.hasSuffix(" ") { label.removeLast() }
    return ["UUID=\(digits.prefix(4))-\(digits.suffix(4))"]
      + (["", "NO NAME"].contains(label) ? [] : ["LABEL=\(label)"])
  }

  /// - Parameter type: One that ``VolumeKind`` knows.
  static func names(at start: UInt64, _ type: String, _ read: PartitionTable.Reader) -> [String] {
    if type == "vfat" { return namesOfFAT(read(start, 512)) }
    // ext4(5) with linux/fs/ext4/ext4.h, xfs_format.h, btrfs_tree.h: where in it, and how long the label may be.
    let (uuid, label, length): (UInt64, UInt64, Int) =
      switch type {
      case "xfs": (32, 108, 12)
      case "btrfs": (0x10020, 0x1012B, 256)
      default: (0x468, 0x478, 16)
      }
    let bytes = PartitionTable.hexadecimal(read(start + uuid, 16))
    guard bytes.count == 32 else { return [] }
    var text = ""
    for (index, digit) in bytes.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.append(digit)
    }
    let name = String(decoding: read(start + label, length).prefix { $0 != 0 }, as: UTF8.self)
    return ["UUID=\(text)"] + (name.isEmpty ? [] : ["LABEL=\(name)"])
  }
}
