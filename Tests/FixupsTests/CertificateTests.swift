import Documents
import Foundation
import Site
import Support
import Testing
import Tree

@testable import Fixups

/// Certificates in place of keys: what stands in the files, and what goes and stays when a site changes its mind.
@Suite struct CertificateTests {
  private let ssh = Clone.ssh
  private static let authorityKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII92/VAbto73H04na8KPKbzhADsMLJ2UeN6Btb/AzeHp"
  private static let line =
    "cert-authority,principals=\"imprint-migration\",restrict,from=\"192.168.10.0/24,192.168.20.0/24\" \(authorityKey) imprint-authority"
  private static let known = "@cert-authority * \(authorityKey) imprint-authority"

  private func site(_ change: (inout Site) throws -> Void = { _ in }) throws -> Site {
    try Clone.site {
      $0.migration.access = .certificate
      $0.migration.authority = try SSHPublicKey(Self.authorityKey)
      try change(&$0)
    }
  }

  /// A node of its own with lines of imprint's for its peer, beside a person's.
  private static var withKeys: MemoryTree {
    var tree = Clone.used
    tree.write(
      "\(Clone.ssh)/authorized_keys",
      "# by hand\n\(Clone.otherKey)\nrestrict,from=\"192.168.10.20,192.168.20.20\" \(Clone.novaKey)\n", owner: 162,
      group: 162,
      mode: 0o600)
    tree.write(
      "\(Clone.ssh)/known_hosts", "compute,192.168.10.20,192.168.20.20 \(Clone.hostKey)\nmirror \(Clone.otherKey)\n",
      owner: 162, group: 162)
    return tree
  }

  private static func peer(_ authority: String? = authorityKey) throws -> [NodeName: PeerKeys] {
    func text(_ line: String) -> String { line.split(separator: " ").prefix(2).joined(separator: " ") }
    return [
      try NodeName("compute"): PeerKeys(
        migrationKeys: [text(Clone.novaKey)], hostKeys: [text(Clone.hostKey)], authority: authority)
    ]
  }

  @Test func `one line lets all peers in, and one knows all hosts, however many there are`() throws {
    var few: [String?] = []
    for count in [1, 200] {
      let site = try site { site in
        for number in 1..<count {
          let addresses: PerNetwork = [NetworkName.management: [try IPAddress("192.168.10.\(number + 30)")]]
          site.nodes.append(Node(name: try NodeName("node\(number)"), role: .compute, addresses: addresses))
        }
      }
      let (after, proposal) = try Clone.settle(MigrationAccess(), Clone.plain, Clone.own, site: site)
      let files = [after["\(ssh)/authorized_keys"], after["\(ssh)/known_hosts"]]
      #expect(files == ["\(Self.line)\n", "\(Self.known)\n"])
      #expect(!proposal.notes("no key of") && !proposal.notes("no host key of"))
      if few.isEmpty { few = files }
      #expect(files == few)
    }
  }

  @Test func `where imprint is there, the line is held to its gate`() throws {
    var tree = Clone.plain
    tree.write("/usr/bin/imprint", "\u{7F}ELF", mode: 0o755)
    let (after, _) = try Clone.settle(MigrationAccess(), tree, Clone.own, site: site())
    let gate = "command=\"/usr/bin/imprint migration-gate /var/lib/nova/instances\""
    #expect(after["\(ssh)/authorized_keys"] == Self.line.replacing("\" ssh", with: "\",\(gate) ssh") + "\n")
  }

  @Test(arguments: [
    ("", "restrict ssh-ed25519"), ("10.0.0.0/8", "restrict,from=\"10.0.0.0/8\" ssh-ed25519"),
  ])
  func `restrictions are the site's`(_ source: String, _ options: String) throws {
    let asked = try site {
      $0.migration.restriction = source.isEmpty ? .anywhere : .sources([try Subnet(source)])
    }
    let (after, _) = try Clone.settle(MigrationAccess(), Clone.plain, Clone.own, site: asked)
    #expect(after["\(ssh)/authorized_keys"]?.contains("principals=\"imprint-migration\",\(options)") == true)
  }

  @Test func `an authority that nobody has said is a note, and one that was learned stays`() throws {
    let unknown = try site { $0.migration.authority = nil }
    let (_, proposal) = try Clone.settle(MigrationAccess(), Clone.plain, Clone.own, site: unknown)
    #expect(proposal.notes("the authority that certifies keys is not known here"))
    let (learned, _) = try Clone.settle(MigrationAccess(), Clone.plain, Clone.own, site: site())
    let (after, quiet) = try Clone.settle(MigrationAccess(), learned, Clone.own, site: unknown)
    #expect(after["\(ssh)/authorized_keys"] == "\(Self.line)\n" && !quiet.notes("authority"))
  }

  @Test func `another authority takes the place of the former one, and a person's own stays`() throws {
    var tree = Clone.plain
    let own = "cert-authority \(Clone.otherKey)\n"
    let former = Self.line.replacing(
      Self.authorityKey, with: Clone.novaKey.split(separator: " ").prefix(2).joined(separator: " "))
    tree.makeDirectory(ssh, owner: 162, group: 162, mode: 0o700)
    tree.write("\(ssh)/authorized_keys", own + former + "\n", owner: 162, group: 162, mode: 0o600)
    tree.write(
      "\(ssh)/known_hosts",
      "@cert-authority * \(Clone.otherKey)\n@cert-authority * \(Clone.rsaKey) imprint-authority\n",
      owner: 162, group: 162)
    let (after, _) = try Clone.settle(MigrationAccess(), tree, Clone.own, site: site())
    #expect(after["\(ssh)/authorized_keys"] == own + Self.line + "\n")
    #expect(after["\(ssh)/known_hosts"] == "@cert-authority * \(Clone.otherKey)\n\(Self.known)\n")
  }

  @Test func `a peer's key goes when it has shown certificates, a person's stays, and back again it comes to keys`()
    throws
  {
    let site = try site()
    let (first, _) = try Clone.settle(MigrationAccess(), Self.withKeys, Clone.own, site: site)
    #expect(first["\(ssh)/authorized_keys"]?.contains(Clone.novaKey) == true, "an apply takes no key away")
    for stranger in [nil, Clone.otherKey] {
      let kept = try CertifiedPeers(Self.peer(stranger)).propose(for: Clone.situation(first, Clone.own, site: site))
      #expect(kept.changes.isEmpty)
    }
    let certified = try Clone.settle(CertifiedPeers(Self.peer()), first, Clone.own, site: site).tree
    #expect(certified["\(ssh)/authorized_keys"] == "# by hand\n\(Clone.otherKey)\n\(Self.line)\n")
    #expect(certified["\(ssh)/known_hosts"] == "mirror \(Clone.otherKey)\n\(Self.known)\n")
    #expect(
      try Clone.settle(MigrationAccess(), certified, Clone.own, site: site).tree["\(ssh)/known_hosts"]
        == certified["\(ssh)/known_hosts"])

    // Back: while a peer's key is not known, the authority is what lets it in.
    let (waiting, note) = try Clone.settle(MigrationAccess(), certified, Clone.own, site: Clone.site())
    #expect(waiting["\(ssh)/authorized_keys"]?.contains(Self.line) == true && note.notes("no key of compute is known"))
    let keys = try Clone.site {
      $0.nodes[1].migrationKeys = [try SSHPublicKey(Clone.novaKey)]
      $0.nodes[1].hostKeys = [try SSHPublicKey(Clone.hostKey)]
    }
    let (back, _) = try Clone.settle(MigrationAccess(), waiting, Clone.own, site: keys)
    #expect(
      back["\(ssh)/authorized_keys"]
        == "# by hand\n\(Clone.otherKey)\nrestrict,from=\"192.168.10.20,192.168.20.20\" \(Clone.novaKey)\n")
    #expect(
      back["\(ssh)/known_hosts"] == "mirror \(Clone.otherKey)\ncompute,192.168.10.20,192.168.20.20 \(Clone.hostKey)\n")
  }

  @Test func `a key that a person lets in without a restriction is not imprint's to take`() throws {
    var tree = Self.withKeys
    tree.write("\(ssh)/authorized_keys", "\(Clone.novaKey)\n", owner: 162, group: 162, mode: 0o600)
    tree.write("\(ssh)/known_hosts", "compute \(Clone.hostKey)\n", owner: 162, group: 162)
    let (after, _) = try Clone.settle(CertifiedPeers(Self.peer()), tree, Clone.own, site: site())
    #expect(after["\(ssh)/authorized_keys"] == "\(Clone.novaKey)\n")
    #expect(after["\(ssh)/known_hosts"] == "compute \(Clone.hostKey)\n")
  }
}

/// With the real ssh-keygen's certificates: sshd's configuration, a copy's certificates, and the way back.
@Suite struct CertificateFileTests {
  private let ssh = Clone.ssh
  private static let dropIn = "/etc/ssh/sshd_config.d/imprint-certificates.conf"
  private static let hostCertificate = "/etc/ssh/ssh_host_ed25519_key-cert.pub"
  private static let shows = "HostCertificate \(hostCertificate)"

  private static func site(_ access: Migration.Access = .certificate) throws -> Site {
    try Clone.site { $0.migration.access = access }
  }

  /// A tree with real public keys, and their certificates.
  private func signed(
    config: String, principal: String = Migration.principal
  ) async throws -> (tree: MemoryTree, lines: [String]) {
    let scratch = try Scratch()
    let keygen = try RealProgram.needed("ssh-keygen")
    for name in ["authority", "host", "user"] {
      try await keygen.run(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(scratch.path)/\(name)"]).succeeded(
        name)
    }
    let sign = ["-q", "-s", "\(scratch.path)/authority", "-I", "compute2"]
    try await keygen.run(sign + ["-h", "-n", "compute2", "\(scratch.path)/host.pub"]).succeeded("host")
    try await keygen.run(sign + ["-n", principal, "\(scratch.path)/user.pub"]).succeeded("user")
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: "\(scratch.path)/\(name)", encoding: .utf8)
    }
    var tree = Clone.used
    tree.write("/etc/ssh/ssh_host_ed25519_key.pub", try text("host.pub"))
    tree.write("/etc/ssh/sshd_config", config, mode: 0o600)
    tree.write("\(ssh)/id_ed25519.pub", try text("user.pub"), owner: 162, group: 162)
    return (tree, try ["host-cert.pub", "user-cert.pub"].map { try text($0).trimmingCharacters(in: .newlines) })
  }

  @Test(arguments: [
    "Include /etc/ssh/sshd_config.d/*.conf\nPort 22\n",
    "Port 22\nMatch User x\n  Include /etc/ssh/sshd_config.d/*.conf\n", "Port 22",
  ])
  func `sshd is told by a drop-in where it reads such, else in its own file, before a Match`(_ config: String)
    async throws
  {
    let (tree, lines) = try await signed(config: config)
    let (after, _) = try Clone.settle(Certificates(lines), tree, Clone.own, site: Self.site())
    #expect(after[Self.hostCertificate] == "\(lines[0])\n" && after["\(ssh)/id_ed25519-cert.pub"] == "\(lines[1])\n")
    #expect(
      after.attributes("\(ssh)/id_ed25519-cert.pub") == FileAttributes(owner: 162, group: 162, mode: FileMode(0o644)))
    if config.hasPrefix("Include") {
      #expect(after["/etc/ssh/sshd_config"] == config && after[Self.dropIn]?.hasSuffix("\n\(Self.shows)\n") == true)
    } else {
      let text = try #require(after["/etc/ssh/sshd_config"])
      #expect(text.hasSuffix(config) && text.contains("\n\(Self.shows)\n") && after[Self.dropIn] == nil)
      #expect(after.attributes("/etc/ssh/sshd_config")?.mode == FileMode(0o600))
    }
    // An apply, which has no new ones, keeps what is there.
    let quiet = try Certificates().propose(for: Clone.situation(after, Clone.own, site: Self.site()))
    #expect(
      quiet.changes.isEmpty && quiet.findings.isEmpty && quiet.claims.allSatisfy(\.holds) && !quiet.claims.isEmpty)

    // The way back.
    let keys = try Self.site(.keys)
    #expect(try Certificates().propose(for: Clone.situation(after, Clone.own, site: keys)).changes.isEmpty)
    let (back, _) = try Clone.settle(Certificates(withdraws: true), after, Clone.own, site: keys)
    #expect(back[Self.hostCertificate] == nil && back[Self.dropIn] == nil && back["/etc/ssh/sshd_config"] == config)
    #expect(back["\(ssh)/id_ed25519-cert.pub"] == nil && back["\(ssh)/id_ed25519.pub"] != nil)
  }

  @Test func `before joining there is none, which is a note, and nothing is said to sshd`() async throws {
    let (tree, _) = try await signed(config: "Port 22\n")
    let proposal = try Certificates().propose(for: Clone.situation(tree, Clone.own, site: Self.site()))
    #expect(proposal.changes.isEmpty && proposal.notes("keys of this node are not certified yet"))
    #expect(try Certificates().propose(for: Clone.situation(tree, Clone.own)).findings.isEmpty)
  }

  @Test func `another authority's certificates are left alone`() async throws {
    var (tree, lines) = try await signed(config: "\(Self.shows)\n", principal: "nova")
    tree.write(Self.hostCertificate, "\(lines[0])\n")
    tree.write("\(ssh)/id_ed25519-cert.pub", "\(lines[1])\n", owner: 162, group: 162)
    let other = try await signed(config: "").lines
    let kept = try Certificates(other).propose(for: Clone.situation(tree, Clone.own, site: Self.site()))
    #expect(kept.change(Self.hostCertificate) == nil && kept.warns("is not the site's authority's"))
    let toSign = try Clone.situation(tree, Clone.own, site: Self.site()).keysToCertify()
    #expect(toSign.map(\.isHost) == [false], "nobody has it signed again and again")
    let keys = try Clone.settle(Certificates(withdraws: true), tree, Clone.own).tree
    #expect(keys[Self.hostCertificate] != nil && keys["\(ssh)/id_ed25519-cert.pub"] != nil)
  }

  @Test func `a certificate beside a key that it is not for goes, and verify says so`() async throws {
    var (tree, lines) = try await signed(config: "UsePAM yes\n")
    let path = "\(ssh)/id_ed25519-cert.pub"
    tree.write(path, "\(lines[1])\n", owner: 162, group: 162)
    #expect(try MigrationAccess().propose(for: Clone.situation(tree, Clone.own)).change(path) == nil)
    tree.write(path, "\(try await signed(config: "").lines[1])\n", owner: 162, group: 162)
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree, Clone.own))
    #expect(proposal.claims.contains { $0.subject == "certificate of nova (\(path))" && !$0.holds })
    #expect(proposal.change("\(ssh)/id_ed25519") == nil)
    #expect(try Clone.settle(MigrationAccess(), tree, Clone.own).tree[path] == nil)
  }

  @Test func `a copy's certificates are the original's, and go with the keys that they are for`() async throws {
    var (tree, lines) = try await signed(config: "Include /etc/ssh/sshd_config.d/*.conf\n")
    tree = try Clone.settle(Certificates(lines), tree, Clone.own, site: Self.site()).tree
    var situation = try Clone.situation(tree, site: Self.site())
    let identity = try MachineIdentity().propose(for: situation)
    #expect(identity.removed.contains(Self.hostCertificate) && identity.notes("certified the original's host key"))
    let access = try MigrationAccess().propose(for: situation)
    #expect(access.removed.contains("\(ssh)/id_ed25519-cert.pub"))
    situation.tree = Clone.applied(identity.changes + access.changes, to: tree)
    let proposal = try Certificates().propose(for: situation)
    #expect(proposal.removed == [Self.dropIn] && proposal.notes("not certified yet"))
  }
}
