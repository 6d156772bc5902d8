internal import CLinux
internal import Foundation
internal import Glibc

/// A server of the test's own on the loopback interface: a Python script that writes its port into the file named first,
/// and ends with its parent (Tests/Servers/serving.py). Ended by process id.
public final class LoopbackServer: Sendable {
  public let port: Int
  public let folder: Scratch
  private let process: pid_t

  /// - Parameter script: A path below Tests.
  public init(
    _ script: String, _ arguments: [String] = [], in folder: Scratch? = nil, pythonPath: String? = nil,
    namespace: NetworkNamespace? = nil
  ) async throws {
    let folder = try folder ?? Scratch()
    self.folder = folder
    let place = "\(folder.path)/port.\(UUID().uuidString)"
    // Each goes on as the next, so what is started is the server.
    let prefix = namespace.map { ["ip", "netns", "exec", $0.name] } ?? []
    let words =
      ["/usr/bin/env"] + prefix + ["/usr/bin/python3", "-B", "\(Repository.path)/Tests/\(script)", place] + arguments
    var pointers = words.map { (text: String) in strdup(text) } + [nil]
    let modules = ["\(Repository.path)/Tests/Servers"] + (pythonPath.map { [$0] } ?? [])
    let settings = [
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "PYTHONPATH=\(modules.joined(separator: ":"))",
    ]
    var variables = settings.map { (text: String) in strdup(text) } + [nil]
    defer { for text in pointers + variables { free(text) } }
    process = imprint_spawn("/usr/bin/env", &pointers, &variables, "\(place).errors")
    guard process > 0 else { throw TestTrouble("\(script) does not start") }
    guard let port = try await Self.port(in: place) else {
      throw TestTrouble("\(script) names no port: \(try String(contentsOfFile: "\(place).errors", encoding: .utf8))")
    }
    self.port = port
  }

  /// Renamed there when it listens; nothing tells when it has got that far.
  private static func port(in place: String) async throws -> Int? {
    for _ in 0..<2000 {
      if let text = try? String(contentsOfFile: place, encoding: .utf8) { return Int(text) }
      try await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }

  public func url(_ path: String, scheme: String = "http", host: String = "127.0.0.1") -> String {
    "\(scheme)://\(host):\(port)\(path)"
  }

  deinit {
    kill(process, SIGKILL)
    _ = imprint_wait(process)
  }
}
