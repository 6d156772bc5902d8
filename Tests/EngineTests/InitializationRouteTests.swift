import Engine
import Fixups
import Site
import Support
import Testing
import Tree

/// The routes of a node's own tree, which `init` writes into the site: the same by every backend, and a plan by that site
/// leaves them alone.
@Suite("A site with a node's routes")
struct InitializationRouteTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var profile: String
    var files: [String: String]
    var routes = InitializationRouteTests.routes
  }

  static let routes = ["10.0.0.0/8 via 192.168.10.1 metric 100", "172.16.0.0/12 via 192.168.10.3"]
  static let scripts = "/etc/sysconfig/network-scripts"
  static let connections = "/etc/NetworkManager/system-connections"
  static let ens33 = "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n"

  static let cases = [
    Case(
      testDescription: "ifcfg, in lines, with others' among them", profile: "centos7-rdo",
      files: [
        "\(scripts)/ifcfg-ens33": ens33,
        "\(scripts)/route-ens33":
          "# ours\n10.0.0.0/8 via 192.168.10.1 dev ens33 metric 100\n172.16.0.0/12 via 192.168.10.3\n"
          + "10.9.0.0/16 via 192.168.10.1 table 7\nblackhole 10.8.0.0/16\n",
      ]),
    Case(
      testDescription: "ifcfg, in numbers", profile: "centos7-rdo",
      files: [
        "\(scripts)/ifcfg-ens33": ens33,
        "\(scripts)/route-ens33":
          "ADDRESS0=10.0.0.0\nNETMASK0=255.0.0.0\nGATEWAY0=192.168.10.1\nADDRESS1=172.16.0.0\nNETMASK1=255.240.0.0\nGATEWAY1=192.168.10.3\n",
      ], routes: ["10.0.0.0/8 via 192.168.10.1", "172.16.0.0/12 via 192.168.10.3"]),
    Case(
      testDescription: "ifcfg, IPv6", profile: "centos7-rdo",
      files: [
        "\(scripts)/ifcfg-ens33": ens33 + "IPV6INIT=yes\nIPV6ADDR=fd00::20/64\n",
        "\(scripts)/route6-ens33": "2001:db8:1::/48 via fe80::9 dev ens33\n2001:db8:2::/48 via fd00::1 metric 7\n",
      ], routes: ["2001:db8:1::/48 via fe80::9", "2001:db8:2::/48 via fd00::1 metric 7"]),
    Case(
      testDescription: "ifupdown", profile: "debian12",
      files: [
        "/etc/network/interfaces":
          "auto lo ens33\niface lo inet loopback\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n"
          + "  up ip route add 10.0.0.0/8 via 192.168.10.1 metric 100 || true\n  down ip route del 10.0.0.0/8 via 192.168.10.1\n"
          + "  post-up route add -net 172.16.0.0 netmask 255.240.0.0 gw 192.168.10.3 dev $IFACE\n  up echo hello\n"
      ]),
    Case(
      testDescription: "NetworkManager", profile: "el9-rdo",
      files: [
        "\(connections)/ens33.nmconnection":
          "[connection]\nid=ens33\nuuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a33\ntype=ethernet\ninterface-name=ens33\n"
          + "[ipv4]\naddress1=192.168.10.20/24,192.168.10.2\nmethod=manual\nroute1=10.0.0.0/8,192.168.10.1,100\n"
          + "route2=172.16.0.0/12,192.168.10.3\nroute3=10.9.0.0/16,192.168.10.1\nroute3_options=table=7\n"
      ]),
    Case(
      testDescription: "netplan", profile: "ubuntu2404",
      files: [
        "/etc/netplan/50-cloud-init.yaml":
          "network:\n  version: 2\n  ethernets:\n    ens33:\n      addresses: [192.168.10.20/24]\n      routes:\n"
          + "      - {to: default, via: 192.168.10.2}\n      - {to: 10.0.0.0/8, via: 192.168.10.1, metric: 100}\n"
          + "      - {to: 172.16.0.0/12, via: 192.168.10.3}\n      - {to: 10.9.0.0/16, via: 192.168.10.1, table: 7}\n"
      ]),
    Case(
      testDescription: "systemd-networkd", profile: "ubuntu2404",
      files: [
        "/etc/systemd/network/10-ens33.network":
          "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n[Route]\nDestination=10.0.0.0/8\n"
          + "Gateway=192.168.10.1\nMetric=100\n[Route]\nDestination=172.16.0.0/12\nGateway=192.168.10.3\n"
          + "[Route]\nDestination=10.9.0.0/16\nGateway=192.168.10.1\nTable=7\n"
      ]),
  ]

  @Test(arguments: cases) func written(_ row: Case) throws {
    let scratch = try Scratch()
    let root = try scratch.compute(with: row.files)
    let made = try Initialization(root: root, profile: row.profile)
    #expect(made.site.networks.map { $0.routes?.map(\.description) } == [row.routes], "\(made.remarks)")
    let text = made.site.tomlText()
    let site = try Site.parse(Array(text.utf8), file: "site.toml", profiles: Platform.names)
    #expect(site == made.site, "\(text)")

    let file = try scratch.write(text, to: "site.toml")
    let plan = try Target(Request(root: root, site: file, node: "compute", profile: row.profile)).plan()
    let claims = plan.claims.map(\.value).filter { $0.subject == "routes of ens33" }
    #expect(claims.count == 1 && claims.allSatisfy(\.holds), "\(claims)")
    #expect(plan.changes.filter { row.files.keys.contains($0.path.description) }.map(\.path) == [])
  }

  @Test(
    "an address of a link alone is none of the site's, and one that is to be picked is not spoken of",
    arguments: [
      ("169.254.7.1/16", "169.254.7.1 of ens35"), ("fe80::7/64", "fe80::7 of ens35"), ("0.0.0.0/28", nil),
    ])
  func linkLocal(_ address: String, _ place: String?) throws {
    let scratch = try Scratch()
    let networkd = "/etc/systemd/network"
    let root = try scratch.compute(
      with: [
        "\(networkd)/10.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n",
        "\(networkd)/20.network": "[Match]\nName=ens35\n[Network]\nAddress=\(address)\n",
        "/usr/lib/systemd/network/80-container-ve.network":
          "[Match]\nName=ve-*\nDriver=veth\n[Network]\nAddress=0.0.0.0/28\n",
      ])
    let made = try Initialization(root: root, profile: "debian12")
    #expect(made.site.networks.map { $0.interface?.description } == ["ens33"])
    #expect(
      made.remarks.filter { $0.contains("left out") }
        == (place.map { ["\($0) is left out: it counts on its link alone, and stays as it is"] } ?? []))
  }

  @Test(
    "where one of them can be said in no site none is written, and all stay",
    arguments: [
      ("10.0.0.0/8 via 192.168.77.1", "10.0.0.0/8 goes by 192.168.77.1, which is no router on its network"),
      ("10.0.0.0/8 via 192.168.10.255", "10.0.0.0/8 goes by 192.168.10.255, which is no router on its network"),
      ("10.0.0.0/8 via 192.168.10.20", "10.0.0.0/8 goes by 192.168.10.20, which is no router on its network"),
      ("192.168.10.0/24 via 192.168.10.1", "192.168.10.0/24 is the network itself"),
      ("172.16.0.0/12 via 192.168.10.1", "172.16.0.0/12 is reached in two ways that nothing tells apart"),
    ]) func leftOut(_ line: String, _ reason: String) throws
  {
    let scratch = try Scratch()
    let route = "\(Self.scripts)/route-ens33"
    let files = ["\(Self.scripts)/ifcfg-ens33": Self.ens33, route: "172.16.0.0/12 via 192.168.10.3\n\(line)\n"]
    let root = try scratch.compute(with: files)
    let made = try Initialization(root: root, profile: "centos7-rdo")
    #expect(made.site.networks.map(\.routes) == [nil])
    #expect(
      made.remarks.contains("the routes of ens33 are left out, and stay as they are: \(reason)"), "\(made.remarks)")
    let text = made.site.tomlText()
    #expect(try Site.parse(Array(text.utf8), file: "site.toml", profiles: Platform.names) == made.site)
    let file = try scratch.write(text, to: "site.toml")
    let plan = try Target(Request(root: root, site: file, node: "compute", profile: "centos7-rdo")).plan()
    #expect(!plan.changes.contains { $0.path.description == route })
  }
}
