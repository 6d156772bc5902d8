internal import CLinux
internal import Glibc
internal import Synchronization

/// The directories of a tree that are open: each reached from its parent's descriptor, never by a longer path.
final class Directories: Sendable {
  private let root: CInt
  private let open = Mutex<[TreePath: CInt]>([:])
  /// Where there was no directory. A plan asks for many that most trees lack; a write makes us look again.
  private let absent = Mutex<Set<TreePath>>([])

  /// Takes over `root`, an `O_PATH` descriptor.
  init(root: CInt) { self.root = root }

  deinit {
    for descriptor in open.withLock({ $0.values.map(\.self) }) { close(descriptor) }
    close(root)
  }

  /// A descriptor of the directory at `path`, which must have no symbolic link on the way; nil where there is none.
  func open(_ path: TreePath) throws(TreeError) -> CInt? {
    if path.isRoot { return root }
    if let known = open.withLock({ $0[path] }) { return known }
    if absent.withLock({ $0.contains(path) }) { return nil }
    guard let parent = try open(path.parent) else { return nil }
    // Paths are made without these; nothing else stands between a mistake and the world outside.
    guard path.name != "..", path.name != "." else { throw TreeError("open", path, errno: EXDEV) }
    let descriptor = imprint_open_directory(parent, path.name)
    guard descriptor >= 0 else {
      let reason = imprint_errno()
      if reason == ENOENT { _ = absent.withLock { $0.insert(path) } }
      if reason == ENOENT || reason == ENOTDIR || reason == ELOOP { return nil }
      throw TreeError("open", path, errno: reason)
    }
    let other = open.withLock { table -> CInt? in
      if let first = table[path] { return first }
      table[path] = descriptor
      return nil
    }
    guard let other else { return descriptor }
    close(descriptor)
    return other
  }

  /// The descriptor of a directory that is open already.
  func known(_ path: TreePath) -> CInt? { path.isRoot ? root : open.withLock { $0[path] } }

  /// Whether a path is that of a directory that is open, or of nothing at all: there is no link in it.
  func isSettled(_ path: TreePath) -> Bool { known(path) != nil || isAbsent(path) }

  /// What is known of the way to a path.
  enum Way {
    /// The last directory on it that is open already, and whether it is the one that the path lies in.
    case open(TreePath, CInt, isParent: Bool)
    /// Some directory on it is known not to be there, and no link either.
    case absent
  }

  /// What is known of the way to `path`, from its end.
  func way(to path: TreePath) -> Way {
    absent.withLock { absent in
      open.withLock { open in
        var (place, isParent) = (path.parent, !path.isRoot)
        while !place.isRoot {
          if let descriptor = open[place] { return .open(place, descriptor, isParent: isParent) }
          if absent.contains(place) { return .absent }
          (place, isParent) = (place.parent, false)
        }
        return .open(.root, root, isParent: isParent)
      }
    }
  }

  /// Whether nothing at all was found at `path` when it was to be opened.
  func isAbsent(_ path: TreePath) -> Bool { absent.withLock { $0.contains(path) } }

  /// Something is about to be made: what was absent may be there from now on.
  func forgetAbsent() { absent.withLock { $0.removeAll(keepingCapacity: true) } }

  func knows(_ path: TreePath) -> Bool { open.withLock { $0[path] != nil } }

  /// Closes what is known at and below `path`: it was renamed or removed.
  func forget(_ path: TreePath) {
    forgetAbsent()
    // Nothing below a directory is open that is not open itself.
    guard path.isRoot || knows(path) else { return }
    let gone = open.withLock { table -> [CInt] in
      let below = table.filter { $0.key.isWithin(path) }
      for key in below.keys { table[key] = nil }
      return below.values.map(\.self)
    }
    for descriptor in gone { close(descriptor) }
  }
}
