internal import Documents
internal import Fixups
internal import Site
internal import Transaction
internal import Tree

/// The transactions that an activation follows, oldest first: one, or more where nobody has put the earlier ones in effect.
struct Occasion: Sendable {
  var journals: [Journal]
  /// When files were changed that one of them has brought back: nanoseconds since the epoch.
  private(set) var changes: [TreePath: Int64] = [:]

  /// - Parameters:
  ///   - journals: Empty for none.
  ///   - history: All that was ever done.
  init?(_ journals: [Journal], in history: [Journal] = []) {
    if journals.isEmpty { return nil }
    self.journals = journals
    for journal in journals {
      guard let undone = history.first(where: { $0.id == journal.undoes }) else { continue }
      // Of several changes the first: who started before that has read just this.
      for entry in journal.entries {
        changes[entry.path] = min(changes[entry.path] ?? .max, undone.time * 1_000_000_000)
      }
    }
  }

  var entries: [Journal.Entry] { journals.flatMap(\.entries) }
  /// The paths that they changed, links on the way resolved.
  var paths: [TreePath] { entries.map(\.path) }

  /// Where the images are of what there was before the first of them.
  func images(in store: Store) -> [TreePath: TreePath?] {
    journals.reduce(into: [:]) { all, journal in all.merge(store.images(of: journal)) { first, _ in first } }
  }
}

extension Intentions {
  /// Reads what should be in effect from the files of a live node.
  ///
  /// - Parameters:
  ///   - occasion: The transactions that changed them and are not in effect; nil to look at what is there.
  ///   - interfaces: Links to look at although nothing about them changed: those that the site gives the node.
  static func read(
    from tree: Tree, _ platform: Platform, occasion: Occasion?, interfaces: [InterfaceName] = []
  ) throws -> Intentions {
    let hostname = try tree.file("/etc/hostname").flatMap {
      HostnameFile($0.bytes).name(readsFirstLineOnly: platform.systemd.hostnameIsFirstLine)
    }
    let clock = WrittenTimes(tree, occasion)
    // A unit's own files count where this changed them: others write there, too, for whom the next start is soon enough.
    let changed = try occasion.map { occasion in
      try ChangedUnits(occasion.paths, of: platform, in: tree)
    }
    let units = changed.map(platform.units(with:)) ?? platform.units.sorted { $0.order < $1.order }
    return Intentions(
      configuration: changed?.configuration ?? [], hostname: hostname, hostnameFile: try clock.written("/etc/hostname"),
      links: try links(tree, platform, occasion, interfaces),
      units: try units.map { unit in
        Unit(unit: unit, files: try clock.files(unit, and: changed?.files[unit.name.description] ?? []))
      })
  }

  private static func links(
    _ tree: Tree, _ platform: Platform, _ occasion: Occasion?, _ wanted: [InterfaceName]
  ) throws -> [Link] {
    let now = try ConfiguredInterface.all(of: platform, in: tree)
    guard let occasion else {
      return now.filter { wanted.contains($0.name) }.map { link($0, formerly: nil, formerFile: nil, changed: []) }
    }
    let images = occasion.images(in: Store(tree: tree))
    let former = try ConfiguredInterface.all(of: platform, in: FormerTree(tree, images: images))
    let changed = Set(occasion.paths)
    return now.compactMap { interface in
      let before = former.first { $0.name == interface.name }
      guard before?.settings != interface.settings else {
        return wanted.contains(interface.name) ? link(interface, formerly: nil, formerFile: nil, changed: []) : nil
      }
      let files = interface.files.filter(changed.contains)
      let image = before?.files.first(where: changed.contains).flatMap { images[$0] ?? nil }
      return link(interface, formerly: before, formerFile: image, changed: files)
    }
  }

  private static func link(
    _ now: ConfiguredInterface, formerly: ConfiguredInterface?, formerFile: TreePath?, changed: [TreePath]
  ) -> Link {
    let addresses = now.addresses.map(\.description).joined(separator: ", ")
    return Link(
      change: LinkChange(
        interface: now.name, expected: now.addresses, former: formerly?.addresses ?? [], formerFile: formerFile,
        backend: now.backend, losesMTU: formerly?.mtu != nil && now.mtu == nil),
      purpose: addresses.isEmpty ? "has another configuration" : "carries \(addresses)", changed: changed)
  }
}

/// When files came to be as they are.
private struct WrittenTimes {
  let tree: Tree
  let occasion: Occasion?
  private let changed: Set<TreePath>

  init(_ tree: Tree, _ occasion: Occasion?) {
    self.tree = tree
    self.occasion = occasion
    changed = Set(occasion?.paths ?? [])
  }

  func written(_ path: TreePath) throws -> Intentions.Written? {
    try tree.target(path).map { written(path, try tree.resolve(path), $0) }
  }

  /// Every file that a unit reads, and those that the transaction took away from it: then the directory tells when.
  ///
  /// - Parameter more: What the transaction changed of it besides.
  func files(_ unit: Platform.Unit, and more: [TreePath]) throws -> [Intentions.Written] {
    var files = try tree.files(matching: unit.files).filter { !isItsOwn($0.path) }.map { file in
      written(file.path, try tree.resolve(file.path), file.status)
    }
    for path in more where !files.contains(where: { $0.path == path }) {
      if let file = try written(path) { files.append(file) }
    }
    for entry in occasion?.entries ?? []
    where entry.kind == .remove && (unit.reads(entry.path.description) || more.contains(entry.path)) {
      let gone = try tree.status(entry.path) == nil
      guard gone, let directory = try tree.status(entry.path.parent) else { continue }
      files.append(
        Intentions.Written(
          path: entry.path, time: directory.identity.modified,
          former: occasion?.changes[entry.path].map { .init(changed: $0, time: 0) }))
    }
    return files
  }

  /// nova-compute writes the id itself where it finds none (nova/virt/node.py, `write_local_node_uuid`): no news to it.
  private func isItsOwn(_ path: TreePath) -> Bool {
    path.name == "compute_id" && !(occasion?.entries.contains { $0.path == path && $0.kind != .remove } ?? false)
  }

  private func written(_ path: TreePath, _ real: TreePath, _ status: FileStatus) -> Intentions.Written {
    var written = Intentions.Written(path: path, time: time(real, status))
    if let changed = occasion?.changes[real] {
      written.former = .init(changed: changed, time: status.identity.modified)
    }
    return written
  }

  /// A file that the transaction put in its place counts from that moment, which its change time has: one that a
  /// rollback brought back has its old modification time. Any other counts from its modification; a time in the future
  /// would restart its readers for ever, and the change time, the kernel's own, is never that.
  private func time(_ real: TreePath, _ status: FileStatus) -> Int64 {
    let identity = status.identity
    return changed.contains(real) ? identity.changed : min(identity.modified, identity.changed)
  }
}
