internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Glibc

/// What another node's `imprint join` runs here over ssh. Not for people.
struct PeerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer", abstract: "Take in what a joining node says of itself, and answer with what this one is.",
    shouldDisplay: false)

  @Option var root = "/"
  /// Whether this imprint speaks that version.
  @Option var speaks: Int?

  func run() throws {
    if let speaks {
      if speaks != 1 { throw ExitCode(64) }
      return
    }
    try Terminal.answer(try PeerSide.answer(Self.input(), root: root).text)
  }

  private static func input() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= PeerDocument.sizeLimit else { throw EngineError(.invalid, "far too much came in") }
    }
  }
}
