import Documents
import Site
import Support
import Testing
import Tree

@testable import Fixups

@Suite("A template loses what must be unique")
struct SealingTests {
  private func template(
    _ tree: MemoryTree, debian: Bool = false, keeping: Set<String> = [], adding: Set<String> = []
  ) throws -> Template {
    Template(tree: tree, platform: try Lab.platform(debian: debian), kept: keeping, added: adding)
  }

  /// Seals it, and demands that a second seal finds nothing.
  private func seal(
    _ tree: MemoryTree, debian: Bool = false, keeping: Set<String> = []
  ) throws -> (tree: MemoryTree, proposal: Proposal) {
    let proposal = try Sealing.propose(for: template(tree, debian: debian, keeping: keeping))
    for change in proposal.changes {
      #expect(!change.reasons.isEmpty && change.reasons.allSatisfy { !$0.isEmpty && !$0.hasSuffix(".") })
    }
    let sealed = Clone.applied(proposal.changes, to: tree)
    #expect(try Sealing.propose(for: template(sealed, debian: debian, keeping: keeping)).changes.map(\.path) == [])
    return (sealed, proposal)
  }

  private static let uuid = "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00"

  @Test func `host keys go with their public halves and certificates, and their kinds are remembered`() throws {
    var tree = Clone.used
    tree.write("/etc/ssh/ssh_host_ed25519_key-cert.pub", "x")
    tree.write("/etc/ssh/own", Clone.privateKey, mode: 0o600)
    tree.write("/etc/ssh/own.pub", Clone.hostKeyECDSA)
    tree.write("/etc/ssh/ssh_host_dsa_key.pub", "its private half is gone")
    tree.write("/etc/ssh/sshd_config", "HostKey /etc/ssh/own\n")
    let (sealed, proposal) = try seal(tree)
    for path in [
      "ssh_host_ed25519_key", "ssh_host_ed25519_key.pub", "ssh_host_ed25519_key-cert.pub", "own", "own.pub",
      "ssh_host_dsa_key.pub",
    ] {
      #expect(sealed["/etc/ssh/\(path)"] == nil, "\(path)")
    }
    #expect(proposal.changes.filter { $0.path.name.hasSuffix("_key") }.allSatisfy { $0.isSecret })
    let record = try #require(sealed[SealRecord.path.description])
    #expect(record.contains("anew\tssh-host-keys\t0\t999\t0640\tkey ed25519\t/etc/ssh/ssh_host_ed25519_key\n"))
    #expect(record.contains("key ecdsa\t/etc/ssh/own\n"))
    #expect(!record.contains("PRIVATE") && !record.contains("AAAA"))
    #expect(sealed["\(Clone.ssh)/id_ed25519"] == nil && sealed["\(Clone.ssh)/id_ed25519.pub"] == nil)
    #expect(sealed["\(Clone.ssh)/authorized_keys"] != nil)
  }

  @Test
  func `copies of keys, the boot loader's seed and the key of credentials go, and what cannot be opened then is told`()
    throws
  {
    var tree = Clone.used
    let gone = [
      "/etc/ssh/ssh_host_ed25519_key.rpmsave", "/etc/ssh/ssh_host_dsa_key.old", "/root/.ssh/id_dsa",
      "/root/.ssh/id_ed25519_sk",
      "/var/lib/systemd/credential.secret", "/boot/efi/loader/random-seed",
    ]
    for path in gone { tree.write(path, Clone.privateKey, mode: 0o600) }
    tree.write("/etc/ssh/ssh_host_ed25519_key.pub.old", Clone.hostKey)
    tree.write("/etc/credstore.encrypted/db", "x")
    tree.write("/etc/libvirt/qemu/instance-00000007.xml", "<domain>\n<name>instance-00000007</name>\n</domain>\n")
    let (sealed, proposal) = try seal(tree)
    for path in gone { #expect(sealed[path] == nil, "\(path)") }
    #expect(sealed["/etc/ssh/ssh_host_ed25519_key.pub.old"] != nil)
    #expect(proposal.changes.filter { gone.prefix(2).contains($0.path.description) }.allSatisfy { $0.isSecret })
    #expect(proposal.warns("/etc/credstore.encrypted/db was encrypted with the key that goes"))
    #expect(proposal.warns("libvirt still defines the original's guest instance-00000007"))
    #expect(sealed[SealRecord.path.description]?.contains("bytes 34\t/boot/efi/loader/random-seed") == false)
  }

  @Test(arguments: [true, false])
  func `the machine-id is empty, and D-Bus has no other`(isLink: Bool) throws {
    var tree = Clone.plain
    tree.write("/etc/machine-id", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b\n", mode: 0o444)
    if isLink {
      tree.makeLink("/var/lib/dbus/machine-id", to: "/etc/machine-id")
    } else {
      tree.write("/var/lib/dbus/machine-id", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b\n")
    }
    let (sealed, proposal) = try seal(tree)
    #expect(sealed["/etc/machine-id"] == "")
    #expect(sealed.attributes("/etc/machine-id")?.mode.bits == 0o444)
    #expect(proposal.removed.contains("/var/lib/dbus/machine-id") == !isLink)
  }

  @Test func `of the journal only what is filed under a machine-id goes, with its directory`() throws {
    var tree = Clone.plain
    let id = "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b"
    tree.write("/var/log/journal/\(id)/system.journal", "x")
    tree.write("/var/log/journal/remote/other.journal", "x")
    let (sealed, proposal) = try seal(tree)
    #expect(proposal.removed.contains("/var/log/journal/\(id)"))
    #expect(sealed["/var/log/journal/\(id)/system.journal"] == nil)
    #expect(sealed["/var/log/journal/remote/other.journal"] == "x")
  }

  @Test func `an initiator name is asked for on Debian, and missing elsewhere`() throws {
    var tree = Clone.plain
    let path = "/etc/iscsi/initiatorname.iscsi"
    tree.write(path, "# mine\nInitiatorName=iqn.1993-08.org.debian:01:e0a1b2c3d4e5\n")
    #expect(try seal(tree, debian: true).tree[path] == "# mine\nGenerateName=yes\n")
    #expect(try seal(tree).tree[path] == nil)
  }

  @Test func `a switch that is called by the machine's name is so in a copy, sealed or not`() throws {
    let (path, options) = ("/etc/openvswitch/system-id.conf", "/etc/default/openvswitch-switch")
    for (name, wanted) in [("compute", "compute2"), ("compute.lab", "compute2.lab")] {
      var tree = Clone.plain
      if name != "compute" { tree.write("/etc/hostname", "\(name)\n") }
      tree.write(path, "\(name)\n")
      tree.write(options, "OVS_CTL_OPTS='--system-id=\(name)'\n")
      let (sealed, proposal) = try seal(tree)
      #expect(proposal.notes("stays in the template: Open vSwitch's system id (\(path)); it is the host name"))
      for tree in [tree, sealed] {
        let former = Provenance(origin: .copy, evidence: "etc/hostname", formerNames: [name])
        let after = try Clone.settle(MachineIdentity(), tree, former).tree
        #expect(after[path] == "\(wanted)\n" && after[options] == "OVS_CTL_OPTS='--system-id=\(wanted)'\n")
      }
    }
    var tree = Clone.plain
    tree.write(path, "\(Self.uuid)\n")
    #expect(try seal(tree).tree[path] == nil)
  }

  @Test func `what a sealed tree asks for is not called the original's`() throws {
    var tree = Clone.plain
    tree.write("/etc/iscsi/initiatorname.iscsi", "InitiatorName=iqn.1993-08.org.debian:01:e0a1b2c3d4e5\n")
    tree.write("/etc/machine-id", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b\n")
    func seen(_ tree: MemoryTree) throws -> [String] {
      let run = try Run(tree, site: Lab.site(), platform: Lab.platform(debian: true), [MachineIdentity()])
      return run.claims.filter { $0.subject.contains("(/etc/machine-id)") || $0.subject.contains("initiatorname") }
        .map { "\($0.holds) \($0.seen)" }
    }
    #expect(try seen(tree) == ["false the original's", "false the original's"])
    let made = "false nothing yet: it is made at the first boot"
    let sealed = try seal(tree, debian: true).tree
    #expect(try seen(sealed) == [made, made])
  }

  @Test func `every private key below the account's .ssh goes, also of the one that the template's site names`() throws
  {
    var tree = Clone.used
    tree.write("/etc/passwd", (tree["/etc/passwd"] ?? "") + "stack:x:1500:1500::/opt/stack:/bin/bash\n")
    tree.write("/etc/imprint/site.toml", try Clone.site { $0.migration.user = try UserName("stack") }.tomlText())
    let gone = [
      "\(Clone.ssh)/.id_rsa", "\(Clone.ssh)/old/id_rsa", "\(Clone.ssh)/old/.x/k", "/opt/stack/.ssh/id_ed25519",
      "/root/.ssh/old/k",
    ]
    for path in gone { tree.write(path, Clone.privateKey + path, mode: 0o600) }
    tree.write("\(Clone.ssh)/old/id_rsa.pub", Clone.otherKey)
    let keys = try #require(UniqueThings.table.first { $0.key == "migration-keys" })
    let seen = try keys.values(in: template(tree)).map(\.path.description)
    #expect(Set(gone.dropLast()).isSubset(of: seen), "\(seen)")
    let (sealed, proposal) = try seal(tree)
    for path in gone + ["\(Clone.ssh)/old/id_rsa.pub"] { #expect(sealed[path] == nil, "\(path)") }
    #expect(proposal.changes.filter { gone.contains($0.path.description) }.allSatisfy { $0.isSecret })
    #expect(try keys.values(in: template(sealed)).isEmpty)
    #expect(!proposal.warns("cannot be read"))
    tree.write("/etc/imprint/site.toml", "[migration")
    #expect(try Sealing.propose(for: template(tree)).warns("/etc/imprint/site.toml cannot be read"))
  }

  @Test func `nova's key behind a link goes with the link`() throws {
    var tree = Clone.plain
    tree.write("/srv/keys/k", Clone.privateKey)
    tree.write("/srv/keys/k.pub", Clone.novaKey)
    tree.makeLink("\(Clone.ssh)/id_ed25519", to: "/srv/keys/k")
    let sealed = try seal(tree).tree
    #expect(sealed["/srv/keys/k"] == nil && sealed["/srv/keys/k.pub"] == nil)
    #expect(sealed.attributes("\(Clone.ssh)/id_ed25519") == nil)
  }

  @Test func `a UUID in three quotes stays in them`() throws {
    var tree = Clone.plain
    let path = "/etc/libvirt/libvirtd.conf"
    tree.write(path, "host_uuid = \"\"\"\(Self.uuid)\"\"\"\n")
    let after = try #require(try Clone.settle(MachineIdentity(), tree).tree[path])
    #expect(after.hasPrefix("host_uuid = \"\"\"") && after.hasSuffix("\"\"\"\n") && !after.contains(Self.uuid))
    #expect(after.utf8.count == tree[path]?.utf8.count)
  }

  @Test func `libvirt's UUID becomes a comment, and comes back as another`() throws {
    var tree = Clone.plain
    let path = "/etc/libvirt/libvirtd.conf"
    tree.write(path, "a = 1\n  host_uuid='\(Self.uuid)' # x\n")
    let sealed = try seal(tree).tree
    #expect(sealed[path] == "a = 1\n#imprint-sealed#   host_uuid='' # x\n")
    let after = try Clone.settle(MachineIdentity(), sealed).tree[path]
    #expect(after?.hasPrefix("a = 1\n  host_uuid='") == true && after?.hasSuffix("' # x\n") == true)
    #expect(after?.contains(Self.uuid) == false && after?.utf8.count == tree[path]?.utf8.count)
  }

  @Test(arguments: [
    "/var/lib/systemd/random-seed", "/var/lib/NetworkManager/secret_key", "/etc/openvswitch/system-id.conf",
    "/etc/nvme/hostnqn", "/var/lib/nova/compute_id", "/etc/nova/compute_id", "/var/lib/dhclient/dhclient.leases",
    "/etc/salt/minion_id", "/etc/krb5.keytab", "/etc/chef/client.pem", "/etc/pki/consumer/cert.pem",
    "/etc/puppetlabs/puppet/ssl/private_keys/compute.pem", "/var/lib/glusterd/glusterd.info",
    "/etc/lvm/devices/system.devices", "/etc/hostid", "/var/lib/cloud/instances/i-1/obj.pkl",
  ])
  func `enrolments, ids and state go whole`(path: String) throws {
    var tree = Clone.plain
    tree.write(path, "x")
    #expect(try seal(tree).tree[path] == nil)
  }

  @Test func `what is kept stays and is said, logs go only on request, and unknown names are refused`() throws {
    var tree = Clone.plain
    tree.write("/etc/salt/minion_id", "x")
    tree.write("/var/log/messages", "x")
    let (sealed, proposal) = try seal(tree, keeping: ["salt"])
    #expect(sealed["/etc/salt/minion_id"] == "x" && sealed["/var/log/messages"] == "x")
    #expect(proposal.warns("stays in the template: Salt's minion id and key"))
    #expect(try Sealing.propose(for: template(tree, adding: ["logs"])).removed.contains("/var/log/messages"))
    let error = #expect(throws: FixupError.self) { try Sealing.check(["salt", "sal"]) }
    #expect(error?.description.contains("salt") == true)
  }

  @Test func `file systems that are not in the tree are told, with what may be there`() throws {
    var tree = Clone.plain
    tree.write(
      "/etc/fstab",
      """
      UUID=1 / ext4 defaults 0 1
      LABEL=logs /srv/old\\040logs ext4 defaults
      /dev/vdb1 /var/lib/consul xfs defaults
      nas:/x /mnt nfs defaults
      UUID=2 /etc ext4 defaults
      UUID=ABCD-1234 /boot/efi vfat umask=0077

      """)
    tree.makeDirectory("/boot/efi")
    let (_, proposal) = try seal(tree)
    let told = proposal.findings.filter { $0.text.contains("is another file system") }
    #expect(told.map(\.severity) == [.note, .warning, .warning], "\(told)")
    #expect(told[2].text.contains("(UUID=ABCD-1234), which is not in this tree; /boot/efi/loader would be on it"))
    #expect(told[0].text.hasPrefix("/srv/old logs is another file system (LABEL=logs)"))
    #expect(told[1].text.hasPrefix("/var/lib/consul is another file system (/dev/vdb1)"))
  }

  @Test func `a copy gets anew what the template had, and is left alone then`() throws {
    var tree = Clone.used
    tree.write("/var/lib/systemd/random-seed", String(repeating: "x", count: 512), mode: 0o600)
    tree.write("/etc/machine-id", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b\n", mode: 0o444)
    tree.write("/var/lib/dbus/machine-id", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b\n")
    tree.write("/etc/nvme/hostnqn", "nqn.2014-08.org.nvmexpress:uuid:\(Self.uuid)\n")
    tree.write("/etc/nvme/hostid", "\(Self.uuid)\n")
    tree.write("/etc/iscsi/initiatorname.iscsi", "InitiatorName=iqn.1994-05.com.redhat:e0a1b2c3d4e5\n")
    tree.write("/etc/openvswitch/system-id.conf", "\(Self.uuid)\n")
    for debian in [false, true] {
      let platform = try Lab.platform(debian: debian)
      let plain = try Clone.settle(MachineIdentity(), tree, platform: platform).tree
      let sealed = try Clone.settle(MachineIdentity(), seal(tree, debian: debian).tree, platform: platform).tree
      // The account's keys are another fixup's.
      for path in plain.items.keys.map(\.description) where !path.hasPrefix("\(Clone.ssh)/id_") {
        #expect(sealed.attributes(path)?.owner == plain.attributes(path)?.owner, "\(path)")
        #expect(sealed.attributes(path)?.mode == plain.attributes(path)?.mode, "\(path)")
        #expect(sealed[path]?.utf8.count == plain[path]?.utf8.count, "\(path)")
      }
      #expect(sealed["/etc/machine-id"] == sealed["/var/lib/dbus/machine-id"])
      #expect(sealed["/etc/nvme/hostnqn"]?.hasSuffix(sealed["/etc/nvme/hostid"] ?? "-") == true)
    }
  }

  @Test func `a template is a copy of the names that it had, whoever it shall be`() throws {
    let sealed = try seal(Clone.used).tree
    for name in ["compute", "compute2"] {
      let site = try Lab.site()
      let node = try #require(site.nodes.first { $0.name.description == name })
      let provenance = try Provenance.inspect(site: site, node: node, platform: Lab.platform(), tree: sealed)
      #expect(provenance.isCopy && provenance.evidence.contains("template"))
      #expect(provenance.formerNames == (name == "compute" ? [] : ["compute"]))
    }
  }

  @Test func `a record is read as it was written, and damage in it is passed over`() {
    let files = [
      SealRecord.File(
        key: "iscsi", path: "/etc/iscsi/x", attributes: FileAttributes(owner: 1, group: 2, mode: FileMode(0o640)),
        form: .initiator(naming: "iqn.a:")),
      SealRecord.File(
        key: "random-seed", path: "/x y", attributes: FileAttributes(owner: 0, group: 0, mode: FileMode(0o600)),
        form: .bytes(512)),
    ]
    let record = SealRecord(formerNames: ["compute"], anew: files)
    #expect(SealRecord(record.bytes) == record)
    let damaged =
      record.bytes
      + Array("anew\tx\t-1\t0\t0600\tuuid\t/x\nanew\tx\t0\t0\t0600\tbytes 99999999999\t/x\nanew\n\u{0}".utf8)
    #expect(SealRecord(damaged) == record)
    #expect(SealRecord([]) == SealRecord())
  }

  @Test func `two copies share their values, two others none, and what is private is a fingerprint`() throws {
    var tree = Clone.used
    tree.write("/etc/machine-id", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b\n")
    tree.write("/var/lib/NetworkManager/secret_key", "nm-v2:secretsecretsecret")
    for thing in UniqueThings.table {
      let own = try thing.values(in: template(tree))
      #expect(own.allSatisfy { value in own.contains { $0.isTwin(of: value) } })
      #expect(own.allSatisfy { !$0.shown.contains("secretsecret") && !$0.shown.contains("PRIVATE") })
      if thing.isPrivate { #expect(own.allSatisfy { $0.shown.contains("SHA256:") }) }
    }
    let sealed = try seal(tree).tree
    let left = try UniqueThings.table.filter { try !$0.values(in: template(sealed)).isEmpty }.map(\.key)
    #expect(left == ["hostname", "services", "addresses"])
  }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (String(repeating: "a", count: 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
  ])
  func `SHA-256 is the standard's`(text: String, hex: String) {
    #expect(CountedValues.hexadecimal(SHA256.hash(Array(text.utf8))) == hex)
  }

  // MARK: the table

  @Test func `every choice of [reset] is a row, and no row is there twice`() {
    let keys = UniqueThings.table.map(\.key)
    #expect(Set(keys).count == keys.count)
    #expect(Set(ResetName.allCases.map(\.rawValue)).subtracting(keys).isEmpty)
    for thing in UniqueThings.table { #expect(!thing.maker.isEmpty && !thing.reader.isEmpty, "\(thing.key)") }
  }
}
