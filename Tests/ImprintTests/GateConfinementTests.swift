import Foundation
import Support
import Testing

/// The forced command as sshd runs it, with the real scp: a link inside of what a peer may reach leads nowhere. A peer makes none,
/// and the path that it names has none; nova on this node may have made one deeper down.
@Suite struct GateConfinementTests {
  private static let guest = "23f81b33-1920-4326-957b-b2009cc41adc"
  private static let secret = "geheim\n"

  /// Whether this kernel can hold a process to files at all (landlock(7)); else that is said, and there is nothing to see.
  private static var isPossible: Bool {
    let modules = (try? String(contentsOfFile: "/sys/kernel/security/lsm", encoding: .utf8)) ?? "landlock"
    let release = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
    let numbers = release.split { !$0.isNumber }.compactMap { Int($0) }
    let isNew = numbers.count > 1 && (numbers[0], numbers[1]) >= (5, 13)
    if !isNew || !modules.contains("landlock") { RealProgram.missing("a kernel with Landlock") }
    return isNew && modules.contains("landlock")
  }

  /// What a peer gets for a command, sent with these bytes.
  private static func ask(_ words: String, _ instances: String, input: String) async throws -> RealProgram.Outcome {
    try await Imprint.program.run(
      ["migration-gate", instances], input: input,
      environment: ["SSH_ORIGINAL_COMMAND": words, "SSH_CONNECTION": "192.168.10.21 40000 192.168.10.20 22"])
  }

  private static func instances(_ scratch: Scratch) throws -> String {
    let instances = "\(scratch.path)/instances"
    try scratch.write("a disk\n", to: "instances/\(guest)/state/disk")
    try scratch.write(secret, to: "outside/key")
    for (name, target) in [("file", "outside/key"), ("folder", "outside")] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(instances)/\(guest)/state/\(name)", withDestinationPath: "\(scratch.path)/\(target)")
    }
    return instances
  }

  @Test(.enabled(if: isPossible)) func `scp reads no file that a link in a directory leads to`() async throws {
    let scratch = try Scratch()
    let instances = try Self.instances(scratch)
    // Each of the sender's lines is answered with a zero.
    let answers = String(repeating: "\0", count: 40)
    let answer = try await Self.ask("scp -r -f \(instances)/\(Self.guest)/state", instances, input: answers)
    #expect(answer.output.contains("a disk\n"), "\(answer.said)")
    #expect(!answer.output.contains(Self.secret), "\(answer.said)")
    #expect(answer.said.contains("Permission denied"), "\(answer.said)")
    // Unconfined, it goes through the same link.
    let scp = try await RealProgram.needed("scp").run(
      ["-r", "-f", "\(instances)/\(Self.guest)/state"], input: answers)
    #expect(scp.output.contains(Self.secret), "\(scp.said)")
  }

  @Test(.enabled(if: isPossible)) func `scp writes nothing where a link in a directory leads to`() async throws {
    let scratch = try Scratch()
    let instances = try Self.instances(scratch)
    let sent = "C0644 2 disk\ny\n\0D0755 0 folder\nC0644 2 new\nx\n\0E\n"
    let answer = try await Self.ask("scp -r -t \(instances)/\(Self.guest)/state", instances, input: sent)
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/outside/new"), "\(answer.said)")
    #expect(answer.said.contains("Permission denied"), "\(answer.said)")
    #expect(
      try String(contentsOfFile: "\(instances)/\(Self.guest)/state/disk", encoding: .utf8) == "y\n", "\(answer.said)")
    _ = try await RealProgram.needed("scp").run(["-r", "-t", "\(instances)/\(Self.guest)/state"], input: sent)
    #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/outside/new"))
  }
}
