import Foundation
import Glibc
import Support
import Testing

/// Several at once.
@Suite("Two applies at once: one waits or is told to come back", .serialized)
struct SeveralTests {
  private struct History: Decodable {
    struct Transaction: Decodable { var state: String }
    var transactions: [Transaction]
  }

  private func transactions(_ node: LabNode) async throws -> [String] {
    let outcome = try await node.run("history", "--format", "json").succeeded("history")
    return try JSONDecoder().decode(History.self, from: Data(outcome.output.utf8)).transactions.map(\.state)
  }

  private func together(_ count: Int, _ node: LabNode, _ more: String...) async throws -> [RealProgram.Outcome] {
    let arguments = node.arguments("apply") + more
    return try await withThrowingTaskGroup(of: RealProgram.Outcome.self) { group in
      for _ in 0..<count { group.addTask { try await Imprint.run(arguments, seconds: 60) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test("While another has the lock, apply, rollback and recover exit with 75, and --wait waits")
  func locked() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let state = "\(node.root)/var/lib/imprint"
    guard mkdir(state, 0o700) == 0 else { throw TestTrouble("mkdir: \(errno)") }
    let descriptor = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else { throw TestTrouble("flock: \(errno)") }
    let before = try node.record()
    for command in ["apply", "rollback", "recover"] {
      let outcome = try await node.run(command, seconds: 20)
      #expect(outcome.status == 75, "\(command): \(outcome.said)")
      #expect(outcome.error.contains(node.root), "\(outcome.error)")
    }
    #expect(try node.record().differences(from: before, .untouched) == [])
    #expect(try await node.run("plan").status == 0)
    async let waiting = node.run("apply", "--wait", seconds: 20)
    try await Task.sleep(for: .milliseconds(500))
    #expect(try node.record().differences(from: before, .untouched) == [])
    close(descriptor)
    #expect(try await waiting.status == 0)
    #expect(try await transactions(node) == ["applied"])
  }

  @Test("Of twenty at once, one does it, and each other finds it done or is told to come back")
  func twenty() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let outcomes = try await together(20, node)
    for outcome in outcomes where ![0, 75].contains(outcome.status) { Issue.record("\(outcome.said)") }
    #expect(outcomes.contains { $0.status == 0 })
    #expect(try await transactions(node) == ["applied"])
    #expect(try await node.run("verify").status == 0)
  }

  @Test("Twenty that wait all end well, and one of them does it")
  func twentyWaiting() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let outcomes = try await together(20, node, "--wait")
    for outcome in outcomes where outcome.status != 0 { Issue.record("\(outcome.said)") }
    #expect(try await transactions(node) == ["applied"])
    #expect(try await node.run("verify").status == 0)
  }

  @Test("Twenty that wait where nothing is to be done leave no state directory and no failure")
  func twentyIdle() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try LabNode.write("not a system\n", "\(node.root)/etc/passwd")
    let outcomes = try await together(20, node, "--wait")
    for outcome in outcomes where outcome.status != 65 { Issue.record("\(outcome.said)") }
    #expect(!FileManager.default.fileExists(atPath: "\(node.root)/var/lib/imprint"))
  }
}
