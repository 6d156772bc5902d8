internal import Tree

/// The files that systemd makes a unit of (systemd.unit(5), "Unit File Load Path").
struct UnitFiles {
  /// In the order in which they count. What is below /run is gone with the next boot.
  private static let directories: [TreePath] = [
    "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
  ]

  private let tree: any TreeReading
  private let listings: [(directory: TreePath, names: Set<String>)]

  init(_ tree: any TreeReading) throws {
    self.tree = tree
    var seen: Set<TreePath> = []
    var listings: [(directory: TreePath, names: Set<String>)] = []
    for directory in Self.directories where seen.insert(try tree.resolve(directory)).inserted {
      guard let entries = try tree.listing(directory) else { continue }
      listings.append((directory, Set(entries.map(\.name))))
    }
    self.listings = listings
  }

  /// The unit that a path is a file or a drop-in of: `nova-compute.service`, or `service` for a drop-in of all; nil for any other path.
  static func owner(of path: TreePath) -> String? {
    if directories.contains(path.parent) { return path.name.contains(".") ? path.name : nil }
    guard directories.contains(path.parent.parent), path.parent.name.hasSuffix(".d"), path.name.hasSuffix(".conf")
    else {
      return nil
    }
    return String(path.parent.name.dropLast(2))
  }

  /// Of services with a file of their own, or a drop-in.
  func services(where isWanted: (String) -> Bool) -> [String] {
    Set(
      listings.flatMap(\.names).compactMap { name -> String? in
        let unit = name.hasSuffix(".service.d") ? String(name.dropLast(2)) : name
        return unit.hasSuffix(".service") && !unit.hasSuffix("-.service") && isWanted(unit) ? unit : nil
      }
    ).sorted()
  }

  /// The unit's own file and its drop-ins, in the order in which they are read; nil where it is masked, also by an empty file. Of one name the first
  /// directory's counts, and drop-ins are read by name.
  func parts(of unit: String) throws -> [TreePath]? {
    var parts: [TreePath] = []
    if let first = listings.first(where: { $0.names.contains(unit) }) {
      parts = [first.directory.appending(unit)]
      guard let place = try tree.place(parts[0]), let status = try tree.leadsTo(place)?.status, status.kind == .regular,
        status.identity.size > 0
      else { return nil }
    }
    var names: Set<String> = []
    var dropIns: [TreePath] = []
    for directory in dropInDirectories(of: unit) {
      for entry in try tree.listing(directory) ?? []
      where entry.name.hasSuffix(".conf") && !entry.name.hasPrefix(".") && names.insert(entry.name).inserted {
        let path = directory.appending(entry.name)
        if try entry.kind == .regular || isFile(path) { dropIns.append(path) }
      }
    }
    return parts + dropIns.sorted { $0.name < $1.name }
  }

  /// Also those of `nova-.service.d`, and of `service.d` after all others.
  private func dropInDirectories(of unit: String) -> [TreePath] {
    guard let dot = unit.lastIndex(of: ".") else { return [] }
    let type = unit[unit.index(after: dot)...]
    var own = ["\(unit).d"]
    var stem = unit[..<dot]
    while let dash = stem.dropLast().lastIndex(of: "-") {
      stem = stem[...dash]
      own.append("\(stem).\(type).d")
    }
    let all = [own, ["\(type).d"]]
    return all.flatMap { names in
      listings.flatMap { listing in
        names.filter(listing.names.contains).map { listing.directory.appending($0) }
      }
    }
  }

  /// A link that leads nowhere, or to /dev/null, is none.
  private func isFile(_ path: TreePath) throws -> Bool {
    guard let place = try tree.place(path) else { return false }
    return try tree.leadsTo(place)?.status.kind == .regular
  }
}
