internal import Documents
internal import Tree

/// What an overlay over a directory does not show of it.
struct OverlayTemplate {
  let template: BakeTemplate
  let tree: Tree

  /// A layer is one file system: where another is mounted in it, an overlay shows the directory below that (mount(8), overlay).
  ///
  /// - Parameter table: as proc_pid_mountinfo(5) has it; mount points are the fifth word.
  /// - Throws: ``EngineError`` naming what is mounted in it.
  static func check(_ path: String, table: [UInt8]) throws(EngineError) {
    let above = path.hasSuffix("/") ? path : path + "/"
    let points = Lines(table).compactMap { line -> String? in
      let words = line.text.split(separator: " ")
      guard words.count > 4 else { return nil }
      let point = FileSystemTable.plain(words[4])
      return point.hasPrefix(above) ? String(point.dropFirst(above.count)) : nil
    }
    var seen: Set<String> = []
    let names = points.filter { seen.insert($0).inserted }.sorted()
    guard let first = names.first else { return }
    let all = names.count > 4 ? "\(first) and \(names.count - 1) more" : names.joined(separator: ", ")
    throw EngineError(
      .invalid,
      "\(all) of \(path) \(names.count == 1 ? "is a file system of its own" : "are file systems of their own"), of which an overlay over the template shows nothing",
      advice: "--form tree copies them too; or unmount what a node does without")
  }

  func check() throws { try Self.check(template.path, table: HostFile.read("/proc/self/mountinfo")) }

  /// Where the engines of containers keep layers.
  private static let stores: [TreePath] = [
    "/var/lib/docker/overlay2", "/var/lib/containers/storage/overlay",
    "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots",
  ]

  /// What to say of every node.
  func remarks() throws -> [String] {
    for store in Self.stores {
      guard let found = try tree.firstWhiteout(below: store) else { continue }
      return [
        "layers of containers in \(store) hide files of the layers below them (\(found)); an overlay over the template shows these files "
          + "again (bake it with --form tree, or without containers)"
      ]
    }
    return []
  }
}
