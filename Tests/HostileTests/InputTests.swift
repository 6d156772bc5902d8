import Foundation
import Glibc
import Support
import Testing

/// What users get wrong, and streams that cannot be written.
@Suite("Bad input: refused with its status, a message, and nothing written")
struct InputTests {
  private func shell(_ script: String, _ arguments: [String], seconds: Int = 20) async throws -> RealProgram.Outcome {
    try await RealProgram.needed("sh").run(["-c", script, "sh", Imprint.program.path] + arguments, seconds: seconds)
  }

  @Test("A site with ten mistakes reports all ten, each with its line and column")
  func tenMistakes() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let site = """
      [networks.management]
      subnet    = "192.168.10.0/33"
      gateway   = 7
      interfce  = "ens33"

      [networks.tunnel]
      subnet    = "192.168.20.0/24"
      interface = "a-name-that-is-much-too-long"

      [nodes.controller]
      role      = "conductor"
      addresses = { management = "192.168.10.10", tunnel = "192.168.20.10" }

      [nodes.compute]
      role      = "compute"
      addresses = { managment = "192.168.10.20", tunnel = "192.168.20.10" }

      [nodes."compute two"]
      role      = "compute"
      addresses = { tunnel = "192.168.21.21" }
      match     = { mac = ["00:0c:29:aa:bb"] }

      [migration]
      key-type  = "dsa"

      """
    try LabNode.write(site, node.site)
    let before = try TreeRecord(of: node.root)
    for command in ["plan", "apply", "verify"] {
      let outcome = try await node.run(command)
      #expect(outcome.status == 65)
      #expect(outcome.output.isEmpty)
      let places = outcome.error.split(separator: "\n").compactMap {
        $0.firstMatch(of: #/site\.toml:([0-9]+):([0-9]+)/#)
      }
      let lines = Set(places.compactMap { Int($0.output.1) })
      #expect(lines.isSuperset(of: [2, 3, 4, 8, 11, 16, 18, 21, 24]), "\(outcome.error)")
      #expect(places.count >= 10, "\(outcome.error)")
    }
    #expect(try TreeRecord(of: node.root).differences(from: before, .untouched) == [])
  }

  @Test(
    "Usage, unknown nodes, missing roots and sites that cannot be read",
    arguments: [
      (["nonsense"], 64, "nonsense"), (["plan", "--nonsense"], 64, "--nonsense"),
      (["apply", "--format", "xml"], 64, "xml"),
      (["plan", "compute9", "--root", "ROOT", "--site", "SITE"], 64, "compute9"),
      (["apply", "compute9", "--root", "ROOT", "--site", "SITE", "--yes"], 64, "compute9"),
      (["apply", "compute2", "--root", "ROOT", "--site", "SITE"], 64, "--yes"),
      (["plan", "--root", "ROOT", "--site", "SITE"], 64, "compute2"),
      (["plan", "compute2", "--root", "ROOT"], 65, "etc/imprint/site.toml"),
      (["plan", "compute2", "--root", "ROOT", "--site", "ROOT/missing.toml"], 65, "missing.toml"),
      (["plan", "compute2", "--root", "ROOT", "--site", "ROOT/etc"], 65, "/etc"),
      (["plan", "compute2", "--root", "ROOT", "--site", "SITE", "--profile", "plan9"], 65, "plan9"),
      (["apply", "compute2", "--root", "ROOT/etc/hosts", "--site", "SITE", "--yes"], 65, "/etc/hosts"),
      (["rollback", "20990101T000000Z", "--root", "ROOT"], 64, "20990101T000000Z"),
      (["rollback", "../../etc", "--root", "ROOT"], 64, "../../etc"),
    ] as [([String], Int, String)])
  func refused(_ arguments: [String], _ status: Int, _ says: String) async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let before = try TreeRecord(of: node.root)
    let outcome = try await Imprint.run(
      arguments.map {
        $0.replacingOccurrences(of: "ROOT", with: node.root).replacingOccurrences(of: "SITE", with: node.site)
      })
    #expect(outcome.status == status, "\(outcome.said)")
    #expect(outcome.error.contains(says), "\(outcome.error)")
    #expect(try TreeRecord(of: node.root).differences(from: before, .restored) == [])
  }

  @Test(
    "A root that does not exist is named",
    arguments: ["plan", "apply", "verify", "rollback", "recover", "history", "status", "seal"])
  func missingRoot(_ command: String) async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    var arguments = node.arguments(command)
    let place = try #require(arguments.firstIndex(of: node.root))
    arguments[place] = "\(node.folder)/nowhere"
    let outcome = try await Imprint.run(arguments)
    #expect([65, 73].contains(outcome.status), "\(outcome.said)")
    #expect(outcome.error.contains("\(node.folder)/nowhere"))
  }

  @Test("A site that may not be read is not permitted (77); one that comes through a pipe is read")
  func unreadableSite() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let bash = try RealProgram.needed("bash")
    let script = "exec \"$0\" plan compute2 --root \"$1\" --site <(sleep 0.3; cat \"$2\")"
    let piped = try await bash.run(["-c", script, Imprint.program.path, node.root, node.site], seconds: 20)
    #expect(piped.status == 0, "\(piped.said)")
    guard LabNode.isRoot, let setpriv = RealProgram.find("setpriv") else { return }
    chmod(node.site, 0o600)
    let identity = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    guard try await setpriv.run(identity + [Imprint.program.path, "--version"]).status == 0 else { return }
    let outcome = try await setpriv.run(identity + [Imprint.program.path] + node.arguments("plan"))
    #expect(outcome.status == 77)
    #expect(outcome.error.contains(node.site))
  }

  @Test(
    "Standard output that is full or closed: 74, and nothing is changed",
    arguments: [
      ">/dev/full", ">&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full",
    ])
  func noOutput(_ redirection: String) async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let before = try node.record()
    let outside = try TreeRecord(of: node.outside)
    for command in ["plan", "verify", "history", "apply"] {
      let outcome = try await shell("exec \"$@\" \(redirection)", node.arguments(command))
      #expect(outcome.status == 74, "\(command): \(outcome.said)")
      #expect(try node.record().differences(from: before, .restored) == [], "\(command)")
    }
    #expect(try TreeRecord(of: node.outside).differences(from: outside, .untouched) == [])
    try await node.run("apply").succeeded("apply")
    #expect(try await node.run("verify").status == 0)
  }

  @Test("A limit on the size of files: 74, and nothing is changed", arguments: [1, 4, 100])
  func fileSizeLimit(_ blocks: Int) async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let path = "\(node.root)/etc/nova/nova.conf"
    let large = try String(contentsOfFile: path, encoding: .utf8) + String(repeating: "# and so on\n", count: 20_000)
    try large.write(toFile: path, atomically: false, encoding: .utf8)
    let before = try node.record()
    let outcome = try await shell("ulimit -f \(blocks); exec \"$@\"", node.arguments("apply"))
    #expect(outcome.status == 74 && outcome.error.contains("ulimit -f"), "\(outcome.said)")
    #expect(try node.record().differences(from: before, .restored) == [])
    try await node.run("apply").succeeded("apply")
  }

  @Test("A reader that goes away early is no reason to leave anything half done")
  func brokenPipe() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let before = try node.record()
    let script = "{ \"$@\"; echo \"status $?\" >&2; } | true"
    let outcome = try await shell(script, node.arguments("apply"))
    #expect(!outcome.error.contains("status 132") && !outcome.error.contains("status 139"), "\(outcome.error)")
    #expect(try await node.run("recover").status == 0)
    let changed = try node.record().differences(from: before, .restored)
    if !changed.isEmpty { #expect(try await node.run("verify").status == 0, "\(changed)") }
  }

  @Test("No secret is in anything that is printed, in text or JSON, whether it goes well or not")
  func secrets() async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let hash = "$6$sitesalt$SITEHASH0abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr"
    try LabNode.write(LabNode.siteText + "\n[migration]\npassword-hash = \"\(hash)\"\n", node.site)
    let oldKeys = try Self.keyLines(node)
    var said: [String] = []
    func note(_ command: String, _ more: String...) async throws {
      for format in ["text", "json"] {
        let outcome = try await Imprint.run(node.arguments(command) + more + ["--format", format])
        said.append("\(command) \(format)\n\(outcome.said)")
      }
    }
    try await note("plan")
    try await note("plan", "-v")
    try await note("verify", "-v")
    let apply = try await node.run("apply", "-v")
    #expect(apply.status == 0, "\(apply.error)")
    said.append(apply.said)
    let newKeys = try Self.keyLines(node)
    for command in ["plan", "verify", "history", "status"] { try await note(command, "-v") }
    try LabNode.write("root:\(LabNode.secrets[2]):1:\n\(LabNode.secrets[3])\n", "\(node.root)/etc/shadow")
    for command in ["plan", "apply", "verify"] { try await note(command) }
    try await note("rollback")
    try LabNode.write(LabNode.siteText + "\n[migration]\npassword-hash = \"\(hash)\n", node.site)
    try await note("plan")
    try LabNode.write(LabNode.siteText + "\n[migration]\npassword-hash = \"\(hash) \"\nkey-type = 1\n", node.site)
    try await note("plan")
    let secrets = LabNode.secrets + [String(hash.prefix(22)), "SITEHASH0", "PRIVATE KEY"] + oldKeys + newKeys
    for text in said {
      for secret in secrets where text.contains(secret) {
        Issue.record("\(secret) is printed by \(text.prefix(while: { $0 != "\n" }))")
      }
    }
  }

  /// The lines of private keys, without the frame and without those that hold the public half.
  private static func keyLines(_ node: LabNode) throws -> [String] {
    let files = try TreeRecord(of: node.root).entries.values.filter { $0.kind == .file }
    let halves = files.filter { $0.bytes.starts(with: "ssh-".utf8) || $0.bytes.starts(with: "ecdsa-".utf8) }
    return files.filter { $0.text.contains("PRIVATE KEY") }
      .flatMap { $0.text.split(separator: "\n").dropFirst(2).dropLast(2).map(String.init) }
      .filter { line in !halves.contains { $0.text.contains(line) } }
  }
}
