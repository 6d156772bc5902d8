/// The only door to the target's files.
///
/// Everything is reached from one descriptor of the root, one component at a time, each opened with `O_NOFOLLOW`
/// from the descriptor of the one before. A symbolic link is read and its text walked the same way, `/` meaning the
/// root of the tree and `..` meaning the directory that we came from, so no link, absolute, relative, looping or
/// swapped while we look, leads outside. This is `openat2(RESOLVE_IN_ROOT)` spelled out: it needs no newer kernel
/// (CentOS 7 has 3.10), and since directories stay open, a file costs fewer calls than a walk for each.
internal import CLinux
internal import Glibc
internal import Synchronization

public final class Tree: TreeReading {
  /// The largest file that is read whole, bytes. Nothing that imprint edits is a hundredth of it.
  public static let sizeLimit: UInt64 = 64 << 20
  /// As the kernel's own limit (path_resolution(7)).
  static let linkLimit = 40

  /// The root as the user named it; for messages and for programs that need a path, never for opening files.
  public let rootPath: String
  let directories: Directories
  /// Where the SELinux policy keeps its file contexts, once it was looked for; nil inside where there is none.
  let policy = Mutex<TreePath??>(nil)

  public init(root: String) throws(TreeError) {
    let descriptor = imprint_open_root(root)
    guard descriptor >= 0 else { throw TreeError(root: root, errno: imprint_errno()) }
    rootPath = root
    directories = Directories(root: descriptor)
  }

  // MARK: reading

  public func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    let place = try locate(path)
    guard let parent = place.parent, let status = place.status else { return nil }
    do throws(TreeError) {
      return try read(place.path, in: parent, status)
    } catch {
      throw reached(error, from: path)
    }
  }

  func reached(_ error: TreeError, from path: TreePath) -> TreeError {
    error.reached(from: path) { (try? status($0)?.kind) == .symbolicLink }
  }

  /// The file at a place that was looked at a while ago: what changed there since is looked at anew.
  func file(at place: Place) throws(TreeError) -> FileSnapshot? {
    guard let parent = place.parent, let status = place.status else { return nil }
    do throws(TreeError) {
      return try read(place.path, in: parent, status)
    } catch {
      guard error.code == .changed || error.code == .absent else { throw error }
      return try file(place.path)
    }
  }

  public func status(_ path: TreePath) throws(TreeError) -> FileStatus? {
    try locate(path, followingLast: false).status
  }

  public func resolve(_ path: TreePath) throws(TreeError) -> TreePath { try locate(path).path }

  public func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? { try entries(at: locate(path)) }

  func entries(at place: Place) throws(TreeError) -> [DirectoryEntry]? {
    guard let status = place.status else { return nil }
    guard status.kind == .directory, let directory = try directories.open(place.path) else {
      throw wrongKind("list", place.path, status.kind, expected: "directory")
    }
    return try list(directory, place.path)
  }

  func list(_ directory: CInt, _ path: TreePath) throws(TreeError) -> [DirectoryEntry] {
    let raw = try rawEntries(directory, path)
    return raw.split(separator: 0).map { entry in
      DirectoryEntry(
        name: String(decoding: entry.dropFirst(), as: UTF8.self),
        kind: FileKind(entryType: CInt(entry[entry.startIndex] & 0x7F)))
    }
    .sorted { $0.name < $1.name }
  }

  /// What is in a directory: for each name a byte for its kind, then the name and a NUL.
  func rawEntries(_ directory: CInt, _ path: TreePath) throws(TreeError) -> [UInt8] {
    let descriptor = imprint_reopen_directory(directory)
    guard descriptor >= 0 else { throw TreeError("list", path, errno: imprint_errno()) }
    defer { close(descriptor) }
    var found: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 8 << 10)
    while true {
      let size = imprint_read_entries(descriptor, &buffer, buffer.count)
      guard size >= 0 else { throw TreeError("list", path, errno: imprint_errno()) }
      if size == 0 { return found }
      found += buffer[..<size]
    }
  }

  private func read(_ path: TreePath, in parent: CInt, _ status: FileStatus) throws(TreeError) -> FileSnapshot {
    // Looked at before it is opened: opening a device can already do something.
    guard status.kind == .regular else { throw wrongKind("read", path, status.kind, expected: "regular file") }
    guard status.identity.size <= Self.sizeLimit else {
      throw TreeError(
        .tooLarge, "read", path,
        reason: "it has \(status.identity.size) bytes; imprint reads files of up to \(Self.sizeLimit)",
        advice: "look at what filled it, and move it away")
    }
    let descriptor = path.withName { imprint_open_read(parent, $0) }
    guard descriptor >= 0 else { throw TreeError("read", path, errno: imprint_errno()) }
    defer { close(descriptor) }
    var opened = imprint_status()
    guard imprint_status_of(descriptor, &opened) == 0 else { throw TreeError("read", path, errno: imprint_errno()) }
    let current = FileStatus(opened)
    guard current.identity == status.identity, current.kind == .regular else {
      throw TreeError(.changed, "read", path, reason: "somebody replaced it meanwhile", advice: "run it again")
    }
    let bytes = try readAll(descriptor, size: Int(current.identity.size), path)
    return FileSnapshot(path: path, bytes: bytes, attributes: current.attributes, identity: current.identity)
  }

  private func readAll(_ descriptor: CInt, size: Int, _ path: TreePath) throws(TreeError) -> [UInt8] {
    var failure: CInt = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = 0
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if got < 0, imprint_errno() == EINTR { continue }
        if got < 0 { failure = imprint_errno() }
        if got <= 0 { return }
        count += got
      }
    }
    guard failure == 0 else { throw TreeError("read", path, errno: failure) }
    guard bytes.count == size else {
      throw TreeError(.changed, "read", path, reason: "it became shorter meanwhile", advice: "run it again")
    }
    return bytes
  }

  // MARK: finding

  /// Where a path ends: its real path, its directory where that exists, and what stands there.
  struct Place {
    var path: TreePath
    var parent: CInt?
    var status: FileStatus?
  }

  func locate(_ path: TreePath, followingLast: Bool = true) throws(TreeError) -> Place {
    var done: TreePath
    switch try directories.way(to: path) {
    case .absent: return Place(path: path, parent: nil, status: nil)
    // What is open was reached without a link. Most paths lie in it: then so is what stands there.
    case .open(let descriptor):
      let status = try Self.status(path, in: descriptor)
      if status?.kind != .symbolicLink || !followingLast {
        return Place(path: path, parent: descriptor, status: status)
      }
      done = path.parent
    case .stopped(let directory): done = directory
    }
    // From there on a component at a time.
    var pending = Array(path.components(below: done).reversed())
    // Each link that was followed, and how much of the path was left behind it.
    var links: [(path: TreePath, left: Int)] = []
    while let component = pending.popLast() {
      if component == ".." {  // only from the text of a link
        done = done.parent
        continue
      }
      let here = done.appending(component)
      guard let parent = try directories.open(done) else {
        // A directory that does not exist: the rest cannot be a link.
        return Place(path: Self.beyond(here, pending.reversed()), parent: nil, status: nil)
      }
      // The usual case costs one call at most: a directory on the way, open already or opened now, or nothing at all.
      if !pending.isEmpty {
        if try directories.open(here) != nil {
          done = here
          continue
        }
        if directories.isAbsent(here) {
          return Place(path: Self.beyond(here, pending.reversed()), parent: nil, status: nil)
        }
      }
      let status = try Self.status(here, in: parent)
      guard let status, status.kind == .symbolicLink, followingLast || !pending.isEmpty else {
        if pending.isEmpty { return Place(path: here, parent: parent, status: status) }
        if let status, status.kind != .directory {
          let error = wrongKind("reach \(path) through", here, status.kind, expected: "directory")
          throw links.last { $0.left <= pending.count }.map { error.led(by: $0.path) } ?? error
        }
        return Place(path: Self.beyond(here, pending.reversed()), parent: nil, status: nil)
      }
      links.append((here, pending.count))
      guard links.count <= Self.linkLimit else { throw TreeError(loopOn: path, over: links[0].path) }
      let target = try Self.link(here, in: parent)
      if target.first == UInt8(ascii: "/") { done = .root }
      for part in target.split(separator: UInt8(ascii: "/")).reversed() where !part.elementsEqual(".".utf8) {
        pending.append(String(decoding: part, as: UTF8.self))
      }
    }
    // The root itself, or a link that ended on a directory through `..`.
    guard let descriptor = try directories.open(done) else { return Place(path: done, parent: nil, status: nil) }
    var found = imprint_status()
    guard imprint_status_of(descriptor, &found) == 0 else { throw TreeError("reach", done, errno: imprint_errno()) }
    return Place(path: done, parent: try directories.open(done.parent), status: FileStatus(found))
  }

  /// The rest of a path below something that does not exist. Its `..` can only be taken by the letter; the root has
  /// none above it.
  private static func beyond(_ path: TreePath, _ rest: some Sequence<String>) -> TreePath {
    rest.reduce(path) { $1 == ".." ? $0.parent : $0.appending($1) }
  }

  static func status(_ path: TreePath, in parent: CInt) throws(TreeError) -> FileStatus? {
    var found = imprint_status()
    guard path.withName({ imprint_status_at(parent, $0, &found) }) != 0 else { return FileStatus(found) }
    let reason = imprint_errno()
    if reason == ENOENT || reason == ENOTDIR { return nil }
    throw TreeError("look at", path, errno: reason)
  }

  /// The text of the symbolic link at `path`; nil where there is none, or something else.
  public func linkText(_ path: TreePath) throws(TreeError) -> String? {
    let place = try locate(path, followingLast: false)
    guard let parent = place.parent, place.status?.kind == .symbolicLink else { return nil }
    return String(decoding: try Self.link(place.path, in: parent), as: UTF8.self)
  }

  private static func link(_ path: TreePath, in parent: CInt) throws(TreeError) -> [UInt8] {
    try link(path, in: parent, Array(path.name.utf8CString)).dropLast().map { UInt8(bitPattern: $0) }
  }

  /// The text of a symbolic link, with a NUL.
  ///
  /// - Parameter name: Its last name as the kernel has it.
  static func link(_ path: TreePath, in parent: CInt, _ name: RawNames.Name) throws(TreeError) -> [CChar] {
    var failure: CInt = 0
    let target = [CChar](unsafeUninitializedCapacity: 4097) { buffer, count in
      let size = imprint_read_link(parent, name, buffer.baseAddress, 4096)
      if size < 0 { failure = imprint_errno() }
      count = max(0, size) + 1
      buffer[count - 1] = 0
    }
    guard failure == 0, target.count <= 4096 else {
      throw TreeError("follow", path, errno: failure == 0 ? ENAMETOOLONG : failure)
    }
    return target
  }

  func wrongKind(_ operation: String, _ path: TreePath, _ kind: FileKind, expected: String) -> TreeError {
    TreeError(
      .wrongKind, operation, path, reason: "it is a \(kind.rawValue), not a \(expected)",
      advice: "move it away and put a \(expected) there")
  }
}
