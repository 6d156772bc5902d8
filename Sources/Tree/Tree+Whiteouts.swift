internal import CLinux
internal import Glibc

extension Tree {
  /// The first below a directory that hides what a layer under it has: a whiteout, or an opaque directory (the kernel's overlayfs.rst,
  /// "whiteouts and opaque directories"). An overlay over the whole takes it for its own layer's, and shows nothing of it.
  public func firstWhiteout(below path: TreePath) throws(TreeError) -> TreePath? {
    guard let status = try status(path), status.kind == .directory, let directory = try directories.open(path) else {
      return nil
    }
    return try Self.firstWhiteout(directory, path)
  }

  private static func firstWhiteout(_ directory: CInt, _ path: TreePath) throws(TreeError) -> TreePath? {
    for name in try RawNames.all(directory, path, "look into") {
      let own = RawNames.path(path, name)
      var status = stat()
      guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFCHR where status.st_rdev == 0: return own
      case S_IFDIR:
        for attribute in ["trusted.overlay.opaque", "user.overlay.opaque"]
        where imprint_get_attribute_at(directory, name, attribute, nil, 0) > 0 { return own }
        let next = imprint_open_directory(directory, name)
        guard next >= 0 else { continue }
        defer { close(next) }
        if let found = try firstWhiteout(next, own) { return found }
      default: continue
      }
    }
    return nil
  }
}
