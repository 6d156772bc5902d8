internal import Glibc
internal import Tree

extension Tree {
  /// Writes a file below /run, which lasts until the next boot; never without the file, not even between two contents.
  func writeRunFile(_ text: String, to path: TreePath) throws {
    let (owner, group) = (geteuid(), getegid())
    for directory: TreePath in ["/run", path.parent] where try status(directory) == nil {
      try makeDirectory(directory, FileAttributes(owner: owner, group: group, mode: FileMode(0o755)))
    }
    let attributes = FileAttributes(owner: owner, group: group, mode: FileMode(0o644))
    let bytes = Array(text.utf8)
    guard try status(path) != nil else { return try create(path, bytes, attributes) }
    try overwrite(path, bytes, attributes)
  }
}
