import Site
import Support
import Testing
import Tree

@testable import Fixups

/// A MAC address of the original's that the node's own bridge or bond is given, in the words of each backend: the site's where it says one,
/// and none otherwise.
@Suite("The MAC address of the node's own bridge or bond")
struct SwitchedCardTests {
  private static let old = "52:54:00:1c:0f:20"
  private static let new = "52:54:00:1c:0f:77"
  private static let scripts = IfcfgTests.directory
  private static let port = "DEVICE=ens33\nTYPE=OVSPort\nDEVICETYPE=ovs\nOVS_BRIDGE=br-ex\nONBOOT=yes\n"
  private static let bridge =
    "DEVICE=br-ex\nTYPE=OVSBridge\nDEVICETYPE=ovs\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n"

  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let profile: String
    let path: String
    let text: String
    /// What the file has in it then, with the site's address and without.
    let wanted: String
    let free: String
    var more: [String: String] = [:]
    var interface = "br-ex"
  }

  static let rows = [
    Row(
      testDescription: "OVS_EXTRA with a substitution (README.RHEL of Open vSwitch)", profile: "centos7-rdo",
      path: "\(scripts)/ifcfg-br-ex",
      text: bridge
        + "OVS_EXTRA=\"set bridge $DEVICE other-config:hwaddr=\(old) -- set Interface $DEVICE external-ids:iface-id=$(hostname -s)-$DEVICE-vif\"\n",
      wanted:
        "OVS_EXTRA=\"set bridge $DEVICE other-config:hwaddr=\(new) -- set Interface $DEVICE external-ids:iface-id=$(hostname -s)-$DEVICE-vif\"\n",
      free: "OVS_EXTRA=\"set Interface $DEVICE external-ids:iface-id=$(hostname -s)-$DEVICE-vif\"\n",
      more: ["\(scripts)/ifcfg-ens33": port]),
    Row(
      testDescription: "OVS_EXTRA with nothing else but a setting with a substitution", profile: "centos7-rdo",
      path: "\(scripts)/ifcfg-br-ex",
      text: bridge + "OVS_EXTRA=\"set bridge $DEVICE other-config:hwaddr=\(old) external-ids:x=`uname -n`\"\n",
      wanted: "OVS_EXTRA=\"set bridge $DEVICE other-config:hwaddr=\(new) external-ids:x=`uname -n`\"\n",
      free: "OVS_EXTRA=\"set bridge $DEVICE external-ids:x=`uname -n`\"\n", more: ["\(scripts)/ifcfg-ens33": port]),
    Row(
      testDescription: "OVS_EXTRA with colons behind backslashes", profile: "centos7-rdo",
      path: "\(scripts)/ifcfg-br-ex",
      text: bridge
        + "OVS_EXTRA='set bridge br-ex fail_mode=secure other-config:hwaddr=52\\:54\\:00\\:1c\\:0f\\:20'\n",
      wanted: "OVS_EXTRA='set bridge br-ex fail_mode=secure other-config:hwaddr=52\\:54\\:00\\:1c\\:0f\\:77'\n",
      free: "OVS_EXTRA='set bridge br-ex fail_mode=secure'\n", more: ["\(scripts)/ifcfg-ens33": port]),
    Row(
      testDescription: "BRIDGE_MACADDR, NetworkManager's bridge.mac-address", profile: "el8-rdo",
      path: "\(scripts)/ifcfg-br0",
      text: "DEVICE=br0\nTYPE=Bridge\nONBOOT=yes\nBRIDGE_MACADDR=\(old)\nIPADDR=192.168.10.20\nPREFIX=24\n",
      wanted: "ONBOOT=yes\nIPADDR=", free: "ONBOOT=yes\nIPADDR=",
      more: ["\(scripts)/ifcfg-ens33": "DEVICE=ens33\nONBOOT=yes\nBRIDGE=br0\n"], interface: "br0"),
    Row(
      testDescription: "netplan", profile: "ubuntu2404", path: "/etc/netplan/1.yaml",
      text: """
        network:
          version: 2
          ethernets:
            ens33: {}
          bridges:
            br-ex:
              interfaces: [ens33]
              addresses: [192.168.10.20/24]
              openvswitch:
                fail-mode: standalone
                other-config:
                  hwaddr: "\(old)"

        """,
      wanted: "        other-config:\n          hwaddr: \"\(new)\"\n", free: "        fail-mode: standalone\n"),
    Row(
      testDescription: "ifupdown (README.Debian of openvswitch-switch)", profile: "debian12",
      path: IfupdownTests.path,
      text:
        "auto br-ex ens33\niface br-ex inet static\n  address 192.168.10.20/24\n  ovs_type OVSBridge\n  ovs_ports ens33\n"
        + "  ovs_extra set bridge ${IFACE} other-config:hwaddr=\(old) -- set bridge br-ex fail_mode=secure\n"
        + "iface ens33 inet manual\n  ovs_bridge br-ex\n  ovs_type OVSPort\n",
      wanted: "  ovs_extra set bridge ${IFACE} other-config:hwaddr=\(new) -- set bridge br-ex fail_mode=secure\n",
      free: "  ovs_extra set bridge br-ex fail_mode=secure\n"),
    Row(
      testDescription: "a file of networkd's for both ports of a bond", profile: "debian12",
      path: "/etc/systemd/network/p.network",
      text: "[Match]\nName=ens33 ens35\n[Network]\nBond=bond0\n[Link]\nMACAddress=\(old)\n", wanted: "[Link]\n",
      free: "[Link]\n",
      more: [
        "/etc/systemd/network/b.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
        "/etc/systemd/network/b.network": "[Match]\nName=bond0\n[Network]\nAddress=192.168.10.20/24\n",
      ], interface: "bond0"),
    Row(
      testDescription: "NetworkManager", profile: "el9-rdo", path: "\(BackendTests.connections)/b.nmconnection",
      text: keyfile("b", "ovs-bridge", "br-ex", nil)
        + "\n[ovs-other-config]\ndata.hwaddr=\(old)\ndata.mac-table-size=50000\n",
      wanted: "data.hwaddr=\(new)\ndata.mac-table-size=50000\n",
      free: "[ovs-other-config]\ndata.mac-table-size=50000\n",
      more: [
        "\(BackendTests.connections)/p.nmconnection": keyfile("p", "ovs-port", "br-ex", "b"),
        "\(BackendTests.connections)/i.nmconnection": keyfile("i", "ovs-interface", "br-ex", "p")
          + "[ipv4]\nmethod=manual\naddress1=192.168.10.20/24\n",
        card: keyfile("e", "ovs-port", "ens33", "b"),
        "\(BackendTests.connections)/f.nmconnection": keyfile("f", "ethernet", "ens33", "e"),
      ]),
  ]

  private static let card = "\(BackendTests.connections)/e.nmconnection"

  private static func keyfile(_ id: Character, _ type: String, _ interface: String, _ controller: Character?) -> String
  {
    func uuid(_ id: Character) -> String {
      "7e8b9f30-5d2a-4f9e-8d21-0f4f0d3e1a\(id == "i" || id == "p" ? "9" : "0")\(hex(id))"
    }
    func hex(_ id: Character) -> Character { id == "i" ? "1" : id == "p" ? "2" : id }
    let type = "[connection]\nid=\(id)\nuuid=\(uuid(id))\ntype=\(type)\ninterface-name=\(interface)\n"
    let kind = ["p": "ovs-bridge", "e": "ovs-bridge"][id] ?? "ovs-port"
    return type + (controller.map { "master=\(uuid($0))\nslave-type=\(kind)\n" } ?? "")
  }

  @Test(arguments: rows) func followed(_ row: Row) throws {
    for mac in [Self.new, nil] {
      let run = try BackendTests.settle(
        [row.path: row.text].merging(row.more) { $1 }, mac: mac, profile: row.profile,
        site: try PortTests.site(bridge: row.interface))
      let after = try #require(run.after[row.path])
      #expect(after.contains(mac == nil ? row.free : row.wanted), "\(after)")
      #expect(!after.contains(Self.old) && !after.contains("0f\\:20"), "\(after)")
      #expect(!run.findings.contains { $0.text.contains(Self.old) }, "\(run.findings)")
      // A switch's port is no card.
      if let port = run.after[Self.card] { #expect(!port.contains("mac-address"), "\(port)") }
    }
  }

  @Test(
    "one that cannot be written anew is told, and fails",
    arguments: [
      "if true; then OVS_EXTRA=\"set bridge br-ex other-config:hwaddr=\(old)\"; fi\n",
      "OVS_EXTRA=\"set bridge br-ex other-config:hwaddr=\(old)\"\n. /etc/sysconfig/common\n",
    ])
  func unknown(_ line: String) throws {
    let path = "\(Self.scripts)/ifcfg-br-ex"
    let (first, second) = try BackendTests.twice(
      [path: Self.bridge + line, "\(Self.scripts)/ifcfg-ens33": Self.port], mac: Self.new, profile: "centos7-rdo",
      site: try PortTests.site(bridge: "br-ex"))
    #expect(first.findings.contains { $0.text.hasPrefix("OVS_EXTRA in \(path) has \(Self.old) in it") })
    #expect(first.claims.contains { !$0.holds && $0.subject == "address of a bridge (\(path):8)" }, "\(first.claims)")
    #expect(second.claims.contains { !$0.holds && $0.subject == "what ties \(path) to a machine" })
  }

  @Test("one that a later assignment appends to is told, with its line") func appended() throws {
    let path = "\(Self.scripts)/ifcfg-br-ex"
    let more =
      "OVS_EXTRA=\"set bridge br-ex other-config:hwaddr=\(Self.old)\"\nOVS_EXTRA+=\" -- set Interface x external-ids:a=$(hostname)\"\n"
    let run = try BackendTests.settle(
      [path: Self.bridge + more, "\(Self.scripts)/ifcfg-ens33": Self.port], profile: "centos7-rdo",
      site: try PortTests.site(bridge: "br-ex"), failing: ["what ties \(path) to a machine"])
    #expect(
      run.findings.filter { $0.text.contains(Self.old) }.map(\.text).first?.hasPrefix("\(path):8 has \(Self.old)")
        == true)
  }

  @Test("a bond's options with a substitution follow the card, and are told where the site says none") func bond()
    throws
  {
    let path = "\(Self.scripts)/ifcfg-ens33"
    let text =
      "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nBONDING_OPTS=\"mode=4 ad_actor_system=\(Self.old) $(cat /x)\"\n"
    let run = try BackendTests.settle([path: text], mac: Self.new, profile: "centos7-rdo")
    #expect(run.after[path]?.contains("BONDING_OPTS=\"mode=4 ad_actor_system=\(Self.new) $(cat /x)\"\n") == true)
    let none = try BackendTests.settle(
      [path: text], profile: "centos7-rdo", failing: ["what ties \(path) to a machine"])
    #expect(none.after[path]?.contains(Self.old) == true)
    #expect(none.findings.contains { $0.text.hasPrefix("BONDING_OPTS in \(path) has \(Self.old) in it") })
  }
}
