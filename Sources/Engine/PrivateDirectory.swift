internal import CLinux
internal import Glibc

/// A directory that only we can enter, in memory where there is such a place. It is locked for as long as its maker lives (flock(2)):
/// what nobody locks was left by one that was killed. Its name says who makes it, so that one whose maker is at work is not even opened.
struct PrivateDirectory {
  private static let places = ["/dev/shm", "/run", "/tmp"]
  /// Each user's own.
  private static var prefix: String { "imprint-keys-\(geteuid())-" }

  let path: String
  private let descriptor: CInt

  init() throws {
    for place in Self.places {
      // Whoever clears away at this moment may be quicker than the lock.
      for _ in 0..<8 {
        var template = Array("\(place)/\(Self.prefix)\(Maker.this)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { break }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let descriptor = Self.locked(path) else {
          rmdir(path)
          continue
        }
        (self.path, self.descriptor) = (path, descriptor)
        return
      }
    }
    throw EngineError(
      .inputOutput,
      "cannot make a private directory in \(Self.places.joined(separator: ", ")): \(String(cString: strerror(errno)))")
  }

  private init(path: String, descriptor: CInt) { (self.path, self.descriptor) = (path, descriptor) }

  /// Opened and locked; nil where it is another's: of another user, of a living process, or gone by now.
  private static func locked(_ path: String) -> CInt? {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var (opened, there) = (stat(), stat())
    guard imprint_lock(descriptor, 0, 0) == 0, fstat(descriptor, &opened) == 0, opened.st_uid == geteuid(),
      lstat(path, &there) == 0, there.st_ino == opened.st_ino, there.st_dev == opened.st_dev
    else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  func remove() {
    for name in Self.names(in: path) { unlink("\(path)/\(name)") }
    rmdir(path)
    close(descriptor)
  }

  private static func names(in path: String, from prefix: String = "") -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // Of a directory that everybody writes to, few names are worth a string.
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          strncmp($0, prefix, prefix.utf8.count) == 0 ? String(cString: $0) : "."
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes those that were left, and says which.
  static func removeLeft() -> [String] {
    // Where this one would make its own; another is the first choice of nobody.
    guard let place = places.first(where: { access($0, W_OK) == 0 }) else { return [] }
    return names(in: place, from: prefix).sorted().compactMap { name in
      let path = "\(place)/\(name)"
      let parts = name.dropFirst(prefix.utf8.count).split(separator: "-", omittingEmptySubsequences: false)
      // An older imprint's names nobody.
      guard parts.last?.utf8.count == 6, [1, 3].contains(parts.count), Maker(parts)?.isAtWork(in: path) != true,
        let descriptor = locked(path)
      else { return nil }
      PrivateDirectory(path: path, descriptor: descriptor).remove()
      return path
    }
  }
}

/// The process that makes a directory, as its name has it: the inode of its PID namespace and its number in that (pid_namespaces(7)).
private struct Maker: CustomStringConvertible {
  /// Keys are made in less. Whoever has the number of a maker of before may be another process.
  private static let longest = 60

  let namespace: UInt64
  let process: pid_t

  static var this: Maker { Maker(namespace: ownNamespace, process: getpid()) }

  private init(namespace: UInt64, process: pid_t) { (self.namespace, self.process) = (namespace, process) }

  init?(_ parts: [Substring]) {
    guard parts.count == 3, let namespace = UInt64(parts[0]), let process = pid_t(parts[1]), process > 0 else {
      return nil
    }
    self.init(namespace: namespace, process: process)
  }

  /// 0 where there is no /proc to tell.
  private static var ownNamespace: UInt64 {
    var status = stat()
    return stat("/proc/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : 0
  }

  /// Whether it lives and has only just made the directory. Where that cannot be told, as from another namespace, the lock tells.
  func isAtWork(in path: String) -> Bool {
    var status = stat()
    guard namespace != 0, namespace == Self.ownNamespace, kill(process, 0) == 0 || errno == EPERM,
      lstat(path, &status) == 0
    else { return false }
    return (0...Self.longest).contains(time(nil) - status.st_mtim.tv_sec)
  }

  var description: String { "\(namespace)-\(process)" }
}

/// Private keys that were being made when imprint was killed, and that nobody uses.
public enum LeftKeys {
  /// Removes those of this user, and never what another process is making.
  ///
  /// - Returns: a remark on each.
  public static func remove() -> [String] {
    PrivateDirectory.removeLeft().map { "\($0) had the keys that a killed imprint was making, and is removed" }
  }
}
