import Documents
import Site
import Testing
import Tree

@testable import Fixups

@Suite struct MigrationPeersTests {
  private let ssh = Clone.ssh

  @Test func theOriginalsKeysAreKnownFromTheCopy() throws {
    let (after, _) = try Clone.settle(MigrationAccess(), Clone.used)
    #expect(
      after["\(ssh)/authorized_keys"] == """
        # by hand
        \(Clone.otherKey)
        restrict,from="192.168.10.20,192.168.20.20" \(Clone.novaKey)

        """)
    #expect(after["\(ssh)/known_hosts"] == "compute,192.168.10.20,192.168.20.20 \(Clone.hostKey)\n")
    #expect(after.attributes("\(ssh)/known_hosts") == FileAttributes(owner: 162, group: 162, mode: FileMode(0o644)))
  }

  @Test(arguments: ["known_hosts", "authorized_keys", "config"]) func aLinkToNothingIsReplaced(_ name: String) throws {
    var tree = Clone.used
    let path = "\(ssh)/\(name)"
    tree.makeLink(path, to: "/dev/null")
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree)
    #expect(proposal.change(path)?.reasons.first == "it led to /dev/null, which keeps nothing")
    #expect(proposal.change("/dev/null") == nil)
    #expect(after.attributes(path)?.owner == 162)
    #expect(after[path]?.contains("compute") == true)
  }

  @Test func theOriginalsHostKeysAreReadBeforeTheyAreRenewed() throws {
    var situation = try Clone.situation(Clone.used)
    situation.tree = Clone.used.applying(try MachineIdentity().propose(for: situation).changes)
    let proposal = try MigrationAccess().propose(for: situation)
    let after = Clone.used.applying(proposal.changes)
    #expect(after["\(ssh)/known_hosts"]?.contains(Clone.hostKey) == true)
  }

  @Test func keysThatWereMadeOnTheCloneAreNotTakenForTheOriginals() throws {
    var tree = Clone.used
    tree.write("/etc/ssh/ssh_host_ed25519_key.pub", Clone.hostKey + "2.example.com\n")
    tree.write("\(ssh)/id_ed25519.pub", Clone.novaKey + "2\n", owner: 162, group: 162)
    let (after, _) = try Clone.settle(MigrationAccess(), tree)
    #expect(after["\(ssh)/known_hosts"] == nil)
    #expect(after["\(ssh)/authorized_keys"] == Clone.used["\(ssh)/authorized_keys"])
  }

  @Test func theSiteKnowsBetterThanTheCopy() throws {
    let known = try Clone.site {
      $0.nodes[1].hostKeys = [try SSHPublicKey(Clone.otherKey)]
      $0.nodes[1].migrationKeys = [try SSHPublicKey(Clone.otherKey)]
    }
    let (after, _) = try Clone.settle(MigrationAccess(), Clone.used, site: known)
    let hosts = KnownHosts(Array((after["\(ssh)/known_hosts"] ?? "").utf8))
    #expect(
      hosts.keys(for: "compute").map(\.text) == [Clone.otherKey.split(separator: " ").prefix(2).joined(separator: " ")])
    #expect(
      after["\(ssh)/authorized_keys"]?.contains("restrict,from=\"192.168.10.20,192.168.20.20\" \(Clone.otherKey)")
        == true)
  }

  @Test(arguments: [
    (Migration.Restriction.anywhere, "restrict "), (.peerAddresses, "restrict,from=\"192.168.10.20,192.168.20.20\" "),
  ])
  func restrictionsAreTheSites(_ restriction: Migration.Restriction, _ options: String) throws {
    let asked = try Clone.site { $0.migration.restriction = restriction }
    let (after, _) = try Clone.settle(MigrationAccess(), Clone.used, site: asked)
    #expect(after["\(ssh)/authorized_keys"]?.contains(options + Clone.novaKey) == true)
  }

  @Test func aKeyThatAllShareKeepsItsOptions() throws {
    var tree = Clone.used
    let text = "\(Clone.novaKey)\n"
    tree.write("\(ssh)/authorized_keys", text, owner: 162, group: 162, mode: 0o600)
    let (after, _) = try Clone.settle(MigrationAccess(), tree)
    #expect(after["\(ssh)/authorized_keys"] == text)
  }

  @Test func aLearnedKeyGoesWithItsPeerToAnotherAddress() throws {
    var tree = Clone.used
    let path = "\(ssh)/known_hosts"
    let rsa = Clone.otherKey
    tree.write(
      path,
      "compute,192.168.10.20,192.168.20.20 \(Clone.hostKey)\ncompute3,192.168.10.22,192.168.20.22 \(rsa)\nmirror,10.9.9.9 \(Clone.novaKey)\n",
      owner: 162, group: 162)
    let three = try Lab.node("compute3", .compute, "192.168.10.20", "192.168.20.20")
    // Two have changed places.
    let swapped = try Clone.site {
      $0.nodes[1].addresses[.management] = [try IPAddress("192.168.10.22")]
      $0.nodes[1].addresses[.tunnel] = [try IPAddress("192.168.20.22")]
      $0.nodes.append(three)
    }
    let (after, _) = try Clone.settle(MigrationAccess(), tree, Clone.own, site: swapped)
    let hosts = KnownHosts(Array((after[path] ?? "").utf8))
    for name in ["compute", "192.168.10.22", "192.168.20.22"] {
      #expect(hosts.keys(for: name).map(\.comment) == ["root@compute"], "\(name) in \(after[path] ?? "")")
    }
    for name in ["compute3", "192.168.10.20", "192.168.20.20"] {
      #expect(hosts.keys(for: name).map(\.comment) == ["admin@desk"], "\(name) in \(after[path] ?? "")")
    }
    #expect(after[path]?.hasSuffix("mirror,10.9.9.9 \(Clone.novaKey)\n") == true)
    // An address that is known with a key of nobody in the site may be right, and the name's stale.
    tree.write(path, "compute \(Clone.hostKey)\n192.168.10.20,192.168.20.20 \(rsa)\n", owner: 162, group: 162)
    let (kept, _) = try Clone.settle(MigrationAccess(), tree, Clone.own)
    #expect(kept[path] == "compute \(Clone.hostKey)\n192.168.10.20,192.168.20.20 \(rsa)\n")
  }

  @Test func staleEntriesOfThisNodeGo() throws {
    var tree = Clone.used
    tree.write(
      "\(ssh)/known_hosts", "compute2,192.168.10.21,mirror \(Clone.otherKey)\n* \(Clone.otherKey)\n", owner: 162,
      group: 162)
    let (after, _) = try Clone.settle(MigrationAccess(), tree)
    #expect(after["\(ssh)/known_hosts"]?.hasPrefix("mirror \(Clone.otherKey)\n* \(Clone.otherKey)\n") == true)
    #expect(after["\(ssh)/known_hosts"]?.contains("compute2") == false)
  }

  @Test func aRevokedKeyOfAPeerIsSaid() throws {
    var tree = Clone.used
    tree.write("\(ssh)/known_hosts", "@revoked * \(Clone.otherKey)\n", owner: 162, group: 162)
    let said = try Clone.site { $0.nodes[1].hostKeys = [try SSHPublicKey(Clone.otherKey)] }
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree, site: said))
    #expect(proposal.warns("known_hosts revokes the ssh-ed25519 key of compute"))
    // It stays, and so does the claim.
    let after = Clone.applied(proposal.changes, to: tree)
    let again = try MigrationAccess().propose(for: Clone.situation(after, Clone.own))
    #expect(again.claims.filter { !$0.holds }.map(\.seen) == ["the ssh-ed25519 key of compute is revoked"])
  }

  @Test(
    "a line that does not let the original in is told, and fails where nothing else can make it right",
    arguments: [
      ("from=\"10.9.9.9\"", "from=10.9.9.9", true), ("from=\"192.168.20.0/24,!192.168.10.99\"", nil, false),
      ("from=\"!192.168.10.20,*\"", "from=!192.168.10.20,*", true), ("from=\"!192.168.20.20,*\"", nil, false),
      ("from=\"!192.168.10.0/24,*\"", "from=!192.168.10.0/24,*", true), ("from=\"!controller,*\"", nil, false),
      ("from=\"*,192.168.10.20/24\"", "from=*,192.168.10.20/24", true), ("from=\"*,\"", "from=*,", true),
      ("from=\"192.168.20.0/24,!192.168.10.20\"", "from=192.168.20.0/24,!192.168.10.20", true),
      ("from=\"!*.20,compute\"", "from=!*.20,compute", true),
      ("from=\"192.168.10.0/24,!192.168.10.20\"", "from=192.168.10.0/24,!192.168.10.20", true),
      ("from=\"192.168.1?.20\"", nil, false), ("expiry-time=\"20200101\"", "expiry-time=20200101", true),
      ("expiry-time=\"20200102\"", nil, false), ("command=\"/bin/false\"", "command=/bin/false", true),
      ("no-pty,command=\"gate \\\"a, b\\\"\"", "command=gate \"a, b\"", false),
      ("restrict,command=\"/usr/bin/imprint migration-gate /var/lib/nova/instances\"", nil, false),
    ] as [(String, String?, Bool)])
  func obstacles(_ options: String, _ said: String?, _ isCertain: Bool) throws {
    var tree = Clone.used
    tree.write("\(ssh)/authorized_keys", "\(options) \(Clone.novaKey)\n", owner: 162, group: 162, mode: 0o600)
    for provenance in [Clone.copied, Clone.own] {
      func propose() throws -> Proposal {
        var situation = try Clone.situation(tree, provenance)
        situation.today = 18_264  // 2020-01-03
        return try MigrationAccess().propose(for: situation)
      }
      let proposal = try propose()
      let told = proposal.findings.filter { $0.text.hasPrefix("\(ssh)/authorized_keys:1: by ") }
      #expect(told.map { $0.text.contains(said ?? "-") } == (said == nil ? [] : [true]), "\(proposal.findings)")
      let claim = proposal.claims.first { $0.subject == "key of compute in \(ssh)/authorized_keys" }
      #expect((claim?.holds == false) == isCertain, "\(proposal.claims)")
      #expect(proposal.change("\(ssh)/authorized_keys") == nil)
      // As the tutorial has it made: by root.
      let root = "\(options) \(Clone.novaKey.replacing("nova@", with: "root@"))\n"
      tree.write("\(ssh)/authorized_keys", root, owner: 162, group: 162, mode: 0o600)
      let made = try propose()
      #expect(made.claims.filter { $0.subject == claim?.subject }.allSatisfy(\.holds) != isCertain)
      // Another line that does will do.
      tree.write(
        "\(ssh)/authorized_keys", "\(options) \(Clone.novaKey)\n\(Clone.novaKey)\n", owner: 162, group: 162, mode: 0o600
      )
      let both = try propose()
      #expect(!both.findings.contains { $0.text.contains("authorized_keys:1: by ") })
      tree.write("\(ssh)/authorized_keys", "\(options) \(Clone.novaKey)\n", owner: 162, group: 162, mode: 0o600)
    }
  }

  @Test(
    "whom a key has certified is another thing than whom it lets in",
    arguments: [true, false])
  func authorities(_ isKnown: Bool) throws {
    var tree = Clone.used
    let path = "\(ssh)/authorized_keys"
    tree.write(path, "cert-authority \(Clone.novaKey)\n", owner: 162, group: 162, mode: 0o600)
    let site = try Clone.site { if isKnown { $0.nodes[1].migrationKeys = [try SSHPublicKey(Clone.novaKey)] } }
    let (after, _) = try Clone.settle(MigrationAccess(), tree, site: site)
    #expect(
      after[path] == "cert-authority \(Clone.novaKey)\nrestrict,from=\"192.168.10.20,192.168.20.20\" \(Clone.novaKey)\n"
    )
  }

  @Test func theClientsSettingsStandBeforeWhatIsThere() throws {
    var tree = Clone.used
    let own = "ServerAliveInterval 15\nHost github.com\n  User git\n  StrictHostKeyChecking no"
    tree.write("\(ssh)/config", own, owner: 162, group: 162, mode: 0o664)
    let asked = try Clone.site { $0.domain = try DomainName("example.com") }
    let (after, _) = try Clone.settle(MigrationAccess(), tree, site: asked)
    let text = try #require(after["\(ssh)/config"])
    #expect(text.hasSuffix(own) && after.attributes("\(ssh)/config")?.mode == FileMode(0o644))
    #expect(text.contains("\nHost compute compute.example.com 192.168.10.20 192.168.20.20\n"))
    let config = SSHClientIndex(SSHClientConfig(Array(text.utf8)))
    #expect(config.value(of: "User", for: "192.168.20.20") == ["nova"])
    #expect(config.value(of: "ServerAliveInterval", for: "elsewhere") == ["15"])
    #expect(config.value(of: "User", for: "github.com") == ["git"])
  }

  @Test func aCopiedTutorialsEmptyKnownHostsDoesNotCountForPeers() throws {
    var tree = Clone.used
    let own = "Host *\n    StrictHostKeyChecking no\n    UserKnownHostsFile /dev/null\n"
    tree.write("\(ssh)/config", own, owner: 162, group: 162, mode: 0o600)
    let (after, _) = try Clone.settle(MigrationAccess(), tree)
    let config = SSHClientIndex(SSHClientConfig(Array(try #require(after["\(ssh)/config"]).utf8)))
    #expect(config.value(of: "UserKnownHostsFile", for: "compute") == ["~/.ssh/known_hosts"])
    #expect(config.value(of: "UserKnownHostsFile", for: "elsewhere") == ["/dev/null"])
  }

  @Test func theTutorialsWayIsReproduced() throws {
    let asked = try Clone.site { $0.migration.checksHostKeys = false }
    let (after, _) = try Clone.settle(MigrationAccess(), Clone.used, site: asked)
    #expect(after["\(ssh)/config"]?.contains("\nHost *\n    StrictHostKeyChecking no\n") == true)
  }

  @Test func aTornBlockIsRefused() throws {
    var tree = Clone.used
    tree.write("\(ssh)/config", "# >>> imprint migration\nHost x\n")
    #expect(try Clone.refusal(tree).contains("\(ssh)/config:1: the lines between imprint's markers"))
  }

  @Test func aKeyOfANodeThatTheSiteDoesNotHaveIsToldAndStays() throws {
    var tree = Clone.used
    let line =
      "restrict,from=\"192.168.10.99\" \(Clone.otherKey.split(separator: " ").prefix(2).joined(separator: " ")) nova@compute9"
    tree.write("\(ssh)/authorized_keys", line + "\n", owner: 162, group: 162, mode: 0o600)
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree))
    #expect(
      proposal.findings.contains {
        $0.text == "\(ssh)/authorized_keys lets compute9 in, of which the site says nothing"
      })
    #expect(tree.applying(proposal.changes)["\(ssh)/authorized_keys"]?.contains(line) == true)
  }
}
