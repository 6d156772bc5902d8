import Documents
import Site
import Testing
import Tree

@testable import Fixups

@Suite("Whose disk a tree is")
struct ProvenanceTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var node = "compute2"
    var files: [String: String] = [:]
    var debian = false
    var isCopy = true
    var formerNames = ["compute"]
    var formerAddresses: [String: [String]] = ["management": ["192.168.10.20"], "tunnel": ["192.168.20.20"]]
  }

  static let script33 = "/etc/sysconfig/network-scripts/ifcfg-ens33"
  static let script34 = "/etc/sysconfig/network-scripts/ifcfg-ens34"

  static let cases = [
    Case(testDescription: "a copy of compute is a copy"),
    Case(testDescription: "a copy of compute on Debian is a copy", debian: true),
    Case(
      testDescription: "compute itself is its own", node: "compute", isCopy: false, formerNames: [],
      formerAddresses: [:]),
    Case(
      testDescription: "a second address beside its own makes no copy of a node", node: "compute",
      files: [
        script33: Lab.ifcfg(
          "ens33", "192.168.10.20", "9e7d7c0e-3ed9-4b0c-a2c9-0c8e1b7c0a33",
          "IPADDR1=192.168.10.120\nPREFIX1=24\n")
      ], isCopy: false, formerNames: [], formerAddresses: ["management": ["192.168.10.120"]]),
    Case(
      testDescription: "a copy whose name was mended by hand is still a copy",
      files: ["/etc/hostname": "compute2\n"]),
    Case(
      testDescription: "a copy whose name and addresses were mended by hand still has the original's keys",
      files: mended),
    Case(
      testDescription: "mended all over, it is its own",
      files: mended.merging(["/etc/ssh/ssh_host_ed25519_key.pub": "ssh-ed25519 AAAA root@compute2\n"]) { $1 },
      isCopy: false, formerNames: [], formerAddresses: [:]),
    Case(
      testDescription: "the stamp decides, whatever else the tree says",
      files: ["/var/lib/imprint/identity": "NODE=compute2\n"], isCopy: false),
    Case(
      testDescription: "another node's stamp makes it a copy of that node",
      files: mended.merging([
        "/var/lib/imprint/identity": "NODE=\"compute3\" # by imprint\n",
        "/etc/ssh/ssh_host_ed25519_key.pub": "",
      ]) { $1 }, formerNames: ["compute3"], formerAddresses: [:]),
    Case(
      testDescription: "a name without an address is a copy",
      files: [
        "/etc/hostname": "compute2\n", "/etc/ssh/ssh_host_ed25519_key.pub": "", script33: "", script34: "",
        "/etc/nova/nova.conf": "", "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": "",
      ],
      formerNames: [], formerAddresses: [:]),
    Case(
      testDescription: "a tree that calls itself localhost is a copy of nobody by name",
      files: ["/etc/hostname": "localhost.localdomain\n", "/etc/ssh/ssh_host_ed25519_key.pub": ""],
      formerNames: []),
    Case(
      testDescription: "full names count in both forms, and HOSTNAME= too",
      files: [
        "/etc/hostname": "golden.example.com\n", "/etc/sysconfig/network": "HOSTNAME=\"older.lan\"\n",
        "/etc/ssh/ssh_host_ed25519_key.pub": "",
      ],
      formerNames: ["golden.example.com", "golden", "older.lan", "older"]),
    Case(
      testDescription: "a controller's addresses are never the former ones of a compute node",
      files: [
        "/etc/nova/nova.conf": "[DEFAULT]\nmy_ip = 192.168.10.10\n"
      ]),
    Case(
      testDescription: "but they are where the tree was the controller",
      files: ["/etc/hostname": "controller\n", "/etc/ssh/ssh_host_ed25519_key.pub": ""],
      formerNames: ["controller"],
      formerAddresses: [
        "management": ["192.168.10.20", "192.168.10.10"], "tunnel": ["192.168.20.20", "192.168.20.10"],
      ]),
    Case(
      testDescription: "second addresses, odd quoting and carriage returns are read as meant",
      files: [
        script33: "DEVICE=ens33\r\nIPADDR0='192.168.10.20'\r\nIPADDR1=192.168.10.\"77\"\nIPADDR=192.168.10.2\"1\"\n"
      ], formerAddresses: ["management": ["192.168.10.20", "192.168.10.77"], "tunnel": ["192.168.20.20"]]),
  ]

  static let mended = [
    "/etc/hostname": "compute2\n",
    script33: Lab.ifcfg("ens33", "192.168.10.21", "u"), script34: Lab.ifcfg("ens34", "192.168.20.21", "u"),
    "/etc/nova/nova.conf": "[DEFAULT]\nmy_ip=192.168.10.21\n",
    "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": "[vxlan]\nlocal_ip=192.168.20.21\n",
  ]

  @Test(arguments: cases) func origin(_ row: Case) throws {
    let site = try Lab.site()
    let node = try #require(site.node(try NodeName(row.node)))
    let found = try Provenance.inspect(
      site: site, node: node, platform: try Lab.platform(debian: row.debian),
      tree: Lab.tree(debian: row.debian, row.files))
    #expect(found.isCopy == row.isCopy, "\(found.evidence)")
    #expect(found.formerNames == row.formerNames)
    let addresses = Dictionary(
      uniqueKeysWithValues: found.formerAddresses.map { ($0.key.description, $0.value.map(\.description)) })
    #expect(addresses == row.formerAddresses)
  }

  @Test("the stamp is the same bytes after a second apply") func stampIsStable() throws {
    let run = try Lab.settle(Lab.tree(), [HostnameFixup()])
    #expect(run.after["/var/lib/imprint/identity"]?.contains("NODE=compute2\nFORMER_NAMES=\"compute\"\n") == true)
    #expect(run.after.attributes("/var/lib/imprint/identity")?.mode == FileMode(0o600))
  }

  @Test("a new address for a stamped node makes its old one a former one") func readdressing() throws {
    var site = try Lab.site()
    site.nodes[2].addresses[.management] = [try IPAddress("192.168.10.22")]
    let files = ProvenanceTests.mended.merging(["/var/lib/imprint/identity": "NODE=compute2\n"]) { $1 }
    let found = try Provenance.inspect(
      site: site, node: site.nodes[2], platform: try Lab.platform(), tree: MemoryTree(files))
    #expect(found.origin == .own)
    #expect(found.formerNames == [])
    #expect(found.formerAddresses == [.management: [try IPAddress("192.168.10.21")]])
  }

  // MARK: the machine

  private static func stamped(_ machine: StampedMachine?, _ stamp: String) throws -> (run: Run, stamp: String) {
    let tree = Lab.tree(["/var/lib/imprint/identity": stamp])
    let run = try Run(
      tree, site: try Lab.site(), platform: try Lab.platform(), [StampFixup()], machine: machine)
    return (run, run.after["/var/lib/imprint/identity"] ?? "")
  }

  @Test("live, the stamp names the machine; a second time nothing changes") func machineInStamp() throws {
    let machine = StampedMachine(
      uuid: try SystemUUID("4c4c4544-0042-3510-8051-b4c04f4b3132"), serial: "VMware-56 4d",
      macs: [try MACAddress("00:0c:29:00:00:0b"), try MACAddress("00:0c:29:00:00:0a")])
    let (_, stamp) = try Self.stamped(machine, "NODE=compute2\n")
    #expect(
      stamp.hasSuffix(
        """
        NODE=compute2
        FORMER_NAMES="compute"
        FORMER_ADDRESSES="192.168.10.20 192.168.20.20"
        MACHINE_UUID=4c4c4544-0042-3510-8051-b4c04f4b3132
        MACHINE_SERIAL="VMware-56 4d"
        MACHINE_MACS="00:0c:29:00:00:0a 00:0c:29:00:00:0b"

        """))
    #expect(Stamp(ShellAssignments(Array(stamp.utf8)))?.machine == machine)
    let again = try Self.stamped(machine, stamp)
    #expect(again.stamp == stamp)
    #expect(!again.run.provenance.isCopy)
    let blind = try Self.stamped(StampedMachine(macs: machine.macs), stamp)
    #expect(blind.stamp == stamp, "who may not read the UUID takes nothing away")
    let outside = try Self.stamped(nil, stamp)
    #expect(outside.stamp == stamp, "from outside the node's own stamp stays")
  }

  @Test("on another machine the same node's disk is a copy, and the stamp becomes that machine's") func otherMachine()
    throws
  {
    let machine = StampedMachine(macs: [try MACAddress("00:0c:29:00:00:0c")])
    let (run, stamp) = try Self.stamped(machine, "NODE=compute2\nMACHINE_MACS=\"00:0c:29:00:00:0a\"\n")
    #expect(run.provenance.isCopy, "\(run.provenance.evidence)")
    #expect(stamp.contains("MACHINE_MACS=\"00:0c:29:00:00:0c\""))
    #expect(!stamp.contains("00:0c:29:00:00:0a"))
  }

  @Test("from outside, another node's stamp loses its machine") func outside() throws {
    let (run, stamp) = try Self.stamped(nil, "NODE=compute\nMACHINE_MACS=\"00:0c:29:00:00:0a\"\n")
    #expect(run.provenance.isCopy)
    #expect(!stamp.contains("MACHINE"))
  }

  @Test("a serial number that a shell would take for more than text is left out") func hostileSerial() throws {
    let machine = StampedMachine(serial: "x\"; rm -rf $HOME", macs: [try MACAddress("00:0c:29:00:00:0c")])
    let (_, stamp) = try Self.stamped(machine, "NODE=compute2\n")
    #expect(!stamp.contains("SERIAL"))
    #expect(stamp.contains("MACHINE_MACS"))
  }
}
