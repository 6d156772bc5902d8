import Site
import Support
import Testing
import Tree

@testable import Fixups

/// What an interface stands on: a card below a VLAN, a bond below that. Their files have no address, and a card of the original's in
/// one keeps all above it down.
@Suite("Cards below VLANs, bonds and bridges")
struct UnderlayTests {
  private static func site(_ management: String, _ tunnel: String, mac: [String: String] = [:]) throws -> Site {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName(management)
    site.networks[1].interface = try InterfaceName(tunnel)
    if let text = mac["management"] { site.nodes[2].macs[.management] = try MACAddress(text) }
    if let text = mac["tunnel"] { site.nodes[2].macs[.tunnel] = try MACAddress(text) }
    return site
  }

  static let keyfiles = [
    "\(BackendTests.connections)/card": """
    [connection]
    id=card
    uuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a01
    type=ethernet
    interface-name=ens33
    [ethernet]
    mac-address=52:54:00:00:00:01

    """,
    "\(BackendTests.connections)/management": """
    [connection]
    id=m
    type=vlan
    interface-name=ens33.10
    [vlan]
    id=10
    parent=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a01
    [ipv4]
    address1=192.168.10.20/24,192.168.10.2
    method=manual

    """,
    "\(BackendTests.connections)/tunnel": """
    [connection]
    id=t
    type=vlan
    interface-name=ens33.20
    [vlan]
    id=20
    parent=ens33
    [ipv4]
    address1=192.168.20.20/24
    method=manual

    """,
  ]

  @Test("in a copy the card below two VLANs loses the original's address, once")
  func vlans() throws {
    let run = try BackendTests.settle(Self.keyfiles, profile: "el10-rdo", site: Self.site("ens33.10", "ens33.20"))
    #expect(run.after["\(BackendTests.connections)/card"]?.contains("mac-address") == false)
    #expect(run.after["\(BackendTests.connections)/management"]?.contains("192.168.10.21/24,192.168.10.2") == true)
  }

  @Test("the card that the site says of a VLAN's network is its parent's", arguments: ["management", "tunnel"])
  func card(_ network: String) throws {
    let run = try BackendTests.settle(
      Self.keyfiles, profile: "el10-rdo", site: Self.site("ens33.10", "ens33.20", mac: [network: "52:54:00:00:00:02"]))
    #expect(run.after["\(BackendTests.connections)/card"]?.contains("mac-address=52:54:00:00:00:02\n") == true)
    #expect(run.after["\(BackendTests.connections)/management"]?.contains("mac-address") == false)
  }

  @Test("a card that has the node's address itself, and a VLAN on it, is told its card once")
  func both() throws {
    var files = Self.keyfiles
    files["\(BackendTests.connections)/management"] = nil
    files["\(BackendTests.connections)/card"]? += "[ipv4]\naddress1=192.168.10.20/24\nmethod=manual\n"
    let run = try BackendTests.settle(
      files, profile: "el10-rdo", site: Self.site("ens33", "ens33.20", mac: ["tunnel": "52:54:00:00:00:02"]))
    #expect(run.after["\(BackendTests.connections)/card"]?.contains("mac-address=52:54:00:00:00:02\n") == true)
  }

  @Test("ifcfg: the card below a bond below a VLAN comes up on another card, and the bond with an address of its own")
  func ifcfg() throws {
    let directory = IfcfgTests.directory
    let run = try Lab.settle(
      Lab.tree([
        "\(directory)/ifcfg-ens33": "DEVICE=ens33\nHWADDR=00:0c:29:11:22:33\nMASTER=bond0\nSLAVE=yes\n",
        "\(directory)/ifcfg-ens34": "DEVICE=ens34\nHWADDR=00:0c:29:11:22:34\nMASTER=bond0\nSLAVE=yes\n",
        "\(directory)/ifcfg-bond0": "DEVICE=bond0\nMACADDR=00:0c:29:11:22:33\nBOOTPROTO=none\n",
        "\(directory)/ifcfg-bond0.10": "DEVICE=bond0.10\nVLAN=yes\nIPADDR=192.168.10.20\nPREFIX=24\n",
        "\(directory)/ifcfg-bond0.20": "DEVICE=bond0.20\nVLAN=yes\nIPADDR=192.168.20.20\nPREFIX=24\n",
      ]), site: Self.site("bond0.10", "bond0.20"), [InterfacesFixup()])
    for name in ["ens33", "ens34", "bond0"] {
      let text = try #require(run.after["\(directory)/ifcfg-\(name)"])
      #expect(!text.contains("ADDR=00:0c"), "\(name): \(text)")
    }
    #expect(run.after["\(directory)/ifcfg-bond0.10"]?.contains("IPADDR=192.168.10.21\n") == true)
  }

  @Test("systemd-networkd: the card below a VLAN is matched by its name, and a bridge has no address of the original's")
  func networkd() throws {
    let (card, bridge) = ("/etc/systemd/network/1.network", "/etc/systemd/network/2.netdev")
    let run = try BackendTests.settle(
      [
        card: "[Match]\nPermanentMACAddress=52:54:00:00:00:01\nName=ens33\n[Network]\nVLAN=ens33.20\nBridge=br0\n",
        bridge: "[NetDev]\nName=br0\nKind=bridge\nMACAddress=52:54:00:00:00:01\n",
        "/etc/systemd/network/2.network":
          "[Match]\nName=br0\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n",
        "/etc/systemd/network/3.netdev": "[NetDev]\nName=ens33.20\nKind=vlan\n[VLAN]\nId=20\n",
        "/etc/systemd/network/3.network": "[Match]\nName=ens33.20\n[Network]\nAddress=192.168.20.20/24\n",
      ], profile: "debian12", site: Self.site("br0", "ens33.20"))
    #expect(run.after[card] == "[Match]\nName=ens33\n[Network]\nVLAN=ens33.20\nBridge=br0\n")
    #expect(run.after[bridge] == "[NetDev]\nName=br0\nKind=bridge\n")
  }

  @Test("ifupdown: a port keeps no address of the original's card")
  func ifupdown() throws {
    let text = """
      auto ens33.10
      iface ens33.10 inet static
        address 192.168.10.20/24
        gateway 192.168.10.2
      iface ens33 inet manual
        hwaddress ether 00:0c:29:11:22:33
        mtu 9000

      """
    let run = try Lab.settle(
      Lab.tree(debian: true, [IfupdownTests.path: text]), site: Self.site("ens33.10", "ens34"), debian: true,
      [InterfacesFixup()])
    #expect(run.after[IfupdownTests.path]?.contains("iface ens33 inet manual\n  mtu 9000\n") == true)
  }

  /// As nm-openvswitch(7) and nmstate write a bridge with its own interface and a card.
  static let switched: [String: String] = {
    func connection(_ name: String, _ number: Int, _ type: String, _ more: String) -> (String, String) {
      (
        "\(BackendTests.connections)/\(number)",
        "[connection]\nid=\(number)\nuuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a0\(number)\ntype=\(type)\ninterface-name=\(name)\n\(more)\n"
      )
    }
    let uuid = "6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a0"
    return Dictionary(uniqueKeysWithValues: [
      connection("br-ex", 1, "ovs-bridge", "[ovs-bridge]"),
      connection("port-if", 2, "ovs-port", "master=\(uuid)1\nslave-type=ovs-bridge"),
      connection(
        "br-ex", 3, "ovs-interface",
        "master=\(uuid)2\nslave-type=ovs-port\n[ipv4]\naddress1=192.168.10.20/24\nmethod=manual"),
      connection("port-card", 4, "ovs-port", "master=br-ex\nslave-type=ovs-bridge"),
      connection(
        "ens33", 5, "ethernet", "master=port-card\nslave-type=ovs-port\n[ethernet]\nmac-address=52:54:00:00:00:01"),
    ])
  }()

  @Test("a card behind a port of Open vSwitch is the card of the switch's own interface, and has no address itself")
  func openVSwitch() throws {
    let run = try BackendTests.settle(
      Self.switched, profile: "el9-rdo", site: Self.site("br-ex", "ens34", mac: ["management": "52:54:00:00:00:02"]))
    #expect(run.after["\(BackendTests.connections)/5"]?.contains("mac-address=52:54:00:00:00:02\n") == true)
    #expect(run.after["\(BackendTests.connections)/3"]?.contains("192.168.10.21/24") == true)
    #expect {
      _ = try BackendTests.settle(Self.switched, profile: "el9-rdo", site: Self.site("ens33", "ens34"))
    } throws: { "\($0)".contains("ens33 is a port of br-ex") }
  }

  @Test("interfaces that stand on each other end the search")
  func circle() throws {
    let files = Self.keyfiles.mapValues { $0.split(separator: "parent=ens33").joined(separator: "parent=ens33.10") }
    let run = try BackendTests.settle(
      files.merging([
        "\(BackendTests.connections)/x":
          "[connection]\nid=x\ntype=bridge\ninterface-name=a\nmaster=b\nslave-type=bridge\n",
        "\(BackendTests.connections)/y":
          "[connection]\nid=y\ntype=bridge\ninterface-name=b\nmaster=a\nslave-type=bridge\n",
      ]) { $1 }, profile: "el10-rdo", site: Self.site("ens33.10", "ens33.20"))
    #expect(run.after["\(BackendTests.connections)/card"]?.contains("mac-address") == false)
  }
}
