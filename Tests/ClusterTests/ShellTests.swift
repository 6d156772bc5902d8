import Documents
import Foundation
import Site
import Support
import Testing
import Tree

@testable import Cluster

/// The words that go to other machines, run by the real shells of this one.
@Suite struct ShellTests {
  @Test(arguments: ["plain", "two words", "it's", "''", "$(id) `id` ; & | > $HOME \\ \"", "", "-n", "a\nb", "é*?[x]"])
  func `a quoted word is itself to every shell`(_ word: String) async throws {
    for shell in ["sh", "bash"] {
      let outcome = try await RealProgram.needed(shell).run(["-c", "printf %s \(ShellText.quote(word))"])
      #expect(outcome.output == word)
    }
  }

  @Test func `a script gets its arguments whatever login shell there is`() async throws {
    guard geteuid() == 0 else { return RealProgram.missing("root") }
    let words = ShellText.asRoot(#"printf '%s,' "$@" "$(id -u)""#, ["it's", "two words"])
    #expect(try await RealProgram.needed("sh").run(["-c", words]).output == "it's,two words,0,")
  }

  @Test func `what a real shell shows of a machine is a tree, and holds no private key`() async throws {
    let scratch = try Scratch()
    let home = "\(scratch.path)/home"
    try FileManager.default.createDirectory(atPath: "\(home)/.ssh", withIntermediateDirectories: true)
    try await RealProgram.needed("ssh-keygen").run(["-q", "-t", "ed25519", "-N", "", "-f", "\(home)/.ssh/id_ed25519"])
      .succeeded("ssh-keygen")
    try LabNode.write("some key\n", "\(home)/.ssh/authorized_keys")
    symlink("\(home)/.ssh/authorized_keys", "\(home)/.ssh/known_hosts")
    // Whose home it is, getent says.
    try LabNode.write("#!/bin/sh\necho 'nova:x:162:162::\(home):/bin/sh'\n", "\(scratch.path)/bin/getent")
    chmod("\(scratch.path)/bin/getent", 0o755)
    let shown = try await RealProgram.needed("sh").run(
      ["-c", PeerScript.snapshot, "imprint", "nova"], environment: ["PATH": "\(scratch.path)/bin:/usr/bin:/bin"]
    ).succeeded("the snapshot").output
    let tree = try #require(PeerTree(Array(shown.utf8)))
    let hosts = try #require(try tree.file("/etc/hosts"))
    #expect(hosts.bytes == Array(try Data(contentsOf: URL(fileURLWithPath: "/etc/hosts"))))
    let ssh = try #require(TreePath("\(home)/.ssh"))
    let key = try #require(try tree.file(ssh.appending("id_ed25519")))
    #expect(String(decoding: key.bytes, as: UTF8.self) == "-----BEGIN OPENSSH PRIVATE KEY-----")
    #expect(key.attributes.mode.bits == 0o600)
    #expect(try tree.file(ssh.appending("known_hosts"))?.path == ssh.appending("authorized_keys"))
    #expect(try tree.file("/etc/shadow") == nil)
    let secret = try String(contentsOfFile: "\(home)/.ssh/id_ed25519", encoding: .utf8)
    for line in secret.split(separator: "\n").dropFirst().dropLast() { #expect(!shown.contains(line)) }
    // Torn anywhere, it is none.
    let bytes = Array(shown.utf8)
    for cut in stride(from: 0, to: bytes.count - 1, by: 97) { #expect(PeerTree(Array(bytes[..<cut])) == nil) }
  }

  /// A tree that shows one file as it is now.
  private func tree(_ path: String) async throws -> PeerTree {
    let stat = try await RealProgram.needed("stat").run(["-L", "-c", "%i %s %y %z", path])
    let owner = try await RealProgram.needed("stat").run(["-L", "-c", "%u %g %a", path]).output.trimmingCharacters(
      in: .newlines)
    let state = stat.output.trimmingCharacters(in: .newlines)
    let text =
      stat.status == 0
      ? "file\t\(path)\t\(path)\t\(owner)\t\(state)\t0\n\n" : "absent\t\(path)\t\(path)\n"
    return try #require(PeerTree(Array("imprint-files 1\n\(text)end\n".utf8)))
  }

  private func run(_ edits: [PeerEdit], on tree: PeerTree) async throws -> RealProgram.Outcome {
    try await RealProgram.needed("sh").run(["-s"], input: PeerEdit.script(edits, on: tree))
  }

  private let attributes = FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o640))

  @Test func `a file is replaced whole, and only while it is what was read`() async throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/it's a file"
    try LabNode.write("old\n", path)
    let seen = try await tree(path)
    let place = try #require(TreePath(path))
    let bytes = Array((0...255).map { UInt8($0) } + Array("no end of line".utf8))
    let written = try await run([.write(place, bytes, attributes)], on: seen)
    #expect(written.output == "imprint-written 1\n", "\(written.said)")
    #expect(FileManager.default.contents(atPath: path).map { Array($0) } == bytes)
    let again = try await run([.write(place, [1], attributes)], on: seen)
    #expect(again.status == 75 && again.error.contains("changed by somebody else"), "\(again.said)")
    #expect(FileManager.default.contents(atPath: path).map { Array($0) } == bytes)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["it's a file"],
      "nothing is left lying about")
  }

  @Test func `directories, new files and keys are made with their modes, and a key that is there is never touched`()
    async throws
  {
    let scratch = try Scratch()
    let directory = try #require(TreePath("\(scratch.path)/.ssh"))
    let file = directory.appending("authorized_keys")
    let key = directory.appending("id_ed25519")
    let closed = FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600))
    let edits: [PeerEdit] = [
      .directory(directory, FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o700))),
      .key(key, type: "ed25519", bits: nil, comment: "nova@compute", closed), .write(file, Array("a\n".utf8), closed),
    ]
    let seen = try await tree(file.description)
    let made = try await run(edits, on: seen)
    #expect(made.status == 0, "\(made.said)")
    let half = try String(contentsOfFile: "\(key).pub", encoding: .utf8)
    #expect(Documents.SSHPublicKey(half.trimmingCharacters(in: .newlines))?.comment == "nova@compute")
    let modes = try ["\(directory)", "\(key)", "\(key).pub", "\(file)"].map {
      try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
    }
    #expect(modes == [0o700, 0o600, 0o644, 0o600])
    let again = try await run([edits[1]], on: seen)
    #expect(again.status == 75)
    #expect(try String(contentsOfFile: "\(key).pub", encoding: .utf8) == half)
  }
}
