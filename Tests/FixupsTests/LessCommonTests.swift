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
    let run = try BackendTests.settle(
      [row.path: row.text], profile: row.profile, site: Self.site(row.interface),
      failing: ["what ties \(row.path) to a machine"])
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
      ], profile: "debian12", site: Self.site("bond0"),
      failing: ["what ties \(Self.networkd)/10-b.netdev to a machine"])
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

  // MARK: Routes

  private static let card = "DEVICE=ens33\nBOOTPROTO=none\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n"
  private static let shared = "/etc/sysconfig/network"

  @Test(
    "ifcfg: what keeps the gateway from becoming the default route is overruled, wherever it stands",
    arguments: [("DEFROUTE=no\n", ""), ("", "DEFROUTE=${DEFROUTE:-no}\n"), ("DEFROUTE=no\n", "DEFROUTE=yes\n")])
  func obstacle(_ global: String, _ own: String) throws {
    let run = try BackendTests.settle(
      [Self.shared: global, IfcfgTests.path: Self.card + own], profile: "centos7-rdo")
    let new = Self.card.replacing("10.20", with: "10.21") + "DEFROUTE=yes\n"
    #expect(run.after[IfcfgTests.path] == new && run.after[Self.shared] == global)
    let seen = try Run(
      MemoryTree(BackendTests.bare.merging([Self.shared: global, IfcfgTests.path: Self.card + own]) { $1 }),
      site: try Lab.site(), platform: try #require(Platform.named("centos7-rdo")), [InterfacesFixup()])
    #expect(
      seen.claims.contains { $0.subject == "gateway of ens33" && $0.seen.contains(" with DEFROUTE=") }
        == (own != "DEFROUTE=yes\n"))
  }

  @Test(
    "ifcfg: a default route in static-routes that the site does not know is told, and fails verify",
    arguments: [
      ("any net 0.0.0.0 netmask 0.0.0.0 gw 192.168.20.1", true), ("any net 0.0.0.0/0 gw 192.168.20.1", true),
      ("any net default gw 192.168.20.1", true), ("any net default gw 172.16.0.1", false),
      ("any net 0.0.0.0 netmask 0.0.0.0 gw 192.168.10.2", false),
      ("any net 10.0.0.0 netmask 255.0.0.0 gw 192.168.10.9", false), ("any host 10.1.1.1 gw 192.168.20.1", false),
      ("# any net default gw 192.168.20.1", false),
    ])
  func staticRoutes(_ line: String, _ isTold: Bool) throws {
    let run = try BackendTests.settle(
      [
        IfcfgTests.path: Self.card, "/etc/sysconfig/static-routes": "\n\(line)\n",
        "/etc/rc.d/init.d/network": "#!/bin/sh\n",
      ],
      profile: "centos7-rdo", failing: ["default route (/etc/sysconfig/static-routes:2)"])
    #expect(
      run.findings.contains { $0.text.contains("static-routes:2 adds a default route through 192.168.20.1") } == isTold)
    #expect(run.claims.contains { $0.subject.contains("static-routes:2") && !$0.holds } == isTold)
  }

  @Test("networkd: a default route through no router goes", arguments: ["ens33", "ens34"])
  func onDevice(_ name: String) throws {
    func file(_ interface: String, _ rest: String) -> String {
      "[Match]\nName=\(interface)\n[Network]\n\(rest)" + (interface == name ? "DefaultRouteOnDevice=yes\n" : "")
    }
    let paths = ["ens33", "ens34"].map { "\(Self.networkd)/\($0).network" }
    let run = try BackendTests.settle(
      [
        paths[0]: file("ens33", "Address=192.168.10.20/24\nGateway=192.168.10.2\n"),
        paths[1]: file("ens34", "Address=192.168.20.20/24\n"),
      ], profile: "debian12")
    for path in paths { #expect(run.after[path]?.contains("DefaultRouteOnDevice") == false) }
  }

  @Test("netplan: a further address of the original's in the passthrough goes")
  func passthrough() throws {
    let path = "/etc/netplan/90-NM.yaml"
    let extra = "              ipv4.address2: \"192.168.10.55/24\"\n"
    let text = CopiedIdentityTests.passed.replacing(
      "              ipv4.method", with: extra + "              ipv4.method"
    )
    .replacing("              ipv4.address1: \"192.168.10.20/24,192.168.10.2\"\n", with: "")
    let run = try BackendTests.settle([path: text], profile: "ubuntu2404")
    #expect(run.after[path]?.contains("192.168.10.55") == false && run.after[path]?.contains("address2") == false)
    let both = CopiedIdentityTests.passed.replacing(
      "              ipv4.method", with: extra + "              ipv4.method")
    let after = try BackendTests.settle([path: both], profile: "ubuntu2404").after[path] ?? ""
    #expect(
      after.contains("ipv4.address1: \"192.168.10.21/24,192.168.10.2\"") && !after.contains("address2"), "\(after)")
  }

  @Test("wicked: the file that sends a route is named")
  func sharedRoute() throws {
    let run = try WickedTests.settle([
      WickedTests.path: "STARTMODE=auto\nIPADDR='192.168.10.20/24'\nIPADDR_6='2001:db8::20/64'\n",
      "\(WickedTests.directory)/ifcfg-ens34": "STARTMODE=auto\nIPADDR='192.168.20.20/24'\n",
      "\(WickedTests.directory)/routes": "default 192.168.10.2 - -\n2001:db8:1::/48 2001:db8::1 - -\n",
    ])
    let said = run.findings.map(\.text).filter { $0.contains("sends") }
    #expect(said.allSatisfy { $0.hasPrefix("\(WickedTests.directory)/routes:2 sends") } && !said.isEmpty, "\(said)")
  }
}
