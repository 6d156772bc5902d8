import Fixups
import Tree

/// A tree in memory: what a fixup reads in a test, and what its changes would make of it.
///
/// Directories come by themselves, root's and 0755. There are no devices and no errors of a disk.
struct MemoryTree: TreeReading {
  struct Item {
    var kind: FileKind
    var bytes: [UInt8] = []
    var attributes: FileAttributes
    var inode: UInt64
  }

  private(set) var items: [TreePath: Item] = [:]
  private var nextInode: UInt64 = 1

  /// Files by path, each with its text, root's and 0644.
  init(_ files: [String: String] = [:]) {
    makeDirectory(.root)
    for (path, text) in files.sorted(by: { $0.key < $1.key }) { write(path, text) }
  }

  mutating func write(_ path: String, _ text: String, owner: UInt32 = 0, group: UInt32 = 0, mode: UInt32 = 0o644) {
    write(path, Array(text.utf8), FileAttributes(owner: owner, group: group, mode: FileMode(mode)))
  }

  mutating func write(_ path: String, _ bytes: [UInt8], _ attributes: FileAttributes) {
    put(TreePath(path) ?? .root, Item(kind: .regular, bytes: bytes, attributes: attributes, inode: 0))
  }

  mutating func makeDirectory(_ path: String, owner: UInt32 = 0, group: UInt32 = 0, mode: UInt32 = 0o755) {
    makeDirectory(TreePath(path) ?? .root, FileAttributes(owner: owner, group: group, mode: FileMode(mode)))
  }

  mutating func makeLink(_ path: String, to target: String) {
    let attributes = FileAttributes(owner: 0, group: 0, mode: FileMode(0o777))
    put(
      TreePath(path) ?? .root,
      Item(kind: .symbolicLink, bytes: Array(target.utf8), attributes: attributes, inode: 0))
  }

  mutating func remove(_ path: String) { items[TreePath(path) ?? .root] = nil }

  subscript(path: String) -> String? {
    (TreePath(path).flatMap { try? file($0) }).map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  func attributes(_ path: String) -> FileAttributes? { TreePath(path).flatMap { items[$0]?.attributes } }

  /// The tree after a plan's changes. A key pair that is to be made becomes a text that names its request.
  func applying(_ changes: [Change]) -> MemoryTree {
    var tree = self
    for change in changes {
      switch change.action {
      case .write(.bytes(let bytes), let attributes):
        tree.put(change.path, Item(kind: .regular, bytes: bytes, attributes: attributes, inode: 0))
      case .write(.privateKey(let request), let attributes):
        let text = "PRIVATE KEY \(request.name)\n"
        tree.put(change.path, Item(kind: .regular, bytes: Array(text.utf8), attributes: attributes, inode: 0))
      case .write(.publicKey(let request), let attributes):
        let text = "ssh-\(request.type) AAAA\(request.name) \(request.comment)\n"
        tree.put(change.path, Item(kind: .regular, bytes: Array(text.utf8), attributes: attributes, inode: 0))
      case .remove: tree.items[change.path] = nil
      case .directory(let attributes): tree.makeDirectory(change.path, attributes)
      }
    }
    return tree
  }

  private mutating func put(_ path: TreePath, _ item: Item) {
    makeDirectory(path.parent)
    var item = item
    item.inode = nextInode
    nextInode += 1
    items[path] = item
  }

  private mutating func makeDirectory(_ path: TreePath, _ attributes: FileAttributes? = nil) {
    if path != .root { makeDirectory(path.parent) }
    if items[path] == nil {
      let usual = FileAttributes(owner: 0, group: 0, mode: FileMode(0o755))
      items[path] = Item(kind: .directory, attributes: attributes ?? usual, inode: nextInode)
      nextInode += 1
    } else if let attributes {
      items[path]?.attributes = attributes
    }
  }

  // MARK: TreeReading

  func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    let real = try resolve(path)
    guard let item = items[real] else { return nil }
    guard item.kind == .regular else {
      throw TreeError(.wrongKind, "read", real, reason: "it is a \(item.kind.rawValue)")
    }
    return FileSnapshot(path: real, bytes: item.bytes, attributes: item.attributes, identity: identity(of: item))
  }

  func status(_ path: TreePath) throws(TreeError) -> FileStatus? {
    let real = path == .root ? path : try resolve(path.parent).appending(path.name)
    return items[real].map {
      FileStatus(
        kind: $0.kind, attributes: $0.attributes, identity: identity(of: $0), links: $0.kind == .directory ? 2 : 1)
    }
  }

  func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    let real = try resolve(path)
    guard items[real]?.kind == .directory else { return nil }
    return items.filter { $0.key != .root && $0.key.parent == real }
      .map { DirectoryEntry(name: $0.key.name, kind: $0.value.kind) }
      .sorted { $0.name < $1.name }
  }

  func resolve(_ path: TreePath) throws(TreeError) -> TreePath { try resolve(path, links: 0) }

  private func resolve(_ path: TreePath, links: Int) throws(TreeError) -> TreePath {
    guard links < 40 else { throw TreeError(.symbolicLinkLoop, "follow", path, reason: "too many symbolic links") }
    var real = TreePath.root
    for (index, name) in path.components.enumerated() {
      real = real.appending(name)
      guard let item = items[real], item.kind == .symbolicLink else { continue }
      var target = TreePath.root
      let text = String(decoding: item.bytes, as: UTF8.self)
      if !text.hasPrefix("/") { target = real.parent }
      for part in text.split(separator: "/") where part != "." {
        target = part == ".." ? target.parent : target.appending(String(part))
      }
      for rest in path.components.dropFirst(index + 1) { target = target.appending(rest) }
      return try resolve(target, links: links + 1)
    }
    return real
  }

  private func identity(of item: Item) -> FileIdentity {
    FileIdentity(
      device: 1, inode: item.inode, size: UInt64(item.bytes.count), modified: Int64(item.inode),
      changed: Int64(item.inode))
  }
}
