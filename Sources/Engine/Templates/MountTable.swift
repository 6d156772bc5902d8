internal import Documents
internal import Fixups
internal import Tree

/// Where in an image's tree a file system of it belongs.
struct MountPoint {
  var volume: DiskImage.Volume
  /// The directory of the tree that is there once more (`bind` in mount(8)); nil: the file system itself.
  var bound: String?
  /// `/var/lib/nova`
  var path: String
  /// Which part of it, in mount(8)'s words: `subvol=@/var`; empty: what a mount gives by itself.
  var options = ""
  /// Whether there is something in it that a copy must not have.
  var isNeeded = true
}

/// What an image's tree has mounted in it, as far as it is about file systems that can be in the image.
struct MountTable {
  private let entries: [FileSystemTable.Entry]
  /// Where something is that a copy must not have.
  let needed: [String]
  /// Where the boot loader's partition can be, though nothing says so.
  private let places: [String]
  /// Whether the root file system has nothing in /var, and nothing says what is mounted there.
  private let lacksVariable: Bool

  private static let known: [TreePath] = [
    "/etc", "/etc/ssh", "/usr", "/var", "/var/lib", "/var/log", "/root", "/var/lib/nova",
  ]

  /// - Parameter tree: The root file system alone.
  init(_ tree: some TreeReading) throws {
    let entries = try ConfiguredMounts.entries(tree)
    self.entries = entries
    // A link may lead from there to where something is mounted.
    let known = try Self.known + Self.known.map { try tree.resolve($0) }
    needed = entries.filter { entry in
      guard !["swap", "tmpfs"].contains(entry.type), let point = TreePath(entry.point), !point.isRoot else {
        return false
      }
      return known.contains { $0.isWithin(point) }
    }.map(\.point)
    let named = Set(entries.map(\.point))
    // systemd's two, and where others have it.
    func isFree(_ place: String) throws -> Bool {
      try !named.contains(place) && TreePath(place).map { try tree.entries($0)?.isEmpty ?? false } ?? false
    }
    places = try ["/boot", "/efi", "/boot/efi"].filter(isFree)
    lacksVariable = try isFree("/var")
  }

  /// The root, and the file systems that are mounted in it, in an order in which they can be; and of EFI system partitions the first,
  /// where nothing names it: systemd mounts that at boot, unasked (systemd-gpt-auto-generator(8)). So it does with the one of /var.
  ///
  /// - Returns: Also what nothing in the tree names, whether it is mounted or not.
  func points(
    of root: MountPoint, among volumes: [DiskImage.Volume]
  ) -> (points: [MountPoint], unnamed: [DiskImage.Volume]) {
    let disk = disk(of: root.volume)
    let needed = needed
    let others = entries.filter { entry in
      entry.point != "/" && ConfiguredMounts.types.contains(entry.type)
        && (needed.contains(entry.point) || !entry.options.contains("noauto")
          || entry.options.contains("x-systemd.automount"))
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
    // What is mounted below a directory that is bound would be hidden by it: then that is not there, and said.
    let bound = bound(to: root.volume).filter { bound in
      !found.contains { $0.path == bound.path || $0.path.hasPrefix("\(bound.path)/") }
    }
    let system = volumes.first { $0.role == .system && $0.start != root.volume.start }
    let unnamed = system.flatMap { volume in
      entries.contains { isMeant($0.source, volume, on: disk) || Self.isBootLoaders($0) } ? nil : volume
    }
    // /boot is the other's then.
    let isTaken = volumes.contains { $0.role == .extendedBoot }
    let place = places.first { place in
      !(isTaken && place == "/boot") && !found.contains { place.hasPrefix("\($0.path)/") }
    }
    let unasked = volumes.filter { volume in
      volume.start != root.volume.start && !entries.contains { isMeant($0.source, volume, on: disk) }
        && !found.contains { $0.volume.start == volume.start }
    }
    let variables = unasked.filter { $0.role == .variable }
    let added =
      [unnamed.flatMap { volume in place.map { MountPoint(volume: volume, path: $0, isNeeded: false) } }]
      + (lacksVariable && variables.count == 1 ? variables : []).map { MountPoint(volume: $0, path: "/var") }
    return (
      [root] + (found + added.compactMap(\.self)).sorted { $0.path < $1.path } + bound,
      [unnamed].compactMap(\.self) + unasked.filter { $0.start != system?.start }
    )
  }

  /// By a name that is not found here, it may be that one all the same, and is told.
  private static func isBootLoaders(_ entry: FileSystemTable.Entry) -> Bool {
    entry.type == "vfat" && ["/boot", "/efi", "/boot/efi"].contains(entry.point)
  }

  /// Directories that are in two places, where it matters: they come last, when all is there that they may be of.
  private func bound(to volume: DiskImage.Volume) -> [MountPoint] {
    entries.filter { entry in
      needed.contains(entry.point) && entry.source.hasPrefix("/") && !entry.source.hasPrefix("/dev/")
        && entry.options.contains { ["bind", "rbind"].contains($0) }
    }.map { MountPoint(volume: volume, bound: $0.source, path: $0.point) }
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
