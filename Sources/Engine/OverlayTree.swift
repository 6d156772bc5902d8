internal import Fixups
internal import Tree

/// A tree with changes on top that are not carried out: what the next fixup sees, so that two fixups may edit one
/// file without knowing of each other.
struct OverlayTree: TreeReading {
  let base: any TreeReading
  private(set) var changes: [TreePath: Change] = [:]
  /// The directories in which something changes.
  private var changed: Set<TreePath> = []

  init(_ base: any TreeReading) { self.base = base }

  init(_ base: any TreeReading, with changes: [Change]) {
    self.base = base
    for change in changes { add(change) }
  }

  mutating func add(_ change: Change) {
    changes[change.path] = change
    if !change.path.isRoot { changed.insert(change.path.parent) }
  }

  func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    if changes.isEmpty { return try base.file(path) }
    let real = try resolve(path)
    guard let change = changes[real] else { return try base.file(path) }
    guard case .write(let content, let attributes) = change.action else { return nil }
    let bytes: [UInt8] = if case .bytes(let bytes) = content { bytes } else { [] }
    // The identity stays that of the file on disk: commit compares it with what is there.
    let identity =
      if case .file(let before) = change.before { before.identity } else {
        FileIdentity(device: 0, inode: 0, size: UInt64(bytes.count), modified: 0, changed: 0)
      }
    return FileSnapshot(path: real, bytes: bytes, attributes: attributes, identity: identity)
  }

  func status(_ path: TreePath) throws(TreeError) -> FileStatus? {
    guard let change = changes[path] else { return try base.status(path) }
    let identity = FileIdentity(device: 0, inode: 0, size: 0, modified: 0, changed: 0)
    switch change.action {
    case .remove: return nil
    case .write(_, let attributes):
      let now = try base.status(path)?.identity ?? identity
      return FileStatus(kind: .regular, attributes: attributes, identity: now, links: 1)
    case .directory(let attributes):
      return FileStatus(kind: .directory, attributes: attributes, identity: identity, links: 2)
    }
  }

  func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    if changes.isEmpty { return try base.entries(path) }
    let real = try resolve(path)
    guard changed.contains(real) || changes[real] != nil else { return try base.entries(real) }
    let here = changes.values.filter { !$0.path.isRoot && $0.path.parent == real }
    let names = here.map(\.path.name)
    let made = zip(here, names).compactMap { change, name -> DirectoryEntry? in
      switch change.action {
      case .remove: nil
      case .write: DirectoryEntry(name: name, kind: .regular)
      case .directory: DirectoryEntry(name: name, kind: .directory)
      }
    }
    return try ((base.entries(real) ?? []).filter { !names.contains($0.name) } + made).sorted { $0.name < $1.name }
  }

  func resolve(_ path: TreePath) throws(TreeError) -> TreePath {
    let real = try base.resolve(path)
    guard real != path, !changes.isEmpty, changes[real] == nil, !path.isRoot else { return real }
    // A file that takes a link's place is where it leads.
    let own = try base.resolve(path.parent).appending(path.name)
    return changes[own] == nil ? real : own
  }
}
