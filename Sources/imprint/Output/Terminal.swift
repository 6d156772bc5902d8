internal import ArgumentParser
internal import Glibc

/// Standard output for the answer, standard error for everything else, and whether either is a terminal.
enum Terminal {
  /// - Throws: exit status 74 where the answer cannot be written; a reader that went away is no error.
  static func answer(_ text: String) throws {
    var text = text
    let failure: CInt? = text.withUTF8 { buffer in
      var done = 0
      while done < buffer.count {
        let count = write(STDOUT_FILENO, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return errno }
        done += count
      }
      return nil
    }
    guard let failure, failure != EPIPE else { return }
    complain("imprint: cannot write the answer: \(String(cString: strerror(failure)))")
    throw ExitCode(74)
  }

  static func complain(_ line: String) {
    var text = line + "\n"
    _ = text.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// Asks on standard error, so that the answer on standard output stays clean. Only `y` or `yes` is a yes.
  static func ask(_ question: String) -> Bool {
    var text = question + " [y/N] "
    _ = text.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    guard let line = readLine() else { return false }
    return ["y", "yes"].contains(line.lowercased())
  }

  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
