import Engine
import Fixups
import Site
import Support
import Testing
import Tree

/// The default routes of a node's own tree, which `init` writes into the site as gateways: a plan of the node itself by that site leaves
/// the files of its interfaces alone.
@Suite("A site with a node's gateways")
struct InitializationGatewayTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var profile = "centos7-rdo"
    var files: [String: String]
    /// Those of the networks in their order, each apart by a blank.
    var gateways = ["192.168.10.2", ""]
    /// Which of the files a plan changes all the same, and what `init` says of that.
    var changed: [String] = []
    var remarks: [String] = []
  }

  static let scripts = "/etc/sysconfig/network-scripts"
  static let shared = "/etc/sysconfig/network"
  static let route = "\(scripts)/route-ens33"
  static let route6 = "\(scripts)/route6-ens33"
  static let connections = "/etc/NetworkManager/system-connections"
  static let wicked = "/etc/sysconfig/network"
  static let networkd = "/etc/systemd/network/10-ens33.network"

  /// ens33 and ens34, with what more the first says.
  static func ifcfg(_ more: String = "", tunnel: String = "", besides files: [String: String] = [:]) -> [String: String]
  {
    let usual = [
      "\(scripts)/ifcfg-ens33": "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\n\(more)",
      "\(scripts)/ifcfg-ens34": "DEVICE=ens34\nONBOOT=yes\nIPADDR=192.168.20.20\nPREFIX=24\n\(tunnel)",
    ]
    return usual.merging(files) { $1 }
  }

  static func ifcfg6(_ more: String = "", besides files: [String: String] = [:]) -> [String: String] {
    ifcfg("GATEWAY=192.168.10.2\nIPV6INIT=yes\nIPV6ADDR=fd00::20/64\n\(more)", besides: files)
  }

  static func connection(_ name: String, _ more: String) -> String {
    "[connection]\nid=\(name)\nuuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a\(name.suffix(2))\ntype=ethernet\ninterface-name=\(name)\n"
      + "[ipv4]\nmethod=manual\n\(more)"
  }

  static let both = ["192.168.10.2 fd00::1", ""]

  static let scriptCases = [
    Case(
      testDescription: "in lines of the file of routes, with a metric",
      files: ifcfg(besides: [route: "default via 192.168.10.2 dev ens33 metric 10\n"])),
    Case(
      testDescription: "in lines, as an address",
      files: ifcfg(besides: [route: "# x\n0.0.0.0/0 via 192.168.10.2\n10.0.0.0/8 via 192.168.10.1\n"])),
    Case(
      testDescription: "in numbers",
      files: ifcfg(besides: [route: "ADDRESS0=0.0.0.0\nNETMASK0=0.0.0.0\nGATEWAY0=192.168.10.2\n"])),
    Case(
      testDescription: "in lines of another table: none",
      files: ifcfg(besides: [route: "default via 192.168.10.2 table 7\n"]),
      gateways: ["", ""]),
    Case(
      testDescription: "DEFROUTE=no keeps nothing of the file of routes",
      files: ifcfg("DEFROUTE=no\nGATEWAY=192.168.10.9\n", besides: [route: "default via 192.168.10.2 dev ens33\n"])),
    Case(
      testDescription: "the one with the lowest metric counts, and another goes",
      files: ifcfg(besides: [route: "default via 192.168.10.3 metric 200\ndefault via 192.168.10.2 metric 100\n"]),
      changed: [route],
      remarks: [
        "gateway 192.168.10.3 of ens33 is left out: a site has one for a node, here 192.168.10.2, and an apply of this site takes the "
          + "default route through 192.168.10.3 away"
      ]),
    Case(
      testDescription: "a router in no subnet",
      files: ifcfg(besides: [route: "default via 10.9.9.1 dev ens33 onlink\n"]),
      gateways: ["", ""], changed: [route],
      remarks: [
        "gateway 10.9.9.1 of ens33 is left out: it is in no subnet of its addresses, and an apply of this site takes the default route "
          + "away; give the network a subnet with it first"
      ]),
    Case(
      testDescription: "IPv6, in lines", files: ifcfg6(besides: [route6: "default via fd00::1 dev ens33 metric 1\n"]),
      gateways: both),
    Case(
      testDescription: "IPv6, as an address", files: ifcfg6(besides: [route6: "::/0 via fd00::1\n"]), gateways: both),
    Case(
      testDescription: "IPv6, through the link",
      files: ifcfg6(besides: [route6: "0::/0 via fe80::1 dev ens33\n"]), gateways: ["192.168.10.2 fe80::1", ""]),
    Case(
      testDescription: "in the file for all", files: ifcfg(besides: [shared: "NETWORKING=yes\nGATEWAY=192.168.10.2\n"])),
    Case(
      testDescription: "in the file for all, of one interface",
      files: ifcfg(besides: [shared: "GATEWAY=192.168.10.2\nGATEWAYDEV=ens33\n"])),
    Case(
      testDescription: "in the file for all, in nobody's subnet, where it stays",
      files: ifcfg(besides: [shared: "GATEWAY=10.9.9.1\n"]), gateways: ["", ""]),
    Case(
      testDescription: "IPv6 in the file for all",
      files: ifcfg6(besides: [shared: "NETWORKING_IPV6=yes\nIPV6_DEFAULTGW=fd00::1\nIPV6_DEFAULTDEV=ens33\n"]),
      gateways: both),
    Case(
      testDescription: "IPv6 in the file for all, through the link",
      files: ifcfg6(besides: [shared: "IPV6_DEFAULTGW=fe80::1%ens33\n"]), gateways: ["192.168.10.2 fe80::1", ""]),
    Case(
      testDescription: "IPv6 in the file for all, of another interface",
      files: ifcfg6(besides: [shared: "IPV6_DEFAULTGW=fe80::1%ens35\n"])),
    Case(
      testDescription: "DEFROUTE=no",
      files: ifcfg("GATEWAY=192.168.10.2\n", tunnel: "GATEWAY=192.168.20.1\nDEFROUTE=no\n")),
    Case(
      testDescription: "DHCPV6C beside an address of its own",
      files: ifcfg6("IPV6_DEFAULTGW=fd00::1\nDHCPV6C=yes\n"), gateways: both, changed: ["\(scripts)/ifcfg-ens33"],
      remarks: [
        "\(scripts)/ifcfg-ens33:9: that ens33 asks DHCPv6 for an address beside its own is left out, and an apply of this site takes it "
          + "away"
      ]),
    Case(
      testDescription: "IPV6_DEFROUTE=no", files: ifcfg6("IPV6_DEFAULTGW=fd00::1\nIPV6_DEFROUTE=no\n")),
    Case(
      testDescription: "GATEWAYDEV of another interface",
      files: ifcfg(
        "GATEWAY=192.168.10.2\n", tunnel: "GATEWAY=192.168.20.1\n", besides: [shared: "GATEWAYDEV=ens33\n"])),
    Case(
      testDescription: "two interfaces", files: ifcfg("GATEWAY=192.168.10.2\n", tunnel: "GATEWAY=192.168.20.1\n"),
      gateways: ["192.168.10.2", "192.168.20.1"]),
  ]

  static let otherCases = [
    Case(
      testDescription: "ifupdown: name servers in one of the stanzas, or some in each", profile: "debian12",
      files: [
        "/etc/network/interfaces":
          "auto ens33 ens34\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n"
          + "iface ens33 inet6 static\n  address fd00::20/64\n  gateway fd00::1\n  dns-nameservers 192.168.10.3 192.168.10.2\n"
          + "iface ens34 inet static\n  address 192.168.20.20/24\n  dns-nameservers 192.168.20.2\n"
          + "iface ens34 inet6 static\n  address fd01::20/64\n  dns-nameservers fd01::2\n"
      ], gateways: both),
    Case(
      testDescription: "keyfiles: never-default, in either place", profile: "el9-rdo",
      files: [
        "\(connections)/ens33.nmconnection": connection(
          "ens33",
          "address1=192.168.10.20/24,192.168.10.2\n[ipv6]\nmethod=manual\naddress1=fd00::20/64\ngateway=fd00::1\nnever-default=yes\n"
        ),
        "\(connections)/ens34.nmconnection": connection(
          "ens34", "address1=192.168.20.20/24,192.168.20.1\nnever-default=true\n"),
      ]),
    Case(
      testDescription: "wicked: a route to everywhere in each spelling", profile: "opensuse15",
      files: [
        "\(wicked)/ifcfg-ens33":
          "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR='192.168.10.20/24'\nIPADDR_1='fd00::20/64'\n",
        "\(wicked)/ifcfg-ens34": "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR='192.168.20.20/24'\n",
        "\(wicked)/routes": "0.0.0.0/0 192.168.10.2 - -\n",
        "\(wicked)/ifroute-ens33": "::/0 fd00::1 - ens33 metric 5\n",
      ], gateways: both),
    Case(
      testDescription: "systemd-networkd: a section of its own with a metric, and one of another table",
      profile: "ubuntu2404",
      files: [
        "/etc/systemd/network/10-ens33.network":
          "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nAddress=fd00::20/64\n[Route]\nGateway=192.168.10.2\nMetric=50\n"
          + "[Route]\nDestination=0::/0\nGateway=fd00::1\n",
        "/etc/systemd/network/20-ens34.network":
          "[Match]\nName=ens34\n[Network]\nAddress=192.168.20.20/24\n[Route]\nGateway=192.168.20.1\nTable=7\n",
      ], gateways: both),
    Case(
      testDescription: "systemd-networkd: one through no router goes", profile: "debian12",
      files: [
        networkd:
          "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nDefaultRouteOnDevice=yes\n"
      ], gateways: [""], changed: [networkd],
      remarks: [
        "\(networkd):5: the default route of ens33 through no gateway is left out, and an apply of this site takes it away"
      ]),
    Case(
      testDescription: "netplan: routes to everywhere, one of another table", profile: "ubuntu2404",
      files: [
        "/etc/netplan/50-cloud-init.yaml":
          "network:\n  version: 2\n  ethernets:\n    ens33:\n      addresses: [192.168.10.20/24, fd00::20/64]\n      routes:\n"
          + "      - {to: 0.0.0.0/0, via: 192.168.10.2, metric: 100}\n      - {to: \"::/0\", via: \"fd00::1\"}\n"
          + "    ens34:\n      addresses: [192.168.20.20/24]\n      routes:\n      - {to: default, via: 192.168.20.1, table: 7}\n"
      ], gateways: both),
    Case(
      testDescription: "ifupdown: commands", profile: "debian12",
      files: [
        "/etc/network/interfaces":
          "auto lo ens33 ens34\niface lo inet loopback\niface ens33 inet static\n  address 192.168.10.20/24\n"
          + "  up ip route add 0.0.0.0/0 via 192.168.10.2 metric 100\n"
          + "iface ens33 inet6 static\n  address fd00::20/64\n  up ip -6 route add ::/0 via fd00::1 dev ens33\n"
          + "iface ens34 inet static\n  address 192.168.20.20/24\n  up ip route add default via 192.168.20.1 table 7\n"
      ], gateways: both),
  ]

  @Test(arguments: scriptCases + otherCases) func written(_ row: Case) throws {
    let scratch = try Scratch()
    let root = try scratch.compute(with: row.files)
    let made = try Initialization(root: root, profile: row.profile)
    #expect(made.site.networks.map { $0.gateways.map(\.description).joined(separator: " ") } == row.gateways)
    #expect(made.remarks.filter { $0.contains("gateway") || $0.contains("DHCPv6") } == row.remarks)
    let text = made.site.tomlText()
    let site = try Site.parse(Array(text.utf8), file: "site.toml", profiles: Platform.names)
    #expect(site == made.site, "\(text)")

    let file = try scratch.write(text, to: "site.toml")
    let plan = try Target(Request(root: root, site: file, node: "compute", profile: row.profile)).plan()
    let places = ["/etc/sysconfig/", "/etc/NetworkManager/", "/etc/systemd/network/", "/etc/netplan/", "/etc/network/"]
    let changes = plan.changes.filter { change in places.contains { change.path.description.hasPrefix($0) } }
    #expect(changes.map(\.path.description) == row.changed, "\(changes.map(\.reasons))")
    guard row.changed.isEmpty else { return }
    let claims = plan.claims.map(\.value).filter { $0.subject.hasPrefix("gateway of ") }
    #expect(claims.count > 1 && claims.allSatisfy(\.holds), "\(claims)")
  }
}
