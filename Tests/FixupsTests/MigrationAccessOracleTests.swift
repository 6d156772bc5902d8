import Documents
import Fixups
import Foundation
import Site
import Support
import Testing
import Tree

@testable import Fixups

/// OpenSSH's own programs, asked what they make of the files.
@Suite struct MigrationAccessOracleTests {
  private func settled(checksHostKeys: Bool = true) throws -> MemoryTree {
    var tree = Clone.used
    tree.write(
      "\(Clone.ssh)/config", "Host *\n  User other\n  ServerAliveInterval 7\n", owner: 162, group: 162, mode: 0o600)
    var site = try Lab.site(domain: "example.com")
    site.migration.checksHostKeys = checksHostKeys
    return try Clone.settle(MigrationAccess(), tree, site: site).tree
  }

  @Test(arguments: [true, false])
  func sshGoesToEveryPeerAsTheAccount(_ checksHostKeys: Bool) async throws {
    guard let ssh = RealProgram.find("ssh") else { return }
    let scratch = try Scratch()
    let tree = try settled(checksHostKeys: checksHostKeys)
    let config = try scratch.write(try #require(tree["\(Clone.ssh)/config"]), to: "config", mode: 0o600)
    for host in ["compute", "compute.example.com", "192.168.10.20", "192.168.20.20"] {
      let said = try await ssh.run(["-G", "-F", config, host]).succeeded("ssh -G").output.split(separator: "\n")
      #expect(said.contains("user nova") && said.contains("identityfile ~/.ssh/id_ed25519"))
      #expect(said.contains("identitiesonly yes") && said.contains("serveraliveinterval 7"))
      #expect(said.contains(checksHostKeys ? "stricthostkeychecking true" : "stricthostkeychecking false"))
    }
    let elsewhere = try await ssh.run(["-G", "-F", config, "elsewhere"]).succeeded("ssh -G").output
    #expect(elsewhere.contains("user other\n"))
  }

  @Test func peersOfALargeSiteAreKnownToOldSSHToo() async throws {
    guard let ssh = RealProgram.find("ssh") else { return }
    let site = try Clone.site { site in
      for number in 1...90 {
        let addresses: PerNetwork = [
          NetworkName.management: [try IPAddress("192.168.10.\(number + 100)")],
          try NetworkName("tunnel"): [try IPAddress("192.168.20.\(number + 100)")],
        ]
        site.nodes.append(Node(name: try NodeName("node\(number)"), role: .compute, addresses: addresses))
      }
    }
    let text = try #require(try Clone.settle(MigrationAccess(), Clone.used, site: site).tree["\(Clone.ssh)/config"])
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count < 1024 })
    let scratch = try Scratch()
    let config = try scratch.write(text, to: "config", mode: 0o600)
    for host in ["compute", "node1", "192.168.20.150", "node90", "192.168.20.190"] {
      let said = try await ssh.run(["-G", "-F", config, host]).succeeded("ssh -G").output
      #expect(said.contains("user nova\n") && said.contains("stricthostkeychecking true"), "\(host)")
    }
  }

  @Test(arguments: [
    "User other\n# >>> imprint migration: x >>>\nHost old\n# <<< imprint migration <<<\nHost *\n  ServerAliveInterval 7\n",
    "\n# mine\nHost compute\n  User other\n# >>> imprint migration: x >>>\n# <<< imprint migration <<<",
  ])
  func aBlockThatSlippedDownComesFirstAgain(_ text: String) async throws {
    guard let ssh = RealProgram.find("ssh") else { return }
    var tree = Clone.used
    tree.write("\(Clone.ssh)/config", text, owner: 162, group: 162, mode: 0o600)
    let after = try Clone.settle(MigrationAccess(), tree).tree
    let scratch = try Scratch()
    let config = try scratch.write(try #require(after["\(Clone.ssh)/config"]), to: "config", mode: 0o600)
    #expect(try await ssh.run(["-G", "-F", config, "compute"]).succeeded("ssh -G").output.contains("user nova\n"))
  }

  @Test(arguments: [
    ("\u{FEFF}Host *\n  User x\n", 1), ("Host *\n  User \"x\n", 2), ("# a\r\n\r\nHost a \\\r\n  b\r\n", 4),
    ("User\n", 1), ("Port 22\nCompression # yes\n", 2),
  ])
  func aFileThatSshRefusesIsSaidWithItsLine(_ text: String, _ line: Int) async throws {
    guard let ssh = RealProgram.find("ssh") else { return }
    let scratch = try Scratch()
    let config = try scratch.write(text, to: "config", mode: 0o600)
    #expect(try await ssh.run(["-G", "-F", config, "compute"]).status != 0)
    var tree = Clone.used
    tree.write("\(Clone.ssh)/config", text, owner: 162, group: 162, mode: 0o600)
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree))
    #expect(proposal.warns("\(Clone.ssh)/config:\(line): ssh refuses the whole file"))
  }

  @Test func sshFindsTheOriginalsHostKeyUnderEveryName() async throws {
    guard let keygen = RealProgram.find("ssh-keygen") else { return }
    let scratch = try Scratch()
    let hosts = try scratch.write(try #require(try settled()["\(Clone.ssh)/known_hosts"]), to: "known_hosts")
    for host in ["compute", "compute.example.com", "192.168.10.20", "192.168.20.20"] {
      let found = try await keygen.run(["-F", host, "-f", hosts]).succeeded("ssh-keygen -F \(host)").output
      #expect(found.contains(Clone.hostKey.split(separator: " ")[1]))
    }
    #expect(try await keygen.run(["-F", "compute2", "-f", hosts]).status == 1)
  }

  /// Debian's ssh hashes names by default.
  @Test func hashedNamesAreKnownByTrying() async throws {
    guard let keygen = RealProgram.find("ssh-keygen") else { return }
    let scratch = try Scratch()
    let text = """
      controller,192.168.10.10,192.168.20.10 \(Clone.otherKey)
      compute,192.168.10.20 \(Clone.otherKey)
      compute2 \(Clone.otherKey)
      elsewhere,[compute]:2222 \(Clone.otherKey)

      """
    let hashed = try scratch.write(text, to: "hashed")
    try await keygen.run(["-q", "-H", "-f", hashed]).succeeded("ssh-keygen -H")
    let before = try String(contentsOfFile: hashed, encoding: .utf8)
    #expect(before.hasPrefix("|1|"))
    var tree = Clone.used
    tree.write("\(Clone.ssh)/known_hosts", before, owner: 162, group: 162)
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree)
    #expect(!proposal.notes("no host key of"))
    let known = try scratch.write(try #require(after["\(Clone.ssh)/known_hosts"]), to: "known_hosts")
    for (host, key) in [
      ("controller", Clone.otherKey), ("192.168.20.10", Clone.otherKey), ("compute", Clone.hostKey),
      ("192.168.10.20", Clone.hostKey), ("elsewhere", Clone.otherKey), ("[compute]:2222", Clone.otherKey),
    ] {
      let found = try await keygen.run(["-F", host, "-f", known]).succeeded("ssh-keygen -F \(host)").output
      let keys = found.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(keys.count == 1 && keys[0].contains(key.split(separator: " ")[1]), "\(host): \(found)")
    }
    #expect(try await keygen.run(["-F", "compute2", "-f", known]).status == 1)
  }

  @Test func everyAuthorizedKeyIsOne() async throws {
    guard let keygen = RealProgram.find("ssh-keygen") else { return }
    let scratch = try Scratch()
    let keys = try scratch.write(try #require(try settled()["\(Clone.ssh)/authorized_keys"]), to: "keys")
    let listed = try await keygen.run(["-lf", keys]).succeeded("ssh-keygen -lf").output
    #expect(listed.split(separator: "\n").count == 2 && listed.contains("nova@compute"))
  }

  /// What the host key's own programs refuse, we must not write: a pair that ssh-keygen makes from a request is whole.
  @Test func halvesOfARealPairBelongTogether() async throws {
    guard let keygen = RealProgram.find("ssh-keygen") else { return }
    let scratch = try Scratch()
    for (index, type) in ["ed25519", "rsa", "ecdsa"].enumerated() {
      let path = "\(scratch.path)/key-\(index)"
      try await keygen.run(["-q", "-t", type, "-N", index == 0 ? "" : "secret", "-C", "x", "-f", path])
        .succeeded("ssh-keygen")
      let key = try #require(OpenSSHKey(Array(try Data(contentsOf: URL(fileURLWithPath: path + ".pub")))[...]))
      let half = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      #expect(key.isHalf(ofPrivateKey: half) == true)
      #expect(OpenSSHKey(Clone.otherKey)?.isHalf(ofPrivateKey: half) == false)
      if type == "rsa" { #expect(key.rsaBits == 3072) }
    }
  }
}
