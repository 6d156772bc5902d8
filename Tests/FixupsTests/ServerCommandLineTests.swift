import Site
import Testing
import Tree

@testable import Fixups

/// What sshd is started with, by the files of the packages' units and by a unit of the machine's own.
@Suite("sshd's command line")
struct ServerCommandLineTests {
  private static let debian = "/etc/default/ssh"
  private static let redHat = "/etc/sysconfig/sshd"
  private static let dropIn = "/etc/systemd/system/sshd.service.d/o.conf"
  private static let start = "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D"

  @Test(
    "is read as getopt(3) reads it",
    arguments: [
      (debian, "SSHD_OPTS=\"-o ListenAddress=192.168.10.20 -h /k\"\n", ["listenaddress 192.168.10.20", "hostkey /k"]),
      (debian, "export SSHD_OPTS=-p2222\n#SSHD_OPTS=-p1\n", []),
      (debian, "SSHD_OPTS='-Dep 22 -oUsePAM=no'\n", ["port 22", "usepam no"]),
      (redHat, "OPTIONS=-u0\nOPTIONS=-4\n", []), (redHat, "SSHD_OPT=-p1\nOPTIONS=\"-E log -p 2\"\n", ["port 2"]),
      (dropIn, "\(start) -o \"ListenAddress 10.0.0.1\" -hA\n", ["listenaddress 10.0.0.1", "hostkey A"]),
      (dropIn, "\(start) \\\n  -o HostKey=/k \\\n  -p 5\n", ["hostkey /k", "port 5"]),
      (dropIn, "[Service]\nExecStart=/bin/sh -c 'exec /usr/sbin/sshd -p 7'\n", ["port 7"]),
      (dropIn, "[Service]\nExecStart=/usr/sbin/sshd -p 1\nExecStart=\n", []),
      (dropIn, "[Service]\nEnvironment=\"OPTIONS=-p 3\"\n", ["port 3"]),
      (
        dropIn, "[Service]\nEnvironment=\"LC_ALL=C\" \"OPTIONS=-o ListenAddress=::1 -p 3\" X=1\n",
        ["listenaddress ::1", "port 3"]
      ),
      (
        "/etc/systemd/system/ssh.service", "[Service]\nEnvironment=A=-p4\nExecStart=/usr/sbin/sshd $A ${B}\n",
        ["port 4"]
      ),
    ])
  func options(_ path: String, _ text: String, _ expected: [String]) throws {
    let line = try ServerCommandLine(in: MemoryTree([path: text]))
    #expect(line.options.map { ([$0.keyword] + $0.arguments).joined(separator: " ") } == expected)
  }

  @Test("gives the variables where a unit of one's own names them, and only there") func variables() throws {
    var files = [Self.redHat: "OPTIONS='-p 9'\n", Self.dropIn: "\(Self.start) $OPTIONS\n"]
    func options() throws -> [String] { try ServerCommandLine(in: MemoryTree(files)).options.map(\.place) }
    #expect(try options() == ["/etc/sysconfig/sshd, line 1"])
    files[Self.dropIn] = "\(Self.start) -p 1\n"
    #expect(try options() == ["\(Self.dropIn), line 3"])
    files[Self.dropIn] = "[Service]\nEnvironmentFile=-/etc/own\n"
    files["/etc/own"] = "\nOPTIONS=-p1"
    #expect(try options() == ["/etc/own, line 2"])
    // One for single connections says nothing of the other.
    let single = "/etc/systemd/system/sshd@.service.d/o.conf"
    files = [Self.redHat: "OPTIONS='-p 9'\n", single: "\(Self.start) -p 1\n"]
    #expect(try options() == ["\(single), line 3", "/etc/sysconfig/sshd, line 1"])
  }

  @Test(
    "listens on this node where it listened on the original",
    arguments: [
      (debian, "SSHD_OPTS=\"-o ListenAddress=192.168.10.20:22 -oListenAddress=192.168.20.20\"\n"),
      (redHat, "OPTIONS='-o ListenAddress=compute'\n"), (dropIn, "\(start) -o 'ListenAddress 192.168.10.20'\n"),
    ])
  func listening(_ path: String, _ text: String) throws {
    let run = try Lab.settle(Lab.tree([path: text]), [HostnameFixup(), ListenAddress()])
    let own = text.replacing("192.168.10.20", with: "192.168.10.21").replacing("192.168.20.20", with: "192.168.20.21")
    #expect(run.after[path] == own.replacing("=compute'", with: "=compute2'"))
    #expect(run.claims.contains { !$0.holds && $0.subject.hasPrefix("sshd's ListenAddress (\(path):") })
  }

  @Test("what a file includes from anywhere listens on this node, and its host keys are renewed")
  func included() throws {
    let (first, second) = ("/etc/ssh/site.d/a.conf", "/srv/b")
    let tree = Lab.tree([
      "/etc/ssh/sshd_config": "Port 22\nINCLUDE site.d/*.conf \"/etc/ssh/sshd_config\"\n",
      first: "Match all\n  include /srv/b\n", second: "ListenAddress 192.168.10.20\nHostKey /srv/key\n",
      "/srv/key": "secret",
    ])
    let run = try Lab.settle(tree, [HostnameFixup(), ListenAddress()])
    #expect(run.after[second] == "ListenAddress 192.168.10.21\nHostKey /srv/key\n")
    #expect(try HostKeys.places(Lab.platform(), tree).map(\.path) == ["/srv/key"])
  }

  @Test("that has an address which is no longer anybody's fails verify") func unanswered() throws {
    var site = try Lab.site()
    site.nodes[2].addresses[.tunnel] = nil
    let tree = Lab.tree([Self.redHat: "OPTIONS=\"-o ListenAddress=192.168.20.20\"\n"])
    let run = try Run(tree, site: site, platform: Lab.platform(), [ListenAddress()])
    #expect(run.claims.contains { !$0.holds && $0.subject == "sshd's ListenAddress (\(Self.redHat):1)" })
    #expect(run.changes.isEmpty)
  }

  @Test("names host keys, which are renewed and sealed, and a file in the place of sshd_config") func keys() throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/keys/host", Clone.privateKey, mode: 0o600)
    tree.write("/etc/ssh/keys/host.pub", Clone.hostKey + "\n")
    tree.write(Self.redHat, "OPTIONS=\"-h /etc/ssh/keys/host -f /etc/ssh/own\"\n")
    tree.write("/etc/ssh/own", "ListenAddress 192.168.10.20\nAllowUsers root\n")
    let (after, _) = try Clone.settle(MachineIdentity(), tree)
    #expect(after["/etc/ssh/keys/host.pub"] != tree["/etc/ssh/keys/host.pub"])
    let sealed = try Sealing.propose(for: Template(tree: tree, platform: Lab.platform()))
    #expect(sealed.removed.contains("/etc/ssh/keys/host"))
    let listening = try ListenAddress().propose(for: Clone.situation(tree))
    #expect(listening.change("/etc/ssh/own") != nil)
    #expect(
      try MigrationAccess().propose(for: Clone.situation(tree)).warns("nova is none of them (/etc/ssh/own, line 2)"))
  }

  @Test(
    "of Red Hat 8 has the policy for keys",
    arguments: [
      ("-oPubkeyAcceptedKeyTypes=ecdsa-sha2-nistp256,rsa-sha2-512", "", true),
      (
        "-oCiphers=aes256-ctr -oGSSAPIKexAlgorithms=gss-nistp256-sha256- -oPubkeyAcceptedKeyTypes=ssh-ed25519", "",
        false
      ),
      ("-oPubkeyAcceptedKeyTypes=rsa-sha2-512", "# one's own\nCRYPTO_POLICY=\n", false),
    ])
  func policy(_ policy: String, _ settings: String, _ isOut: Bool) throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/sshd_config", "UsePAM yes\n")
    tree.write("/etc/crypto-policies/back-ends/opensshserver.config", "CRYPTO_POLICY='\(policy)'\n")
    tree.write(Self.redHat, settings)
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree))
    #expect(proposal.claims.contains { $0.subject == "sshd and nova" && !$0.holds } == isOut, "\(proposal.findings)")
    #expect(proposal.warns("/etc/crypto-policies/back-ends/opensshserver.config, line 1") == isOut)
  }
}
