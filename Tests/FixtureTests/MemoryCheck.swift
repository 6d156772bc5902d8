import Foundation
import Support
import Testing

/// valgrind's memcheck around the program as it is shipped. An optimizer's mistake shows there alone: a value that nobody has
/// written is right most of the time, and the same tests of a program for debugging say nothing of it.
struct MemoryCheck {
  private let valgrind: RealProgram
  private let program: String
  private let folder: String

  /// nil, and noted, where this machine lacks what it takes. valgrind does not read Swift's debugging sections: it gets a copy
  /// without.
  init?(in scratch: Scratch) async throws {
    let released = "\(Repository.path)/.build/release/imprint"
    guard let valgrind = RealProgram.find("valgrind"), let objcopy = RealProgram.find("objcopy") else { return nil }
    guard FileManager.default.isExecutableFile(atPath: released) else {
      RealProgram.missing("\(released) (Scripts/release)")
      return nil
    }
    self.valgrind = valgrind
    folder = scratch.path
    program = "\(folder)/imprint"
    try await objcopy.run(["--strip-debug", released, program]).succeeded("objcopy")
  }

  /// Runs the program, and records what it read or wrote and should not have.
  func run(_ arguments: [String]) async throws -> RealProgram.Outcome {
    let report = "\(folder)/\(UUID().uuidString).memcheck"
    let options = [
      "--quiet", "--num-callers=20",
      "--suppressions=\(Repository.path)/Tests/FixtureTests/memcheck.supp",
      "--log-file=\(report)",
    ]
    let outcome = try await valgrind.run(options + [program] + arguments, seconds: 300)
    // What valgrind says of itself, as of a system call that it does not know, begins with "--".
    let faults = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n").filter {
      $0.hasPrefix("==")
    }
    #expect(faults.isEmpty, "\(arguments.joined(separator: " ")):\n\(faults.prefix(60).joined(separator: "\n"))")
    return outcome
  }
}
