internal import ArgumentParser
internal import Engine

/// How an error leaves the program: one line or more on standard error, and an exit status that says its kind.
enum Failure {
  /// A defect of this program (sysexits(3): EX_SOFTWARE).
  static let defect = ExitCode(70)

  /// Says it and returns the status; nil for what the argument parser reports itself.
  static func report(_ error: any Error) -> ExitCode? {
    if let error = EngineError(error) {
      for line in error.description.split(separator: "\n") { Terminal.complain("imprint: \(line)") }
      return ExitCode(error.code.rawValue)
    }
    if error is ValidationError || error is CleanExit || isFromParser(error) { return nil }
    Terminal.complain("imprint: this should not happen: \(error)")
    Terminal.complain("imprint: please report it with the command and the output of imprint --version")
    return defect
  }

  /// The parser's own errors are not public; they are those of its module.
  private static func isFromParser(_ error: any Error) -> Bool {
    String(reflecting: type(of: error)).hasPrefix("ArgumentParser")
  }
}
