internal import Glibc

/// A file that the user named, on the machine that imprint runs on: the site file. Not the target's: that is Tree's.
public enum HostFile {
  static let sizeLimit = 16 << 20

  static func read(_ path: String) throws(EngineError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
    guard status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFIFO else {
      throw EngineError(.invalid, "cannot read \(path): it is not a file")
    }
    // Opening must not wait for a writer; reading from one that is slow (a shell's `<(…)`) must.
    guard fcntl(descriptor, F_SETFL, O_RDONLY) == 0 else { throw failure("read", path) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 8 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= sizeLimit else { throw EngineError(.invalid, "cannot read \(path): it is far too large") }
    }
  }

  /// The same; nil where there is none.
  static func find(_ path: String) throws(EngineError) -> [UInt8]? {
    guard access(path, F_OK) == 0 || errno != ENOENT && errno != ENOTDIR else { return nil }
    return try read(path)
  }

  /// Writes a new file; one that is there stays as it is.
  public static func create(_ path: String, _ text: String) throws(EngineError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0o644)
    guard descriptor >= 0 else { throw failure("create", path) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = failure("write", path)
        unlink(path)
        throw error
      }
      done += count
    }
  }

  private static func failure(_ operation: String, _ path: String) -> EngineError {
    let reason = errno
    let code: EngineError.Code =
      switch reason {
      case EEXIST: .cannotCreate
      case EACCES, EPERM: .notPermitted
      case ENOSPC, EROFS, EIO, EDQUOT: .inputOutput
      default: .invalid
      }
    return EngineError(code, "cannot \(operation) \(path): \(String(cString: strerror(reason)))")
  }
}
