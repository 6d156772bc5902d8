import Foundation
import Support
import Testing

/// What imprint sees and leaves: an apply does not call it well.
@Suite struct BeyondMendingTests {
  @Test func `an apply with nothing left to change says what is not as it should be, as verify does`() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    // cloud-init reads it after imprint's own, and it is somebody's.
    try LabNode.write("#cloud-config\n", "\(node.root)/etc/cloud/cloud.cfg")
    try LabNode.write("preserve_hostname: false\n", "\(node.root)/etc/cloud/cloud.cfg.d/zzz.cfg")
    let words = ["compute2", "--root", node.root, "--site", node.site]
    let first = try await Imprint.run(["apply"] + words + ["--yes"])
    #expect(first.status == 2, "\(first.said)")
    let before = try TreeRecord(of: node.root)
    let again = try await Imprint.run(["apply"] + words + ["--yes"])
    #expect(again.status == 2, "\(again.said)")
    #expect(
      again.output.contains("nothing that imprint changes, but not as it should be: cloud-init's preserve_hostname"))
    #expect(try TreeRecord(of: node.root).differences(from: before, .untouched).isEmpty)
    let json = try await Imprint.run(["apply"] + words + ["--yes", "--format", "json"])
    #expect(json.status == 2 && json.output.contains("\"verification\""), "\(json.said)")
    #expect(try await Imprint.run(["verify"] + words).status == 2)
  }

  @Test func `a tree that is not there is named as it was said`() async throws {
    let outcome = try await Imprint.run(["plan", "compute2", "--root", "no/such tree"])
    #expect(outcome.status == 65)
    #expect(outcome.error == "imprint: cannot open the tree no/such tree: No such file or directory\n")
  }

  @Test func `who cannot read the answer hears that it was done`() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let words = ["apply", "compute2", "--root", node.root, "--site", node.site, "--yes", "--format", "json"]
    let line = try ([Imprint.program.path] + words).map { "'\($0)'" }.joined(separator: " ")
    let outcome = try await RealProgram.needed("sh").run(["-c", "\(line) >/dev/full"])
    #expect(outcome.status == 74)
    #expect(outcome.error.contains("cannot write the answer") && outcome.error.contains(" is applied all the same"))
    #expect(try String(contentsOfFile: "\(node.root)/etc/hostname", encoding: .utf8).contains("compute2"))
  }
}
