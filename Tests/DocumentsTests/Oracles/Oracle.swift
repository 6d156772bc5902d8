import Foundation
import Support

/// Runs the programs whose reading of a file is the truth that the documents are held to.
enum Oracle {
  /// A directory of files for one oracle run, removed at its end.
  static func withFiles<Result>(_ files: [[UInt8]], _ body: ([String]) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("imprint-oracle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let paths = try files.enumerated().map { number, bytes in
      let url = directory.appendingPathComponent("\(number)")
      try Data(bytes).write(to: url)
      return url.path
    }
    return try body(paths)
  }

  static func run(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> (
    status: Int32, output: [UInt8]
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("imprint-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    // Files rather than pipes: neither side can block on the other.
    let inputFile = directory.appendingPathComponent("in")
    let outputFile = directory.appendingPathComponent("out")
    try Data(input).write(to: inputFile)
    try Data().write(to: outputFile)
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, Array(try Data(contentsOf: outputFile)))
  }

  static var isInCI: Bool { ProcessInfo.processInfo.environment["CI"] == "true" }

  static func program(_ name: String) -> String? {
    ["/usr/bin/\(name)", "/bin/\(name)"].first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

/// Pieces of files, picked alike in each run.
struct SeededGenerator: RandomNumberGenerator {
  private var numbers: SeededNumbers

  init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

  mutating func next() -> UInt64 { numbers.next() }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int(next() % UInt64(elements.count))]
  }

  mutating func bytes(upTo count: Int) -> [UInt8] {
    (0..<Int(next() % UInt64(count + 1))).map { _ in UInt8(truncatingIfNeeded: next()) }
  }

  /// A few bytes changed, dropped, doubled or put in.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var mutated = bytes
    for _ in 0...(next() % 4) {
      let position = mutated.isEmpty ? 0 : Int(next() % UInt64(mutated.count))
      switch next() % 4 {
      case 0 where !mutated.isEmpty: mutated[position] = UInt8(truncatingIfNeeded: next())
      case 1 where !mutated.isEmpty: mutated.remove(at: position)
      case 2: mutated.insert(pick(Array("\n\r'\"\\ \t=:#;[]$`(){}".utf8)), at: position)
      default: mutated.insert(contentsOf: mutated[position..<min(mutated.count, position + 9)], at: position)
      }
    }
    return mutated
  }
}
