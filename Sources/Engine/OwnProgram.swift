internal import Glibc

/// The file that this program was started from (proc(5), /proc/self/exe).
enum OwnProgram {
  /// By its path: for who starts it later.
  static func path() throws(EngineError) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard length > 0 else { throw EngineError(.unavailable, "this program's own path cannot be read from /proc") }
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// For a child of this process: the very same file, also where another has taken its place since.
  static func again() throws(EngineError) -> String {
    let path = try path()
    var (running, there) = (stat(), stat())
    let isThere =
      stat("/proc/self/exe", &running) == 0 && stat(path, &there) == 0 && running.st_dev == there.st_dev
      && running.st_ino == there.st_ino
    return isThere ? path : "/proc/self/exe"
  }
}
