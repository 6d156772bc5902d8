import Site
import Testing
import Tree

@testable import Fixups

@Suite struct UniqueThingTests {
  private func propose(_ tree: MemoryTree, _ provenance: Provenance = Clone.copied) throws -> Proposal {
    try MachineIdentity().propose(for: Clone.situation(tree, provenance))
  }

  @Test(arguments: [
    ("InitiatorName=iqn.1994-05.com.redhat:e0a1b2c3d4e5\n", "InitiatorName=iqn.1994-05.com.redhat:"),
    (
      "## DO NOT EDIT\nInitiatorName=iqn.1993-08.org.debian:01:e0a1b2c3d4e5",
      "## DO NOT EDIT\nInitiatorName=iqn.1993-08.org.debian:01:"
    ),
  ])
  func theInitiatorNameKeepsItsNaming(_ text: String, _ start: String) throws {
    var tree = Clone.plain
    tree.write("/etc/iscsi/initiatorname.iscsi", text)
    for (path, content, isTold) in [
      ("/etc/fstab", "# /boot\nUUID=1 / ext4 defaults 0 1\n", false),
      ("/etc/fstab", "UUID=2 /boot ext4 defaults 0 2\n", true),
      ("/boot/initramfs-5.14.0.img", "", true), ("/boot/4f2a/6.1/initrd", "", true),
    ] {
      var tree = tree
      tree.write(path, content)
      let (after, proposal) = try Clone.settle(MachineIdentity(), tree)
      let new = try #require(after["/etc/iscsi/initiatorname.iscsi"])
      #expect(new.hasPrefix(start) && new != text && new.utf8.count == text.utf8.count)
      #expect(proposal.notes("renewed: the iSCSI initiator name") == isTold)
    }
  }

  @Test func nvmeNamesAgree() throws {
    var tree = Clone.plain
    tree.write("/etc/nvme/hostnqn", "nqn.2014-08.org.nvmexpress:uuid:6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00\n")
    tree.write("/etc/nvme/hostid", "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00\n")
    let (after, _) = try Clone.settle(MachineIdentity(), tree)
    let id = try #require(after["/etc/nvme/hostid"])
    #expect(after["/etc/nvme/hostnqn"] == "nqn.2014-08.org.nvmexpress:uuid:" + id)
    #expect(id.hasPrefix("01") || id != "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00\n")
  }

  @Test func openVSwitchKeepsItsDatabaseAndSaysWhatToDo() throws {
    var tree = Clone.plain
    tree.write("/etc/openvswitch/system-id.conf", "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00\n")
    let database = "OVSDB JSON 1 x\n{\"u\":{\"external_ids\":[\"map\",[[\"system-id\",\"6b2c6d1e\"]]]}}\n"
    tree.write("/etc/openvswitch/conf.db", database)
    let (after, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(after["/etc/openvswitch/conf.db"] == database)
    #expect(after["/etc/openvswitch/system-id.conf"] != "6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00\n")
    #expect(proposal.findings.contains { $0.advice?.contains("external_ids:hostname=compute2") ?? false })
    #expect(proposal.findings.contains { $0.advice?.contains("ovn-encap-ip=192.168.20.21") ?? false })
  }

  @Test func libvirtsUUIDIsReplacedWhereItIsSet() throws {
    var tree = Clone.plain
    let text =
      "#host_uuid = \"00000000-0000-0000-0000-000000000000\"\n  host_uuid='6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00' # x\n"
    tree.write("/etc/libvirt/libvirtd.conf", text)
    tree.write("/etc/libvirt/virtlogd.conf", "#host_uuid = \"x\"\n")
    let (after, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(
      after["/etc/libvirt/libvirtd.conf"]?.hasPrefix(
        "#host_uuid = \"00000000-0000-0000-0000-000000000000\"\n  host_uuid='") == true)
    #expect(after["/etc/libvirt/libvirtd.conf"]?.contains("6b2c6d1e") == false)
    #expect(proposal.change("/etc/libvirt/virtlogd.conf") == nil)
  }

  @Test(arguments: [
    "/var/lib/NetworkManager/secret_key", "/var/lib/dhclient/dhclient-ens33.leases",
    "/var/lib/NetworkManager/internal-x-ens33.lease", "/etc/docker/key.json", "/var/lib/mysql/auto.cnf",
    "/var/lib/zypp/AnonymousUniqueId", "/etc/insights-client/machine-id", "/var/lib/wicked/duid.xml",
  ])
  func whatItsOwnerMakesAnewIsRemoved(_ path: String) throws {
    var tree = Clone.plain
    tree.write(path, "x")
    #expect(try propose(tree).removed == [path])
    #expect(try propose(tree).claims.contains { $0.subject.contains(path) && !$0.holds })
    #expect(try propose(tree, Clone.own).removed.isEmpty)
  }

  @Test(arguments: [
    ("/etc/salt/minion_id", ResetName.salt), ("/etc/krb5.keytab", .kerberos), ("/etc/chef/client.pem", .chef),
    ("/etc/puppetlabs/puppet/ssl/private_keys/compute.pem", .puppet), ("/var/lib/glusterd/glusterd.info", .glusterfs),
    ("/etc/lvm/devices/system.devices", .lvmDevices), ("/etc/pki/consumer/cert.pem", .subscription),
  ])
  func enrolmentsAreSaidAndRemovedOnlyOnRequest(_ path: String, _ name: ResetName) throws {
    var tree = Clone.plain
    tree.write(path, "x")
    let proposal = try propose(tree)
    #expect(proposal.removed.isEmpty && proposal.warns(path))
    var site = try Lab.site()
    site.reset.choices[name] = true
    let asked = try MachineIdentity().propose(for: Clone.situation(tree, site: site))
    #expect(asked.removed == [path])
  }

  @Test func whatTheSiteKeepsIsSaid() throws {
    var tree = Clone.plain
    tree.write("/etc/docker/key.json", "x")
    var site = try Lab.site()
    site.reset.choices[.docker] = false
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree, site: site))
    #expect(proposal.removed.isEmpty && proposal.notes("the site says to keep it"))
  }

  @Test func rulesGoOnlyWhereTheyNameAForeignCard() throws {
    var tree = Clone.plain
    let path = "/etc/udev/rules.d/70-persistent-net.rules"
    tree.write(path, "# nothing 00:0c:29:00:00:01\n")
    #expect(try propose(tree).removed.isEmpty)
    tree.write(path, "SUBSYSTEM==\"net\", ATTR{address}==\"00:0C:29:00:00:01\", NAME=\"ens33\"\n")
    #expect(try propose(tree).removed == [path])
    var site = try Lab.site()
    site.nodes[2].match.macs = [try MACAddress("00:0c:29:00:00:01")]
    #expect(try MachineIdentity().propose(for: Clone.situation(tree, site: site)).removed.isEmpty)
  }

  @Test func aVolumeGroupThatWouldBecomeForeignIsSaid() throws {
    var tree = Clone.plain
    tree.write("/etc/lvm/lvm.conf", "global {\n\tsystem_id_source = \"uname\"\n\t# system_id_source = \"none\"\n}\n")
    #expect(try propose(tree).warns("LVM takes its system id from uname"))
    tree.write("/etc/lvm/lvm.conf", "global {\n\tsystem_id_source = \"none\"\n}\n")
    #expect(try !propose(tree).warns("LVM"))
  }

  @Test func whatIsNoFileIsLeftAlone() throws {
    var tree = Clone.plain
    tree.makeDirectory("/var/lib/mysql/auto.cnf")
    tree.makeLink("/var/lib/zypp/AnonymousUniqueId", to: "/etc/passwd")
    tree.write("/var/lib/wicked", "a file where a directory should be")
    let proposal = try propose(tree)
    #expect(proposal.removed == ["/var/lib/zypp/AnonymousUniqueId"])
    #expect(proposal.warns("/var/lib/mysql/auto.cnf is a directory"))
  }
}
