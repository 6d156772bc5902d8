internal import ArgumentParser
internal import Documents
internal import Glibc

/// Standard output for the answer, standard error for everything else, and whether either is a terminal.
enum Terminal {
  /// - Throws: exit status 74 where the answer cannot be written; a reader that went away is no error.
  static func answer(_ text: String) throws { try answer(Array(text.utf8)) }

  /// The same after something was done: whoever cannot read the answer has to know at least that.
  static func answer(_ text: String, done: String?) throws {
    do {
      try answer(text)
    } catch {
      if let done { complain("imprint: \(done) all the same") }
      throw error
    }
  }

  /// Byte for byte.
  static func answer(_ bytes: [UInt8]) throws {
    let failure: CInt? = bytes.withUnsafeBytes { buffer in
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

  static func complain(_ text: String) { tell(text.printableLines) }

  /// A line with colours in it, and nothing that steers a terminal otherwise.
  static func tell(_ line: String) { say(SecretSetting.masked(line) + "\n") }

  /// On standard error, as it is.
  static func say(_ text: String) {
    var text = text
    _ = text.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// How wide standard error's terminal is: 80 where it does not say (tty_ioctl(4)).
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// Asks on standard error, so that the answer on standard output stays clean. Only `y` or `yes` is a yes.
  static func ask(_ question: String) -> Bool {
    say(question + " [y/N] ")
    guard let line = readLine() else { return false }
    return ["y", "yes"].contains(line.lowercased())
  }

  /// From here on Ctrl-C ends the watching only, and says so.
  static func sayWhenInterrupted() {
    signal(SIGINT) { _ in
      // Nothing here may allocate (signal-safety(7)).
      let words: StaticString = "\nimprint: it goes on without being watched; imprint status says how it ends\n"
      _ = write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
      signal(SIGINT, SIG_DFL)
      raise(SIGINT)
    }
  }

  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
