/// Where LVM's logical volumes are in a physical one, as its own metadata say: only those that lie in it in one piece, which is
/// what installers make. Pure: it reads through a closure.
///
/// lvm(8) is not asked, since it takes a device: a loop device with a physical volume in it is activated by the machine's own
/// udev rules, under names that the machine's own volumes may have. On disk the metadata are text (`lib/format_text/layout.h`
/// and `import_vsn1.c` in LVM2; lvm(8), "metadata area").
struct LogicalVolumes {
  struct Volume {
    /// `group/volume`.
    var name: String
    /// In bytes, on the disk.
    var start: UInt64
    var size: UInt64

    /// Where udev has it: `/dev/group/volume`, and the device mapper's name, in which hyphens stand twice (lvm(8)).
    var devices: [String] {
      let parts = name.split(separator: "/").map { $0.replacing("-", with: "--") }
      return ["/dev/\(name)", "/dev/mapper/\(parts.joined(separator: "-"))"]
    }
  }

  /// By name.
  private(set) var volumes: [Volume] = []
  /// For people: which there are besides, and why they cannot be had.
  private(set) var others: [String] = []

  /// - Parameter start: of the physical volume, bytes; `size` likewise.
  init(at start: UInt64, size: UInt64, _ read: PartitionTable.Reader) {
    guard let label = PhysicalVolumeLabel(at: start, read) else {
      others = ["a physical volume of LVM without a sound label"]
      return
    }
    let texts = label.metadataAreas.compactMap { Self.text(at: start + $0, read) }
    guard let text = texts.first else {
      others = ["a physical volume of LVM without metadata: it is in no group, or another disk of the group has them"]
      return
    }
    guard let (name, group) = LVMSettings.section(of: text) else {
      others = ["a physical volume of LVM whose metadata cannot be read"]
      return
    }
    if group.texts("status").contains("EXPORTED") || (group.text("lock_type") ?? "none") != "none" {
      others = ["a physical volume of the group \(name), which is exported or shared"]
      return
    }
    find(in: group, name, label.uuid, within: (start, size))
  }

  /// The volume group as its metadata describe it.
  private mutating func find(
    in group: LVMSettings, _ name: String, _ uuid: String, within disk: (start: UInt64, size: UInt64)
  ) {
    let physical = group.sections("physical_volumes")
    guard let own = physical.first(where: { $0.value.text("id")?.filter { $0 != "-" } == uuid }),
      let extent = group.number("extent_size"), let first = own.value.number("pe_start"), extent > 0
    else {
      others = ["a physical volume that its own group \(name) does not know"]
      return
    }
    let logical = group.sections("logical_volumes")
    let segments = logical.flatMap { $0.value.segments }
    // What is written to the origin of a snapshot has to go through it.
    let origins = Set(segments.compactMap { $0.text("origin") })
    for volume in logical.sorted(by: { $0.key < $1.key }) where volume.value.texts("status").contains("VISIBLE") {
      let title = "\(name)/\(volume.key)"
      guard !origins.contains(volume.key), let piece = volume.value.onePiece(on: own.key) else {
        others.append("the volume \(title), which has snapshots or lies in several pieces")
        continue
      }
      let (start, size) = ((first + piece.start * extent) * 512, piece.count * extent * 512)
      guard start + size <= disk.size else {
        others.append("the volume \(title), which ends behind its disk")
        continue
      }
      volumes.append(Volume(name: title, start: disk.start + start, size: size))
    }
  }

  /// The text that a metadata area holds now.
  private static func text(at start: UInt64, _ read: PartitionTable.Reader) -> [UInt8]? {
    let header = read(start, 512)
    guard header.count == 512, header[4...].starts(with: " LVM2 x[5A%r0N*>".utf8),
      LVMChecksum.of(header[4...]) == UInt32(truncatingIfNeeded: PartitionTable.number(header, 0, 4))
    else { return nil }
    let (area, offset, size) = (
      PartitionTable.number(header, 32, 8), PartitionTable.number(header, 40, 8), PartitionTable.number(header, 48, 8)
    )
    // Flag 1: it is to be ignored. The text may go on at the beginning of the area, behind its header.
    guard PartitionTable.number(header, 60, 4) & 1 == 0, size > 0, size <= 16 << 20, offset >= 512, offset < area,
      size < area
    else {
      return nil
    }
    let atOnce = min(size, area - offset)
    var text = read(start + offset, Int(atOnce))
    if atOnce < size { text += read(start + 512, Int(size - atOnce)) }
    guard text.count == Int(size),
      LVMChecksum.of(text[...]) == UInt32(truncatingIfNeeded: PartitionTable.number(header, 56, 4))
    else {
      return nil
    }
    return text
  }
}

/// The label of a physical volume, in one of its first four sectors.
private struct PhysicalVolumeLabel {
  /// 32 letters and digits.
  let uuid: String
  /// Bytes from the start of the volume.
  let metadataAreas: [UInt64]

  init?(at start: UInt64, _ read: PartitionTable.Reader) {
    let sectors = (0..<4).map { read(start + $0 * 512, 512) }
    guard
      let sector = sectors.first(where: { $0.count == 512 && $0.starts(with: "LABELONE".utf8) }),
      sector[24..<32].elementsEqual("LVM2 001".utf8),
      LVMChecksum.of(sector[20...]) == UInt32(truncatingIfNeeded: PartitionTable.number(sector, 16, 4))
    else { return nil }
    let header = Int(PartitionTable.number(sector, 20, 4))
    guard header >= 32, header + 40 < 512 else { return nil }
    uuid = String(decoding: sector[header..<header + 32], as: UTF8.self)
    // Two lists of places, each ended by a place of nothing: the data, then the metadata.
    var (place, lists) = (header + 40, [[UInt64]]())
    var list: [UInt64] = []
    while lists.count < 2 {
      guard place + 16 <= 512 else { return nil }
      let offset = PartitionTable.number(sector, place, 8)
      place += 16
      if offset != 0 {
        list.append(offset)
      } else {
        lists.append(list)
        list = []
      }
    }
    metadataAreas = lists[1]
  }
}

/// LVM's CRC-32: the usual polynomial, a start of its own, and no inversion (`lib/misc/crc.c`).
private enum LVMChecksum {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
  }

  static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reduce(0xF597_A6CF) { $0 >> 8 ^ table[Int(truncatingIfNeeded: $0 ^ UInt32($1)) & 0xFF] }
  }
}
