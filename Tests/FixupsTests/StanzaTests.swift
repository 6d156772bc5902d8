import Site
import Support
import Testing

@testable import Fixups

/// What stood in a stanza of /etc/network/interfaces that goes, and belongs to the device.
@Suite("What a stanza leaves behind")
struct StanzaTests {
  /// The node's addresses on the management network, which `br0` is on.
  static func site(_ addresses: [String] = ["192.168.10.21"], dns: [String] = []) throws -> Site {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName("br0")
    site.networks[0].dns = try dns.map { try IPAddress($0) }
    site.networks[0].subnets.append(try Subnet("fd00:10::/64"))
    for index in site.nodes.indices where site.nodes[index].name.description == "compute2" {
      site.nodes[index].addresses[.management] = try addresses.map { try IPAddress($0) }
    }
    return site
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: String
    let after: String
    /// At the end of the file.
    var new = ""
    var addresses = ["192.168.10.21"]
    /// What the real ifquery says of br0 afterwards, besides.
    var options: [String] = []
  }

  static let tunnel = "\nauto ens34\niface ens34 inet static\n\taddress 192.168.20.20/24\n"

  static let rows: [Row] = [
    Row(
      testDescription: "name servers of the family that goes",
      before:
        "auto br0\niface br0 inet6 static\n\taddress fd00:10::20/64\n\tdns-search a.example b.example\niface br0 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\tbridge_ports ens33\n\tdns-search a.example\n",
      after:
        "auto br0\niface br0 inet static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tbridge_ports ens33\n\tdns-search a.example\n",
      options: ["bridge_ports: ens33", "dns-search: a.example"]),
    Row(
      testDescription: "the family that goes has the ports",
      before:
        "auto br0\niface br0 inet6 static\n\taddress fd00:10::20/64\n\tbridge_ports ens33 \\\n\t\tens35\n\tmtu 9000\n\taccept_ra 0\niface br0 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n",
      after:
        "auto br0\niface br0 inet static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tbridge_ports ens33 \\\n\t\tens35\n\tmtu 9000\n",
      options: ["bridge_ports: ens33 \t\tens35", "mtu: 9000"]),
    Row(
      testDescription: "of two addresses the one that goes has them",
      before:
        "auto br0\niface br0 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\niface br0 inet static\n\taddress 192.168.10.10/24\n\tbridge_ports ens33\n\tbridge-stp off\n\tpre-up ip link set ens33 promisc on\n\tup ip rule add from 192.168.10.10 table 7\niface ens33 inet manual\n",
      after:
        "auto br0\niface br0 inet static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tbridge_ports ens33\n\tbridge-stp off\n\tpre-up ip link set ens33 promisc on\niface ens33 inet manual\n",
      options: ["bridge_ports: ens33", "bridge-stp: off", "pre-up: ip link set ens33 promisc on"]),
    Row(
      testDescription: "another family takes its place",
      before:
        "auto br0\niface br0 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\tbridge_ports ens33\n\tmtu 9000\n\tup ip route add 10.0.0.0/8 via 192.168.10.9\n\tup iptables -A INPUT -s 10.0.0.0/8 -j DROP\niface ens33 inet manual\n",
      after: "auto br0\niface ens33 inet manual\n",
      new:
        "\niface br0 inet6 static\n\taddress fd00:10::21/64\n\tbridge_ports ens33\n\tmtu 9000\n\tup iptables -A INPUT -s 10.0.0.0/8 -j DROP\n",
      addresses: ["fd00:10::21"], options: ["bridge_ports: ens33", "mtu: 9000"]),
    Row(
      testDescription: "what is said there already is not said twice",
      before:
        "auto br0\niface br0 inet6 static\n\taddress fd00:10::20/64\n\tbridge-ports ens33\n\tmtu 1400\n\tup logger it is up\niface br0 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\tbridge_ports ens33 ens35\n\tup logger it is up\n",
      after:
        "auto br0\niface br0 inet static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tbridge_ports ens33 ens35\n\tup logger it is up\n"
    ),
    Row(
      testDescription: "commands keep their order",
      before:
        "auto br0\niface br0 inet6 static\n\taddress fd00:10::20/64\n\tup first\niface br0 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\tup second\n",
      after:
        "auto br0\niface br0 inet static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tup first\n\tup second\n",
      options: ["up: first", "up: second"]),
    Row(
      testDescription: "what it inherits stays with the device",
      before:
        "iface lan inet6 manual\n\tbridge_ports ens33\n\nauto br0\niface br0 inet6 static inherits lan\n\taddress fd00:10::20/64\niface br0 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n",
      after:
        "iface lan inet6 manual\n\tbridge_ports ens33\n\nauto br0\niface br0 inet static\n\taddress 192.168.10.21/24\n\tgateway 192.168.10.2\n\tbridge_ports ens33\n",
      options: ["bridge_ports: ens33"]),
  ]

  @Test("what belongs to the device moves to a stanza that stays", arguments: rows) func moves(_ row: Row) async throws
  {
    let files = [IfupdownTests.path: row.before + Self.tunnel]
    let run = try BackendTests.settle(files, profile: "debian12", site: try Self.site(row.addresses))
    let after = try #require(run.after[IfupdownTests.path])
    #expect(after == row.after + Self.tunnel.replacing(".20.20/", with: ".20.21/") + row.new)
    guard let ifquery = RealProgram.find("ifquery") else { return }
    let scratch = try Scratch()
    let said = try await ifquery.run(["-i", scratch.write(after, to: "interfaces"), "br0"]).output
    for option in row.options { #expect(said.contains("\(option)\n"), "\(said)") }
  }

  @Test func `it moves from file to file`() throws {
    let own = "/etc/network/interfaces.d/br0-v6"
    let files = [
      IfupdownTests.path:
        "source interfaces.d/*\nauto br0\niface br0 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n"
        + Self.tunnel,
      own: "iface br0 inet6 static\n  address fd00:10::20/64\n  bond-slaves ens33 ens35\n  bond-mode 802.3ad\n",
    ]
    let run = try BackendTests.settle(files, profile: "debian12", site: try Self.site())
    #expect(run.after[own] == "")
    let stanza = "  gateway 192.168.10.2\n  bond-slaves ens33 ens35\n  bond-mode 802.3ad\n"
    #expect(run.after[IfupdownTests.path]?.contains(stanza) == true)
    #expect(
      run.reasons(IfupdownTests.path).contains(
        "bond-mode of br0 stood in a stanza that goes, and belongs to the device"))
  }

  @Test(
    "where two say different things of it, the plan is refused",
    arguments: [
      ("\tbridge_ports ens33\n", "\tbridge_ports ens35\n", 5, "bridge_ports ens33 here"),
      ("\tmtu 9000\n", "\tmtu 1500\n", 5, "mtu 9000 here"),
    ])
  func differs(_ gone: String, _ stays: String, _ line: Int, _ words: String) throws {
    let text =
      "auto br0\niface br0 inet6 static\n\taddress fd00:10::20/64\n\tprivext 0\n\(gone)iface br0 inet static\n\taddress 192.168.10.20/24\n\(stays)"
    let error = #expect(throws: FixupError.self) {
      try BackendTests.twice([IfupdownTests.path: text], profile: "debian12", site: try Self.site())
    }
    #expect(error?.description.contains("\(IfupdownTests.path):\(line): br0 has \(words)") == true)
  }

  @Test func `one that others inherit from stays, and the plan is refused`() throws {
    let text =
      "auto br0\niface br0 inet6 static\n\taddress fd00:10::20/64\niface br0 inet static\n\taddress 192.168.10.20/24\niface br1 inet6 manual inherits br0\n"
    #expect(throws: FixupError.self) {
      try BackendTests.twice([IfupdownTests.path: text], profile: "debian12", site: try Self.site())
    }
  }
}
