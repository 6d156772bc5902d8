import Foundation
import Testing

/// A program of this machine, asked for the truth. Where it isn't there the test says so and ends; in CI it fails.
struct RealProgram {
  let path: String

  struct Output {
    let status: Int32
    let text: String
  }

  init?(_ name: String) {
    let folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"]
    let found = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else {
      Self.missing(name)
      return nil
    }
    path = found
  }

  static func missing(_ what: String) {
    if ProcessInfo.processInfo.environment["CI"] == "true" {
      Issue.record("\(what) isn't here, and CI must have it")
    } else {
      print("skipped: \(what) isn't here")
    }
  }

  func run(_ arguments: [String], input: String = "") throws -> Output {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (output, source) = (Pipe(), FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString))
    try Data(input.utf8).write(to: source)
    defer { try? FileManager.default.removeItem(at: source) }
    process.standardInput = try FileHandle(forReadingFrom: source)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Output(status: process.terminationStatus, text: String(decoding: bytes, as: UTF8.self))
  }
}

/// A folder for one test, gone when it ends.
struct ScratchFolder: ~Copyable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("imprint-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    return file
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
