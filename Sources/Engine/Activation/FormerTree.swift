internal import Transaction
internal import Tree

/// A tree as it was before transactions, as far as files go: what they replaced or removed is read from the images that
/// they kept.
struct FormerTree: TreeReading {
  let tree: Tree
  /// Where they are; nil for what was created.
  let images: [TreePath: TreePath?]

  init(_ tree: Tree, images: [TreePath: TreePath?]) {
    self.tree = tree
    self.images = images
  }

  func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    let real = try resolve(path)
    guard let image = images[real] else { return try tree.file(real) }
    guard let image, var file = try tree.file(image) else { return nil }
    file.path = real
    return file
  }

  func status(_ path: TreePath) throws(TreeError) -> FileStatus? {
    guard let image = images[path] else { return try tree.status(path) }
    return try image.flatMap { image throws(TreeError) in try tree.status(image) }
  }

  func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    let real = try resolve(path)
    var found = (try tree.entries(real) ?? []).filter { images[real.appending($0.name)] == nil }
    for (path, image) in images where image != nil && !path.isRoot && path.parent == real {
      found.append(DirectoryEntry(name: path.name, kind: .regular))
    }
    return found.sorted { $0.name < $1.name }
  }

  func resolve(_ path: TreePath) throws(TreeError) -> TreePath { try tree.resolve(path) }
}
