internal import Site
internal import Tree

extension TreePath {
  /// A path that a profile names, below the root of the tree.
  init(_ path: AbsolutePath) { self = TreePath(path.description) ?? .root }
}

extension TreeReading {
  /// A file that is looked at for what it may say, where anything else in its place is nobody's business.
  func glance(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    do throws(TreeError) {
      return try file(path)
    } catch {
      switch error.code {
      case .wrongKind, .tooLarge, .symbolicLinkLoop, .absent: return nil
      default: throw error
      }
    }
  }

  /// The files of a directory, links followed, by name; none where there is no such directory.
  func files(in directory: TreePath, where isWanted: (String) -> Bool) throws(TreeError) -> [(
    name: String, file: FileSnapshot
  )] {
    var found: [(name: String, file: FileSnapshot)] = []
    for entry in try listing(directory) ?? [] where isWanted(entry.name) {
      guard [.regular, .symbolicLink, .unknown].contains(entry.kind) else { continue }
      if let file = try glance(directory.appending(entry.name)) { found.append((entry.name, file)) }
    }
    return found
  }
}

extension Situation {
  /// Where to create a file, and whose it becomes: `owner` and `group` where files can be given away, else those of the
  /// directory that it goes to.
  func newFile(
    _ path: TreePath, owner: UInt32 = 0, group: UInt32 = 0, mode: UInt32
  ) throws(TreeError) -> (path: TreePath, attributes: FileAttributes) {
    let real = try tree.resolve(path)
    var attributes = FileAttributes(owner: owner, group: group, mode: FileMode(mode))
    guard !ownerCanChange else { return (real, attributes) }
    var parent = real.parent
    while parent != .root, try tree.status(parent) == nil { parent = parent.parent }
    if let status = try tree.status(parent) {
      attributes.owner = status.attributes.owner
      attributes.group = status.attributes.group
    }
    return (real, attributes)
  }
  /// The directories that have to be made before a file can be: none where it has a place.
  func missingParents(of path: TreePath, because reason: String) throws(TreeError) -> [Change] {
    var missing: [TreePath] = []
    var parent = try tree.resolve(path).parent
    while parent != .root, try tree.status(parent) == nil {
      missing.insert(parent, at: 0)
      parent = parent.parent
    }
    let attributes = try newFile(path, mode: 0o755).attributes
    return missing.map { Change($0, .directory(attributes), before: .absent, reasons: [reason]) }
  }
}
