import Foundation
import Support
import Testing

/// A template of each fixture's tree: what is left of it, what a copy becomes, and what two copies have in common.
@Suite("Sealing: the built program on whole trees")
struct SealTests {
  struct Answer: Decodable {
    struct Change: Decodable {
      let path: String
      let action: String
      let secret: Bool
    }
    struct Finding: Decodable { let text: String }
    let schema: String
    let done: Bool
    let changes: [Change]
    let findings: [Finding]
    let forgotten: Int
  }

  struct Twins: Decodable {
    struct Twin: Decodable {
      struct Holder: Decodable {
        let name: String
        let path: String?
      }
      let key: String
      let value: String
      let holders: [Holder]
    }
    let schema: String
    let compared: [String]
    let twins: [Twin]
  }

  /// What a template keeps, for the fence holds it back, and what a copy's own apply replaces.
  private static let kept: Set<String> = ["hostname", "addresses", "mac-addresses", "services"]

  private static func twins(_ trees: [String]) async throws -> (answer: Twins, status: Int) {
    let outcome = try await Imprint.run(["twins", "--format", "json"] + trees)
    guard [0, 2].contains(outcome.status) else { throw TestTrouble("twins: \(outcome.said)") }
    return (try JSONDecoder().decode(Twins.self, from: Data(outcome.output.utf8)), outcome.status)
  }

  private static func copy(_ tree: String, as name: String) async throws -> String {
    let target = URL(fileURLWithPath: tree).deletingLastPathComponent().appendingPathComponent(name).path
    try await RealProgram.needed("cp").run(["-a", "--", tree, target]).succeeded("cp -a")
    return target
  }

  @Test(
    "Nothing unique is left, no old key is kept anywhere, and a second seal changes nothing",
    arguments: FixtureTests.done)
  func sealed(_ fixture: Fixture) async throws {
    let run: FixtureRun
    do { run = try await FixtureRun(fixture) } catch let unavailable as DebianPackages.Unavailable {
      return RealProgram.missing(unavailable.description)
    }
    let original = try await Self.copy(run.root, as: "original")
    let before = try TreeRecord(of: original)
    let outcome = try await Imprint.run(["seal", "--root", run.root, "--yes", "--format", "json"])
    #expect(outcome.status == 0, "\(outcome.said)")
    let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
    #expect(answer.schema == "imprint.seal/1" && answer.done)

    let after = try TreeRecord(of: run.root)
    for change in answer.changes where change.action == "remove" {
      #expect(after[change.path] == nil, "\(change.path)")
    }
    let (shared, _) = try await Self.twins([original, run.root])
    #expect(Set(shared.twins.map(\.key)).isSubset(of: Self.kept), "\(shared.twins)")
    // Private keys of before, wherever they may be now.
    let keys = before.entries.values.filter {
      $0.kind == .file && $0.text.hasPrefix("-----BEGIN ") && $0.text.contains("PRIVATE KEY-----")
    }.map(\.bytes)
    let left = after.entries.filter { entry in keys.contains { $0 == entry.value.bytes } }
    #expect(left.keys.filter { !$0.hasPrefix("/etc/pki/") }.sorted() == [])
    #expect(after.entries.keys.filter { $0.hasPrefix("/var/lib/imprint/transactions/") } == [])
    // Nothing else changed.
    let changed = after.without(ExpectedTree.own).differences(from: before.without(ExpectedTree.own), .restored)
    let paths = Set(answer.changes.map(\.path))
    let others = changed.filter { line in !paths.contains { line.contains($0) } }
    #expect(others == [])

    let again = try await Imprint.run(["seal", "--root", run.root, "--yes"])
    #expect(again.status == 0 && again.output.contains("sealed already; nothing is changed"), "\(again.said)")
    let differences = try TreeRecord(of: run.root).differences(from: after, .untouched)
    #expect(differences.isEmpty, "\(differences)")
    #expect(try await Imprint.run(["rollback", "--root", run.root]).status == 64)
    #expect(try await Imprint.run(["status", "--root", run.root]).output.contains("this tree is sealed"))
  }

  /// A template is nobody's peer: whom the original is known by, and with which key, its copies learn when they join.
  private static let learnt = ["/.ssh/authorized_keys", "/.ssh/known_hosts"]

  @Test(
    "An apply on a sealed copy ends as on one that was not sealed",
    arguments: [
      "tutorial-compute", "debian12-compute", "messy-compute", "ubuntu2404-compute", "golden-image", "rocky9-rdo",
      "networkd-compute",
    ])
  func sameEnd(_ name: String) async throws {
    let fixture = Fixture(name: name)
    let run = try await FixtureRun(fixture)
    let sealed = try await Self.copy(run.root, as: "sealed")
    try await Imprint.run(["seal", "--root", sealed, "--yes"]).succeeded("seal")
    let second = try await Self.copy(sealed, as: "second")
    let site = "\(fixture.path)/\(run.description.site ?? "site.toml")"
    for root in [run.root, sealed, second] {
      for command in [["apply", "--yes"], ["verify"]] {
        let outcome = try await Imprint.run(
          [command[0], run.description.node, "--root", root, "--site", site] + command.dropFirst())
        #expect(outcome.status == 0, "\(command[0]): \(outcome.said)")
      }
    }
    let plain = try TreeRecord(of: run.root).without(ExpectedTree.own)
    let after = try TreeRecord(of: sealed).without(ExpectedTree.own)
    for (path, entry) in plain.entries where !Self.learnt.contains(where: path.hasSuffix) {
      guard let own = after[path] else {
        // What only a seal takes out: enrolments, records, and cloud-init's instance.
        let isMore = [
          "/var/lib/cloud/", "/var/log/journal/", "/root/.ssh/", "/etc/salt", "/etc/krb5", "/etc/hostid", "/etc/pki/",
        ]
        .contains { path.hasPrefix($0) }
        #expect(isMore, "\(path) is missing")
        continue
      }
      #expect(own.kind == entry.kind && own.owner == entry.owner && own.group == entry.group, "\(path)")
      #expect(own.mode == entry.mode, "\(path)")
      if entry.kind == .file { #expect(Self.shape(own.text) == Self.shape(entry.text), "\(path)") }
    }
    #expect(after.entries.keys.filter { plain[$0] == nil } == [])
    #expect(!FileManager.default.fileExists(atPath: "\(sealed)/var/lib/imprint/sealed"))
    // Both are one node, whose card the site may say; all else is each one's own.
    let (shared, status) = try await Self.twins([sealed, second])
    let own = Self.kept.union(["persistent-net-rules", "network-links"])
    #expect(status == 2 && Set(shared.twins.map(\.key)).isSubset(of: own), "\(shared.twins)")
  }

  /// Keys, digests and ids are fresh: what is compared is what surrounds them.
  private static func shape(_ text: String) -> String {
    if text.contains("PRIVATE KEY-----") || text.contains("\u{FFFD}") { return "a key" }
    return text.replacing(/AAAA[0-9A-Za-z+\/=]{40,}/, with: "KEY").replacing(/[0-9a-f]{8}-[0-9a-f-]{27}/, with: "UUID")
      .replacing(/[0-9a-f]{12,}/, with: "HEX")
  }

  @Test("The history goes, with the keys of before, and what a crash left is finished first")
  func history() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try await node.run("apply").succeeded("apply")
    #expect(try TreeRecord(of: "\(node.root)/var/lib/imprint").entries.keys.contains { $0.contains("/before-") })
    let outcome = try await Imprint.run(["seal", "--root", node.root, "--yes"])
    #expect(outcome.status == 0 && outcome.output.contains("1 earlier transaction is forgotten"), "\(outcome.said)")
    #expect(try await Imprint.run(["history", "--root", node.root]).output == "no transactions\n")
    let state = try TreeRecord(of: "\(node.root)/var/lib/imprint").entries
    #expect(state.keys.sorted() == ["/", "/sealed"])
    #expect(state["/sealed"]?.mode == 0o600)
  }

  @Test("Where /var is a link within the tree, all goes that lies behind it, and the record is there")
  func linked() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let files = FileManager.default
    try files.createDirectory(atPath: "\(node.root)/data", withIntermediateDirectories: true)
    try files.moveItem(atPath: "\(node.root)/var", toPath: "\(node.root)/data/var")
    try files.createSymbolicLink(atPath: "\(node.root)/var", withDestinationPath: "data/var")
    let outcome = try await Imprint.run(["seal", "--root", node.root, "--yes"])
    #expect(outcome.status == 0, "\(outcome.said)")
    #expect(try TreeRecord(of: "\(node.root)/data/var/lib/imprint").entries.keys.sorted() == ["/", "/sealed"])
    #expect(!files.fileExists(atPath: "\(node.root)/data/var/lib/nova/.ssh/id_ed25519"))
    let again = try await Imprint.run(["seal", "--root", node.root, "--yes"])
    #expect(again.status == 0 && again.output.contains("nothing is changed"), "\(again.said)")
    try await node.run("apply").succeeded("apply")
    #expect(try await node.run("verify").status == 0)
  }

  @Test("The running system is refused under any name, and so is a seal without a yes")
  func refused() async throws {
    let scratch = try Scratch()
    for root in ["/", "//", "/proc/self/root", "/usr/.."] {
      let outcome = try await Imprint.run(["seal", "--root", root, "--yes"])
      #expect(outcome.status == 64 && outcome.error.contains("running system"), "\(root): \(outcome.said)")
    }
    let node = try await LabNode(in: scratch)
    let before = try TreeRecord(of: node.root)
    #expect(try await Imprint.run(["seal", "--root", node.root]).status == 64)
    #expect(try await Imprint.run(["seal", "--root", node.root, "--yes", "--keep", "nosuch"]).status == 64)
    #expect(try await Imprint.run(["seal", "--root", node.root, "--image", "x", "--yes"]).status == 64)
    #expect(try TreeRecord(of: node.root).differences(from: before, .untouched) == [])
  }

  @Test("Twins of unlike kinds are not compared, and strangers have nothing in common")
  func twinsOfTrees() async throws {
    #expect(try await Imprint.run(["twins", "/a", "compute"]).status == 64)
    #expect(try await Imprint.run(["twins", "/a"]).status == 64)
    let scratch = try Scratch()
    let first = try await LabNode(in: scratch, name: "one")
    let second = try await LabNode(in: scratch, name: "two")
    try await first.run("apply").succeeded("apply")
    let (answer, status) = try await Self.twins([first.root, second.root])
    #expect(status == 0 && answer.twins.isEmpty, "\(answer.twins)")
    #expect(answer.schema == "imprint.twins/1" && answer.compared == [first.root, second.root])
  }
}
