internal import CLinux
internal import Glibc

/// A program of this machine, run to its end: what has no bus, such as ifup.
///
/// It starts with nothing but PATH and LC_ALL=C in its environment, and in a process group of its own, so that what reaches
/// imprint's terminal does not reach it. What it leaves running is left alone, and not waited for.
public struct Command: Sendable, Hashable {
  /// An absolute path.
  public var program: String
  public var arguments: [String]

  /// How it ended.
  public struct Outcome: Sendable, Hashable {
    /// The exit status; 128 and the signal's number where a signal ended it.
    public let status: Int
    /// Of both streams, the last few lines.
    public let lastLines: [String]
  }

  public init(_ program: String, _ arguments: [String] = []) {
    self.program = program
    self.arguments = arguments
  }

  /// Runs it. After the deadline its whole process group gets SIGTERM, and SIGKILL two seconds later.
  @LiveActor public func run(within limit: Duration) async throws(CommandFailure) -> Outcome {
    let child = try Child(self)
    let reading = LiveActor.task { await child.read() }
    let ending = await child.end(by: .now + limit)
    reading.cancel()
    await reading.value
    let lines = child.close()
    switch ending {
    case .itself(let status): return Outcome(status: status, lastLines: lines)
    case .tooSlow: throw .tooSlow(self, limit, lines)
    case .cancelled: throw .cancelled(self)
    }
  }
}

/// Why a program did not come to its end.
public enum CommandFailure: Error, Sendable, Hashable {
  /// ENOENT: it isn't there.
  case cannotStart(Command, errno: CInt)
  /// It was ended; with the last lines that it said.
  case tooSlow(Command, Duration, [String])
  case cancelled(Command)
}

extension CommandFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotStart(let command, let errno): "cannot run \(command.program): \(String(cString: strerror(errno)))"
    case .tooSlow(let command, let limit, let lines):
      "\(command) did not end within \(limit), and was ended" + (lines.last.map { "; it last said: \($0)" } ?? "")
    case .cancelled(let command): "\(command) was ended, because imprint was told to stop"
    }
  }
}

extension Command: CustomStringConvertible {
  public var description: String { ([program] + arguments).joined(separator: " ") }
}

/// The process of one run.
@LiveActor private final class Child {
  enum Ending {
    case itself(Int)
    case tooSlow, cancelled
  }

  private let process: pid_t
  private let output: CInt
  private let exit: CInt
  private var tail: [UInt8] = []

  init(_ command: Command) throws(CommandFailure) {
    var pipe: [CInt] = [-1, -1]
    guard imprint_pipe(&pipe) == 0 else { throw .cannotStart(command, errno: imprint_errno()) }
    output = pipe[0]
    let reason: CInt
    (process, reason) = Self.spawn(command, output: pipe[1])
    Glibc.close(pipe[1])
    guard process > 0 else {
      Glibc.close(output)
      throw .cannotStart(command, errno: reason)
    }
    exit = imprint_watch_exit(process)
    guard exit >= 0 else {
      let reason = imprint_errno()
      kill(-process, SIGKILL)
      _ = imprint_wait(process)
      Glibc.close(output)
      throw .cannotStart(command, errno: reason)
    }
  }

  private static func spawn(_ command: Command, output: CInt) -> (process: pid_t, errno: CInt) {
    let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]
    var arguments = ([command.program] + command.arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    let process = imprint_start(command.program, &arguments, &variables, output)
    return (process, imprint_errno())
  }

  /// Until nobody holds the other end any more, or the task is cancelled.
  func read() async {
    while (try? await LiveActor.ready(output, until: nil)) == true, take() {}
  }

  /// What is there now; false at the end.
  private func take() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let count = Glibc.read(output, &buffer, buffer.count)
    if count > 0 { tail = Array((tail + buffer[..<count]).suffix(4096)) }
    return count > 0 || (count < 0 && [EAGAIN, EINTR].contains(imprint_errno()))
  }

  func end(by deadline: ContinuousClock.Instant) async -> Ending {
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

  private func stop() async {
    kill(-process, SIGTERM)
    _ = try? await LiveActor.ready(exit, until: .now + .seconds(2))
    // Also where the program itself has gone: its children may not have. Until it is waited for, the group's number is its.
    kill(-process, SIGKILL)
    // What hangs in the kernel cannot be ended; nobody waits for it for ever.
    if (try? await LiveActor.ready(exit, until: .now + .seconds(2))) == true { _ = imprint_wait(process) }
  }

  /// - Returns: The last lines.
  func close() -> [String] {
    // A program that ends at once may have ended before its pipe was looked at.
    var buffer: CInt = 0
    while ioctl(output, UInt(FIONREAD), &buffer) == 0, buffer > 0, take() {}
    Glibc.close(output)
    Glibc.close(exit)
    let lines = String(decoding: tail, as: UTF8.self).split(separator: "\n").suffix(12)
    return lines.map { String($0.filter { !$0.isASCII || $0 >= " " || $0 == "\t" }) }
  }
}
