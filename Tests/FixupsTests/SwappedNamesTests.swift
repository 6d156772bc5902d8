import Site
import Testing
import Tree

@testable import Fixups

/// A clone on which the two interfaces have each other's names: what was one's file becomes the other's.
@Suite("Interfaces that change places")
struct SwappedNamesTests {
  static func site() throws -> Site {
    var site = try Lab.site()
    site.nodes[2].interfaces = [
      .management: try InterfaceName("ens34"), .tunnel: try InterfaceName("ens33"),
    ]
    return site
  }

  static let wicked = [
    WickedTests.path: "IPADDR='192.168.10.20/24'\n",
    "\(WickedTests.directory)/ifcfg-ens34": "IPADDR='192.168.20.20/24'\n",
  ]
  static let rows: [(profile: String, files: [String: String])] = [
    ("opensuse15", wicked.merging(["\(WickedTests.directory)/routes": "default 192.168.10.2 - -\n"]) { $1 }),
    ("opensuse15", wicked.merging(["\(WickedTests.directory)/routes": "default 192.168.10.2 - ens33\n"]) { $1 }),
    ("opensuse15", wicked.merging(["\(WickedTests.directory)/ifroute-ens33": "default 192.168.10.2 - -\n"]) { $1 }),
    (
      "opensuse15",
      wicked.merging([
        "\(WickedTests.directory)/ifroute-ens33": "default 192.168.10.2 - -\n",
        "\(WickedTests.directory)/ifroute-ens34": "# none\n",
        "\(WickedTests.directory)/routes": "10.0.0.0/8 192.168.20.1 - -\n",
      ]) { $1 }
    ),
    (
      "centos7-rdo",
      [
        IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n",
        "\(IfcfgTests.directory)/ifcfg-ens34": "DEVICE=ens34\nIPADDR=192.168.20.20\nPREFIX=24\n",
        "/etc/sysconfig/network": "GATEWAY=192.168.10.2\nGATEWAYDEV=ens33\n",
      ]
    ),
    (
      "el8-rdo",
      [
        IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n",
        "\(IfcfgTests.directory)/ifcfg-ens34": "DEVICE=ens34\nIPADDR=192.168.20.20\nPREFIX=24\n",
      ]
    ),
    (
      "el9-rdo",
      [
        EveryBackendTests.connection: BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2"),
        "\(BackendTests.connections)/ens34": BackendTests.connection("ens34", "192.168.20.20/24"),
      ]
    ),
    (
      "debian12",
      [
        "/etc/systemd/network/1.network":
          "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n",
        "/etc/systemd/network/2.network": "[Match]\nName=ens34\n[Network]\nAddress=192.168.20.20/24\n",
      ]
    ),
    (
      "debian12",
      [
        IfupdownTests.path:
          "auto ens33 ens34\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n"
          + "iface ens34 inet static\n  address 192.168.20.20/24\n"
      ]
    ),
    (
      "ubuntu2404",
      [
        "/etc/netplan/1.yaml":
          "network:\n  ethernets:\n    ens33:\n      addresses: [192.168.10.20/24]\n      routes:\n      - {to: default, via: 192.168.10.2}\n"
          + "    ens34:\n      addresses: [192.168.20.20/24]\n"
      ]
    ),
  ]

  @Test("one apply moves addresses and the default route", arguments: rows.indices) func swapped(_ index: Int) throws {
    let row = Self.rows[index]
    let run = try BackendTests.settle(row.files, profile: row.profile, site: Self.site())
    let survey = try InterfaceSurvey(try #require(Platform.named(row.profile)), run.after)
    let found = survey.interfaces.map { "\($0.name) \($0.addresses.map(\.address)) \($0.gateways)" }.sorted()
    #expect(found == ["ens33 [192.168.20.21] []", "ens34 [192.168.10.21] [192.168.10.2]"])
  }
}
