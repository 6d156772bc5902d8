import Foundation
import Support

/// The key pairs of trees before, made by ssh-keygen once a run: making them is slow, and no test minds that two trees
/// begin with the same.
actor KeyPool {
  static let shared = KeyPool()

  struct Pair {
    let privateKey: String
    let publicKey: String
  }

  private var pairs: [String: Task<Pair, any Error>] = [:]

  func pair(for path: String, type: String, comment: String) async throws -> Pair {
    let name = "\(type) \(comment) \(path)"
    let task = pairs[name] ?? Task { try await Self.make(type, comment) }
    pairs[name] = task
    return try await task.value
  }

  private static func make(_ type: String, _ comment: String) async throws -> Pair {
    let scratch = try Scratch()
    let file = "\(scratch.path)/key"
    let bits = type == "rsa" ? ["-b", "2048"] : []
    try await RealProgram.needed("ssh-keygen")
      .run(["-q", "-t", type, "-N", "", "-C", comment, "-f", file] + bits).succeeded("ssh-keygen -t \(type)")
    return Pair(
      privateKey: try String(contentsOfFile: file, encoding: .utf8),
      publicKey: try String(contentsOfFile: file + ".pub", encoding: .utf8))
  }
}
