import Documents
import Site
import Testing
import Tree

@testable import Fixups

/// Spellings and places that readers take, and that hardly anybody uses.
@Suite("Less common words of readers")
struct LessCommonTests {
  private static let connections = BackendTests.connections
  private static let networkd = "/etc/systemd/network"

  private static func site(_ interface: String, mac: String? = nil) throws -> Site {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName(interface)
    if let mac { site.nodes[2].macs[.management] = try MACAddress(mac) }
    return site
  }

  // MARK: Names that udev makes of an address

  private static let name = "enx525400112233"

  static let trees: [(profile: String, files: [String: String])] = [
    (
      "debian12",
      [
        IfupdownTests.path:
          "auto \(name) ens34\niface \(name) inet static\n address 192.168.10.20/24\n gateway 192.168.10.2\n"
          + "iface ens34 inet static\n address 192.168.20.20/24\n"
      ]
    ),
    (
      "ubuntu2404",
      [
        "/etc/netplan/a.yaml":
          "network:\n  ethernets:\n    \(name): {addresses: [192.168.10.20/24]}\n    ens34: {addresses: [192.168.20.20/24]}\n"
      ]
    ),
  ]

  @Test("a name made of the original's address is refused, unless the card is this node's", arguments: trees)
  func named(_ row: (profile: String, files: [String: String])) throws {
    func run(mac: String? = nil, own: Bool = false, also files: [String: String] = [:]) throws -> Run {
      var site = try Self.site(Self.name, mac: mac)
      if own { site.nodes[2].interfaces[.management] = try InterfaceName(Self.name) }
      return try BackendTests.settle(row.files.merging(files) { $1 }, profile: row.profile, site: site)
    }
    let plain = #expect(throws: FixupError.self) { try run() }
    #expect(
      plain?.description.contains(
        "\(Self.name) is what udev calls the card 52:54:00:11:22:33 alone, which the original has")
        == true, "\(plain?.description ?? "")")
    let other = #expect(throws: FixupError.self) { try run(mac: "52:54:00:aa:bb:01") }
    #expect(
      other?.description.contains("interfaces = { management = \"enx525400aabb01\" } under [nodes.compute2]") == true)
    _ = try run(mac: "52:54:00:11:22:33")
    _ = try run(own: true)
    // Somebody gives that name to whatever card.
    _ = try run(also: ["\(Self.networkd)/10-x.link": "[Match]\nPath=pci-0000:02:01.0\n[Link]\nName=\(Self.name)\n"])
  }

  @Test("such a name below a bridge counts, and the original's own tree has it in peace")
  func below() throws {
    let files = [
      IfupdownTests.path:
        "auto br0 ens34\niface br0 inet static\n bridge_ports \(Self.name)\n address 192.168.10.20/24\n"
        + "iface ens34 inet static\n address 192.168.20.20/24\n"
    ]
    #expect(throws: FixupError.self) {
      try BackendTests.settle(files, profile: "debian12", site: Self.site("br0"))
    }
    let situation = try Clone.situation(
      MemoryTree(files), Clone.own, site: Self.site("br0"), platform: Platform.named("debian12"))
    _ = try InterfacesFixup().propose(for: situation)
  }

  @Test("a template that needs such a name is told so")
  func sealed() throws {
    var tree = Clone.plain
    let platform = try #require(Platform.named("debian12"))
    for (path, text) in Self.trees[0].files { tree.write(path, text) }
    #expect(
      try Sealing.propose(for: Template(tree: tree, platform: platform))
        .warns("\(Self.name), which this tree's interfaces need, is what udev calls the card 52:54:00:11:22:33 alone"))
  }

  // MARK: A MAC address of the original's

  static let bearers: [(profile: String, interface: String, path: String, text: String, said: String)] = [
    (
      "el9-rdo", "team0", "\(connections)/a.nmconnection",
      "[connection]\nid=a\ntype=team\ninterface-name=team0\n[team]\nconfig={\"runner\":{\"name\":\"lacp\"},\"hwaddr\":\"52:54:00:11:22:33\"}\n[ipv4]\naddress1=192.168.10.20/24\nmethod=manual\n",
      "\(connections)/a.nmconnection:6: config has the MAC address 52:54:00:11:22:33"
    ),
    (
      "el9-rdo", "bond0", "\(connections)/a.nmconnection",
      "[connection]\nid=a\ntype=bond\ninterface-name=bond0\n[bond]\nad_actor_system=52:54:00:11:22:33\nmode=802.3ad\n[ipv4]\naddress1=192.168.10.20/24\nmethod=manual\n",
      "\(connections)/a.nmconnection:6: ad_actor_system has the MAC address 52:54:00:11:22:33"
    ),
    (
      "opensuse15", "bond0", "\(WickedTests.directory)/ifcfg-bond0",
      "STARTMODE=auto\nBONDING_MASTER=yes\nBONDING_MODULE_OPTS='mode=4 ad_actor_system=52:54:00:11:22:33'\nIPADDR=192.168.10.20/24\n",
      "\(WickedTests.directory)/ifcfg-bond0:3: BONDING_MODULE_OPTS has the MAC address 52:54:00:11:22:33"
    ),
  ]

  @Test("the address of a team, and the one that LACP tells a switch, are told", arguments: bearers)
  func told(_ row: (profile: String, interface: String, path: String, text: String, said: String)) throws {
    let run = try BackendTests.settle([row.path: row.text], profile: row.profile, site: Self.site(row.interface))
    #expect(run.findings.contains { $0.text.hasPrefix(row.said) }, "\(run.findings)")
    let none = try BackendTests.settle(
      [row.path: row.text.replacing("52:54:00:11:22:33", with: "")], profile: row.profile,
      site: Self.site(row.interface))
    #expect(!none.findings.contains { $0.text.contains("MAC address") }, "\(none.findings)")
  }

  @Test("networkd: the one that LACP tells a switch is told")
  func toldOfNetdev() throws {
    let run = try BackendTests.settle(
      [
        "\(Self.networkd)/10-b.netdev":
          "[NetDev]\nName=bond0\nKind=bond\n[Bond]\nMode=802.3ad\nAdActorSystem=52:54:00:11:22:33\n",
        "\(Self.networkd)/10-b.network": "[Match]\nName=bond0\n[Network]\nAddress=192.168.10.20/24\n",
      ], profile: "debian12", site: Self.site("bond0"))
    #expect(
      run.findings.contains { $0.text.contains("10-b.netdev:6: AdActorSystem has the MAC address 52:54:00:11:22:33") })
  }

  @Test("keyfile: an address as the list of its bytes is one", arguments: ["82;84;0;17;34;51;", "52:54:00:11:22:33"])
  func bytes(_ text: String) throws {
    let path = "\(Self.connections)/a.nmconnection"
    func connection(_ card: String) -> String {
      "[connection]\nid=a\ntype=ethernet\ninterface-name=ens33\n[ethernet]\n\(card)mtu=1500\n[ipv4]\naddress1=192.168.10.20/24\nmethod=manual\n"
    }
    let run = try BackendTests.settle(
      [path: connection("mac-address=\(text)\ncloned-mac-address=\(text)\n")], profile: "el9-rdo")
    #expect(run.after[path]?.contains("[ethernet]\nmtu=1500\n") == true, "\(run.after[path] ?? "")")
  }

  @Test("keyfile: what Open vSwitch is told of an interface is no DHCP option")
  func externalIDs() throws {
    let text =
      "[connection]\nid=a\ntype=ovs-interface\ninterface-name=br-ex\n[ovs-interface]\ntype=internal\n"
      + "[ovs-external-ids]\ndata.hostname=compute\n[ipv4]\naddress1=192.168.10.20/24\nmethod=manual\n"
    let run = try BackendTests.settle(
      ["\(Self.connections)/a.nmconnection": text], profile: "el9-rdo", site: Self.site("br-ex"))
    #expect(!run.findings.contains { $0.text.contains("DHCP") }, "\(run.findings)")
  }
}
