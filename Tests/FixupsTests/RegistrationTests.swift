import Documents
import Site
import Support
import Testing
import Tree

@testable import Fixups

@Suite("Registrations, and keys and authorities that a node made or was given")
struct RegistrationTests {
  private func propose(_ tree: MemoryTree, _ provenance: Provenance = Clone.copied) throws -> Proposal {
    try MachineIdentity().propose(for: Clone.situation(tree, provenance))
  }

  private func template(_ tree: MemoryTree) throws -> Template {
    Template(tree: tree, platform: try Lab.platform(debian: true))
  }

  private func seal(_ tree: MemoryTree) throws -> (tree: MemoryTree, proposal: Proposal) {
    let proposal = try Sealing.propose(for: template(tree))
    let sealed = Clone.applied(proposal.changes, to: tree)
    #expect(try Sealing.propose(for: template(sealed)).changes.map(\.path) == [])
    return (sealed, proposal)
  }

  private func values(_ key: String, _ tree: MemoryTree) throws -> [UniqueValue] {
    let thing = try #require(UniqueThings.table.first { $0.key == key })
    return try thing.values(in: template(tree))
  }

  // MARK: popularity-contest

  private static let survey = "/etc/popularity-contest.conf"
  private static let id = "0123456789abcdef0123456789abcdef"

  @Test(arguments: ["MY_HOSTID=\"\(id)\"", "MY_HOSTID=\(id)", "MY_HOSTID='\(id)' # by hand"])
  func `the survey's id is another, and nothing else of its file`(setting: String) throws {
    var tree = Clone.plain
    func text(_ setting: String) -> String { "# Config file\n\(setting)\nPARTICIPATE=\"yes\"\nDAY=\"3\"\n" }
    tree.write(Self.survey, text(setting))
    let (after, _) = try Clone.settle(MachineIdentity(), tree)
    let new = try #require(ShellAssignments(Array((after[Self.survey] ?? "").utf8)).literal("MY_HOSTID"))
    #expect(new != Self.id && new.utf8.count == 32 && new.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    #expect(after[Self.survey] == text(setting.replacing(Self.id, with: new)))
    #expect(try propose(tree).claims.contains { $0.subject.contains(Self.survey) && !$0.holds })
    #expect(try propose(tree, Clone.own).change(Self.survey) == nil)
    #expect(try values("popularity-contest", tree).map(\.shown) == [Self.id])
  }

  @Test func `a template has no id of the survey's, and its copy one of its own`() throws {
    var tree = Clone.plain
    tree.write(Self.survey, "MY_HOSTID=\"\(Self.id)\"\nPARTICIPATE=\"no\"\n")
    let sealed = try seal(tree).tree
    #expect(sealed[Self.survey] == "MY_HOSTID=\"\"\nPARTICIPATE=\"no\"\n")
    #expect(try values("popularity-contest", sealed).isEmpty)
    let after = try Clone.settle(MachineIdentity(), sealed).tree[Self.survey]
    #expect(after?.utf8.count == tree[Self.survey]?.utf8.count && after?.contains(Self.id) == false)
  }

  @Test func `a file of the survey's without an id, or that a shell cannot read, stays`() throws {
    for text in ["PARTICIPATE=\"no\"\n", "#MY_HOSTID=\"\(Self.id)\"\n", ""] {
      var tree = Clone.plain
      tree.write(Self.survey, text)
      #expect(try propose(tree).change(Self.survey) == nil && seal(tree).tree[Self.survey] == text)
    }
    var tree = Clone.plain
    tree.write(Self.survey, "MY_HOSTID=\"\(Self.id)\"\nMAILTO='x\n")
    let proposal = try propose(tree)
    #expect(
      proposal.change(Self.survey) == nil
        && proposal.warns("popularity-contest's host id stays as it is: \(Self.survey):2:"))
    #expect(
      try Sealing.propose(for: template(tree)).warns("popularity-contest's host id stays as it is: \(Self.survey):2:"))
  }

  // MARK: SUSE

  @Test func `a registration with SUSE is told, goes on request and with a seal, with the same login elsewhere`() throws
  {
    var tree = Clone.plain
    let folder = "/etc/zypp/credentials.d"
    tree.write("\(folder)/SCCcredentials", "username=SCC_1a\npassword=x\nsystem_token=t1\n", mode: 0o600)
    tree.write("\(folder)/SLES_15_x86_64", "username = SCC_1a\npassword = x\n", mode: 0o600)
    tree.write("\(folder)/house", "username=mirror\npassword=y\n", mode: 0o600)
    tree.write("/etc/SUSEConnect", "---\nurl: https://rmt.example.com\n")
    let gone = ["\(folder)/SCCcredentials", "\(folder)/SLES_15_x86_64"]
    let proposal = try propose(tree)
    #expect(proposal.removed.isEmpty && proposal.warns("the registration with SUSE"))
    #expect(proposal.findings.contains { $0.advice == "SUSEConnect --cleanup, then register" })
    #expect(try propose(tree, Clone.own).findings.allSatisfy { !$0.text.contains("SUSE") })
    let site = try Clone.site { $0.reset.choices[.suseRegistration] = true }
    #expect(try MachineIdentity().propose(for: Clone.situation(tree, site: site)).removed == gone)
    let sealed = try seal(tree)
    #expect(gone.allSatisfy { sealed.tree[$0] == nil && sealed.proposal.change($0)?.isSecret == true })
    #expect(sealed.tree["\(folder)/house"] != nil && sealed.tree["/etc/SUSEConnect"] != nil)
    // The server changes the token.
    var other = tree
    other.write("\(folder)/SCCcredentials", "username=SCC_1a\npassword=x\nsystem_token=t2\n", mode: 0o600)
    let (mine, theirs) = try (values("suse-registration", tree), values("suse-registration", other))
    #expect(mine.count == 2 && mine.allSatisfy { value in theirs.contains { $0.isTwin(of: value) } })
    #expect(mine.allSatisfy { !$0.shown.contains("SCC_1a") })
  }

  // MARK: what a service makes by itself

  @Test func `cockpit's own certificate goes, and no other`() throws {
    var tree = Clone.plain
    let own = ["0-self-signed-ca.pem", "0-self-signed.cert", "0-self-signed.key"].map {
      "/etc/cockpit/ws-certs.d/\($0)"
    }
    for path in own + ["/etc/cockpit/ws-certs.d/10-ipa.cert"] { tree.write(path, "x") }
    #expect(try Clone.settle(MachineIdentity(), tree).proposal.removed == own)
    #expect(try propose(tree, Clone.own).removed.isEmpty)
    let sealed = try seal(tree).tree
    #expect(own.allSatisfy { sealed[$0] == nil } && sealed["/etc/cockpit/ws-certs.d/10-ipa.cert"] == "x")
    #expect(try values("cockpit", tree).count == 3)
  }

  @Test func `swtpm's authority goes where it made it itself, and a site's stays`() throws {
    var tree = Clone.plain
    let folder = "/var/lib/swtpm-localca"
    let given = ["certserial", "issuercert.pem", "signkey.pem"].map { "\(folder)/\($0)" }
    for path in given { tree.write(path, "x") }
    tree.write("/var/lib/libvirt/swtpm/8a1f/tpm2/tpm2-00.permall", "x")
    #expect(try propose(tree).removed.isEmpty && seal(tree).tree["\(folder)/signkey.pem"] == "x")
    #expect(try values("swtpm-authority", tree).isEmpty)
    let root = ["swtpm-localca-rootca-cert.pem", "swtpm-localca-rootca-privkey.pem"].map { "\(folder)/\($0)" }
    for path in root { tree.write(path, "x") }
    #expect(try Set(Clone.settle(MachineIdentity(), tree).proposal.removed) == Set(given + root))
    let sealed = try seal(tree).tree
    #expect((given + root).allSatisfy { sealed[$0] == nil })
    #expect(sealed["/var/lib/libvirt/swtpm/8a1f/tpm2/tpm2-00.permall"] == "x")
    #expect(try values("swtpm-authority", tree).count == 5)
  }

  // MARK: dropbear

  private static let dropbear = "/etc/dropbear/dropbear_ed25519_host_key"

  @Test(arguments: [
    ("/usr/lib/systemd/system/dropbear-keygen.service", "[Service]\nExecStart=/usr/libexec/dropbear/generate\n", true),
    ("/etc/default/dropbear", "#DROPBEAR_EXTRA_ARGS=\"-R\"\nDROPBEAR_EXTRA_ARGS=\"-R -s\"\n", true),
    ("/etc/systemd/system/dropbear.service", "[Service]\nExecStart=/usr/sbin/dropbear -EFR -p 222\n", true),
    ("/lib/systemd/system/dropbear.service", "[Service]\nExecStart=/usr/sbin/dropbear -EF -p 22 -W 65536\n", false),
    ("/etc/default/dropbear", "#DROPBEAR_EXTRA_ARGS=\"-R\"\nDROPBEAR_EXTRA_ARGS=\"-r /etc/Rsa\"\n", false),
  ])
  func `dropbear's keys go where something makes others at its start`(path: String, text: String, goes: Bool) throws {
    var tree = Clone.plain
    tree.write(Self.dropbear, "x", mode: 0o600)
    tree.write(path, text)
    let proposal = try propose(tree)
    #expect(proposal.removed == (goes ? [Self.dropbear] : []))
    #expect(proposal.warns("dropbear's host keys") != goes)
    #expect(try propose(tree, Clone.own).findings.allSatisfy { !$0.text.contains("dropbear") })
    let sealed = try seal(tree)
    #expect((sealed.tree[Self.dropbear] == nil) == goes)
    #expect(sealed.proposal.warns("stays in the template: dropbear's host keys (\(Self.dropbear))") != goes)
    #expect(try values("dropbear", tree).map(\.path) == [TreePath(Self.dropbear)])
  }

  @Test(arguments: ["/etc/dropbear/initramfs", "/etc/dropbear-initramfs"])
  func `those of an initramfs are in it, too, and stay`(folder: String) throws {
    var tree = Clone.plain
    tree.write("/etc/default/dropbear", "DROPBEAR_EXTRA_ARGS=-R\n")
    tree.write("\(folder)/dropbear_rsa_host_key", "x")
    tree.write(Self.dropbear, "x")
    let proposal = try propose(tree)
    #expect(proposal.removed == [Self.dropbear] && proposal.warns("(\(folder)/dropbear_rsa_host_key)"))
    #expect(try seal(tree).tree["\(folder)/dropbear_rsa_host_key"] == "x")
  }

  // MARK: what only a person makes again

  @Test(arguments: [
    ("openvswitch-keys", "/etc/openvswitch/sc-privkey.pem", ["/etc/openvswitch/sc-cert.pem"]),
    ("openvswitch-keys", "/etc/ovn/key_host", ["/etc/ovn/cert_host"]),
    ("openvswitch-authority", "/var/lib/openvswitch/pki/switchca/private/cakey.pem", []),
    ("snapd", "/var/lib/snapd/device/private-keys-v1/bWF5YmUgYSBrZXk", []),
  ])
  func `a key that nobody makes anew is told, stays in a template, and is no two machines'`(
    key: String, path: String, halves: [String]
  ) throws {
    var tree = Clone.plain
    // Of another, or meant for all.
    for shared in [
      "/etc/openvswitch/cacert.pem", "/etc/openvswitch/controller-cert.pem", "/etc/ovn/ovn-chassis.crt",
      "/var/lib/openvswitch/pki/switchca/cacert.pem", "/var/lib/snapd/state.json",
    ] { tree.write(shared, "x") }
    #expect(try propose(tree).findings.isEmpty && values(key, tree).isEmpty)
    for file in [path] + halves { tree.write(file, "x", mode: 0o600) }
    let proposal = try propose(tree)
    #expect(proposal.changes.allSatisfy { !$0.path.description.hasPrefix("/etc/o") } && proposal.warns("(\(path)"))
    #expect(try propose(tree, Clone.own).findings.isEmpty)
    let sealed = try seal(tree)
    #expect(([path] + halves).allSatisfy { sealed.tree[$0] == "x" })
    #expect(sealed.proposal.notes("stays in the template") && sealed.proposal.notes("(\(path));"))
    let thing = try #require(UniqueThings.table.first { $0.key == key })
    #expect(thing.isPrivate)
    #expect(try values(key, tree).map(\.path.description) == [path] + halves)
  }
}
