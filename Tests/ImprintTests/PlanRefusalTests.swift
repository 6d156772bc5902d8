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

  @Test func `a damaged journal refuses it, and a plan with nothing to do looks at none`() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try await node.run("apply").succeeded("apply")
    let store = "\(node.root)/var/lib/imprint/transactions"
    let id = try #require(try FileManager.default.contentsOfDirectory(atPath: store).first)
    try LabNode.write("torn", "\(store)/\(id)/journal")
    #expect(try await node.run("plan").status == 0)
    try LabNode.write("compute\n", "\(node.root)/etc/hostname")
    let (plan, apply) = (try await node.run("plan"), try await node.run("apply"))
    #expect(plan.status == 65 && plan.output.contains("~ /etc/hostname"), "\(plan.said)")
    #expect(plan.error == apply.error && apply.status == 65)
  }
}
