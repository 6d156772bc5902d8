import Documents
import Foundation
import Site
import Testing
import Tree

@testable import Fixups

@Suite struct MachineIdentityTests {
  private let oldID = "0123456789abcdef0123456789abcdef"

  private func propose(_ tree: MemoryTree, _ provenance: Provenance = Clone.copied) throws -> Proposal {
    try MachineIdentity().propose(for: Clone.situation(tree, provenance))
  }

  @Test func copiesOfHostKeysGoAndAKeyTellsItsTypeByItself() throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/ssh_host_ed25519_key.bak", Clone.privateKey, mode: 0o600)
    let (after, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(after["/etc/ssh/ssh_host_ed25519_key.bak"] == nil)
    #expect(proposal.changes.first { $0.path.name.hasSuffix(".bak") }?.isSecret == true)
    // The public blob of a key is in its private half, in the clear.
    let blob = Array("openssh-key-v1\0".utf8) + [0, 0, 0, 4] + Array("none".utf8) + [0, 0, 0, 4] + Array("none".utf8)
    let type = Array("ssh-ed25519".utf8)
    let bytes = blob + [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 15, 0, 0, 0, 11] + type
    let key =
      "-----BEGIN OPENSSH PRIVATE KEY-----\n\(Data(bytes).base64EncodedString())\n-----END OPENSSH PRIVATE KEY-----\n"
    var other = Clone.plain
    other.write("/etc/pki/hk", key, mode: 0o600)
    other.write("/etc/ssh/sshd_config", "HostKey /etc/pki/hk\n")
    let proposed = try propose(other)
    let kept = proposed.changes.contains { change in
      if case .write = change.action { change.path == "/etc/pki/hk" } else { false }
    }
    #expect(kept)
    #expect(proposed.changes.contains { $0.path == "/etc/pki/hk.pub" })
  }

  // MARK: machine-id

  @Test func bothReadersGetOneFreshID() throws {
    var tree = Clone.plain
    tree.write("/etc/machine-id", oldID + "\n", mode: 0o444)
    tree.write("/var/lib/dbus/machine-id", oldID + "\n")
    let (after, _) = try Clone.settle(MachineIdentity(), tree)
    #expect(after["/etc/machine-id"] == after["/var/lib/dbus/machine-id"])
    #expect(after["/etc/machine-id"] != oldID + "\n")
    #expect(after["/etc/machine-id"]?.utf8.count == 33)
    #expect(after.attributes("/etc/machine-id")?.mode == FileMode(0o444))
    // D-Bus makes its own with 0644.
    #expect(after.attributes("/var/lib/dbus/machine-id")?.mode == FileMode(0o644))
  }

  @Test func aLinkedDBusIDIsOneChange() throws {
    var tree = Clone.plain
    tree.write("/etc/machine-id", oldID, mode: 0o444)
    tree.makeLink("/var/lib/dbus/machine-id", to: "/etc/machine-id")
    let (_, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(proposal.changes.filter { $0.path.name == "machine-id" }.count == 1)
  }

  @Test(arguments: ["", "uninitialized\n", "0123\n", "00000000000000000000000000000000\n"])
  func aNodeWithoutAValidIDGetsOne(_ text: String) throws {
    var tree = Clone.plain
    tree.write("/etc/machine-id", text, mode: 0o644)
    try Clone.settle(MachineIdentity(), tree, Clone.own)
  }

  @Test func aMissingIDIsMade() throws {
    let (after, _) = try Clone.settle(MachineIdentity(), Clone.plain, Clone.own)
    #expect(after.attributes("/etc/machine-id")?.mode == FileMode(0o444))
    #expect(after["/var/lib/dbus/machine-id"] == nil)
  }

  @Test func anOwnIDStays() throws {
    var tree = Clone.plain
    tree.write("/etc/machine-id", oldID + "\n", mode: 0o644)
    #expect(try propose(tree, Clone.own).changes.isEmpty)
  }

  @Test func whatIsNamedAfterTheOldIDIsSaid() throws {
    var tree = Clone.plain
    tree.write("/etc/machine-id", oldID + "\n", mode: 0o444)
    tree.makeDirectory("/var/log/journal/\(oldID)")
    tree.write("/boot/vmlinuz-0-rescue-\(oldID)", "x")
    let proposal = try propose(tree)
    #expect(proposal.notes("/var/log/journal/\(oldID)"))
    #expect(proposal.notes("/boot/vmlinuz-0-rescue-\(oldID)"))
  }

  @Test func theOldJournalGoesOnlyOnRequest() throws {
    var tree = Clone.plain
    tree.write("/etc/machine-id", oldID + "\n", mode: 0o444)
    tree.write("/var/log/journal/\(oldID)/system.journal", "x")
    #expect(try propose(tree).removed.isEmpty)
    var site = try Lab.site()
    site.reset.choices[.journal] = true
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree, site: site))
    #expect(proposal.removed == ["/var/log/journal/\(oldID)/system.journal"])
  }

  @Test(arguments: [ResetName.machineID, .sshHostKeys, .randomSeed, .computeID, .iscsi])
  func aWishToShareIsObeyedAndSaid(_ name: ResetName) throws {
    var tree = Clone.plain
    tree.write("/etc/machine-id", oldID + "\n", mode: 0o444)
    tree.write("/var/lib/systemd/random-seed", "s")
    tree.write("/var/lib/nova/compute_id", "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00")
    tree.write("/etc/iscsi/initiatorname.iscsi", "InitiatorName=iqn.1994-05.com.redhat:e0a1b2c3d4e5\n")
    var site = try Lab.site()
    for other in ResetName.allCases { site.reset.choices[other] = other != name }
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree, site: site))
    #expect(proposal.findings.filter { $0.text.hasPrefix("the site says to keep") }.count == 1)
    #expect(Set(proposal.changes.map(\.path.name)).count == (name == .sshHostKeys ? 4 : 5))
  }

  // MARK: seeds and host keys

  @Test func seedsKeepTheirLengthAndMode() throws {
    var tree = Clone.plain
    tree.write("/var/lib/systemd/random-seed", String(repeating: "s", count: 512), mode: 0o600)
    tree.write("/var/lib/misc/random-seed", "short", mode: 0o600)
    let proposal = try propose(tree)
    let after = tree.applying(proposal.changes)
    #expect(try after.file("/var/lib/systemd/random-seed")?.bytes.count == 512)
    #expect(try after.file("/var/lib/misc/random-seed")?.bytes.count == 512)
    #expect(after.attributes("/var/lib/systemd/random-seed")?.mode == FileMode(0o600))
    #expect(proposal.change("/var/lib/systemd/random-seed")?.isSecret == true)
    #expect(try propose(after, Clone.own).changes.isEmpty)
  }

  @Test func entropyComesBeforeKeysAndKeysBeforeTheID() throws {
    var tree = Clone.plain
    tree.write("/var/lib/systemd/random-seed", "s", mode: 0o600)
    tree.write("/etc/machine-id", oldID)
    let paths = try propose(tree).changes.map(\.path.name)
    let order = ["random-seed", "ssh_host_ed25519_key", "machine-id"].map { paths.firstIndex(of: $0) }
    #expect(order == order.sorted { ($0 ?? 0) < ($1 ?? 0) } && !order.contains(nil))
  }

  @Test func hostKeysAreRenewedTypeByType() throws {
    var tree = Clone.plain
    tree.write("/etc/ssh/ssh_host_rsa_key", Clone.privateKey, mode: 0o644)
    tree.write("/etc/ssh/ssh_host_ecdsa_key", Clone.privateKey, mode: 0o600)
    tree.write("/etc/ssh/ssh_host_ecdsa_key.pub", Clone.hostKeyECDSA + "\n", mode: 0o666)
    tree.write("/etc/ssh/ssh_host_dsa_key", Clone.privateKey, mode: 0o600)
    tree.write("/etc/ssh/ssh_host_ed25519_key-cert.pub", "ssh-ed25519-cert-v01@openssh.com AAAA x\n")
    let (after, proposal) = try Clone.settle(MachineIdentity(), tree)
    let requests = proposal.changes.compactMap { change -> KeyRequest? in
      if case .write(.privateKey(let request), _) = change.action { request } else { nil }
    }
    #expect(requests.map(\.type) == [.ecdsa, .ed25519, .rsa])
    #expect(requests.allSatisfy { $0.comment == "root@compute2" && $0.bits == nil })
    #expect(after.attributes("/etc/ssh/ssh_host_rsa_key")?.mode == FileMode(0o640))
    #expect(
      after.attributes("/etc/ssh/ssh_host_ed25519_key") == Clone.plain.attributes("/etc/ssh/ssh_host_ed25519_key"))
    #expect(after.attributes("/etc/ssh/ssh_host_ecdsa_key.pub")?.mode == FileMode(0o644))
    #expect(proposal.removed.sorted() == ["/etc/ssh/ssh_host_dsa_key", "/etc/ssh/ssh_host_ed25519_key-cert.pub"])
    #expect(proposal.warns("certified the original's host key"))
    #expect(proposal.notes("is a DSA key"))
  }

  @Test func hostKeysElsewhereAreFoundInSshdsConfiguration() throws {
    var tree = Clone.plain
    tree.write(
      "/etc/ssh/sshd_config", "Port 22\nHostKey /srv/keys/host_rsa\nhostkey \"/etc/ssh/ssh_host_ed25519_key\"\n")
    tree.write("/srv/keys/host_rsa", "-----BEGIN RSA PRIVATE KEY-----\n", mode: 0o600)
    let (_, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(proposal.change("/srv/keys/host_rsa") != nil)
    #expect(proposal.change("/srv/keys/host_rsa.pub") != nil)
  }

  @Test(arguments: [(true, false), (false, true)])
  func missingHostKeysAreMadeWhereNothingElseDoes(_ hasUnit: Bool, _ isMade: Bool) throws {
    var tree = Clone.plain
    tree.remove("/etc/ssh/ssh_host_ed25519_key")
    tree.remove("/etc/ssh/ssh_host_ed25519_key.pub")
    tree.write("/usr/sbin/sshd", "", mode: 0o755)
    if hasUnit { tree.write("/usr/lib/systemd/system/sshd-keygen.service", "") }
    let (_, proposal) = try Clone.settle(MachineIdentity(), tree, Clone.own)
    #expect((proposal.change("/etc/ssh/ssh_host_ed25519_key") != nil) == isMade)
  }

  // MARK: nova

  @Test func everyCopyOfTheComputeIDGoes() throws {
    var tree = Clone.plain
    for place in ["/etc/nova", "/usr/share/nova", "/var/lib/nova"] { tree.write("\(place)/compute_id", "x") }
    let (_, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(proposal.removed.sorted() == ["/etc/nova", "/usr/share/nova", "/var/lib/nova"].map { "\($0)/compute_id" })
  }

  @Test func disagreeingOrDamagedComputeIDsAreSaid() throws {
    var tree = Clone.plain
    tree.write("/etc/nova/compute_id", "{6B2C6D1E-3F3A-4C58-9E37-0A4C5B1E9F00}")
    tree.write("/var/lib/nova/compute_id", "6b2c6d1e3f3a4c589e370a4c5b1e9f00\n")
    #expect(try propose(tree, Clone.own).findings.isEmpty)
    tree.write("/var/lib/nova/compute_id", "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f01")
    var proposal = try propose(tree, Clone.own)
    #expect(proposal.warns("is not the one in") && proposal.removed.isEmpty)
    tree.write("/var/lib/nova/compute_id", "")
    proposal = try propose(tree, Clone.own)
    #expect(proposal.warns("can make no UUID of what /var/lib/nova/compute_id holds"))
    #expect(proposal.claims.contains { !$0.holds })
  }

  // MARK: A host key behind a link

  @Test("the public half beside a link is renewed, for sshd looks there", arguments: [true, false])
  func linkedHostKey(_ hasBoth: Bool) throws {
    var tree = Clone.plain
    let (link, key) = ("/etc/ssh/ssh_host_ed25519_key", "/srv/k/ssh_host_ed25519_key")
    tree.remove(link)
    tree.write(key, Clone.privateKey, mode: 0o600)
    tree.makeLink(link, to: key)
    if hasBoth { tree.write("\(key).pub", Clone.hostKey + "\n") }
    tree.write("\(link)-cert.pub", "ssh-ed25519-cert-v01@openssh.com AAAA x\n")
    let (after, _) = try Clone.settle(MachineIdentity(), tree)
    #expect(after["\(link).pub"] != tree["\(link).pub"])
    #expect(after["\(key).pub"] == (hasBoth ? after["\(link).pub"] : nil))
    #expect(after["\(link)-cert.pub"] == nil)
  }
}
