import Documents
import Foundation
import Site
import Testing
import Tree

@testable import Fixups

@Suite struct MigrationAccessTests {
  private let ssh = Clone.ssh

  @Test func onlyComputeNodesGetIt() throws {
    let site = try Lab.site()
    let situation = Situation(
      site: site, node: site.nodes[0], platform: try Lab.platform(), tree: Clone.used, provenance: Clone.copied,
      fresh: CountedValues(), ownerCanChange: true)
    let proposal = try MigrationAccess().propose(for: situation)
    #expect(proposal.changes.isEmpty && proposal.claims.isEmpty)
  }

  // MARK: the account

  @Test func onlyTheFirstRecordOfTheAccountGetsTheShell() throws {
    var tree = Clone.plain
    let rest = "+@admins::::::\nnova:x:162:162:again:/nowhere:/sbin/nologin\n"
    tree.write("/etc/passwd", "nova:x:162:162:OpenStack:/var/lib/nova:/sbin/nologin\n" + rest)
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree)
    #expect(after["/etc/passwd"] == "nova:x:162:162:OpenStack:/var/lib/nova:/bin/bash\n" + rest)
    #expect(proposal.warns("nova again at line 3"))
  }

  @Test(arguments: [
    ("/etc/passwd", "root:x:0:0::/root:/bin/sh\n", "nova is not in /etc/passwd: install the nova packages first"),
    ("/etc/passwd", "root:x:0:0:\nnova:x:162\n", "/etc/passwd:2: no program can read this record of nova"),
    ("/etc/passwd", "\u{FEFF}nova:x:162:162::/v:/bin/sh\n", "/etc/passwd:1: no program can read this record of nova"),
    ("/etc/passwd", "nova:x:abc:162::/v:/bin/sh\n", "/etc/passwd:1: no program can read this record of nova"),
    ("/etc/passwd", "+nova::::::/bin/false\n", "nova is not in /etc/passwd: install the nova packages first"),
    ("/etc/passwd", "nova:x:162:162::/:/bin/sh\n", "home directory in /etc/passwd is /"),
    ("/etc/passwd", "nova:x:162:162:::/bin/sh\n", "home directory in /etc/passwd is empty"),
    ("/etc/passwd", "nova:x:162:162::/var/../etc:/bin/sh\n", "home directory"),
    ("/etc/shells", "/bin/sh\n", "/bin/bash, the shell that nova shall have, is not listed in /etc/shells"),
    ("/bin/bash", "x", "is not an executable file"),
  ])
  func whatCannotWorkIsRefused(_ path: String, _ text: String, _ message: String) throws {
    var tree = Clone.plain
    tree.write(path, text)
    #expect(try Clone.refusal(tree).contains(message))
  }

  @Test func aMissingShellIsRefused() throws {
    var tree = Clone.plain
    tree.remove("/bin/bash")
    #expect(try Clone.refusal(tree).contains("/bin/bash, the shell that nova shall have, is not in the tree"))
    tree.makeLink("/bin", to: "usr/bin")
    tree.write("/usr/bin/bash", "x", mode: 0o755)
    try Clone.settle(MigrationAccess(), tree)
  }

  @Test func aPasswordIsSetOnlyWhereTheSiteSays() throws {
    let hash = "$6$saltsalt$abcdefghijklmnopqrstuvwxyz"
    let said = try Clone.site { $0.migration.passwordHash = try Secret(passwordHash: hash) }
    let (after, proposal) = try Clone.settle(MigrationAccess(), Clone.plain, site: said)
    #expect(after["/etc/shadow"]?.hasSuffix("\nnova:\(hash):18000::::::\n") == true)
    #expect(after.attributes("/etc/shadow")?.mode == FileMode(0))
    #expect(proposal.change("/etc/shadow")?.isSecret == true)
    #expect(!proposal.claims.contains { $0.expected.contains(hash) || $0.seen.contains(hash) })
    let (untouched, _) = try Clone.settle(MigrationAccess(), Clone.plain)
    #expect(untouched["/etc/shadow"] == Clone.plain["/etc/shadow"])
    var tree = Clone.plain
    tree.write("/etc/shadow", "root:x:1::::::\n")
    #expect(try Clone.refusal(tree, site: said).contains("nova has no record in /etc/shadow"))
    for line in ["nova:!!", "nova:!!:1:0:9:7:::\r", "nova:!!:-1::::::", "\u{FEFF}nova:!!:1::::::"] {
      tree.write("/etc/shadow", "root:x:1::::::\n\(line)\n")
      #expect(try Clone.refusal(tree, site: said).contains("/etc/shadow:2: no program can read this record of nova"))
    }
  }

  // MARK: the key

  @Test func aCopiedKeyIsReplacedAndEveryOtherRemoved() throws {
    var tree = Clone.used
    tree.write("\(ssh)/id_rsa", "-----BEGIN RSA PRIVATE KEY-----\nx\n", owner: 162, group: 162, mode: 0o600)
    tree.write("\(ssh)/id_rsa.pub", Clone.rsaKey, owner: 162, group: 162)
    tree.write("\(ssh)/backup.key", Clone.privateKey, owner: 162, group: 162, mode: 0o600)
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree)
    #expect(proposal.removed == ["\(ssh)/backup.key", "\(ssh)/id_rsa", "\(ssh)/id_rsa.pub"])
    guard case .write(.privateKey(let request), let attributes)? = proposal.change("\(ssh)/id_ed25519")?.action else {
      Issue.record("no new key")
      return
    }
    #expect(request.type == .ed25519 && request.comment == "nova@compute2")
    #expect(attributes == FileAttributes(owner: 162, group: 162, mode: FileMode(0o600)))
    #expect(after.attributes("\(ssh)/id_ed25519.pub")?.mode == FileMode(0o644))
    #expect(proposal.claims.contains { $0.seen == "the original's" && !$0.holds })
  }

  @Test func anOwnKeyIsKept() throws {
    let proposal = try MigrationAccess().propose(for: Clone.situation(Clone.used, Clone.own))
    #expect(proposal.change("\(ssh)/id_ed25519") == nil && proposal.removed.isEmpty)
  }

  @Test(arguments: ["id_ed25519", "id_ed25519.pub"])
  func aPairThatIsNotWholeIsMadeAnew(_ missing: String) throws {
    var tree = Clone.used
    tree.remove("\(ssh)/\(missing)")
    let (_, proposal) = try Clone.settle(MigrationAccess(), tree, Clone.own)
    #expect(proposal.change("\(ssh)/id_ed25519") != nil && proposal.change("\(ssh)/id_ed25519.pub") != nil)
  }

  @Test func anotherKeyOfTheNodesOwnIsLeftAlone() throws {
    var tree = Clone.used
    tree.write("\(ssh)/id_rsa", Clone.privateKey, owner: 162, group: 162, mode: 0o600)
    tree.remove("\(ssh)/id_ed25519.pub")
    let (_, proposal) = try Clone.settle(MigrationAccess(), tree, Clone.own)
    #expect(proposal.removed.isEmpty && proposal.change("\(ssh)/id_ed25519.pub") != nil)
  }

  @Test func halvesThatDoNotBelongTogetherAreMadeAnew() throws {
    // openssh-key-v1, no cipher, one key: enough of the format to carry a public half.
    func string(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
    let blob = try #require(Data(base64Encoded: String(Clone.novaKey.split(separator: " ")[1])))
    let body =
      Array("openssh-key-v1\0".utf8) + string(Array("none".utf8)) + string(Array("none".utf8)) + string([])
      + [0, 0, 0, 1] + string(Array(blob)) + string([7, 7, 7, 7, 7, 7, 7, 7] + string(Array("ssh-ed25519".utf8)))
    let key =
      "-----BEGIN OPENSSH PRIVATE KEY-----\n\(Data(body).base64EncodedString())\n-----END OPENSSH PRIVATE KEY-----\n"
    var tree = Clone.used
    tree.write("\(ssh)/id_ed25519", key, owner: 162, group: 162, mode: 0o600)
    #expect(try MigrationAccess().propose(for: Clone.situation(tree, Clone.own)).change("\(ssh)/id_ed25519") == nil)
    tree.write("\(ssh)/id_ed25519.pub", Clone.otherKey, owner: 162, group: 162)
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree, Clone.own))
    #expect(proposal.change("\(ssh)/id_ed25519")?.reasons == ["the two halves do not belong together"])
  }

  @Test func aMissingHomeIsMadeWithEverythingAboveIt() throws {
    var tree = Clone.plain
    tree.write("/etc/passwd", "nova:x:162:162::/srv/openstack/nova:/bin/sh\n")
    let (after, _) = try Clone.settle(MigrationAccess(), tree)
    #expect(after.attributes("/srv/openstack") == FileAttributes(owner: 0, group: 0, mode: FileMode(0o755)))
    #expect(after.attributes("/srv/openstack/nova") == FileAttributes(owner: 162, group: 162, mode: FileMode(0o755)))
  }

  @Test func aDirectoryBehindALinkIsMadeWhereTheLinkLeads() throws {
    var tree = Clone.plain
    tree.makeLink(ssh, to: "/srv/keys/nova")
    let (after, _) = try Clone.settle(MigrationAccess(), tree)
    #expect(after.attributes("/srv/keys/nova")?.mode == FileMode(0o700))
    #expect(after.attributes("/srv/keys/nova/id_ed25519")?.owner == 162)
  }

  @Test func anotherTypeThanTheSiteAsksForIsReplaced() throws {
    let rsa = try Clone.site { $0.migration.keyType = .rsa(bits: 3072) }
    let (_, proposal) = try Clone.settle(MigrationAccess(), Clone.used, Clone.own, site: rsa)
    #expect(proposal.removed == ["\(ssh)/id_ed25519", "\(ssh)/id_ed25519.pub"])
    guard case .write(.privateKey(let request), _)? = proposal.change("\(ssh)/id_rsa")?.action else {
      Issue.record("no rsa key")
      return
    }
    #expect(request.type == .rsa && request.bits == 3072)
  }

  @Test func aNodesOwnRSAKeyIsNotTakenForTheSakeOfADefault() throws {
    var tree = Clone.plain
    tree.write("\(ssh)/id_rsa", Clone.privateKey, owner: 162, group: 162, mode: 0o600)
    tree.write("\(ssh)/id_rsa.pub", Clone.rsaKey, owner: 162, group: 162)
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree, Clone.own)
    #expect(proposal.change("\(ssh)/id_rsa") == nil)
    #expect(after["\(ssh)/id_ed25519"] == nil)
    #expect(proposal.notes("keeps its rsa key"))
  }

  @Test func tooFewBitsAreReplaced() throws {
    var tree = Clone.plain
    tree.write("\(ssh)/id_rsa", Clone.privateKey, owner: 162, group: 162, mode: 0o600)
    tree.write("\(ssh)/id_rsa.pub", Clone.rsaKey, owner: 162, group: 162)
    for (bits, isRenewed) in [(2048, false), (3072, false), (4096, true)] {
      let asked = try Clone.site { $0.migration.keyType = .rsa(bits: bits) }
      let proposal = try MigrationAccess().propose(for: Clone.situation(tree, Clone.own, site: asked))
      #expect((proposal.change("\(ssh)/id_rsa") != nil) == isRenewed)
    }
  }

  // MARK: modes, owners, links

  @Test func modesAndOwnersAreThoseThatSshdDemands() throws {
    var tree = Clone.used
    tree.makeDirectory("/var/lib/nova", owner: 162, group: 162, mode: 0o775)
    tree.makeDirectory(ssh, owner: 0, group: 0, mode: 0o755)
    tree.write("\(ssh)/authorized_keys", "\(Clone.otherKey)\n", owner: 0, group: 0, mode: 0o666)
    let (after, _) = try Clone.settle(MigrationAccess(), tree)
    let own = FileAttributes(owner: 162, group: 162, mode: FileMode(0o700))
    #expect(after.attributes(ssh) == own)
    #expect(after.attributes("/var/lib/nova")?.mode == FileMode(0o755))
    #expect(after.attributes("\(ssh)/authorized_keys") == own.with(mode: FileMode(0o644)))
  }

  @Test func someoneWhoCannotGiveFilesAwayLeavesOwnersAlone() throws {
    var tree = Clone.plain
    tree.makeDirectory("/var/lib/nova", owner: 1000, group: 1000, mode: 0o755)
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree, ownerCanChange: false)
    #expect(after.attributes("\(ssh)/id_ed25519") == FileAttributes(owner: 1000, group: 1000, mode: FileMode(0o600)))
    #expect(proposal.notes("only root can give \(ssh) to nova (162:162)"))
  }

  @Test(arguments: [".ssh/%U/100%% .ssh/authorized_keys", "%h/.ssh/authorized_keys", "/srv/keys/authorized_keys"])
  func aDirectoryBehindALinkIsWhereSshdLooks(_ files: String) throws {
    var tree = Clone.plain
    tree.makeDirectory("/srv/keys", owner: 162, group: 162, mode: 0o700)
    tree.makeLink(Clone.ssh, to: "/srv/keys")
    tree.write("/etc/ssh/sshd_config", "UsePAM yes\nAuthorizedKeysFile \(files)\n")
    let (_, proposal) = try Clone.settle(MigrationAccess(), tree)
    #expect(!proposal.warns("sshd reads no authorized_keys"))
  }

  @Test(arguments: [
    ("+nova::::::/bin/false\n", "passwd: compat\n", true), ("-nova\n", "# x\npasswd:\tcompat systemd # y\n", true),
    ("+::::::/bin/false\n", "passwd_compat: nis\npasswd: compat\n", true), ("+\n", "passwd: files nis\n", false),
    ("+novax::::::\n-nov\n", "passwd: compat\n", false), ("", "passwd: compat\n", false),
  ])
  func aLineOfNISThatComesBeforeTheRecordIsSaid(_ line: String, _ services: String, _ isSaid: Bool) throws {
    var tree = Clone.plain
    tree.write("/etc/nsswitch.conf", services)
    tree.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n\(line)nova:x:162:162::/var/lib/nova:/bin/sh\n+nova::::::\n")
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree)
    #expect(after["/etc/passwd"]?.contains("\n\(line)nova:x:162:162::/var/lib/nova:/bin/bash\n+nova::::::\n") == true)
    #expect(proposal.warns("/etc/passwd:2 comes before the record of nova") == isSaid)
  }

  @Test func linksInsideTheTreeAreFollowed() throws {
    var tree = Clone.used
    tree.write("/etc/nova/ssh_config", "Compression yes\n", owner: 162, group: 162, mode: 0o600)
    tree.makeLink("\(ssh)/config", to: "/etc/nova/ssh_config")
    tree.write("/etc/nova/identity", Clone.privateKey, owner: 162, group: 162, mode: 0o600)
    tree.makeLink("\(ssh)/shared", to: "/etc/nova/identity")
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree)
    #expect(after["/etc/nova/ssh_config"]?.hasSuffix("Compression yes\n") == true)
    #expect(proposal.removed == ["\(ssh)/shared"])
    #expect(proposal.warns("\(ssh)/shared was a link to a private key of the original"))
  }

  @Test func aNewDirectoryUnderSELinuxIsSaid() throws {
    var tree = Clone.plain
    tree.write("/etc/selinux/config", "# x\nSELINUX=enforcing\nSELINUXTYPE=targeted\n")
    #expect(try MigrationAccess().propose(for: Clone.situation(tree)).notes("SELinux is enforcing"))
    #expect(try Clone.settle(MigrationAccess(), tree).tree.attributes(ssh)?.mode == FileMode(0o700))
  }

  @Test(
    "a password that has aged out keeps sshd from running commands, as pam_unix counts days",
    arguments: [
      ("nova:*:18911:0:90:7:::", "older than 90 days"), ("nova:*:18911:0:90:7:0::", "sshd refuses it"),
      ("nova:!!:18911:0:90:7:::", "older than 90 days"), ("nova:*:18911:0:99999:7:::", nil),
      ("nova:*:19911:0:90:7:::", "older than 90 days"), ("nova:*:19912:0:90:7:::", nil),
      ("nova:*:20500:0:90:7:::", nil), ("nova:*:18911::::::", nil), ("nova:*::0:90:7:::", nil),
      ("nova:*:19911:0:90:7:10::", "runs no command until"), ("nova:*:18911:0:99999:7::20001:", "expired"),
      ("nova:*:18911:0:99999:7::20002:", nil),
    ] as [(String, String?)])
  func aged(_ record: String, _ said: String?) throws {
    var tree = Clone.used
    tree.write("/etc/ssh/sshd_config", "UsePAM yes\n")
    tree.write("/etc/shadow", "root:*:1::::::\n\(record)\n", mode: 0)
    var situation = try Clone.situation(tree)
    situation.today = 20_001
    let claims = try MigrationAccess().propose(for: situation).claims.filter { $0.subject == "sshd and nova" }
    #expect(claims.map { $0.seen.contains(said ?? "nothing") } == (said == nil ? [] : [true]), "\(claims)")
    // Without PAM sshd asks for no age, as long as a key is what lets in.
    tree.write("/etc/ssh/sshd_config", "UsePAM no\n")
    tree.write("/etc/shadow", "root:*:1::::::\nnova:*:18911:0:90:7:::\n", mode: 0)
    var without = try Clone.situation(tree)
    without.today = 20_001
    #expect(try !MigrationAccess().propose(for: without).claims.contains { $0.subject == "sshd and nova" })
  }

  @Test(
    arguments: [
      ("nova:!!:18000::::::", "", "sshd without UsePAM refuses nova"),
      ("nova:!$6$a$b:18000::::::", "UsePAM no\nUsePAM yes\n", "sshd without UsePAM refuses nova"),
      ("nova:*:18000::::::", "", nil), ("nova:!!:18000::::::", "UsePAM yes\n", nil),
      ("nova:*:18000:::::20000:", "", nil),
      ("nova:*:18000:::::1:", "", "nova's account expired"), ("nova:*:0::::::", "", "nova has to change its password"),
    ] as [(String, String, String?)])
  func whatShadowSaysAgainstTheAccountIsSaid(_ record: String, _ settings: String, _ warning: String?) throws {
    var tree = Clone.plain
    tree.write("/etc/shadow", "root:*:1::::::\n\(record)\n", mode: 0)
    tree.write("/etc/ssh/sshd_config", "PermitRootLogin no\n" + settings)
    let warnings = try MigrationAccess().propose(for: Clone.situation(tree)).findings.filter { $0.severity == .warning }
    #expect(warnings.map { $0.text.hasPrefix(warning ?? "-") } == (warning == nil ? [] : [true]))
  }

  @Test(
    arguments: [
      ("UsePAM yes\n", nil, true), ("UsePAM yes\n", "account required pam_nologin.so\n", true),
      ("UsePAM yes\n", "#account required pam_nologin.so\n", false), ("", "account required pam_unix.so\n", true),
    ] as [(String, String?, Bool)])
  func whileNobodyMayLogInNovaMayNotEither(_ settings: String, _ service: String?, _ isRefused: Bool) throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/sshd_config", settings)
    if let service { tree.write("/etc/pam.d/sshd", service) }
    tree.write("/etc/shadow", "nova:*:18000::::::\n", mode: 0)
    #expect(try !MigrationAccess().propose(for: Clone.situation(tree)).warns("nologin"))
    tree.write("/etc/nologin", "maintenance\n")
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree))
    #expect(proposal.warns("/etc/nologin is there: sshd lets in nobody but root") == isRefused)
    #expect(proposal.claims.contains { !$0.holds && $0.seen.contains("/etc/nologin") } == isRefused)
  }

  @Test(arguments: [
    ("AuthorizedKeysFile /etc/ssh/keys/%u\n", "sshd reads no authorized_keys"),
    ("DenyUsers guest nova\n", "sshd refuses nova"),
    ("AllowUsers root admin\n", "nova is none of them"),
  ])
  func policiesOfSshdThatStandInTheWayAreSaid(_ text: String, _ warning: String) throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/sshd_config", text)
    #expect(try MigrationAccess().propose(for: Clone.situation(tree)).warns(warning))
    tree.write(
      "/etc/ssh/sshd_config", "AuthorizedKeysFile %h/.ssh/authorized_keys\nAllowUsers nova@192.168.*\nUsePAM yes\n")
    #expect(try !MigrationAccess().propose(for: Clone.situation(tree)).findings.contains { $0.severity == .warning })
  }

  // MARK: Whether the account gets there

  @Test(
    "a home that the account cannot enter is opened to it, where it is its own",
    arguments: [
      (162, 162, 0o600, (162, 162, 0o700)), (162, 162, 0o655, (162, 162, 0o755)), (0, 0, 0o700, (162, 162, 0o700)),
      (0, 0, 0o711, nil), (0, 162, 0o750, nil), (0, 0, 0o755, nil), (162, 162, 0o622, (162, 162, 0o700)),
    ] as [(UInt32, UInt32, UInt32, (UInt32, UInt32, UInt32)?)])
  func home(_ owner: UInt32, _ group: UInt32, _ mode: UInt32, _ wanted: (UInt32, UInt32, UInt32)?) throws {
    var tree = Clone.plain
    let home = "/var/lib/nova"
    tree.makeDirectory(home, owner: owner, group: group, mode: mode)
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree)
    let (uid, gid, bits) = wanted ?? (owner, group, mode)
    #expect(after.attributes(home) == FileAttributes(owner: uid, group: gid, mode: FileMode(bits)))
    #expect(proposal.claims.contains { $0.subject == home && !$0.holds } == (wanted != nil))
  }

  @Test(
    "what is not its own is told, and fails",
    arguments: [("/var/lib", 0, 0o700), ("/var", 0, 0o750), ("/var/lib/nova", 99, 0o700)] as [(String, UInt32, UInt32)])
  func closed(_ path: String, _ owner: UInt32, _ mode: UInt32) throws {
    var tree = Clone.plain
    tree.makeDirectory(path, owner: owner, group: 0, mode: mode)
    let proposal = try MigrationAccess().propose(for: Clone.situation(tree))
    #expect(proposal.claims.contains { $0.subject == path && !$0.holds }, "\(proposal.claims)")
    // An ordinary user does not see the machine's owners.
    let ordinary = try MigrationAccess().propose(for: Clone.situation(tree, ownerCanChange: false))
    #expect(!ordinary.claims.contains { $0.subject == "/var/lib" || $0.subject == "/var" })
    tree.write("/etc/group", "x:x:0:root,nova\n")
    if mode & 0o010 != 0 {
      let member = try MigrationAccess().propose(for: Clone.situation(tree))
      #expect(!member.claims.contains { $0.subject == path && !$0.holds })
    }
  }
}
