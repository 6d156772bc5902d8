/// A program of this machine, run to its end: what has no bus, such as ifup, or what speaks with another machine, ssh.
///
/// It starts with nothing but PATH and LC_ALL=C in its environment, and what it is given, and in a process group of its own,
/// so that what reaches imprint's terminal does not reach it. What it leaves running is left alone, and not waited for.
public struct Command: Sendable, Hashable {
  /// An absolute path.
  public var program: String
  public var arguments: [String]
  /// `NAME=value`, beside PATH and LC_ALL=C.
  public var environment: [String]

  /// How it ended.
  public struct Outcome: Sendable, Hashable {
    /// The exit status; 128 and the signal's number where a signal ended it.
    public let status: Int
    /// Of both streams, the last few lines.
    public let lastLines: [String]
  }

  /// How it ended, and all that it said.
  public struct Answer: Sendable, Hashable {
    public let status: Int
    public let output: [UInt8]
    /// Of standard error, the last few lines.
    public let lastLines: [String]

    public init(status: Int, output: [UInt8], lastLines: [String]) {
      self.status = status
      self.output = output
      self.lastLines = lastLines
    }
  }

  public init(_ program: String, _ arguments: [String] = [], environment: [String] = []) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
  }

  /// Runs it. After the deadline its whole process group gets SIGTERM, and SIGKILL two seconds later.
  @LiveActor public func run(within limit: Duration) async throws(CommandFailure) -> Outcome {
    let output = try ChildOutput(of: self, keeping: .last(4096))
    let child: ChildProcess
    do throws(CommandFailure) {
      child = try ChildProcess(self, input: nil, output: output, errors: output)
    } catch {
      output.close()
      throw error
    }
    let reading = LiveActor.task { await output.read() }
    let ending = await child.end(by: .now + limit)
    reading.cancel()
    await reading.value
    output.close()
    switch ending {
    case .itself(let status): return Outcome(status: status, lastLines: output.lastLines)
    case .tooSlow: throw .tooSlow(self, limit, output.lastLines)
    case .cancelled: throw .cancelled(self)
    }
  }

  /// Runs it with something on its standard input, and keeps all that it says on standard output.
  ///
  /// - Parameter size: More than this many bytes of an answer are no answer.
  @LiveActor public func answer(
    to input: [UInt8], within limit: Duration, upTo size: Int = 16 << 20
  ) async throws(CommandFailure) -> Answer {
    let output = try ChildOutput(of: self, keeping: .first(size))
    defer { output.close() }
    let errors = try ChildOutput(of: self, keeping: .last(4096))
    defer { errors.close() }
    let sending = try ChildInput(of: self, input)
    defer { sending.close() }
    let child = try ChildProcess(self, input: sending, output: output, errors: errors)
    let tasks = [
      LiveActor.task {
        await output.read()
        // It would go on for ever.
        if output.isTooLong { child.terminate() }
      }, LiveActor.task { await errors.read() },
      LiveActor.task { await sending.write() },
    ]
    let ending = await child.end(by: .now + limit)
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    output.takeRest()
    errors.takeRest()
    guard !output.isTooLong else { throw .tooMuch(self, size) }
    switch ending {
    case .itself(let status): return Answer(status: status, output: output.bytes, lastLines: errors.lastLines)
    case .tooSlow: throw .tooSlow(self, limit, errors.lastLines)
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
  /// It said more than this many bytes.
  case tooMuch(Command, Int)
  case cancelled(Command)
}

extension CommandFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotStart(let command, let errno):
      "cannot run \(command.program): \(SystemFailure("", errno: errno).reason)"
    case .tooSlow(let command, let limit, let lines):
      "\(command) did not end within \(limit), and was ended" + (lines.last.map { "; it last said: \($0)" } ?? "")
    case .tooMuch(let command, let size): "\(command) said more than \(size) bytes"
    case .cancelled(let command): "\(command) was ended, because imprint was told to stop"
    }
  }
}

extension Command: CustomStringConvertible {
  public var description: String { ([program] + arguments).joined(separator: " ") }
}
