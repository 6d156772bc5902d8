internal import CLinux
internal import Glibc
internal import JSON
internal import Metadata

/// A qcow2 image, which OpenStack's images mostly are: sealed in a raw copy, and made anew from that, all of it or none.
///
/// qemu-img reads and writes the format. It is told which one, and never finds out by itself: a raw image may hold what looks like
/// the head of another, with the name of any file of this machine as its backing file. Both copies are files without a name
/// (`O_TMPFILE` in open(2)), so that nothing is left of them whatever happens.
public struct QcowImage: Sendable {
  private let path: String
  private let descriptor: Descriptor
  private let header: QcowHeader
  private let isCompressed: Bool
  private let program: HostProgram

  /// Whether a file begins as such an image does.
  static func hasHead(_ path: String) throws(EngineError) -> Bool {
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard opened >= 0 else {
      throw EngineError(.notPermitted, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    return head(Descriptor(opened)) != nil
  }

  private static func head(_ file: Descriptor) -> QcowHeader? {
    var status = stat()
    var bytes = [UInt8](repeating: 0, count: QcowHeader.size)
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      pread(file.number, &bytes, bytes.count, 0) == bytes.count
    else { return nil }
    return QcowHeader(bytes)
  }

  /// - Parameters:
  ///   - path: Links are followed.
  ///   - isOnlyRead: Others may read it at the same time.
  /// - Returns: nil for what is no regular file with a head of qcow2.
  /// - Throws: ``EngineError`` for one that is in use, damaged, or made of more than this file; and where there is no qemu-img.
  public init?(_ path: String, isOnlyRead: Bool = false) throws {
    guard let real = realpath(path, nil) else { return nil }
    self.path = String(cString: real)
    free(real)
    let opened = open(
      self.path, (isOnlyRead ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)
    guard opened >= 0 else { return nil }
    descriptor = Descriptor(opened)
    guard let header = Self.head(descriptor) else { return nil }
    self.header = header
    if let obstacle = header.obstacle {
      throw EngineError(.invalid, "\(path) is a qcow2 image, and \(obstacle.reason)", advice: obstacle.advice)
    }
    var status = stat()
    guard isOnlyRead || fstat(opened, &status) == 0 && status.st_nlink == 1 else {
      throw EngineError(
        .invalid, "\(path) has \(status.st_nlink) names, and under the others the image would stay as it is",
        advice: "make a copy of it, and take that")
    }
    // Nobody else may have it; from then on qemu-img may read it, too.
    guard isOnlyRead || imprint_claim_file(opened) == 0, imprint_claim_from_writers(opened) == 0 else {
      throw EngineError(.locked, "\(path) is in use: another program, such as qemu, has locked it")
    }
    guard let program = HostProgram(["/usr/bin/qemu-img", "/usr/local/bin/qemu-img"]) else {
      throw EngineError(
        .unavailable, "\(path) is a qcow2 image, and there is no qemu-img here",
        advice: "install qemu-utils, or qemu-img on Red Hat's systems")
    }
    self.program = program
    isCompressed = try Self.check(self.path, program)
  }

  /// Whether its clusters are compressed, as those of published images are.
  private static func check(_ path: String, _ program: HostProgram) throws -> Bool {
    let outcome = program.run(["check", "-f", "qcow2", "--output=json", path], within: longEnough)
    // Leaked clusters (3) do no harm, and are not copied.
    guard case .ended(let status, let output) = outcome, status == 0 || status == 3,
      case .object(let said)? = try? JSONNode(output, document: "qemu-img check").value
    else {
      // Once more, for what it says of it.
      let said = reason(program.run(["check", "-f", "qcow2", path], within: longEnough, takingErrors: true))
      throw EngineError(
        said.contains("lock") ? .locked : .invalid, "\(path) is not sound: \(said)", advice: "qemu-img check -r all")
    }
    if case .integer(let count)? = said["compressed-clusters"] { return count > 0 }
    return false
  }

  /// A terabyte takes its time.
  private static let longEnough = Duration.seconds(86_400)

  /// Lends the path of the root directory of a copy. Where the body says that it changed something there, an image like this one is
  /// made of the copy, and put in its place.
  ///
  /// - Returns: What the body returned, and whether nothing is left in the image of what it took out.
  public func withRoot<Result>(
    _ body: (MountedImage) throws -> (result: Result, hasChanged: Bool)
  ) throws -> (result: Result, isTrimmed: Bool) {
    var before = stat()
    guard fstat(descriptor.number, &before) == 0 else { throw failure("look at", path) }
    let (raw, (result, hasChanged)) = try rawCopy(in: directory) { mounted in
      try body(mounted)
    }
    guard hasChanged else { return (result, false) }
    let isTrimmed = trim(raw)
    try replace(before, with: another(of: raw, in: directory))
    return (result, isTrimmed)
  }

  /// Lends the path of the root directory of a copy, for which the directory has to have room. The image stays as it is.
  func read<Result>(in directory: String, _ body: (String) throws -> Result) throws -> Result {
    try rawCopy(in: directory) { try body($0.path) }.result
  }

  /// Makes an image like this one under a name that is not taken, of a copy whose root directory the body may change.
  ///
  /// - Returns: What the body returned, and how many bytes the new image takes up.
  func copy<Result>(to name: String, _ body: (String) throws -> Result) throws -> (result: Result, bytes: UInt64) {
    let folder = Self.directory(of: name)
    let (raw, result) = try rawCopy(in: folder) { try body($0.path) }
    _ = trim(raw)
    let made = try another(of: raw, in: folder)
    var (own, new) = (stat(), stat())
    // Whoever may read the template may read what is made of it, and nobody else.
    guard fstat(descriptor.number, &own) == 0, fchmod(made.number, own.st_mode & 0o777) == 0,
      fsync(made.number) == 0, fstat(made.number, &new) == 0,
      linkat(AT_FDCWD, Self.name(of: made), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
    else { throw failure("make", name) }
    return (result, UInt64(new.st_blocks) * 512)
  }

  /// A raw copy that the body had the root directory of.
  private func rawCopy<Result>(
    in directory: String, _ body: (MountedImage) throws -> Result
  ) throws -> (raw: Descriptor, result: Result) {
    let raw = try unnamed(in: directory)
    guard ftruncate(raw.number, off_t(header.diskSize)) == 0 else { throw failure("make room for", path) }
    try convert(["-n", "--target-is-zero", "-f", "qcow2", "-O", "raw", path, Self.name(of: raw)])
    // It lets go of the copy at the end.
    return (raw, try DiskImage(Self.name(of: raw), named: path).withMount(body))
  }

  /// Mounted anew: of what was removed just now, XFS has not let all go yet.
  private func trim(_ raw: Descriptor) -> Bool {
    (try? DiskImage(Self.name(of: raw), named: path).withMount { $0.trim() }) ?? false
  }

  /// An image like this one with the contents of a raw one.
  private func another(of raw: Descriptor, in directory: String) throws -> Descriptor {
    let made = try unnamed(in: directory)
    try convert(
      (isCompressed ? ["-c"] : []) + ["-f", "raw", "-O", "qcow2", "-o", header.options, Self.name(of: raw)]
        + [Self.name(of: made)])
    return made
  }

  private func convert(_ arguments: [String]) throws {
    let outcome = program.run(["convert"] + arguments, within: Self.longEnough, takingErrors: true)
    if case .ended(0, _) = outcome { return }
    throw EngineError(.inputOutput, "qemu-img did not copy \(path): \(Self.reason(outcome))")
  }

  /// Why it did not do it, in its own words.
  private static func reason(_ outcome: HostProgram.Outcome) -> String {
    guard case .ended(let status, let output) = outcome else { return "it could not be started, or took too long" }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").filter { !$0.isEmpty }
    return lines.isEmpty ? "it ended with \(status)" : lines.suffix(3).joined(separator: "; ")
  }

  /// The same owner, mode and attributes; durable before it gets the name.
  private func replace(_ before: stat, with made: Descriptor) throws {
    var now = stat()
    guard stat(path, &now) == 0, now.st_dev == before.st_dev, now.st_ino == before.st_ino,
      now.st_size == before.st_size, now.st_mtim.tv_sec == before.st_mtim.tv_sec,
      now.st_mtim.tv_nsec == before.st_mtim.tv_nsec
    else {
      throw EngineError(.inputOutput, "\(path) was changed by somebody meanwhile; nothing is done to it")
    }
    let temporary = directory + "/.imprint-\(getpid())-" + path.split(separator: "/").suffix(1).joined()
    guard fchown(made.number, before.st_uid, before.st_gid) == 0 || geteuid() != 0,
      fchmod(made.number, before.st_mode & 0o7777) == 0,
      imprint_copy_attributes(descriptor.number, made.number) == 0, fsync(made.number) == 0,
      linkat(AT_FDCWD, Self.name(of: made), AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0
    else { throw failure("write anew", path) }
    guard rename(temporary, path) == 0 else {
      let reason = errno
      unlink(temporary)
      errno = reason
      throw failure("replace", path)
    }
    let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(parent) }
    guard fsync(parent) == 0 else { throw failure("replace", path) }
  }

  private var directory: String { Self.directory(of: path) }

  private static func directory(of path: String) -> String {
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    return path.hasPrefix("/") ? "/" + parent : parent.isEmpty ? "." : parent
  }

  /// A file without a name.
  private func unnamed(in directory: String) throws -> Descriptor {
    let opened = imprint_unnamed_file(directory)
    guard opened >= 0 else { throw failure("make a copy of \(path) in", directory) }
    return Descriptor(opened)
  }

  /// What this process and those that it starts can open it by.
  private static func name(of file: Descriptor) -> String { "/proc/\(getpid())/fd/\(file.number)" }

  private func failure(_ operation: String, _ path: String) -> EngineError {
    let reason = errno
    return EngineError(
      reason == EACCES || reason == EPERM ? .notPermitted : .inputOutput,
      "cannot \(operation) \(path): \(String(cString: strerror(reason)))",
      advice: reason == EOPNOTSUPP ? "its file system has no files without a name; put it on another" : nil)
  }
}
