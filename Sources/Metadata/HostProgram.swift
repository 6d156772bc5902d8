internal import CLinux
internal import Glibc

/// A program of this machine that is waited for: mtools, VMware's rpctool, qemu-img. Named by its absolute path, with nothing but
/// PATH and LC_ALL=C in its environment, ended at the deadline or when it says too much.
public struct HostProgram: Sendable {
  /// The first of these that can be run.
  public let path: String

  public init?(_ paths: [String]) {
    guard let path = paths.first(where: { access($0, X_OK) == 0 }) else { return nil }
    self.path = path
  }

  public enum Outcome: Sendable, Hashable {
    case ended(status: Int, output: [UInt8])
    case tooSlow, tooMuch
    case cannotStart(errno: Int32)
  }

  /// - Parameter takingErrors: Whether what it says on standard error is part of its output; else it is thrown away.
  public func run(
    _ arguments: [String], within limit: Duration, most bytes: Int = 1 << 20, environment: [String] = [],
    takingErrors: Bool = false
  ) -> Outcome {
    var ends: [CInt] = [-1, -1]
    guard imprint_pipe(&ends) == 0 else { return .cannotStart(errno: errno) }
    defer { close(ends[0]) }
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    let variables = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"] + environment
    var settings = variables.map { strdup($0) } + [nil]
    defer { for text in words + settings { free(text) } }
    let process = imprint_start(path, &words, &settings, -1, ends[1], takingErrors ? ends[1] : -1)
    let reason = errno
    close(ends[1])
    guard process > 0 else { return .cannotStart(errno: reason) }
    let (output, ending) = read(ends[0], until: .now + limit, most: bytes)
    // Its whole group, where it has not come to its end.
    if let ending {
      kill(-process, SIGKILL)
      _ = imprint_wait(process)
      return ending
    }
    return .ended(status: Int(imprint_wait(process)), output: output)
  }

  /// To the end of its output, which is where such a program ends; or why not.
  private func read(
    _ pipe: CInt, until end: ContinuousClock.Instant, most: Int
  ) -> (output: [UInt8], ending: Outcome?) {
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = Glibc.read(pipe, &buffer, buffer.count)
      if count > 0 {
        output += buffer[..<count]
        if output.count > most { return (output, .tooMuch) }
        continue
      }
      if count == 0 { return (output, nil) }
      guard errno == EAGAIN || errno == EINTR else { return (output, nil) }
      let (seconds, attoseconds) = max(.zero, ContinuousClock.now.duration(to: end)).components
      let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
      guard milliseconds > 0 else { return (output, .tooSlow) }
      var wanted = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      _ = poll(&wanted, 1, CInt(clamping: milliseconds))
    }
  }
}
