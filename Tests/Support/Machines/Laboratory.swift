internal import Foundation

/// A laboratory of booted machines: copies of a small Debian under systemd-nspawn, two bridges between them, and an ear on
/// those. Tests/Machines/machine does the work, and says what it can do; a person can use it, too.
///
/// Its addresses exist only in network namespaces of its own.
public struct Laboratory: Sendable {
  public let name: String

  /// Whether this process may boot machines; where it may not, that is said, and in CI it is a failure.
  public static var isPossible: Bool {
    guard LabNode.isRoot else {
      RealProgram.missing("root, which booting machines takes,")
      return false
    }
    return ["systemd-nspawn", "debootstrap", "ip", "nsenter"].allSatisfy { RealProgram.find($0) != nil }
  }

  /// Few at a time: what a machine does within seconds on one of two cores, it does not with eighteen others beside it.
  private static let turns = Turns(atATime: 3)

  /// Sets one up, and takes it away again, machines and all, however the body ends.
  public static func run(_ body: (Laboratory) async throws -> Void) async throws {
    try await turns.take { try await alone(body) }
  }

  private static func alone(_ body: (Laboratory) async throws -> Void) async throws {
    // Short: it becomes part of the names of network namespaces.
    let name = "\(getpid())-\(UInt16.random(in: 0 ... .max))"
    let laboratory = Laboratory(name: name)
    try await laboratory.command("lab").succeeded("a laboratory")
    do {
      try await body(laboratory)
    } catch {
      _ = try? await laboratory.command("down")
      throw error
    }
    try await laboratory.command("down").succeeded("taking the laboratory away")
  }

  func command(
    _ command: String, _ arguments: [String] = [], input: String = "", seconds: Int = 120
  ) async throws -> RealProgram.Outcome {
    try await RealProgram(path: "\(Repository.path)/Tests/Machines/machine")
      .run([command, name] + arguments, input: input, seconds: seconds)
  }

  /// A machine of the tutorial's node `compute`, with the program under test on its disk; not yet booted.
  public func original(_ name: String = "compute", card: String = "52:54:00:00:00:20") async throws -> Machine {
    let machine = Machine(laboratory: self, name: name, card: card)
    try await command("disk", [name], seconds: 600).succeeded("a disk")
    try await command("install", [name, Imprint.program.path]).succeeded("putting imprint on the disk")
    return machine
  }

  /// The same without the program.
  public func bare(_ name: String = "compute", card: String = "52:54:00:00:00:20") async throws -> Machine {
    try await command("disk", [name], seconds: 600).succeeded("a disk")
    return Machine(laboratory: self, name: name, card: card)
  }

  /// A machine whose disk somebody else made.
  public func machine(_ name: String, card: String) -> Machine { Machine(laboratory: self, name: name, card: card) }

  /// A machine with another card and the same disk, byte for byte.
  public func clone(
    of machine: Machine, _ name: String = "clone", card: String = "52:54:00:00:00:21"
  ) async throws -> Machine {
    let clone = Machine(laboratory: self, name: name, card: card)
    try await command("disk", [name, machine.name], seconds: 600).succeeded("a copy of a disk")
    return clone
  }

  /// What went over the bridges up to now.
  public func frames() async throws -> [Frame] {
    try await command("frames").succeeded("reading frames").output.split(separator: "\n").compactMap(Frame.init)
  }

  /// Beside the bridges, where a person would sit.
  public func outside(_ arguments: [String], seconds: Int = 120) async throws -> RealProgram.Outcome {
    try await command("outside", arguments, seconds: seconds)
  }

  /// The network namespace of the bridges.
  public var space: NetworkNamespace { NetworkNamespace(name: "imprint-\(name)") }

  public func outside(_ arguments: String..., seconds: Int = 120) async throws -> RealProgram.Outcome {
    try await outside(arguments, seconds: seconds)
  }

  /// Where the private key is that every machine lets root in with.
  public var key: String {
    get async throws { try await command("key").succeeded("the key").output.trimmingCharacters(in: .newlines) }
  }

  /// As root on whatever machine answers there, by ssh, which breaks off some seconds after the link does.
  public func ssh(_ address: String, _ arguments: String...) async throws -> RealProgram.Outcome {
    let options = [
      "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes",
      "ConnectTimeout=5", "ServerAliveInterval=1", "ServerAliveCountMax=3",
    ]
    return try await command(
      "outside", ["ssh", "-i", try await key] + options.flatMap { ["-o", $0] } + ["root@\(address)"] + arguments)
  }
}

/// One frame on a bridge.
public struct Frame: Sendable, Hashable {
  public let time: Double
  public let mac: String
  /// `arp` or `ip`.
  public let kind: String
  /// Whose address it says it comes from.
  public let sender: String

  init?(_ line: Substring) {
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 5, let time = Double(words[0]) else { return nil }
    (self.time, mac, kind, sender) = (time, words[2], words[3], words[4])
  }
}
