internal import Glibc
internal import Tree

/// What nodes are baked from: a directory with a whole tree, an image, raw or qcow2, or a block device.
struct BakeTemplate: Sendable {
  /// Its real path.
  let path: String
  let isDirectory: Bool
  let isQcow: Bool
  /// Of an image its size and when it was last written to, in nanoseconds; of a directory, whose files nobody looks at for this, nil.
  let state: String?

  /// - Throws: ``EngineError`` for what is neither, and for the running system's own root.
  init(_ name: String) throws(EngineError) {
    path = try Self.real(name)
    var status = stat()
    guard stat(path, &status) == 0 else { throw Self.failure(name) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: isDirectory = true
    case S_IFREG, S_IFBLK: isDirectory = false
    default:
      throw EngineError(
        .usage, "cannot bake from \(name): it is neither a directory, nor an image or a block device")
    }
    isQcow = isDirectory ? false : try QcowImage.hasHead(path)
    state =
      status.st_mode & S_IFMT == S_IFREG
      ? "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)" : nil
    guard isDirectory else { return }
    do {
      guard try !SealTarget.isRunning(Tree(root: path)) else {
        throw EngineError(
          .usage, "\(name) is the running system, which changes while it is copied",
          advice: "bake from a copy of its disk")
      }
    } catch {
      throw EngineError(error) ?? EngineError(.inputOutput, "cannot bake from \(name): \(error)")
    }
  }

  /// The forms that it can take.
  var forms: [BakeForm] { isDirectory ? [.tree, .overlay] : [isQcow ? .qcow2 : .image] }

  /// - Throws: ``EngineError`` where one of the two lies inside the other: a copy would go on copying itself.
  func check(apartFrom folder: String) throws(EngineError) {
    try check(doesNotHold: folder)
    if isDirectory, try Self.isBelow(path, folder) {
      throw EngineError(
        .usage, "the template \(path) lies inside \(folder)", advice: "name a directory beside it with --into")
    }
  }

  /// - Throws: ``EngineError`` where a directory, or one that is yet to be made in it, is a part of the template.
  func check(doesNotHold folder: String) throws(EngineError) {
    guard isDirectory else { return }
    if try Self.isBelow(folder, path) {
      throw EngineError(
        .usage, "\(folder) lies inside the template \(path), and would be copied into itself",
        advice: "name a directory beside it with --into")
    }
  }

  /// Whether a directory is another or below it: upwards, since the names of a bind mount say nothing.
  private static func isBelow(_ path: String, _ other: String) throws(EngineError) -> Bool {
    var (wanted, here) = (stat(), stat())
    guard stat(other, &wanted) == 0 else { throw failure(other) }
    var place = path
    while true {
      guard stat(place, &here) == 0 else { throw failure(place) }
      if here.st_dev == wanted.st_dev, here.st_ino == wanted.st_ino { return true }
      guard let slash = place.lastIndex(of: "/"), place != "/" else { return false }
      place = slash == place.startIndex ? "/" : String(place[..<slash])
    }
  }

  /// The path without links (realpath(3)).
  static func real(_ name: String) throws(EngineError) -> String {
    guard let found = realpath(name, nil) else { throw failure(name) }
    defer { free(found) }
    return String(cString: found)
  }

  private static func failure(_ name: String) -> EngineError {
    let reason = errno
    return EngineError(
      [EACCES, EPERM].contains(reason) ? .notPermitted : .invalid,
      "cannot look at \(name): \(String(cString: strerror(reason)))")
  }
}
