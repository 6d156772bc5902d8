import Site
import Testing
import Tree

@testable import Fixups

/// Names of a machine on a storage network and of its switch, also where they overrule the files that they are kept in.
@Suite("Names that overrule their files")
struct StorageNameTests {
  private static let initiator = "iqn.1994-05.com.redhat:abcdef012345"
  private static let uuid = "4c4c4544-004b-4d10-805a-c6c04f4e3132"
  private static let record =
    "# BEGIN RECORD 6.2\niface.iscsi_ifacename = iface0\niface.hwaddress = <empty>\niface.initiatorname = \(initiator)\n# END RECORD\n"
  private static let interfaces = ["/etc/iscsi/ifaces/iface0", "/var/lib/iscsi/ifaces/iface0"]
  private static let target = "/var/lib/iscsi/nodes/iqn.2010-10.org.openstack:volume-1/192.168.20.50,3260,1/iface0"

  private static func iscsi() -> MemoryTree {
    var tree = Clone.plain
    tree.write("/etc/iscsi/initiatorname.iscsi", "InitiatorName=\(initiator)\n")
    for path in interfaces { tree.write(path, record) }
    tree.write(target, record + "node.session.auth.password = secret\n")
    return tree
  }

  @Test("records of open-iscsi get the initiator's new name, and their passwords are not shown") func initiators()
    throws
  {
    let (after, proposal) = try Clone.settle(MachineIdentity(), Self.iscsi())
    let name = try #require(after["/etc/iscsi/initiatorname.iscsi"]?.dropFirst("InitiatorName=".count).dropLast())
    #expect(name.hasPrefix("iqn.1994-05.com.redhat:") && name != Self.initiator)
    for path in Self.interfaces { #expect(after[path] == Self.record.replacing(Self.initiator, with: name)) }
    #expect(after[Self.target]?.contains("iface.initiatorname = \(name)\n") == true)
    #expect(proposal.change(Self.target)?.isSecret == true)
  }

  @Test("an interface's own name becomes another of its own; its card and address are told") func ownNames() throws {
    var tree = Self.iscsi()
    tree.write(
      Self.interfaces[0],
      "iface.hwaddress = 52:54:00:aa:bb:02\niface.ipaddress = 192.168.20.20\niface.initiatorname = iqn.2001-04.com.example:a\n"
    )
    tree.write(Self.interfaces[1], "iface.initiatorname = eui.01234567\n")
    let (after, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(after[Self.interfaces[0]]?.contains("iface.initiatorname = iqn.2001-04.com.example:") == true)
    #expect(after[Self.interfaces[0]]?.contains("com.example:a\n") == false)
    #expect(proposal.warns("\(Self.interfaces[0]):1 has the original's iface.hwaddress"))
    #expect(proposal.warns("\(Self.interfaces[0]):2 has the original's iface.ipaddress"))
    #expect(after[Self.interfaces[1]]?.hasPrefix("iface.initiatorname = iqn.2016-04.com.open-iscsi:") == true)
  }

  @Test(
    "a name in whatever form becomes another, in its own naming where it has one",
    arguments: [
      ("InitiatorName=iqn.2015-02.org.example.rack1.compute", "InitiatorName=iqn.2015-02.org.example.rack1.compute:"),
      ("InitiatorName=eui.02004567A425678D", "InitiatorName=iqn.2016-04.com.open-iscsi:"),
      ("InitiatorName=naa.52004567BA64678D", "InitiatorName=iqn.2016-04.com.open-iscsi:"),
      ("InitiatorName=\"iqn.1994-05.com.redhat:7d3c\"", "InitiatorName=iqn.1994-05.com.redhat:"),
      ("InitiatorName = iqn.1994-05.com.redhat:7d3c # see: x", "InitiatorName = iqn.1994-05.com.redhat:"),
      ("export InitiatorName=iqn.1994-05.com.redhat:a:7d3c", "export InitiatorName=iqn.1994-05.com.redhat:a:"),
    ])
  func forms(_ before: String, _ after: String) throws {
    let path = "/etc/iscsi/initiatorname.iscsi"
    var tree = Clone.plain
    tree.write(path, "# InitiatorName=x\n\(before)\n")
    // A record with a name of the same form, and one with the same name.
    let own = before.drop { $0 != "=" }.dropFirst().drop { $0 == " " }
    tree.write(Self.interfaces[0], "iface.initiatorname = \(own)\n")
    let (settled, proposal) = try Clone.settle(MachineIdentity(), tree)
    let said = try #require(settled[path]?.split(separator: "\n").last)
    #expect(said.hasPrefix(after) && said.utf8.count == after.utf8.count + 12, "\(said)")
    let name = said.drop { $0 != "=" }.dropFirst().drop { $0 == " " }
    #expect(settled[Self.interfaces[0]] == "iface.initiatorname = \(name)\n")
    #expect(proposal.claims.contains { $0.subject.contains("(\(path))") && !$0.holds })
    let template = Template(tree: tree, platform: try Lab.platform())
    #expect(try UniqueThings.table.flatMap { try $0.values(in: template) }.contains { $0.shown == own })
  }

  private static func nvme() -> MemoryTree {
    var tree = Clone.plain
    tree.write("/etc/nvme/hostnqn", "\(NVMeHost.prefix)\(uuid)\n")
    tree.write("/etc/nvme/hostid", "\(uuid)\n")
    tree.write(
      "/etc/nvme/discovery.conf",
      "# --hostnqn=x\n--transport=tcp --hostnqn=\(NVMeHost.prefix)\(uuid) --hostid=\(uuid) -a 192.168.20.50\n-q \(NVMeHost.prefix)\(uuid) -I \(uuid)\n"
    )
    return tree
  }

  @Test("connections of NVMe name the host by its new name") func nvmeConnections() throws {
    var tree = Self.nvme()
    tree.write(
      "/etc/nvme/config.json",
      "[{ \"hostnqn\" : \"\(NVMeHost.prefix)\(Self.uuid)\",\n\"hostid\":\"\(Self.uuid)\", \"subsystems\":[]},\n{\"hostnqn\":\"nqn.other\"}]"
    )
    let (after, _) = try Clone.settle(MachineIdentity(), tree)
    let new = try #require(after["/etc/nvme/hostid"]?.dropLast())
    #expect(new != Self.uuid)
    let renewed = tree["/etc/nvme/discovery.conf"]?.replacing(Self.uuid, with: new)
    #expect(after["/etc/nvme/discovery.conf"] == renewed)
    let json = try #require(after["/etc/nvme/config.json"])
    #expect(
      json.hasPrefix("[{ \"hostnqn\" : \"\(NVMeHost.prefix)\(new)\",\n\"hostid\":\"\(new)\", \"subsystems\":[]},\n{"))
    #expect(!json.contains("nqn.other") && json.hasSuffix("\"}]"))
  }

  @Test("a template keeps none of these names, and two trees that share them are twins") func sealed() throws {
    for (tree, paths) in [
      (Self.iscsi(), Self.interfaces + [Self.target]), (Self.nvme(), ["/etc/nvme/discovery.conf"]),
    ] {
      let template = Template(tree: tree, platform: try Lab.platform())
      let shared = try UniqueThings.table.flatMap { try $0.values(in: template) }.map(\.path.description)
      for path in paths { #expect(shared.contains(path)) }
      let changes = try UniqueThings.table.compactMap { try $0.sealed(in: template) }.flatMap(\.proposal.changes)
      let after = tree.applying(changes)
      for path in paths {
        #expect(after[path]?.contains(Self.initiator) == false && after[path]?.contains(Self.uuid) == false)
      }
    }
  }

  @Test(
    "the options of ovs-ctl get the new id, or the node's name where they said the original's",
    arguments: [
      ("/etc/sysconfig/openvswitch", "OPTIONS=\"--system-id=\(uuid) --x\"\n", "OPTIONS=\"--system-id=ID --x\"\n"),
      (
        "/etc/default/openvswitch-switch",
        "# --system-id=compute\nOVS_CTL_OPTS='--system-id=compute --hostname=compute'\n",
        "# --system-id=compute\nOVS_CTL_OPTS='--system-id=compute2 --hostname=compute2'\n"
      ),
      ("/etc/sysconfig/openvswitch", "OPTIONS=--system-id=random\n", "OPTIONS=--system-id=random\n"),
    ])
  func switchOptions(_ path: String, _ before: String, _ after: String) throws {
    var tree = Clone.plain
    tree.write("/etc/openvswitch/system-id.conf", "\(Self.uuid)\n")
    tree.write(path, before)
    let (changed, _) = try Clone.settle(MachineIdentity(), tree)
    let id = try #require(changed["/etc/openvswitch/system-id.conf"]?.dropLast())
    #expect(id != Self.uuid)
    #expect(changed[path] == after.replacing("=ID", with: "=\(id)"))
    let sealed = try UniqueThings.table.compactMap { try $0.sealed(in: Template(tree: tree, platform: Lab.platform())) }
    #expect(tree.applying(sealed.flatMap(\.proposal.changes))[path]?.contains("id=\(Self.uuid)") == false)
  }

  @Test("WireGuard's private key is told of in a copy, and nobody's 802.1X")
  func wireGuard() throws {
    let key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    let directory = "/etc/NetworkManager/system-connections"
    var tree = Clone.plain
    tree.write("\(directory)/wg0.nmconnection", "[wireguard]\nprivate-key=\(key)\n", mode: 0o600)
    tree.write(
      "\(directory)/lan.nmconnection", "[802-1x]\nprivate-key=file:///etc/pki/client-certificate-key.pem\n", mode: 0o600
    )
    let (_, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(
      proposal.warns("this copy shares WireGuard's private key with the original (\(directory)/wg0.nmconnection)"))
    let thing = try #require(UniqueThings.table.first { $0.key == "wireguard" })
    let values = try thing.values(in: Template(tree: tree, platform: Lab.platform()))
    #expect(values.count == 1 && values.allSatisfy { !$0.shown.contains("yAnz") })
  }

  // MARK: Open vSwitch's database

  private static let database = "/etc/openvswitch/conf.db"

  private static func log(_ id: String, _ host: String, _ address: String) -> String {
    "OVSDB JSON 2 x\n{}\nOVSDB JSON 3 y\n{\"Open_vSwitch\":{\"u\":{\"external_ids\":[\"map\",[[\"hostname\",\"\(host)\"],"
      + "[\"ovn-encap-ip\",\"\(address)\"],[\"system-id\",\"\(id)\"]]]}}}\n"
  }

  @Test("what the database says of another machine is told again later, and of this one nothing")
  func laterDatabase() throws {
    var tree = Clone.plain
    let stale = Self.log("old", "old", "192.168.20.20") + Self.log("a", "compute", "192.168.20.121")
    tree.write(Self.database, stale)
    let later = try MachineIdentity().propose(for: Clone.situation(tree, Clone.own))
    let told = later.findings.filter { $0.text.hasPrefix(Self.database) }.map(\.text)
    #expect(told.count == 1)
    #expect(
      told.first?.contains("hostname compute, ovn-encap-ip 192.168.20.121, which is no address of compute2") == true)
    tree.write(Self.database, stale + Self.log("a", "compute2.lab", "192.168.20.21"))
    let well = try MachineIdentity().propose(for: Clone.situation(tree, Clone.own))
    #expect(!well.findings.contains { $0.text.hasPrefix(Self.database) })
  }

  @Test(
    "of a copy's database it is said what is in it",
    arguments: [
      (log("old", "compute", "192.168.20.20"), "system id, host name and tunnel address"),
      (log("old", "compute2", "192.168.20.21"), "system id"), (log("", "compute", ""), "host name"),
      (log("", "", "192.168.20.20"), "tunnel address"), (log("", "compute2.lab", ""), nil), ("OVSDB JSON 1 x\n", nil),
    ])
  func copiedDatabase(_ text: String, _ what: String?) throws {
    var tree = Clone.plain
    tree.write(Self.database, text)
    let told = try MachineIdentity().propose(for: Clone.situation(tree)).findings.map(\.text).filter {
      $0.hasPrefix(Self.database)
    }
    #expect(
      told == (what.map { ["\(Self.database) still holds the original's \($0); only ovsdb-server may write it"] } ?? [])
    )
  }

  @Test("two trees of one database are twins by its id") func twins() throws {
    var tree = Clone.plain
    tree.write(Self.database, Self.log("b", "compute", "192.168.20.20"))
    let thing = try #require(UniqueThings.table.first { $0.key == "openvswitch" })
    #expect(try thing.values(in: Template(tree: tree, platform: Lab.platform())).map(\.shown) == ["b"])
  }

  @Test("in kolla the database is asked in its container, and the system is called by its host name") func kolla()
    throws
  {
    var tree = Clone.plain
    tree.write("/var/lib/docker/volumes/openvswitch_db/_data/conf.db", Self.log("compute", "compute", "192.168.20.20"))
    let proposal = try MachineIdentity().propose(for: Clone.situation(tree))
    #expect(
      proposal.findings.contains {
        $0.advice?.contains("docker exec openvswitch_db ovs-vsctl set Open_vSwitch . external_ids:system-id=compute2 ")
          == true
      })
  }
}
