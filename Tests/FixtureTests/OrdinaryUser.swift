import Foundation
import Support

/// Somebody without privileges who owns a tree, for tests that root runs.
struct OrdinaryUser {
  private static let id = "65534"
  private let program: String

  /// Nil where we are an ordinary user ourselves: then every test is such a test.
  init?(_ scratch: Scratch) async throws {
    guard TreeSetup.isRoot else { return nil }
    // The build folder may be closed to others.
    program = try await scratch.copy(try Imprint.program.path, as: "imprint")
  }

  func take(_ root: String) async throws {
    try await RealProgram.needed("chown").run(["-R", "-h", "\(Self.id):\(Self.id)", root]).succeeded("chown \(root)")
  }

  func run(_ arguments: [String]) async throws -> RealProgram.Outcome {
    try await RealProgram.needed("setpriv").run(
      ["--reuid", Self.id, "--regid", Self.id, "--clear-groups", program] + arguments)
  }
}
