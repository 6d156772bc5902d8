import Foundation
import Testing

/// The real oslo.config, asked about many files in one run.
enum OsloOracle {
  struct Found: Decodable {
    let raw: [String]?
    let single: String?
    let multi: [String]?
  }

  struct Answer: Decodable {
    let line: Int?
    let reason: String?
    let found: [Found]?
  }

  private struct Case: Encodable {
    let path: String
    let asks: [[String]]
  }

  static var isPresent: Bool {
    guard let python = Oracle.program("python3") else { return false }
    return (try? Oracle.run(python, ["-c", "import oslo_config"]).status) == 0
  }

  static let absence: Comment = "python3-oslo.config is not installed"

  static func ask(_ cases: [(file: [UInt8], asks: [(String, String)])]) throws -> [Answer] {
    let python = try #require(Oracle.program("python3"))
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Oracles/oslo_oracle.py").path
    return try Oracle.withFiles(cases.map(\.file)) { paths in
      let request = zip(paths, cases).map { path, one in Case(path: path, asks: one.asks.map { [$0, $1] }) }
      let result = try Oracle.run(python, ["-X", "utf8", script], input: Array(try JSONEncoder().encode(request)))
      try #require(result.status == 0)
      return try JSONDecoder().decode([Answer].self, from: Data(result.output))
    }
  }
}
