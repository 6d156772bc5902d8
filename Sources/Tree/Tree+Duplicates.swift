internal import CLinux
internal import Glibc

extension Tree {
  /// Whether a file may be written to by who does not go by this name: it has more names than `names`, or somebody has it open.
  public func isWrittenElsewhere(_ path: TreePath, names: UInt64) throws(TreeError) -> Bool {
    guard let parent = try directories.open(path.parent), let status = try Self.status(path, in: parent),
      status.kind == .regular
    else { return false }
    return status.links > names || imprint_is_being_written(parent, path.name) != 0
  }

  /// Copies a file with its bytes, attributes, ACLs, labels and times, into one of its own. Not flushed.
  public func duplicate(_ path: TreePath, as other: TreePath, _ attributes: FileAttributes) throws(TreeError) {
    let (parent, target) = (try parent(of: path, "copy"), try parent(of: other, "create"))
    let from = imprint_open_read(parent, path.name)
    guard from >= 0 else { throw failure("copy", path, imprint_errno()) }
    defer { close(from) }
    var status = imprint_status()
    try check(imprint_status_of(from, &status), "copy", path)
    let to = imprint_create(target, other.name)
    guard to >= 0 else { throw failure("create", other, imprint_errno()) }
    defer { close(to) }
    _ = try TreeCopy.copyBytes(from, to, status, path)
    try copyExtendedAttributes(from: path, to: to, other)
    try dress(to, attributes, other)
    try check(imprint_copy_times(parent, path.name, target, other.name), "set the times of", other)
  }
}
