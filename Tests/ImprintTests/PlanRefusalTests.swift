import Foundation
import Support
import Testing

/// A plan that an apply could not carry out is shown all the same, with what is in its way, and ends as the apply would.
@Suite struct PlanRefusalTests {
  @Test(.enabled(if: LabNode.isRoot)) func `a plan names the file that cannot be replaced, in words and in JSON`()
    async throws
  {
    let chattr = try RealProgram.needed("chattr")
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let hosts = "\(node.root)/etc/hosts"
    guard try await chattr.run(["+i", hosts]).status == 0 else {
      return RealProgram.missing("a file system with chattr +i")
    }
    let text: RealProgram.Outcome
    let json: RealProgram.Outcome
    let apply: RealProgram.Outcome
    do {
      text = try await node.run("plan", "--exit-code")
      json = try await node.run("plan", "--format", "json")
      apply = try await node.run("apply")
    }
    try await chattr.run(["-i", hosts]).succeeded("chattr -i")
    #expect((text.status, json.status, apply.status) == (74, 74, 74), "\(text.said)")
    #expect(text.error == apply.error)
    #expect(text.output.contains("! an apply would be refused: cannot replace /etc/hosts: it is immutable"))
    #expect(text.output.contains("+192.168.10.21") && text.output.contains("~ /etc/hostname"))
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let refusals = try #require(answer["refusals"] as? [[String: Any]])
    #expect(refusals.map { $0["path"] as? String } == ["/etc/hosts"])
    #expect(refusals.first?["status"] as? Int == 74)
    #expect((answer["changes"] as? [Any])?.isEmpty == false)
  }

  /// A damaged journal is one truth, whoever is asked.
  @Test func `a damaged journal refuses a plan, with nothing to do too, and is told by all who list transactions`()
    async throws
  {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try await node.run("apply").succeeded("apply")
    let store = "\(node.root)/var/lib/imprint/transactions"
    let id = try #require(try FileManager.default.contentsOfDirectory(atPath: store).first)
    try LabNode.write("torn", "\(store)/\(id)/journal")
    let said = "imprint: /var/lib/imprint/transactions/\(id)/journal is damaged, and there are images beside it"
    for command in ["plan", "apply", "history", "status", "recover", "rollback", "confirm"] {
      let outcome = try await node.run(command)
      #expect(outcome.status == 65 && outcome.error.hasPrefix(said), "\(command): \(outcome.said)")
    }
    #expect(try await !node.run("history").output.contains("no transactions"))
    let verified = try await node.run("verify")
    #expect(verified.status == 2 && verified.output.contains("/\(id)/journal is damaged"), "\(verified.said)")
    for command in ["history", "status"] {
      let answer = try await node.run(command, "--format", "json").output
      let fields = try #require(try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
      #expect((fields["damage"] as? [String])?.first?.contains("\(id)/journal is damaged") == true, "\(answer)")
    }
    try LabNode.write("compute\n", "\(node.root)/etc/hostname")
    let (plan, apply) = (try await node.run("plan"), try await node.run("apply"))
    #expect(plan.status == 65 && plan.output.contains("~ /etc/hostname"), "\(plan.said)")
    #expect(plan.error == apply.error && apply.status == 65)
  }

  @Test(.enabled(if: LabNode.isRoot))
  func `a recovery of a read-only tree has nothing to do, with a history or without`()
    async throws
  {
    let unshare = try RealProgram.needed("unshare")
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\""
    for isApplied in [false, true] {
      if isApplied { try await node.run("apply").succeeded("apply") }
      let outcome = try await unshare.run(
        ["--mount", "--propagation", "private", "sh", "-c", script, node.root, Imprint.program.path]
          + node.arguments("recover"))
      if outcome.error.contains("mount:") { return RealProgram.missing("permission to mount") }
      #expect(outcome.status == 0 && outcome.output == "nothing to recover\n", "\(outcome.said)")
      guard !isApplied else { continue }
      for (command, said) in [
        ("rollback", "there is no transaction to roll back"), ("confirm", "no transaction awaits"),
      ] {
        let outcome = try await unshare.run(
          ["--mount", "--propagation", "private", "sh", "-c", script, node.root, Imprint.program.path]
            + node.arguments(command))
        #expect(outcome.status == 64 && outcome.error.hasPrefix("imprint: \(said)"), "\(command): \(outcome.said)")
      }
    }
  }

  @Test func `in the midst of a transaction a plan and a verify say so`() async throws {
    let strace = try RealProgram.needed("strace")
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let kill = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat", "-e", "inject=renameat:signal=KILL:when=5"]
    _ = try await strace.run(kill + [Imprint.program.path] + node.arguments("apply"))
    for (command, status) in [("plan", 0), ("verify", 2)] {
      let outcome = try await node.run(command)
      #expect(
        outcome.status == status && outcome.output.contains("was interrupted, or is still going on"), "\(outcome.said)")
    }
    try await node.run("recover").succeeded("recover")
    for command in ["plan", "verify"] {
      let outcome = try await node.run(command)
      #expect(outcome.status == 0 && !outcome.output.contains("was interrupted"), "\(outcome.said)")
    }
  }

  @Test func `an intent that never became whole is pending until a recovery takes it away, and refuses nothing`()
    async throws
  {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try await node.run("apply").succeeded("apply")
    let store = "\(node.root)/var/lib/imprint/transactions"
    try FileManager.default.createDirectory(atPath: "\(store)/20990101T000000Z", withIntermediateDirectories: false)
    try LabNode.write("torn", "\(store)/20990101T000000Z/journal")
    #expect(try await node.run("status").output.contains("20990101T000000Z was interrupted"))
    #expect(try await node.run("history").status == 0)
    #expect(try await node.run("plan").status == 0)
    #expect(try await node.run("recover").output == "20990101T000000Z removed\n")
    #expect(try await !node.run("status").output.contains("interrupted"))
  }
}
