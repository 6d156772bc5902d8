import Foundation
import Support
import Testing

@testable import Engine

/// What a backup or a configuration manager puts back after an apply.
@Suite struct RestoredTests {
  /// A copy of the original, and what every command is told of it.
  private static func copy() async throws -> (tree: FixtureRun, words: [String]) {
    let fixture = Fixture(name: "debian12-compute")
    let tree = try await FixtureRun(fixture)
    return (tree, ["compute2", "--root", tree.root, "--site", "\(fixture.path)/site.toml"])
  }

  @Test func `a thing of the original's that came back is named, each as long as it is there`() async throws {
    let (tree, words) = try await Self.copy()
    let things = ["etc/iscsi/initiatorname.iscsi", "etc/ssh/ssh_host_ed25519_key", "etc/machine-id"]
      .map { URL(filePath: "\(tree.root)/\($0)") }
    let original = try things.map { try Data(contentsOf: $0) }
    try await Imprint.run(["apply"] + words + ["--yes"]).succeeded("apply")
    let own = try things.map { try Data(contentsOf: $0) }
    for (thing, (old, new)) in zip(things, zip(original, own)) {
      #expect(old != new)
      try old.write(to: thing)
      let verdict = try await Imprint.run(["verify"] + words)
      let said = verdict.output.split(separator: "\n").filter { $0.contains("what was there before") }
      #expect(verdict.status == 2 && said.count == 1, "\(verdict.said)")
      #expect(said.allSatisfy { $0.contains("✗") && $0.contains(thing.lastPathComponent) }, "\(said)")
      try new.write(to: thing)
      #expect(try await Imprint.run(["verify"] + words).status == 0)
    }
  }

  @Test func `an apply renews it once more, and spreads nothing of it`() async throws {
    let (tree, words) = try await Self.copy()
    let things = ["etc/iscsi/initiatorname.iscsi", "etc/ssh/ssh_host_ed25519_key", "etc/machine-id"]
      .map { URL(filePath: "\(tree.root)/\($0)") }
    let original = try things.map { try Data(contentsOf: $0) }
    let other = URL(filePath: "\(tree.root)/var/lib/dbus/machine-id")
    try FileManager.default.removeItem(at: other)
    try original[2].write(to: other)
    try await Imprint.run(["apply"] + words + ["--yes"]).succeeded("apply")
    for (thing, old) in zip(things, original) { try old.write(to: thing) }
    #expect(try await Imprint.run(["plan"] + words + ["--exit-code"]).status == 2)
    try await Imprint.run(["apply"] + words + ["--yes"]).succeeded("a second apply")
    for (thing, old) in zip(things, original) { #expect(try Data(contentsOf: thing) != old, "\(thing)") }
    #expect(try Data(contentsOf: things[2]) == Data(contentsOf: other))
    try await Imprint.run(["verify"] + words).succeeded("verify")
    let third = try await Imprint.run(["apply"] + words + ["--yes"]).succeeded("a third apply")
    #expect(third.output.contains("nothing to do"))
  }

  @Test func `only what came back is renewed, the account's key too, and a file of the node's own may be put back`()
    async throws
  {
    let (tree, words) = try await Self.copy()
    func file(_ path: String) -> URL { URL(filePath: "\(tree.root)/\(path)") }
    let came = file("etc/ssh/ssh_host_ed25519_key")
    let original = try Data(contentsOf: came)
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(tree.root)/var/lib/nova/.ssh")
    let former = try names.filter { $0.hasPrefix("id_") }.map {
      (file("var/lib/nova/.ssh/\($0)"), try Data(contentsOf: file("var/lib/nova/.ssh/\($0)")))
    }
    try await Imprint.run(["apply"] + words + ["--yes"]).succeeded("apply")
    let others = try FileManager.default.contentsOfDirectory(atPath: "\(tree.root)/etc/ssh")
      .filter { $0.hasPrefix("ssh_host_") && !$0.contains("ed25519") }.map { file("etc/ssh/\($0)") }
    let own = try others.map { try Data(contentsOf: $0) }
    try original.write(to: came)
    for (path, text) in former where FileManager.default.fileExists(atPath: path.path) { try text.write(to: path) }
    try await Imprint.run(["apply"] + words + ["--yes"]).succeeded("a second apply")
    #expect(try Data(contentsOf: came) != original)
    #expect(try others.map { try Data(contentsOf: $0) } == own, "the node's other keys are its own")
    for (path, text) in former where FileManager.default.fileExists(atPath: path.path) {
      #expect(try Data(contentsOf: path) != text, "\(path)")
    }
    try await Imprint.run(["verify"] + words).succeeded("verify")
  }

  @Test func `one line of the original's in a file of an interface is found, and goes with the next apply`()
    async throws
  {
    let fixture = Fixture(name: "tutorial-compute")
    let tree = try await FixtureRun(fixture)
    let words = ["compute2", "--root", tree.root, "--site", "\(fixture.path)/site.toml"]
    let file = URL(filePath: "\(tree.root)/etc/sysconfig/network-scripts/ifcfg-ens33")
    let card = try #require(
      String(contentsOf: file, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("HWADDR=") })
    try await Imprint.run(["apply"] + words + ["--yes"]).succeeded("apply")
    let own = try String(contentsOf: file, encoding: .utf8)
    try (own + card + "\n").write(to: file, atomically: false, encoding: .utf8)
    let verdict = try await Imprint.run(["verify"] + words)
    #expect(verdict.status == 2 && verdict.output.contains("ifcfg-ens33 to a machine"), "\(verdict.said)")
    try await Imprint.run(["apply"] + words + ["--yes"]).succeeded("a second apply")
    #expect(try String(contentsOf: file, encoding: .utf8) == own)
    try await Imprint.run(["verify"] + words).succeeded("verify")
  }
}
