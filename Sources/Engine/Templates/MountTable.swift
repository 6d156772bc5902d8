internal import Documents

/// Where in an image's tree a file system of it belongs.
struct MountPoint {
  var volume: DiskImage.Volume
  /// `/var/lib/nova`
  var path: String
  /// Which part of it, in mount(8)'s words: `subvol=@/var`; empty: what a mount gives by itself.
  var options = ""
  /// Whether there is something in it that a copy must not have.
  var isNeeded = true
}

/// An image's fstab(5), as far as it is about file systems that can be in the image.
struct MountTable {
  private struct Entry {
    var source: String
    var point: String
    var type: String
    var options: [Substring]
  }

  private let entries: [Entry]

  init(_ bytes: [UInt8]) {
    entries = Lines(bytes).compactMap { line in
      let fields = line.text.split { $0 == " " || $0 == "\t" }.map { Self.plain($0) }
      guard fields.count > 2, !fields[0].hasPrefix("#"), fields[1].hasPrefix("/") else { return nil }
      let point = "/" + fields[1].split(separator: "/").joined(separator: "/")
      return Entry(
        source: fields[0], point: point, type: fields[2],
        options: (fields.count > 3 ? fields[3] : "").split(separator: ","))
    }
  }

  /// `\040` is a blank.
  private static func plain(_ field: Substring) -> String {
    String(field).replacing("\\040", with: " ").filter { $0 != "\"" }
  }

  /// Directories with something that a copy must not have, which are on file systems of their own.
  var needed: [String] {
    let known = ["/etc", "/usr", "/var", "/var/lib", "/var/log", "/root", "/var/lib/nova"]
    return known.filter { point in entries.contains { $0.point == point && !["swap", "tmpfs"].contains($0.type) } }
  }

  /// The root, and the file systems that are mounted in it, in an order in which they can be.
  func points(of root: MountPoint, among volumes: [DiskImage.Volume]) -> [MountPoint] {
    let disk = disk(of: root.volume)
    let needed = needed
    let others = entries.filter { entry in
      entry.point != "/" && ["ext2", "ext3", "ext4", "xfs", "btrfs", "auto"].contains(entry.type)
        && (needed.contains(entry.point) || !entry.options.contains("noauto"))
    }
    let found = others.compactMap { entry -> MountPoint? in
      // Of two that answer to one name nobody can tell which it is.
      let meant = volumes.filter { isMeant(entry.source, $0, on: disk) }
      guard let volume = meant.first, meant.count == 1 else { return nil }
      let part =
        volume.type == "btrfs" ? entry.options.filter { $0.hasPrefix("subvol=") || $0.hasPrefix("subvolid=") } : []
      return MountPoint(
        volume: volume, path: entry.point, options: part.joined(separator: ","), isNeeded: needed.contains(entry.point))
    }
    return [root] + found.sorted { $0.path < $1.path }
  }

  private func isMeant(_ source: String, _ volume: DiskImage.Volume, on disk: String?) -> Bool {
    if volume.names.contains(Self.name(source)) { return true }
    guard let disk, let (own, number) = Self.partition(source), own == disk else { return false }
    return volume.partition == number
  }

  /// `/dev/sda`, where the root's own entry says that this is what the machine calls the disk: another one may have the same numbers.
  private func disk(of root: DiskImage.Volume) -> String? {
    entries.first { $0.point == "/" }.flatMap { Self.partition($0.source) }.flatMap { disk, number in
      number == root.partition ? disk : nil
    }
  }

  /// `/dev/vda2`, `/dev/nvme0n1p2`
  private static func partition(_ source: String) -> (disk: String, number: Int)? {
    let digits = source.reversed().prefix { $0.isNumber }.count
    guard source.hasPrefix("/dev/"), let number = Int(source.suffix(digits)) else { return nil }
    var disk = source.dropLast(digits)
    guard let last = disk.last, !disk.dropFirst("/dev/".count).contains("/") else { return nil }
    if last == "p", disk.dropLast().last?.isNumber ?? false { disk = disk.dropLast() }
    return (String(disk), number)
  }

  /// `UUID=…` for what udev links it from, in small letters where letters are digits.
  private static func name(_ source: String) -> String {
    var text = source
    for (folder, key) in [("uuid", "UUID"), ("label", "LABEL"), ("partuuid", "PARTUUID"), ("partlabel", "PARTLABEL")] {
      let prefix = "/dev/disk/by-\(folder)/"
      if text.hasPrefix(prefix) { text = "\(key)=\(text.dropFirst(prefix.count))" }
    }
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, ["UUID", "PARTUUID"].contains(parts[0]) else { return text }
    return "\(parts[0])=\(parts[1].lowercased())"
  }
}
