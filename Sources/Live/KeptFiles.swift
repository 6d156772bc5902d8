internal import Tree

/// Files that a daemon may write anew, in its own manner, when it is asked for something else: hostnamed the one with the
/// name, NetworkManager that of a connection which it rolls back. They are somebody's, with comments in them, and a transaction
/// that finds another file than it left is not undone.
struct KeptFiles: Sendable {
  private let tree: Tree
  private let files: [FileSnapshot]
  /// What else there is in their directories.
  private let others: Set<TreePath>

  /// As they are now; those that aren't there are no matter.
  init(_ paths: [String], below root: String = "/") throws(TreeError) {
    tree = try Tree(root: root)
    var files: [FileSnapshot] = []
    for path in paths.compactMap({ TreePath($0) }) {
      if let file = try tree.file(path) { files.append(file) }
    }
    self.files = files
    var others: Set<TreePath> = []
    for directory in Set(files.map(\.path.parent)) {
      for entry in try tree.entries(directory) ?? [] { others.insert(directory.appending(entry.name)) }
    }
    self.others = others
  }

  /// Puts back those that are not as they were.
  func putBack() throws(TreeError) {
    for file in files {
      let now = try tree.file(file.path)
      guard now?.bytes != file.bytes || now?.attributes != file.attributes else { continue }
      // A name that no reader of such a directory takes.
      let new = file.path.parent.appending(".imprint-\(file.path.name)")
      try tree.remove(new)
      try tree.create(
        new, file.bytes, file.attributes, like: now == nil ? nil : file.path,
        labelledFor: now == nil ? file.path : nil)
      try tree.synchronize([file.path.parent])
      try tree.rename(new, to: file.path)
      try tree.synchronize([file.path.parent])
    }
  }

  /// Removes a file beside them that was not there.
  func remove(new path: String) throws(TreeError) {
    guard let path = TreePath(path), !others.contains(path), files.contains(where: { $0.path.parent == path.parent })
    else { return }
    try tree.remove(path)
  }
}
