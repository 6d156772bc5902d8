internal import CLinux
internal import Fixups
internal import Glibc

/// Key pairs, made by the host's own ssh-keygen(1).
///
/// They are made in a private directory in memory, outside the tree: no program but imprint follows paths inside a
/// tree that may be hostile, and a key that is never used never reaches a disk.
///
/// posix_spawn(3) and not swift-subprocess: an apply takes a few milliseconds, and the library's threads, its fork of a
/// process of this size and the concurrency runtime that it needs cost a fifth of them (12.5 ms of CPU with it, 10.0
/// without, measured side by side).
struct KeyGeneration {
  struct Pair: Sendable {
    var privateKey: [UInt8]
    var publicKey: [UInt8]
  }

  /// Where ssh-keygen is looked for: a fixed list, not the caller's PATH.
  static let programs = ["/usr/bin/ssh-keygen", "/usr/local/bin/ssh-keygen", "/bin/ssh-keygen"]

  /// Makes one pair for each request, side by side.
  static func pairs(for requests: Set<KeyRequest>) throws -> [KeyRequest: Pair] {
    guard !requests.isEmpty else { return [:] }
    guard let program = programs.first(where: { access($0, X_OK) == 0 }) else {
      throw EngineError(
        .unavailable, "there is no ssh-keygen on this machine", advice: "install openssh-client, or openssh on CentOS")
    }
    // Released last: whoever interrupts us finds no key lying about. ssh-keygen itself can be interrupted.
    let signals = HeldSignals()
    defer { signals.release() }
    let directory = try PrivateDirectory()
    defer { directory.remove() }
    let running = requests.sorted { $0.name < $1.name }.enumerated().map { index, request in
      Running(request, program, file: "\(directory.path)/key-\(index)")
    }
    // All are waited for, also where one failed: none is left behind.
    let results = running.map { one in Result { try one.finish() } }
    return Dictionary(uniqueKeysWithValues: zip(running.map(\.request), try results.map { try $0.get() }))
  }

  /// One ssh-keygen at work.
  private struct Running {
    let request: KeyRequest
    let file: String
    let process: pid_t
    /// Why it could not be started.
    let reason: CInt

    init(_ request: KeyRequest, _ program: String, file: String) {
      self.request = request
      self.file = file
      var arguments = [program, "-q", "-t", request.type.rawValue]
      if let bits = request.bits { arguments += ["-b", String(bits)] }
      arguments += ["-N", "", "-C", request.comment, "-f", file]
      process = withCStrings(arguments) { arguments in
        withCStrings(["LC_ALL=C", "PATH=/usr/bin:/bin"]) { environment in
          imprint_spawn(program, arguments, environment, "\(file).errors")
        }
      }
      reason = imprint_errno()
    }

    func finish() throws -> Pair {
      guard process > 0 else {
        throw EngineError(.inputOutput, "ssh-keygen cannot be started: \(String(cString: strerror(reason)))")
      }
      let status = imprint_wait(process)
      guard status == 0 else {
        let said = (try? KeyGeneration.contents("\(file).errors")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let lines = said.split(separator: "\n").joined(separator: "; ")
        throw EngineError(
          .inputOutput,
          "ssh-keygen made no \(request.type.rawValue) key \(request.name): "
            + (lines.isEmpty ? "it ended with \(status)" : lines),
          advice: said.contains("No user exists for uid")
            ? "ssh-keygen runs only for a user with a name: give \(geteuid()) a line in this machine's /etc/passwd, or be another user"
            : nil)
      }
      return Pair(privateKey: try KeyGeneration.contents(file), publicKey: try KeyGeneration.contents(file + ".pub"))
    }
  }

  fileprivate static func contents(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    let limit = 32 << 10
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      count = max(0, read(descriptor, buffer.baseAddress, limit))
    }
    guard !bytes.isEmpty, bytes.count < limit else { throw failure("read", path) }
    return bytes
  }

  fileprivate static func failure(_ operation: String, _ path: String) -> EngineError {
    EngineError(.inputOutput, "cannot \(operation) \(path): \(String(cString: strerror(errno)))")
  }
}

/// Signals that end a program wait until they are let through (signal(7)).
private struct HeldSignals {
  private var before = sigset_t()

  init() {
    var held = sigset_t()
    sigemptyset(&held)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { sigaddset(&held, signal) }
    pthread_sigmask(SIG_BLOCK, &held, &before)
  }

  func release() {
    var before = before
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
}

/// Lends texts as the array of C strings, ended by a null pointer, that exec(3) takes.
private func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
) -> Result {
  let strings = texts.map { strdup($0) } + [nil]
  defer { for string in strings { free(string) } }
  return strings.withUnsafeBufferPointer { body($0.baseAddress) }
}
