internal import CLinux
internal import Glibc

/// The process of one run of a ``Command``.
@LiveActor final class ChildProcess {
  enum Ending {
    case itself(Int)
    case tooSlow, cancelled
  }

  private let process: pid_t
  private let exit: CInt

  /// The streams are the child's from here on: our copies of its ends are closed.
  init(_ command: Command, input: ChildInput?, output: ChildOutput, errors: ChildOutput) throws(CommandFailure) {
    let reason: CInt
    (process, reason) = Self.spawn(command, input?.theirs ?? -1, output.theirs, errors.theirs)
    input?.closeTheirs()
    output.closeTheirs()
    errors.closeTheirs()
    guard process > 0 else { throw .cannotStart(command, errno: reason) }
    exit = imprint_watch_exit(process)
    guard exit >= 0 else {
      let reason = imprint_errno()
      kill(-process, SIGKILL)
      _ = imprint_wait(process)
      throw .cannotStart(command, errno: reason)
    }
  }

  private static func spawn(
    _ command: Command, _ input: CInt, _ output: CInt, _ errors: CInt
  ) -> (process: pid_t, errno: CInt) {
    let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]
    var arguments = ([command.program] + command.arguments).map { strdup($0) } + [nil]
    var variables = (environment + command.environment).map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    let process = imprint_start(command.program, &arguments, &variables, input, output, errors)
    return (process, imprint_errno())
  }

  func end(by deadline: ContinuousClock.Instant) async -> Ending {
    defer { Glibc.close(exit) }
    let ending: Ending
    do {
      if try await LiveActor.ready(exit, until: deadline) { return .itself(Int(imprint_wait(process))) }
      ending = .tooSlow
    } catch {
      ending = .cancelled
    }
    // In a task of its own: that this one is cancelled must not keep it from waiting.
    await LiveActor.task { await self.stop() }.value
    return ending
  }

  /// Asks it and its children to end.
  func terminate() { kill(-process, SIGTERM) }

  private func stop() async {
    kill(-process, SIGTERM)
    _ = try? await LiveActor.ready(exit, until: .now + .seconds(2))
    // Also where the program itself has gone: its children may not have. Until it is waited for, the group's number is its.
    kill(-process, SIGKILL)
    // What hangs in the kernel cannot be ended; nobody waits for it for ever.
    if (try? await LiveActor.ready(exit, until: .now + .seconds(2))) == true { _ = imprint_wait(process) }
  }
}

/// What a child says on a stream of its own, or on both.
@LiveActor final class ChildOutput {
  enum Keeping {
    /// The last bytes of whatever comes.
    case last(Int)
    /// All of it, unless it is more than that.
    case first(Int)
  }

  private(set) var theirs: CInt
  private let ours: CInt
  private let keeping: Keeping
  private(set) var bytes: [UInt8] = []
  private(set) var isTooLong = false

  init(of command: Command, keeping: Keeping) throws(CommandFailure) {
    var pipe: [CInt] = [-1, -1]
    guard imprint_pipe(&pipe) == 0 else { throw .cannotStart(command, errno: imprint_errno()) }
    (ours, theirs) = (pipe[0], pipe[1])
    self.keeping = keeping
  }

  /// Until nobody holds the other end any more, it is more than is kept, or the task is cancelled.
  func read() async {
    while (try? await LiveActor.ready(ours, until: nil)) == true, take(), !isTooLong {}
  }

  /// What is there now; false at the end.
  private func take() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let count = Glibc.read(ours, &buffer, buffer.count)
    if count > 0 { keep(buffer[..<count]) }
    return count > 0 || (count < 0 && [EAGAIN, EINTR].contains(imprint_errno()))
  }

  private func keep(_ more: ArraySlice<UInt8>) {
    switch keeping {
    case .last(let size): bytes = Array((bytes + more).suffix(size))
    case .first(let size):
      if bytes.count + more.count > size { isTooLong = true } else { bytes += more }
    }
  }

  /// A program that ends at once may have ended before its pipe was looked at.
  func takeRest() {
    var buffer: CInt = 0
    while ioctl(ours, UInt(FIONREAD), &buffer) == 0, buffer > 0, !isTooLong, take() {}
  }

  func closeTheirs() {
    if theirs >= 0 { Glibc.close(theirs) }
    theirs = -1
  }

  func close() {
    takeRest()
    closeTheirs()
    Glibc.close(ours)
  }

  var lastLines: [String] {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(12)
    return lines.map { String($0.filter { !$0.isASCII || $0 >= " " || $0 == "\t" }) }
  }
}

/// What a child finds on its standard input.
@LiveActor final class ChildInput {
  private(set) var theirs: CInt
  private var ours: CInt
  private let bytes: [UInt8]

  init(of command: Command, _ bytes: [UInt8]) throws(CommandFailure) {
    var ends: [CInt] = [-1, -1]
    guard imprint_input(&ends) == 0 else { throw .cannotStart(command, errno: imprint_errno()) }
    (theirs, ours) = (ends[0], ends[1])
    self.bytes = bytes
  }

  /// All of it, and then its end; less where the child reads no more.
  func write() async {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(ours, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if [EAGAIN, EINTR].contains(imprint_errno()) {
        guard (try? await LiveActor.ready(ours, events: Int16(POLLOUT), until: nil)) == true else { return }
      } else {
        break
      }
    }
    shutdown(ours, CInt(SHUT_WR))
  }

  func closeTheirs() {
    if theirs >= 0 { Glibc.close(theirs) }
    theirs = -1
  }

  func close() {
    closeTheirs()
    if ours >= 0 { Glibc.close(ours) }
    ours = -1
  }
}
