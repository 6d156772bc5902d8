import Foundation
import Site
import Support
import Testing
import Tree

@testable import Fixups

/// Routes that say more than where they go, in the files of each backend: what the site says of their destinations, and what stays.
@Suite("Routes with options")
struct RouteOptionTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let profile: String
    let path: String
    /// With the site's routes to 10.0.0.0/8 and 172.16.0.0/12 (``RouteTests/wanted``).
    let before: String
    let after: String
    var more: [String: String] = [:]
    var testDescription: String { "\(profile) \(path)" }
  }

  private static let ifcfg = [IfcfgTests.path: "DEVICE=ens33\nBOOTPROTO=none\nIPADDR=192.168.10.20\nPREFIX=24\n"]
  private static let wicked = [WickedTests.path: "IPADDR='192.168.10.20/24'\n"]
  private static let network = "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n"
  private static let interfaces =
    "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n"
  private static let netplan =
    "network:\n  version: 2\n  ethernets:\n    ens33:\n      addresses: [192.168.10.20/24]\n"
  private static func isNew(_ text: String) -> String { text.replacing("192.168.10.20", with: "192.168.10.21") }

  static let lines = Row(
    profile: "centos7-rdo", path: "\(IfcfgTests.directory)/route-ens33",
    before: "# c\n10.0.0.0/8 via 192.168.10.9  dev ens33 src 192.168.10.20 metric 50 mtu lock 1400\n"
      + "172.16.0.0/12 via 192.168.10.9 advmss 1000\n10.9.0.0/16 via 192.168.10.9 initcwnd 20\n"
      + "10.0.0.0/8 via 192.168.10.9 table 7\n",
    after: "# c\n10.0.0.0/8 via 192.168.10.1  dev ens33 src 192.168.10.21 metric 100 mtu lock 1400\n"
      + "172.16.0.0/12 via 192.168.10.3 advmss 1000\n10.9.0.0/16 via 192.168.10.9 initcwnd 20\n"
      + "10.0.0.0/8 via 192.168.10.9 table 7\n", more: ifcfg)
  static let commands = Row(
    profile: "debian12", path: IfupdownTests.path,
    before: interfaces + """
        up ip route add 10.0.0.0/8 via 192.168.10.9 dev $IFACE src 192.168.10.20 || true
        post-up ip route add 172.16.0.0/12 via 192.168.10.9 dev ens33 onlink metric 7
        up ip route add 10.9.0.0/16 via 192.168.10.9 initcwnd 20
        up ip route add 10.0.0.0/8 via 192.168.10.9 table 7
        down ip route del 10.0.0.0/8 via 192.168.10.9 src 192.168.10.20 || true

      """,
    after: isNew(interfaces) + """
        up ip route add 10.0.0.0/8 via 192.168.10.1 dev $IFACE src 192.168.10.21 metric 100 || true
        post-up ip route add 172.16.0.0/12 via 192.168.10.3 dev ens33 onlink
        up ip route add 10.9.0.0/16 via 192.168.10.9 initcwnd 20
        up ip route add 10.0.0.0/8 via 192.168.10.9 table 7
        down ip route del 10.0.0.0/8 via 192.168.10.1 src 192.168.10.21 metric 100 || true

      """)
  static let keyfile = Row(
    profile: "el9-rdo", path: EveryBackendTests.connection,
    before: BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2") + """
      route1=10.0.0.0/8,192.168.10.9,50
      route1_options=mtu=1400,src=192.168.10.20
      route2=172.16.0.0/12,192.168.10.9
      route2_options=onlink=true
      route3=10.9.0.0/16,192.168.10.9
      route3_options=initcwnd=20
      route4=10.0.0.0/8,192.168.10.9
      route4_options=table=7

      """,
    after: """
      route1=10.0.0.0/8,192.168.10.1,100
      route1_options=mtu=1400,src=192.168.10.21
      route2=172.16.0.0/12,192.168.10.3
      route2_options=onlink=true
      route3=10.9.0.0/16,192.168.10.9
      route3_options=initcwnd=20
      route4=10.0.0.0/8,192.168.10.9
      route4_options=table=7

      """)
  static let networkd = Row(
    profile: "ubuntu2404", path: "/etc/systemd/network/10-ens33.network",
    before: network + """
      [Route]
      Gateway=192.168.10.9
      Table=7
      [Route]
      Destination=10.0.0.0/8
      Gateway = 192.168.10.9
      PreferredSource=192.168.10.20
      Metric=50
      [Route]
      Destination=10.1.0.0/16
      Gateway=192.168.10.9
      [Route]
      Destination=172.16.0.0/12
      Gateway=192.168.10.9
      MTUBytes=1400
      Metric=7
      [Route]
      Destination=10.9.0.0/16
      Gateway=192.168.10.9
      InitialCongestionWindow=20
      [Route]
      Destination=10.0.0.0/8
      Gateway=192.168.10.9
      Table=7

      """,
    after: isNew(network) + """
      [Route]
      Gateway=192.168.10.9
      Table=7
      [Route]
      Destination=10.0.0.0/8
      Gateway = 192.168.10.1
      PreferredSource=192.168.10.21
      Metric=100
      [Route]
      Destination=172.16.0.0/12
      Gateway=192.168.10.3
      MTUBytes=1400
      [Route]
      Destination=10.9.0.0/16
      Gateway=192.168.10.9
      InitialCongestionWindow=20
      [Route]
      Destination=10.0.0.0/8
      Gateway=192.168.10.9
      Table=7

      """)
  static let plan = Row(
    profile: "ubuntu2404", path: "/etc/netplan/1.yaml",
    before: netplan + """
            routes:
            - to: default
              via: 192.168.10.2
            - metric: 50 # least
              to: 172.16.0.0/12 # there
              via: "192.168.10.9"
              mtu: 1400
            - {to: 10.0.0.0/8, via: 192.168.10.9, from: 192.168.10.20}
            - to: 10.9.0.0/16
              via: 192.168.10.9
              congestion-window: 20
            - {to: 10.0.0.0/8, via: 192.168.10.9, table: 7}

      """,
    after: isNew(netplan) + """
            routes:
            - to: default
              via: 192.168.10.2
            - to: 172.16.0.0/12 # there
              via: "192.168.10.3"
              mtu: 1400
            - {to: 10.0.0.0/8, via: 192.168.10.1, from: 192.168.10.21, metric: 100}
            - to: 10.9.0.0/16
              via: 192.168.10.9
              congestion-window: 20
            - {to: 10.0.0.0/8, via: 192.168.10.9, table: 7}

      """)
  static let routes = Row(
    profile: "opensuse15", path: "\(WickedTests.directory)/ifroute-ens33",
    before:
      "# c\n10.0.0.0/8 192.168.10.9 -\tens33  src 192.168.10.20 metric 50\n172.16.0.0 192.168.10.9 255.240.0.0 - mtu 1400\n"
      + "10.9.0.0/16 192.168.10.9 - - initcwnd 20\n10.0.0.0/8 192.168.10.9 - - table 7\ndefault 192.168.10.9 - - table 7\n"
      + "default 192.168.10.2 - - src 192.168.10.20\n",
    after:
      "# c\n10.0.0.0/8 192.168.10.1 -\tens33  src 192.168.10.21 metric 100\n172.16.0.0 192.168.10.3 255.240.0.0 - mtu 1400\n"
      + "10.9.0.0/16 192.168.10.9 - - initcwnd 20\n10.0.0.0/8 192.168.10.9 - - table 7\ndefault 192.168.10.9 - - table 7\n"
      + "default 192.168.10.2 - - src 192.168.10.21\n", more: wicked)

  @Test(
    "one to a destination of the site's gets its router and metric, and keeps all else; one to another, or in another table, stays",
    arguments: [lines, commands, keyfile, networkd, plan, routes])
  func redirected(_ row: Row) throws {
    let after = try Self.settle(row)
    #expect(after.contains(row.after), "\(after)")
  }

  static func settle(_ row: Row) throws -> String {
    let run = try BackendTests.settle(
      row.more.merging([row.path: row.before]) { $1 }, profile: row.profile, site: RouteTests.site())
    let claims = run.claims.filter { $0.subject == "routes of ens33" }
    #expect(claims.count == 1 && !claims.contains { $0.holds }, "\(claims)")
    return try #require(run.after[row.path])
  }

  @Test("one that says more stays where the site says nothing of routes, and where it says there are none")
  func stays() throws {
    for row in [Self.lines, Self.commands, Self.keyfile, Self.networkd, Self.plan, Self.routes] {
      for routes in [nil, []] as [[Route]?] {
        var site = try Lab.site()
        site.networks[0].routes = routes
        let run = try BackendTests.settle(
          row.more.merging([row.path: row.before]) { $1 }, profile: row.profile, site: site)
        let before = row.before.split(separator: "\n").map { Self.isNew(String($0)) }
        let after = run.after[row.path]?.split(separator: "\n").map(String.init) ?? []
        // networkd's one to 10.1.0.0/16 says nothing more.
        let gone = before.filter { !after.contains($0) && !$0.hasPrefix("uuid=") }
        #expect(
          gone
            == (row.profile == "ubuntu2404" && routes != nil && row.path == Self.networkd.path
              ? ["Destination=10.1.0.0/16"] : []))
      }
    }
  }

  @Test("a plain one beside one with options to the same destination is not wanted twice") func both() throws {
    var row = Self.lines
    row = Row(
      profile: row.profile, path: row.path,
      before:
        "10.0.0.0/8 via 192.168.10.9\n10.0.0.0/8 via 192.168.10.1 metric 100 mtu 1400\n172.16.0.0/12 via 192.168.10.3\n",
      after: "", more: row.more)
    #expect(
      try Self.settle(row)
        == "10.0.0.0/8 via 192.168.10.1 metric 100 mtu 1400\n172.16.0.0/12 via 192.168.10.3\n")
  }

  @Test("numbers keep what NetworkManager reads beside them, and go with the route that they belong to") func numbers()
    throws
  {
    let path = "\(IfcfgTests.directory)/route-ens33"
    let text = """
      ADDRESS0=198.51.100.0
      NETMASK0=255.255.255.0
      GATEWAY0=192.168.10.4
      METRIC0=5
      ADDRESS1=10.0.0.0
      NETMASK1=255.0.0.0
      GATEWAY1=192.168.10.9
      OPTIONS1="src 192.168.10.20 mtu 1400"
      ADDRESS2=10.8.0.0
      NETMASK2=255.255.0.0
      GATEWAY2=192.168.10.9
      OPTIONS2="table 7"
      ADDRESS3=10.7.0.0
      NETMASK3=255.255.0.0
      GATEWAY3=192.168.10.9
      METRIC3=8
      OPTIONS3="metric 9 src 192.168.10.20"

      """
    func settle(_ routes: [(String, String, Int?)]) throws -> String? {
      try BackendTests.settle(
        Self.ifcfg.merging([path: text]) { $1 }, profile: "el8-rdo", site: RouteTests.site(routes)
      ).after[path]
    }
    #expect(
      try settle([("10.0.0.0/8", "192.168.10.1", nil)]) == """
        ADDRESS0=10.0.0.0
        NETMASK0=255.0.0.0
        GATEWAY0=192.168.10.1
        ADDRESS1=10.8.0.0
        NETMASK1=255.255.0.0
        GATEWAY1=192.168.10.9
        OPTIONS1="table 7"
        ADDRESS2=10.7.0.0
        NETMASK2=255.255.0.0
        GATEWAY2=192.168.10.9
        OPTIONS2="metric 9 src 192.168.10.21"
        OPTIONS0="src 192.168.10.21 mtu 1400"
        METRIC2=8

        """)
    #expect(
      try settle([("10.0.0.0/8", "192.168.10.1", 100)]) == """
        10.0.0.0/8 via 192.168.10.1 dev ens33 metric 100 src 192.168.10.21 mtu 1400
        10.8.0.0/16 via 192.168.10.9 dev ens33 table 7
        10.7.0.0/16 via 192.168.10.9 dev ens33 metric 9 src 192.168.10.21

        """)
  }

  // MARK: What the readers make of it

  /// `10.0.0.0/8 192.168.10.1 100 192.168.10.21`: of the usual table, as the kernel has them.
  private static let kernel = [
    "10.0.0.0/8 192.168.10.1 100 192.168.10.21", "10.9.0.0/16 192.168.10.9 - -", "172.16.0.0/12 192.168.10.3 - -",
  ]

  /// What the kernel has after these commands of ip(8), with the variables that ifup(8) sets.
  private static func check(_ commands: [String]) async throws {
    try await NetworkNamespace.pair { node, _ in
      try await node.ip("addr add 192.168.10.21/24 dev ens33")
      for command in commands {
        let words = command.replacing("$IFACE", with: "ens33").split(separator: " ").map(String.init)
        #expect(words.first == "ip")
        try await node.ip(words.dropFirst().filter { !["||", "true"].contains($0) }.joined(separator: " "))
      }
      let text = try await node.ip("-j route show")
      let all = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
      let seen = all.filter { $0["gateway"] != nil }.map { route in
        ["dst", "gateway", "metric", "prefsrc"].map { key in route[key].map { "\($0)" } ?? "-" }.joined(separator: " ")
      }
      #expect(seen.sorted() == kernel)
    }
  }

  @Test("the kernel takes the lines as ifup-routes gives them to it") func kernelTakesLines() async throws {
    let lines = try Self.settle(Self.lines).split(separator: "\n").filter { !$0.hasPrefix("#") }
    try await Self.check(lines.map { "ip -4 route add \($0)" })
  }

  @Test("the kernel takes the commands as ifquery reads them") func kernelTakesCommands() async throws {
    guard let ifquery = RealProgram.find("ifquery") else { return }
    let scratch = try Scratch()
    let after = try Self.settle(Self.commands)
    let read = try await ifquery.run(["-i", scratch.write(after, to: "interfaces"), "ens33"]).succeeded("ifquery")
    let commands = read.output.split(separator: "\n").filter { $0.contains("up: ip ") }.map { line in
      String(line[(line.firstIndex(of: " ") ?? line.startIndex)...].dropFirst())
    }
    #expect(commands.count == 4)
    try await Self.check(commands)
  }

  @Test("netplan generates routes and rules of the node's from it") func netplanReads() async throws {
    let row = Self.plan
    let policy = "      routing-policy: [{from: 192.168.10.20, table: 7}]\n"
    let run = try BackendTests.settle(
      [row.path: row.before + policy], profile: row.profile, site: RouteTests.site())
    let scratch = try Scratch()
    _ = try scratch.write(try #require(run.after[row.path]), to: "etc/netplan/1.yaml")
    try await NetworkOracles(root: scratch.path).netplan([
      "/run/systemd/network/10-netplan-ens33.network": [
        "Address=192.168.10.21/24", "PreferredSource=192.168.10.21", "From=192.168.10.21", "Gateway=192.168.10.1",
        "Metric=100", "Gateway=192.168.10.3", "MTUBytes=1400", "InitialCongestionWindow=20", "Table=7",
      ]
    ])
  }

  @Test("NetworkManager reads it") func networkManagerReads() async throws {
    let scratch = try Scratch()
    _ = try scratch.write(try Self.settle(Self.keyfile), to: String(Self.keyfile.path.dropFirst()))
    try await NetworkOracles(root: scratch.path).connections([
      Self.keyfile.path: [
        "route1=10.0.0.0/8,192.168.10.1,100", "route1_options=mtu=1400,src=192.168.10.21",
        "route2=172.16.0.0/12,192.168.10.3", "route2_options=onlink=true", "route4_options=table=7",
      ]
    ])
  }

  @Test("systemd-networkd sets it") func networkdReads() async throws {
    let scratch = try Scratch()
    _ = try scratch.write(try Self.settle(Self.networkd), to: String(Self.networkd.path.dropFirst()))
    try await SystemdOracles(root: scratch.path).networkd(
      .init(
        cards: ["ens33": "52:54:00:00:00:01"], addresses: ["ens33": ["192.168.10.21/24"]],
        routes: [
          "ens33": [
            "default via 192.168.10.2", "10.0.0.0/8 via 192.168.10.1", "172.16.0.0/12 via 192.168.10.3",
            "10.9.0.0/16 via 192.168.10.9",
          ]
        ]))
  }
}
