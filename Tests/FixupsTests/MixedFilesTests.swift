import Site
import Testing
import Tree

@testable import Fixups

/// A bond, a bridge or a VLAN in one kind of NetworkManager's files, and what it stands on in the other, which the file names by UUID.
@Suite("Ports and cards in NetworkManager's other kind of file")
struct MixedFilesTests {
  private static let old = "52:54:00:00:00:01"
  private static let uuid = "11111111-2222-4333-8444-555555555501"
  private static let keyfiles = BackendTests.connections
  private static let scripts = IfcfgTests.directory
  private static let addressed = "IPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n"
  private static let ipv4 = "[ipv4]\nmethod=manual\naddress1=192.168.10.20/24,192.168.10.2\n"

  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let interface: String
    /// The file with the address, and the one that knows the card.
    let upper: (path: String, text: String)
    let lower: (path: String, text: String)
    var more: [String: String] = [:]
    var profile = "el8-rdo"
  }

  static let rows = [
    Row(
      testDescription: "a bond in an ifcfg file, its port in a keyfile", interface: "bond0",
      upper: (
        "\(scripts)/ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nUUID=\(uuid.uppercased())\n\(addressed)"
      ),
      lower: (
        "\(keyfiles)/p.nmconnection",
        "[connection]\nid=p\ntype=ethernet\ninterface-name=ens33\nmaster=\(uuid)\nslave-type=bond\n[ethernet]\nmac-address=\(old)\n"
      )),
    Row(
      testDescription: "a bridge in a keyfile, its port in an ifcfg file", interface: "br0",
      upper: (
        "\(keyfiles)/b.nmconnection", "[connection]\nid=b\nuuid=\(uuid)\ntype=bridge\ninterface-name=br0\n\(ipv4)"
      ),
      lower: ("\(scripts)/ifcfg-ens33", "DEVICE=ens33\nONBOOT=yes\nBRIDGE_UUID=\(uuid)\nHWADDR=\(old)\n")),
    Row(
      testDescription: "a VLAN in a keyfile, its card in an ifcfg file", interface: "mgmt",
      upper: (
        "\(keyfiles)/v.nmconnection",
        "[connection]\nid=v\ntype=vlan\ninterface-name=mgmt\n[vlan]\nid=20\nparent=\(uuid)\n\(ipv4)"
      ),
      lower: ("\(scripts)/ifcfg-ens33", "DEVICE=ens33\nONBOOT=yes\nUUID=\(uuid)\nHWADDR=\(old)\n")),
    Row(
      testDescription: "a VLAN in an ifcfg file, its card in a keyfile", interface: "mgmt",
      upper: ("\(scripts)/ifcfg-mgmt", "DEVICE=mgmt\nVLAN=yes\nVLAN_ID=20\nPHYSDEV=\(uuid)\n\(addressed)"),
      lower: (
        "\(keyfiles)/c.nmconnection",
        "[connection]\nid=c\nuuid=\(uuid)\ntype=ethernet\ninterface-name=ens33\n[ethernet]\nmac-address=\(old)\n"
      )),
    Row(
      testDescription: "a card behind Open vSwitch's port (nms-ifcfg-rh-reader.c, `OVS_PORT_UUID`)", interface: "br-ex",
      upper: (
        "\(keyfiles)/i.nmconnection",
        "[connection]\nid=i\ntype=ovs-interface\ninterface-name=br-ex\nmaster=br-ex-port\nslave-type=ovs-port\n\(ipv4)"
      ), lower: ("\(scripts)/ifcfg-ens33", "DEVICE=ens33\nONBOOT=yes\nOVS_PORT_UUID=\(uuid)\nHWADDR=\(old)\n"),
      more: [
        "\(keyfiles)/b.nmconnection": "[connection]\nid=b\ntype=ovs-bridge\ninterface-name=br-ex\n",
        "\(keyfiles)/q.nmconnection":
          "[connection]\nid=q\ntype=ovs-port\ninterface-name=br-ex-port\nmaster=br-ex\nslave-type=ovs-bridge\n",
        "\(keyfiles)/e.nmconnection":
          "[connection]\nid=e\nuuid=\(uuid)\ntype=ovs-port\ninterface-name=ens33-port\nmaster=br-ex\nslave-type=ovs-bridge\n",
      ]),
  ]

  @Test("the card's address is the site's, and without one the line goes", arguments: rows) func follows(_ row: Row)
    throws
  {
    var files = row.more
    for file in [row.upper, row.lower] { files[file.path] = file.text }
    let modes = Dictionary(uniqueKeysWithValues: files.keys.filter { $0.hasPrefix(Self.keyfiles) }.map { ($0, 0o600) })
    for mac in ["52:54:00:00:00:02", nil] {
      let run = try BackendTests.settle(
        files, mac: mac, profile: row.profile, modes: modes.mapValues { UInt32($0) },
        site: CardTieTests.site(row.interface))
      let text = try #require(run.after[row.lower.path])
      #expect(!text.contains(Self.old), "\(text)")
      #expect(text.contains("52:54:") == (mac != nil), "\(text)")
      #expect(run.after[row.upper.path]?.contains("192.168.10.21") == true)
      #expect(!run.findings.contains { $0.text.contains(Self.old) }, "\(run.findings)")
    }
  }

  @Test("a port that knows its card alone is refused, with its line") func unnamed() throws {
    let row = Self.rows[0]
    let error = try #require(throws: FixupError.self) {
      try BackendTests.settle(
        [
          row.upper.path: row.upper.text,
          row.lower.path: row.lower.text.replacing("interface-name=ens33\n", with: ""),
        ], profile: row.profile, modes: [row.lower.path: 0o600], site: CardTieTests.site("bond0"))
    }
    #expect(error.description.hasPrefix("\(row.lower.path):7: its card is known by"), "\(error)")
  }
}
