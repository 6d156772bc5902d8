internal import Foundation
internal import Subprocess
internal import Testing

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A program of this machine, or the one that was built.
public struct RealProgram: Sendable {
  public let path: String

  /// What a program said, and how it ended.
  public struct Outcome: Sendable {
    /// The exit status; 128 and the signal's number where a signal ended it, as a shell says it.
    public let status: Int
    public let output: String
    public let error: String

    /// Both streams, for a message.
    public var said: String { "exit \(status)\n\(output)\n\(error)" }

    /// - Throws: where the status is not 0.
    @discardableResult
    public func succeeded(_ what: String) throws -> Outcome {
      guard status == 0 else { throw TestTrouble("\(what): \(said)") }
      return self
    }
  }

  public init(path: String) { self.path = path }

  /// The program where this machine has it. Where it has not, a test that can do without says so and goes on; with
  /// CI=true in the environment its absence is a failure.
  public static func find(_ name: String) -> RealProgram? {
    if let found = located(name) { return found }
    missing(name)
    return nil
  }

  /// The program, without which the test cannot be.
  public static func needed(_ name: String) throws -> RealProgram {
    guard let found = located(name) else { throw TestTrouble("there is no \(name) on this machine") }
    return found
  }

  private static func located(_ name: String) -> RealProgram? {
    ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"].map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }.map(RealProgram.init(path:))
  }

  /// Notes that something isn't here which the tests would like to use.
  public static func missing(_ what: String) {
    if ProcessInfo.processInfo.environment["CI"] == "true" {
      Issue.record("\(what) isn't here, and CI must have it")
    } else {
      print("skipped: \(what) isn't here")
    }
  }

  /// - Parameters:
  ///   - environment: all of it; PATH and LC_ALL=C are there.
  ///   - seconds: after which the program is killed, and the test in trouble.
  public func run(
    _ arguments: [String] = [], input: String = "", environment: [String: String] = [:], in directory: String? = nil,
    seconds: Int = 120
  ) async throws -> Outcome {
    let standard = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
    let variables = standard.merging(environment) { $1 }
    return try await withThrowingTaskGroup(of: Outcome.self) { group in
      group.addTask {
        let result = try await Subprocess.run(
          .path(FilePath(path)), arguments: .init(arguments),
          environment: .custom(
            Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) })),
          workingDirectory: directory.map { FilePath($0) },
          input: .string(input), output: .bytes(limit: 256 << 20), error: .bytes(limit: 64 << 20))
        let status =
          switch result.terminationStatus {
          case .exited(let code): Int(code)
          case .signaled(let signal): 128 + Int(signal)
          }
        return Outcome(
          status: status, output: String(decoding: result.standardOutput, as: UTF8.self),
          error: String(decoding: result.standardError, as: UTF8.self))
      }
      group.addTask {
        try await Task.sleep(for: .seconds(seconds))
        throw TestTrouble("\(path) \(arguments.joined(separator: " ")) did not end within \(seconds) s")
      }
      defer { group.cancelAll() }
      guard let outcome = try await group.next() else { throw TestTrouble("\(path) was not run") }
      return outcome
    }
  }
}

/// The program under test, as it was built.
public enum Imprint {
  /// Beside the test bundle, or where IMPRINT_BINARY says.
  public static var program: RealProgram {
    get throws {
      let path: String
      if let said = ProcessInfo.processInfo.environment["IMPRINT_BINARY"] {
        path = said
      } else {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        path = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("imprint").path
      }
      guard FileManager.default.isExecutableFile(atPath: path) else {
        throw TestTrouble("no program at \(path): build it, or say where it is with IMPRINT_BINARY")
      }
      return RealProgram(path: path)
    }
  }

  public static func run(
    _ arguments: [String], environment: [String: String] = [:], seconds: Int = 120
  ) async throws -> RealProgram.Outcome {
    try await program.run(arguments, environment: environment, seconds: seconds)
  }
}

/// The top of the repository, where the fixtures are.
public enum Repository {
  public static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
}
