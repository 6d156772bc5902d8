public import Documents
internal import Site
public import Tree

/// What a tree has mounted in it when it runs: by fstab(5), and by units (systemd.mount(5)).
public enum ConfiguredMounts {
  /// On a disk, where a copy has it too; all else is somebody's network, or memory.
  public static let types = ["ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "auto"]

  /// Where units are, the first of a name counts (systemd.unit(5)).
  private static let directories: [TreePath] = [
    "/etc/systemd/system", "/usr/local/lib/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system",
  ]

  public static func entries(_ tree: any TreeReading) throws -> [FileSystemTable.Entry] {
    var seen: Set<String> = []
    let units = try directories.flatMap { directory in
      // One that leads to /dev/null hides another.
      let names = try (tree.listing(directory) ?? []).map(\.name).filter {
        $0.hasSuffix(".mount") && seen.insert($0).inserted
      }
      return try names.compactMap { name in
        try tree.glance(directory.appending(name)).flatMap { entry($0, isPackages: directory != directories[0]) }
      }
    }
    // A unit goes before the one that is made from fstab's line.
    let points = Set(units.map(\.point))
    let table = FileSystemTable(try tree.glance("/etc/fstab")?.bytes ?? []).entries
    return units + table.filter { !points.contains($0.point) }
  }

  /// - Parameter isPackages: Packages bring many that are about memory, or about an image that a tool may make one day (systemd's
  ///   var-lib-machines.mount): of theirs one counts that says a device.
  private static func entry(_ file: FileSnapshot, isPackages: Bool) -> FileSystemTable.Entry? {
    let unit = NetworkdFile(file.bytes)
    func said(_ key: String) -> String? { unit.settings("Mount", key).last?.value }
    let source = said("What") ?? ""
    guard !isPackages || source.hasPrefix("/dev/") || source.contains("=") else { return nil }
    return FileSystemTable.Entry(
      source: source, point: said("Where") ?? "", type: said("Type") ?? "auto",
      options: (said("Options") ?? "").split(separator: ",").map(String.init))
  }

  /// Of file systems that are not in the tree now: what a copy must not have may be there, too.
  static func absent(from template: Template) throws -> [Finding] {
    let tree = template.tree
    let absent = try entries(tree).filter { try types.contains($0.type) && $0.point != "/" && !isThere($0.point, tree) }
    guard !absent.isEmpty else { return [] }
    let places = try UniqueThings.directories(template).map { (path: $0, real: try tree.resolve($0)) }
    return try absent.map { entry in
      let point = try TreePath(entry.point).map { try tree.resolve($0) } ?? .root
      let place = places.first { $0.real.isWithin(point) }
      let what = place.map { $0.path == point ? "" : "; \($0.path) would be on it" } ?? ""
      return Finding(
        place == nil ? .note : .warning,
        "\(entry.point) is another file system (\(entry.source.shown)), which is not in this tree\(what): what it holds stays as it is",
        advice: "mount it, all of it, and name the directory with --root")
    }
  }

  /// Mounted, or a copy with all that was.
  private static func isThere(_ point: String, _ tree: any TreeReading) throws -> Bool {
    guard let path = TreePath(point), let real = try? tree.resolve(path), let status = try? tree.status(real),
      status.kind == .directory
    else { return false }
    if try tree.status(real.parent)?.identity.device != status.identity.device { return true }
    return try !(tree.entries(real) ?? []).isEmpty
  }
}

extension UniqueThings {
  /// Where files of the table are, each once.
  static func directories(_ template: Template) throws -> [TreePath] {
    let patterns = try table.flatMap { thing in
      try thing.paths + thing.platformPaths(template.platform) + thing.settledPaths(template.tree)
    }
    var seen: Set<TreePath> = []
    return patterns.compactMap { pattern in
      let parts = pattern.split(separator: "/").dropLast().prefix { !$0.contains { "*?[".contains($0) } }
      return TreePath("/" + parts.joined(separator: "/"))
    }.filter { !$0.isRoot && seen.insert($0).inserted }
  }
}
