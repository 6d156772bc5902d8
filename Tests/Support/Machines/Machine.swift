internal import Foundation

/// One machine of a laboratory.
public struct Machine: Sendable {
  let laboratory: Laboratory
  public let name: String
  /// The MAC of its first card.
  public let card: String

  /// The MACs of both cards; no two machines have one in common.
  public var cards: [String] { [card, card.replacingOccurrences(of: "52:54:00", with: "52:54:01")] }

  /// Starts it and waits until systemd says that it is up.
  public func boot() async throws { try await command("boot", cards).succeeded("booting \(name)") }
  public func start() async throws { try await command("start", cards).succeeded("starting \(name)") }
  public func waitUntilUp() async throws { try await command("wait").succeeded("waiting for \(name)") }
  public func shutDown() async throws { try await command("off").succeeded("shutting \(name) down") }
  /// Pulls the plug.
  public func kill() async throws { try await command("off", ["kill"]).succeeded("killing \(name)") }

  /// Runs a command in it.
  public func run(_ arguments: String..., seconds: Int = 120) async throws -> RealProgram.Outcome {
    try await command("run", arguments, seconds: seconds)
  }

  /// What a shell in it says, without the last newline.
  public func says(_ script: String) async throws -> String {
    try await command("run", ["sh", "-c", script]).succeeded(script).output
      .trimmingCharacters(in: CharacterSet(charactersIn: "\n"))
  }

  /// Where its disk is, also while it does not run.
  public var disk: String {
    get async throws {
      try await command("root").succeeded("the disk's place").output.trimmingCharacters(in: .newlines)
    }
  }

  /// All that its console has shown.
  public var console: String { get async throws { try await command("console").output } }

  /// Starts of a stand-in since the machine came up, oldest first.
  public func starts(of standIn: String) async throws -> [StandInStart] {
    try await says("cat /run/stand-ins/\(standIn) 2>/dev/null || true").split(separator: "\n")
      .compactMap(StandInStart.init)
  }

  /// The address of a link, without the kernel's own.
  public func addresses(_ link: String) async throws -> [String] {
    try await says("ip -o addr show dev \(link) scope global").split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      return words.count > 3 ? words[3] : nil
    }
  }

  private func command(
    _ command: String, _ arguments: [String] = [], seconds: Int = 120
  ) async throws -> RealProgram.Outcome {
    try await laboratory.command(command, [name] + arguments, seconds: seconds)
  }
}

/// What a stand-in saw when it started.
public struct StandInStart: Sendable, Hashable {
  public let time: Double
  public let hostname: String
  /// my_ip or local_ip, as its file said.
  public let address: String

  init?(_ line: Substring) {
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 3, let time = Double(words[0]) else { return nil }
    (self.time, hostname, address) = (time, words[1], words[2])
  }
}
