import Site
import Testing
import Tree

@testable import Fixups

/// What holds for each way of configuring an interface.
@Suite("Every backend")
struct EveryBackendTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let profile: String
    let path: String
    let text: String
    /// Lines that the file then has, and none may have the original's address.
    var wanted: [String] = []
    var more: [String: String] = [:]
    var testDescription: String { "\(profile) \(path)" }
  }

  static func six() throws -> Site {
    var site = try Lab.site()
    site.networks[0].subnets.append(try Subnet("fd00::/64"))
    site.networks[0].gateways.append(try IPAddress("fd00::1"))
    site.nodes[2].addresses[.management]?.append(try IPAddress("fd00::21"))
    return site
  }

  static let connection = "\(BackendTests.connections)/ens33.nmconnection"
  static let dual = [
    Row(
      profile: "el10-rdo", path: connection,
      text: BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2")
        + "[ipv6]\naddress1=fd00::20/64,fd00::9\nmethod=manual\n",
      wanted: ["address1=192.168.10.21/24,192.168.10.2", "address1=fd00::21/64,fd00::1"]),
    Row(
      profile: "el9-rdo", path: connection,
      text: BackendTests.connection("ens33", "192.168.10.20/24") + "[ipv6]\nmethod=auto\n",
      wanted: ["address1=fd00::21/64", "gateway=fd00::1"]),
    Row(
      profile: "debian12", path: "/etc/systemd/network/1.network",
      text: "[Match]\nName=ens33\n[Network]\nAddress=fd00::20/64\nGateway=fd00::9\nAddress=192.168.10.20/24\n",
      wanted: ["Address=fd00::21/64", "Gateway=fd00::1", "Address=192.168.10.21/24", "Gateway=192.168.10.2"]),
    Row(
      profile: "ubuntu2404", path: "/etc/netplan/1.yaml",
      text: """
        network:
          ethernets:
            ens33:
              addresses:
              - 192.168.10.20/24
              - "fd00::20/64"
              gateway6: fd00::9
              routes:
              - to: default
                via: 192.168.10.2

        """, wanted: ["      - 192.168.10.21/24", "      - \"fd00::21/64\"", "      gateway6: \"fd00::1\""]),
    Row(
      profile: "debian12", path: IfupdownTests.path,
      text: """
        auto ens33
        iface ens33 inet6 static
          address fd00::20/64
          gateway fd00::9
        iface ens33 inet static
          address 192.168.10.20/24
          gateway 192.168.10.2

        """, wanted: ["  address 192.168.10.21/24", "  address fd00::21/64", "  gateway fd00::1"]),
    Row(
      profile: "opensuse15", path: WickedTests.path, text: "IPADDR='192.168.10.20/24'\nIPADDR_6='fd00::20/64'\n",
      wanted: ["IPADDR='192.168.10.21/24'", "IPADDR_6='fd00::21/64'"],
      more: ["\(WickedTests.directory)/routes": "default 192.168.10.2 - -\ndefault fd00::9 - -\n"]),
  ]

  @Test("gives a node its addresses of both families, and the routers of both", arguments: dual)
  func families(_ row: Row) throws {
    let files = row.more.merging([row.path: row.text]) { $1 }
    let run = try BackendTests.settle(files, profile: row.profile, site: Self.six())
    let after = try #require(run.after[row.path])
    let lines = after.split(separator: "\n").map(String.init)
    for line in row.wanted { #expect(lines.contains(line), "\(line) in:\n\(after)") }
    #expect(!after.contains("fd00::20") && !after.contains("192.168.10.20"))
    if let routes = run.after["\(WickedTests.directory)/routes"] {
      #expect(routes == "default 192.168.10.2 - -\ndefault fd00::1 - -\n")
    }
  }

  static let rules = [
    Row(
      profile: "centos7-rdo", path: "\(IfcfgTests.directory)/rule-ens33",
      text: "# own\nfrom 192.168.10.20 table 7\nfrom 192.168.10.0/24 to 192.168.10.10 lookup 8\n",
      wanted: ["# own", "from 192.168.10.21 table 7", "from 192.168.10.0/24 to 192.168.10.10 lookup 8"],
      more: [IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n"]),
    Row(
      profile: "opensuse15", path: "\(WickedTests.directory)/ifrule-ens33",
      text: "ipv4 from 192.168.10.20/32 table 7\n", wanted: ["ipv4 from 192.168.10.21/32 table 7"],
      more: [WickedTests.path: "IPADDR=192.168.10.20/24\n"]),
    Row(
      profile: "el10-rdo", path: connection,
      text: BackendTests.connection("ens33", "192.168.10.20/24", "")
        + "routing-rule1=priority 5 from 192.168.10.20/32 table 7\nrouting-rule2=priority 6 from 10.0.0.0/8 table 8\n",
      wanted: [
        "routing-rule1=priority 5 from 192.168.10.21/32 table 7", "routing-rule2=priority 6 from 10.0.0.0/8 table 8",
      ]),
    Row(
      profile: "debian12", path: "/etc/systemd/network/1.network",
      text: """
        [Match]
        Name=ens33
        [Network]
        Address=192.168.10.20/24
        [RoutingPolicyRule]
        From=192.168.10.20/32
        Table=7
        [Route]
        Destination=10.0.0.0/8
        Gateway=192.168.10.9
        PreferredSource=192.168.10.20

        """, wanted: ["From=192.168.10.21/32", "PreferredSource=192.168.10.21", "Gateway=192.168.10.9"]),
    // Of an interface that is on no network of the site.
    Row(
      profile: "debian12", path: "/etc/systemd/network/2.network",
      text: "[Match]\nName=ens35\n[Network]\nAddress=10.3.0.1/24\n[RoutingPolicyRule]\nTo = 192.168.10.20\nTable=7\n",
      wanted: ["Address=10.3.0.1/24", "To = 192.168.10.21"], more: [networkd.0: networkd.1]),
    Row(
      profile: "ubuntu2404", path: "/etc/netplan/1.yaml",
      text: """
        network:
          version: 2
          ethernets:
            ens33:
              addresses: [192.168.10.20/24]
              routes:
              - to: 10.0.0.0/8
                via: 192.168.10.9
                from: "192.168.10.20" # own
                table: 7
              routing-policy:
              - from: 192.168.10.20
                table: 7
              - {from: 192.168.10.0/24, to: '192.168.10.20/32', table: 8, priority: 5}
            ens35:
              addresses: [10.3.0.1/24]
              routing-policy: [{from: 192.168.10.20, table: 9}]

        """,
      wanted: [
        "        from: \"192.168.10.21\" # own", "      - from: 192.168.10.21",
        "      - {from: 192.168.10.0/24, to: '192.168.10.21/32', table: 8, priority: 5}",
        "      routing-policy: [{from: 192.168.10.21, table: 9}]",
      ]),
    Row(
      profile: "el10-rdo", path: connection,
      text: BackendTests.connection("ens33", "192.168.10.20/24")
        + "route1=10.0.0.0/8,192.168.10.9\nroute1_options=mtu=1400,src=192.168.10.20,table=7\n",
      wanted: ["route1=10.0.0.0/8,192.168.10.9", "route1_options=mtu=1400,src=192.168.10.21,table=7"]),
    Row(
      profile: "centos7-rdo", path: "\(IfcfgTests.directory)/route-ens35",
      text: "10.0.0.0/8 via 10.3.0.9  src 192.168.10.20 table 7\n10.4.0.0/16 dev ens35 from 192.168.10.20\n",
      wanted: ["10.0.0.0/8 via 10.3.0.9  src 192.168.10.21 table 7", "10.4.0.0/16 dev ens35 from 192.168.10.21"],
      more: [IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n"]),
    Row(
      profile: "el8-rdo", path: "\(IfcfgTests.directory)/route-ens33",
      text: "ADDRESS0=10.0.0.0\nNETMASK0=255.0.0.0\nGATEWAY0=192.168.10.9\nOPTIONS0=\"src 192.168.10.20 mtu 1400\"\n",
      wanted: ["GATEWAY0=192.168.10.9", "OPTIONS0=\"src 192.168.10.21 mtu 1400\""],
      more: [IfcfgTests.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n"]),
    Row(
      profile: "opensuse15", path: "\(WickedTests.directory)/ifroute-ens33",
      text:
        "10.0.0.0/8 192.168.10.9 - ens33 src 192.168.10.20 table 7\n10.4.0.0/16 192.168.10.9 - - src 192.168.10.20\n",
      wanted: [
        "10.0.0.0/8 192.168.10.9 - ens33 src 192.168.10.21 table 7", "10.4.0.0/16 192.168.10.9 - - src 192.168.10.21",
      ],
      more: [WickedTests.path: "IPADDR=192.168.10.20/24\n"]),
    Row(
      profile: "debian12", path: IfupdownTests.path,
      text: interfaces.1 + "auto ens35\niface ens35 inet manual\n  up ip rule add from 192.168.10.20 table 7\n",
      wanted: ["  address 192.168.10.21/24", "  up ip rule add from 192.168.10.21 table 7"]),
  ]

  @Test("rules, routes and commands with the node's own address follow it", arguments: rules)
  func rule(_ row: Row) throws {
    let run = try BackendTests.settle(row.more.merging([row.path: row.text]) { $1 }, profile: row.profile)
    let after = try #require(run.after[row.path])
    let lines = after.split(separator: "\n").map(String.init)
    for line in row.wanted { #expect(lines.contains(line), "\(line) in:\n\(after)") }
    // Another interface's address is told, and no matter here.
    let told = run.findings.filter { $0.text.contains(row.path) && !$0.text.contains("gives ens35") }
    #expect(!after.contains("192.168.10.20") && told.isEmpty, "\(told)")
    #expect(run.claims.contains { $0.subject.hasSuffix(" in \(row.path)") && !$0.holds })
  }

  @Test(
    "a script that runs when an interface comes up is left as it is, and told with the original's address in it",
    arguments: [
      ("debian12", "/etc/network/if-up.d/own"), ("debian12", "/etc/NetworkManager/dispatcher.d/90-own"),
      ("el10-rdo", "/etc/NetworkManager/dispatcher.d/pre-up.d/own"), ("centos7-rdo", "/sbin/ifup-local"),
      ("ubuntu2404", "/etc/networkd-dispatcher/routable.d/own"), ("opensuse15", "/etc/sysconfig/network/scripts/own"),
    ])
  func script(_ profile: String, _ path: String) throws {
    let text = "#!/bin/sh\nip rule add from 192.168.10.20 table 7\n"
    let own = ["debian12": Self.interfaces, "ubuntu2404": Self.netplan, "opensuse15": Self.wicked][profile]
    let run = try BackendTests.settle(
      Dictionary(uniqueKeysWithValues: [(path, text)] + (own.map { [$0] } ?? [])), profile: profile)
    #expect(run.after[path] == text)
    #expect(run.findings.filter { $0.text.hasPrefix("\(path) mentions 192.168.10.20, which is") }.count == 1)
  }

  private static let networkd = (
    "/etc/systemd/network/90-own.network", "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n"
  )
  private static let keyfile = (connection, BackendTests.connection("ens33", "192.168.10.20/24"))
  private static let interfaces = (
    IfupdownTests.path, "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n"
  )
  private static let netplan = (
    "/etc/netplan/1.yaml", "network:\n  ethernets:\n    ens33:\n      addresses: [192.168.10.20/24]\n"
  )
  private static let wicked = (WickedTests.path, "IPADDR=192.168.10.20/24\n")

  static let fights = [
    ("debian12", interfaces, networkd, "ifupdown", "systemd-networkd"),
    ("debian13", interfaces, netplan, "ifupdown", "netplan"),
    ("ubuntu2404", netplan, networkd, "netplan", "systemd-networkd"),
    ("ubuntu2004", netplan, keyfile, "netplan", "NetworkManager"),
    ("opensuse15", wicked, keyfile, "wicked", "NetworkManager"),
  ]

  @Test(
    "two that fight over an interface are named with their files, and the platform's first is edited", arguments: fights
  )
  func fight(
    _ profile: String, _ first: (String, String), _ second: (String, String), _ winner: String, _ other: String
  ) throws {
    let run = try BackendTests.settle(
      [first.0: first.1, second.0: second.1], profile: profile, failing: ["addresses of ens33"])
    #expect(
      run.findings.map(\.text).contains(
        "ens33 is configured by \(winner) (\(first.0)) and by \(other) (\(second.0)), and they fight over it"))
    #expect(run.after[first.0]?.contains("192.168.10.21") == true)
    #expect(run.after[second.0]?.contains("192.168.10.20") == true)
  }
}
