internal import CLinux
internal import Glibc
internal import Synchronization

/// The directories of a tree that are open: each reached from its parent's descriptor, never by a longer path.
final class Directories: Sendable {
  private let root: CInt
  private let known: Mutex<KnownDirectories>

  /// Takes over `root`, an `O_PATH` descriptor.
  init(root: CInt) {
    self.root = root
    known = Mutex(KnownDirectories(root: root))
  }

  deinit {
    for descriptor in known.withLock({ $0.forgetAll() }) { close(descriptor) }
    close(root)
  }

  /// A descriptor of the directory at `path`, which must have no symbolic link on the way; nil where there is none.
  func open(_ path: TreePath) throws(TreeError) -> CInt? {
    if path.isRoot { return root }
    return try known.withLock { known throws(TreeError) in try known.open(path) }
  }

  /// The descriptor of a directory that is open already.
  func known(_ path: TreePath) -> CInt? { path.isRoot ? root : known.withLock { $0.descriptor(path) } }

  /// Whether a path is that of a directory that is open, or of nothing at all: there is no link in it.
  func isSettled(_ path: TreePath) -> Bool { path.isRoot || known.withLock { $0.states[path] != nil } }

  /// Where the way to a directory ends.
  enum Way {
    case open(CInt)
    /// Some directory on it is not there, and no link either.
    case absent
    /// This is the last directory on it; what follows is a link, or something else.
    case stopped(TreePath)
  }

  /// The way to the directory that `path` lies in, opened as far as it goes.
  func way(to path: TreePath) throws(TreeError) -> Way {
    path.isRoot ? .stopped(.root) : try known.withLock { known throws(TreeError) in try known.wayToParent(of: path) }
  }

  /// Whether nothing at all was found at `path` when it was to be opened.
  func isAbsent(_ path: TreePath) -> Bool {
    if case .absent = known.withLock({ $0.states[path] }) { true } else { false }
  }

  /// Something is about to be made: what was absent may be there from now on.
  func forgetAbsent() { known.withLock { $0.forgetAbsent() } }

  func knows(_ path: TreePath) -> Bool { !path.isRoot && known(path) != nil }

  /// Closes what is known at and below `path`: it was renamed or removed.
  func forget(_ path: TreePath) {
    forgetAbsent()
    // Nothing below a directory is open that is not open itself.
    guard path.isRoot || knows(path) else { return }
    for descriptor in known.withLock({ $0.forget(path) }) { close(descriptor) }
  }
}

/// What was found where directories were asked for.
private struct KnownDirectories {
  enum State {
    case open(CInt)
    /// Nothing at all, and no link. A plan asks for many that most trees lack; a write makes us look again.
    case absent
  }

  let root: CInt
  private(set) var states = PathTable<State>(capacity: 128)
  private var hasAbsent = false

  init(root: CInt) { self.root = root }

  func descriptor(_ path: TreePath) -> CInt? {
    if case .open(let descriptor) = states[path] { descriptor } else { nil }
  }

  mutating func open(_ path: TreePath) throws(TreeError) -> CInt? {
    let way = try path.bytes { bytes throws(TreeError) in try self.way(to: bytes) }
    return if case .open(let descriptor) = way { descriptor } else { nil }
  }

  mutating func wayToParent(of path: TreePath) throws(TreeError) -> Directories.Way {
    try path.bytes { bytes throws(TreeError) in try way(to: Self.parent(bytes)) }
  }

  private typealias Bytes = UnsafeBufferPointer<UInt8>

  private static func parent(_ path: Bytes) -> Bytes {
    Bytes(rebasing: path[..<(path.lastIndex(of: UInt8(ascii: "/")) ?? 0)])
  }

  /// Opens what is not known yet of the way to the directory that these bytes name; none are the root.
  private mutating func way(to name: Bytes) throws(TreeError) -> Directories.Way {
    func directory(_ length: Int) -> TreePath {
      length == 0 ? .root : TreePath(verbatim: String(decoding: Bytes(rebasing: name[..<length]), as: UTF8.self))
    }
    // From its end to the last that is known, and from there on.
    var (last, descriptor) = (name, root)
    search: while !last.isEmpty {
      switch states[last] {
      case .open(let found):
        descriptor = found
        break search
      case .absent: return .absent
      case nil: last = Self.parent(last)
      }
    }
    var end = last.count
    while end < name.count {
      let start = end + 1
      let next = name[start...].firstIndex(of: UInt8(ascii: "/")) ?? name.count
      // Paths are made without `.` and `..`; nothing else stands between a mistake and the world outside.
      let isName = next - start > 2 || name[start..<next].contains { $0 != UInt8(ascii: ".") }
      guard isName else { throw TreeError("open", directory(next), errno: EXDEV) }
      let opened = imprint_open_component(descriptor, name.baseAddress! + start, next - start)
      guard opened >= 0 else {
        let reason = imprint_errno()
        if reason == ENOTDIR || reason == ELOOP { return .stopped(directory(end)) }
        guard reason == ENOENT else { throw TreeError("open", directory(next), errno: reason) }
        states.record(.absent, at: directory(next))
        hasAbsent = true
        return .absent
      }
      states.record(.open(opened), at: directory(next))
      (descriptor, end) = (opened, next)
    }
    return .open(descriptor)
  }

  mutating func forgetAbsent() {
    guard hasAbsent else { return }
    states.keep { _, state in if case .open = state { true } else { false } }
    hasAbsent = false
  }

  /// Forgets what is at and below a path, and gives the descriptors.
  mutating func forget(_ path: TreePath) -> [CInt] {
    var gone: [CInt] = []
    states.keep { other, state in
      guard other.isWithin(path) else { return true }
      if case .open(let descriptor) = state { gone.append(descriptor) }
      return false
    }
    return gone
  }

  mutating func forgetAll() -> [CInt] { forget(.root) }
}
