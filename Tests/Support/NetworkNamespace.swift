internal import Foundation

/// A network of the test's own: nothing in it can be reached from outside, nor reaches out.
public struct NetworkNamespace: Sendable {
  public let name: String

  /// Two namespaces, and a cable between them: each end is called ens33, and is up. Only root can make them: where the
  /// test isn't root, that is said and the body doesn't run; in CI it is a failure.
  public static func pair(_ body: (_ node: NetworkNamespace, _ peer: NetworkNamespace) async throws -> Void)
    async throws
  {
    guard geteuid() == 0 else { return RealProgram.missing("root, who can make network namespaces,") }
    try await made { node in
      try await made { peer in
        try await node.ip("link add ens33 type veth peer name ens33 netns \(peer.name)")
        try await node.ip("link set ens33 up")
        try await peer.ip("link set ens33 up")
        try await body(node, peer)
      }
    }
  }

  private static func made(_ body: (NetworkNamespace) async throws -> Void) async throws {
    let namespace = NetworkNamespace(name: "imprint-\(UUID().uuidString.prefix(8).lowercased())")
    try await RealProgram.needed("ip").run(["netns", "add", namespace.name]).succeeded("ip netns add")
    let outcome: (any Error)?
    do {
      try await body(namespace)
      outcome = nil
    } catch {
      outcome = error
    }
    try await namespace.remove()
    if let outcome { throw outcome }
  }

  private func remove() async throws {
    let ip = try RealProgram.needed("ip")
    // What a test left running in it, a daemon of ifup for example.
    for process in try await ip.run(["netns", "pids", name]).output.split(separator: "\n").compactMap({ Int32($0) }) {
      kill(process, SIGKILL)
    }
    try await ip.run(["netns", "del", name]).succeeded("ip netns del")
  }
}

extension NetworkNamespace {
  /// ip(8) in it; words are apart by blanks.
  @discardableResult
  public func ip(_ words: String) async throws -> String {
    let arguments = ["-n", name] + words.split(separator: " ").map(String.init)
    return try await RealProgram.needed("ip").run(arguments).succeeded("ip \(words)").output
  }

  /// A program in it, with a mount namespace of its own (ip-netns(8)).
  public func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], seconds: Int = 30
  ) async throws -> RealProgram.Outcome {
    try await RealProgram.needed("ip").run(
      ["netns", "exec", name, program] + arguments, environment: environment, seconds: seconds)
  }
}
