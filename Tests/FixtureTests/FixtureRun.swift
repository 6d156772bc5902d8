import Foundation
import Support
import Testing

/// One fixture's tree, and the program at work on it.
final class FixtureRun {
  let description: FixtureDescription
  let root: String
  private let fixture: Fixture
  private let scratch: Scratch
  private let site: String
  private let user: OrdinaryUser?
  private let memory: MemoryCheck?
  /// The tree as it was set up.
  private(set) var before: TreeRecord

  /// - Parameters:
  ///   - user: who owns the whole tree and runs the program; nobody else than us where it is nil.
  ///   - memory: what watches the program that is run.
  init(_ fixture: Fixture, as user: OrdinaryUser? = nil, under memory: MemoryCheck? = nil) async throws {
    self.fixture = fixture
    self.user = user
    self.memory = memory
    scratch = try Scratch()
    description = try await fixture.description()
    root = try await Self.tree(fixture, description, in: scratch)
    site = "\(fixture.path)/\(description.site ?? "site.toml")"
    if let earlier = description.earlier {
      let node = description.earlierNode ?? description.node
      let arguments = ["apply", node, "--root", root, "--site", "\(fixture.path)/\(earlier)", "--yes"]
      try await Imprint.run(arguments).succeeded("apply with the earlier site")
    }
    try await user?.take(root)
    before = try TreeRecord(of: root)
  }

  /// The fixture's tree, laid over that of the fixture that it is based on.
  private static func tree(
    _ fixture: Fixture, _ description: FixtureDescription, in scratch: Scratch
  ) async throws -> String {
    var layers = [(fixture, description)]
    while let name = layers[0].1.base {
      let base = Fixture(name: name)
      layers.insert((base, try await base.description()), at: 0)
    }
    let root = "\(scratch.path)/tree"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for (layer, _) in layers where FileManager.default.fileExists(atPath: layer.before) {
      // What is a file in one distribution is a directory in another.
      for (path, entry) in try TreeRecord(of: layer.before).entries where entry.kind == .directory {
        var isDirectory: ObjCBool = true
        if FileManager.default.fileExists(atPath: root + path, isDirectory: &isDirectory), !isDirectory.boolValue {
          try FileManager.default.removeItem(atPath: root + path)
        }
      }
      try await RealProgram.needed("cp").run(["-a", "--remove-destination", "\(layer.before)/.", root])
        .succeeded("laying \(layer.name) into the tree")
    }
    let setup = layers.compactMap(\.1.setup).reduce(FixtureDescription.Setup()) { $0.followed(by: $1) }
    try await TreeSetup(root: root, scratch: scratch, folder: fixture.path).carryOut(setup)
    return root
  }

  private func imprint(_ command: String, _ more: [String] = []) async throws -> RealProgram.Outcome {
    var arguments = [command, description.node, "--root", root, "--site", site]
    if let profile = description.profile { arguments += ["--profile", profile] }
    return try await run(arguments + more)
  }

  private func run(_ arguments: [String]) async throws -> RealProgram.Outcome {
    if let memory { return try await memory.run(arguments) }
    guard let user else { return try await Imprint.run(arguments) }
    return try await user.run(arguments)
  }

  /// An ordinary user can give no file away.
  private var aspects: TreeRecord.Aspects { user == nil ? .restored : [.modes, .labels] }

  private func record() throws -> TreeRecord { try TreeRecord(of: root) }

  private func expectUntouched(since earlier: TreeRecord, _ what: String) throws {
    let differences = try record().differences(from: earlier, .untouched)
    #expect(differences.isEmpty, "\(what) writes nothing:\n\(differences.joined(separator: "\n"))")
  }

  // MARK: the steps

  private struct PlanAnswer: Decodable {
    struct Finding: Decodable {
      let text: String
      let advice: String?
    }
    struct Change: Decodable {
      let path: String
      let reasons: [String]
    }
    struct Consequence: Decodable {
      let action: String
      let subject: String
      let because: [String]
    }
    let schema: String
    let node: String
    let changes: [Change]
    let findings: [Finding]
    let consequences: [Consequence]
  }

  func planWritesNothing() async throws {
    let text = try await imprint("plan")
    #expect(text.status == 0, "plan: \(text.said)")
    let json = try await imprint("plan", ["--format", "json"])
    #expect(json.status == 0, "plan --format json: \(json.said)")
    try expectUntouched(since: before, "plan")
    let plan = try JSONDecoder().decode(PlanAnswer.self, from: Data(json.output.utf8))
    #expect(plan.node == description.node)
    for change in plan.changes { #expect(!change.reasons.isEmpty, "\(change.path) is changed for a reason") }
    let said = plan.findings.map { [$0.text, $0.advice ?? ""].joined(separator: " ") }
    for finding in description.findings ?? [] {
      let isSaid = said.contains { $0.contains(finding) }
      #expect(isSaid, "\(finding) is said among\n\(said.joined(separator: "\n"))")
    }
    let consequences = plan.consequences.map { "\($0.action) \($0.subject)" }
    if let wanted = description.consequences { #expect(consequences == wanted) }
    expectNoSecret(in: text.said)
    expectNoSecret(in: json.said)
  }

  /// Passwords and hashes of the tree before, and the lines of private keys but for those that the public halves
  /// hold too: none may ever be shown.
  private lazy var secrets: [String] = {
    let texts = before.entries.values.filter { $0.bytes.count < 32 << 10 }.map(\.text)
    let publicHalves = texts.filter { $0.contains(" AAAA") }
    let lines = texts.filter { $0.contains("PRIVATE KEY-----") }.flatMap { $0.split(separator: "\n").map(String.init) }
      .filter { line in
        !line.hasPrefix("-----") && line.utf8.count > 40 && !publicHalves.contains { $0.contains(line) }
      }
    return lines + ["notarealhash", "fixture-rabbit", "fixture-nova"]
  }()

  private func expectNoSecret(in said: String) {
    for line in said.split(separator: "\n") {
      let shown = secrets.filter { line.contains($0) }
      let isShown = !shown.isEmpty
      #expect(!isShown, "a secret is shown: \(line)")
    }
  }

  /// - Returns: what this run made anew, by name.
  @discardableResult
  func applyMakesWhatIsExpected() async throws -> [String: String] {
    let outcome = try await imprint("apply", ["--yes"])
    #expect(outcome.status == 0, "apply: \(outcome.said)")
    expectNoSecret(in: outcome.said)
    try await keepForReview()
    if description.unchanged == true {
      let differences = try record().without(ExpectedTree.own).differences(
        from: before.without(ExpectedTree.own), [.modes, .owners, .labels, .inodes])
      #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
      return [:]
    }
    guard FileManager.default.fileExists(atPath: fixture.after) else {
      try expectLines()
      return [:]
    }
    let expected = try ExpectedTree(fixture, description, before: before, scratch: scratch)
    let (differences, fresh) = try await expected.differences(in: root, aspects)
    #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    return fresh
  }

  /// For trees that are too big for an after folder: which lines of which files changed, and no other file of /etc, or of what containers
  /// have in its place, but host keys and new ones.
  private func expectLines() throws {
    guard let wanted = description.lines else {
      throw TestTrouble("without an after folder case.toml of \(fixture.name) says which lines change")
    }
    let now = try record()
    let changed = before.entries.filter { path, entry in
      entry.kind == .file && ["/etc/", "/var/lib/config-data/"].contains(where: path.hasPrefix)
        && !path.hasPrefix("/etc/ssh/ssh_host_")
        && now[path].map { $0.bytes != entry.bytes } ?? true
    }
    #expect(changed.keys.sorted() == wanted.keys.sorted())
    for (path, entry) in changed {
      let difference = Self.lines(now[path]?.text ?? "").difference(from: Self.lines(entry.text))
      let gone = difference.removals.map(Self.line)
      let new = difference.insertions.map(Self.line)
      expect(gone, wanted[path]?.gone ?? [], "lines that go from \(path)")
      expect(new, wanted[path]?.new ?? [], "lines that come to \(path)")
    }
  }

  private func expect(_ lines: [String], _ templates: [String], _ what: String) {
    let areLike =
      lines.count == templates.count && zip(templates, lines).allSatisfy { Placeholder.values($0, $1) != nil }
    #expect(areLike, "\(what) are \(lines), should be \(templates)")
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private static func line(_ change: CollectionDifference<String>.Change) -> String {
    switch change {
    case .insert(_, let line, _), .remove(_, let line, _): line
    }
  }

  /// With FIXTURE_RESULTS=DIR the results stay there, for whoever writes a new after folder by hand.
  private func keepForReview() async throws {
    guard let folder = ProcessInfo.processInfo.environment["FIXTURE_RESULTS"] else { return }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let kept = "\(folder)/\(fixture.name)"
    if FileManager.default.fileExists(atPath: kept) { try FileManager.default.removeItem(atPath: kept) }
    try await RealProgram.needed("cp").run(["-a", "--", root, kept]).succeeded("keeping the result")
  }

  func readersAgree() async throws {
    try await ReaderOracles(root: root).check(description.reads)
    try await AugeasOracle(fixture: fixture.name, root: root, before: before, after: record()).check(description.reads)
  }

  func verifyHolds() async throws {
    let now = try record()
    let outcome = try await imprint("verify")
    #expect(outcome.status == 0, "verify: \(outcome.said)")
    try expectUntouched(since: now, "verify")
  }

  func secondApplyWritesNothing() async throws {
    let now = try record()
    let outcome = try await imprint("apply", ["--yes"])
    #expect(outcome.status == 0, "second apply: \(outcome.said)")
    try expectUntouched(since: now, "a second apply")
    let plan = try await imprint("plan", ["--exit-code"])
    #expect(plan.status == 0, "nothing is left to do: \(plan.said)")
  }

  func rollbackRestoresEverything() async throws {
    let outcome = try await run(["rollback", "--root", root])
    #expect(outcome.status == 0, "rollback: \(outcome.said)")
    let differences = try record().without(ExpectedTree.own)
      .differences(from: before.without(ExpectedTree.own), .restored)
    #expect(differences.isEmpty, "rollback restores:\n\(differences.joined(separator: "\n"))")
    let verdict = try await imprint("verify")
    #expect(verdict.status == description.verifyAfterRollback ?? 2, "verify after rollback: \(verdict.said)")
    #expect(verdict.status == 0 || verdict.output.split(separator: "\n").count > 1, "it names what is wrong")
  }

  func seals() async throws {
    let outcome = try await run(["seal", "--root", root, "--yes"])
    #expect(outcome.status == 0, "seal: \(outcome.said)")
  }

  func leavesNoTemporaries() throws {
    let left = try record().entries.keys.filter { $0.split(separator: "/").last?.hasPrefix(".imprint") == true }
    #expect(left.isEmpty)
  }

  func isRefused(_ refusal: FixtureDescription.Refusal) async throws {
    for (command, more) in [("plan", []), ("apply", ["--yes"]), ("verify", [])] {
      let outcome = try await imprint(command, more)
      #expect(outcome.status == refusal.exit, "\(command): \(outcome.said)")
      for words in refusal.says {
        let isSaid = outcome.error.contains(words)
        #expect(isSaid, "\(command) says \(words): \(outcome.said)")
      }
      #expect(!outcome.said.contains("Fatal error") && !outcome.said.contains("this should not happen"))
      try expectUntouched(since: before, command)
    }
  }
}
