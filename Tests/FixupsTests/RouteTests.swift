import Foundation
import Site
import Support
import Testing
import Tree

@testable import Fixups

/// The site's further routes, in the files of each backend, and as their readers have them.
@Suite("Routes")
struct RouteTests {
  static let wanted =
    [("10.0.0.0/8", "192.168.10.1", 100), ("172.16.0.0/12", "192.168.10.3", nil)] as [(String, String, Int?)]

  static func site(_ routes: [(String, String, Int?)] = wanted) throws -> Site {
    var site = try Lab.site()
    site.networks[0].routes = try routes.map {
      Route(to: try Subnet($0.0), via: try IPAddress($0.1), metric: $0.2)
    }
    return site
  }

  /// What the kernel has after these commands of ip(8) for a link with the node's address, and what it should have.
  static func check(_ commands: [String], location: SourceLocation = #_sourceLocation) async throws {
    try await NetworkNamespace.pair { node, _ in
      try await node.ip("addr add 192.168.10.21/24 dev ens33")
      for command in commands {
        let words = command.split(separator: " ").map(String.init)
        #expect(words.first == "ip", sourceLocation: location)
        try await node.ip(words.dropFirst().joined(separator: " "))
      }
      let text = try await node.ip("-j route show")
      let all = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
      let seen = all.filter { $0["gateway"] != nil }.map {
        "\($0["dst"] ?? "") \($0["gateway"] ?? "") \($0["metric"].map { "\($0)" } ?? "-")"
      }
      let expected = wanted.map { "\($0.0) \($0.1) \($0.2.map { "\($0)" } ?? "-")" }
      #expect(seen.sorted() == expected.sorted(), sourceLocation: location)
    }
  }

  // MARK: ifcfg

  static let ifcfg = "/etc/sysconfig/network-scripts"

  @Test(
    "a route file in lines: others' lines and comments stay, wrong ones become right",
    arguments: [
      nil, "", "# ours\n10.0.0.0/8 via 192.168.10.9 dev ens33\n",
      "10.0.0.0/8 via 192.168.10.1 dev ens33 metric 100\n172.16.0.0/12 via 192.168.10.3\n198.51.100.0/24 via 192.168.10.4",
    ])
  func lines(_ before: String?) async throws {
    let path = "\(Self.ifcfg)/route-ens33"
    let run = try Lab.settle(Lab.tree(before.map { [path: $0] } ?? [:]), site: try Self.site(), [InterfacesFixup()])
    let after = try #require(run.after[path])
    if before?.hasPrefix("#") == true { #expect(after.hasPrefix("# ours\n10.0.0.0/8 via 192.168.10.1")) }
    // What ifup-routes does with each line.
    let lines = after.split(separator: "\n").filter { !$0.hasPrefix("#") }
    try await Self.check(lines.map { "ip -4 route add \($0)" })
  }

  @Test("a route that says more than where it goes is somebody's own") func rich() throws {
    let path = "\(Self.ifcfg)/route-ens33"
    let own = "10.9.0.0/16 via 192.168.10.1 table 7\ndefault via 192.168.10.2\nblackhole 10.8.0.0/16\n"
    let run = try Lab.settle(Lab.tree([path: own]), site: try Self.site(), [InterfacesFixup()])
    #expect(run.after[path]?.hasPrefix(own + "10.0.0.0/8 via 192.168.10.1 dev ens33 metric 100\n") == true)
    // Where the site says nothing of routes, nothing of them is its business; where it says none, there are none.
    #expect(try Lab.settle(Lab.tree([path: own]), [InterfacesFixup()]).after[path] == own)
    let plain = own + "10.0.0.0/8 via 192.168.10.1\n"
    #expect(try Lab.settle(Lab.tree([path: plain]), site: try Self.site([]), [InterfacesFixup()]).after[path] == own)
  }

  @Test("a route file in numbers has no gap in them, as bash and ifup-routes count") func numbers() async throws {
    let path = "\(Self.ifcfg)/route-ens33"
    let before = """
      # ours
      ADDRESS0=10.0.0.0
      NETMASK0=255.0.0.0
      GATEWAY0=192.168.10.9
      ADDRESS1="198.51.100.0"
      NETMASK1=255.255.255.0
      GATEWAY1=192.168.10.4
      ADDRESS2=203.0.113.0
      NETMASK2=255.255.255.0

      """
    let routes = [("172.16.0.0/12", "192.168.10.3", nil)] as [(String, String, Int?)]
    let run = try Lab.settle(Lab.tree([path: before]), site: try Self.site(routes), [InterfacesFixup()])
    let after = try #require(run.after[path])
    #expect(after.hasPrefix("# ours\n"))
    let scratch = try Scratch()
    let script =
      ". \(try scratch.write(after, to: "route")); n=0; while eval a=\\$ADDRESS$n; [ -n \"$a\" ]; do "
      + "eval echo $a \\$NETMASK$n \\$GATEWAY$n; n=$((n+1)); done"
    let seen = try await RealProgram.needed("bash").run(["--norc", "-c", script]).succeeded("bash").output
    #expect(seen == "172.16.0.0 255.240.0.0 192.168.10.3\n203.0.113.0 255.255.255.0\n")
  }

  @Test("numbers become lines where a route has a metric, which ifup-routes passes over in numbers") func metric()
    async throws
  {
    let path = "\(Self.ifcfg)/route-ens33"
    let before = "# ours\nADDRESS0=10.0.0.0\nNETMASK0=255.0.0.0\nGATEWAY0=192.168.10.9\n"
    let run = try Lab.settle(Lab.tree([path: before]), site: try Self.site(), [InterfacesFixup()])
    let after = try #require(run.after[path])
    #expect(after.hasPrefix("# ours\n10.0.0.0/8 via"))
    try await Self.check(after.split(separator: "\n").dropFirst().map { "ip -4 route add \($0)" })
  }

  @Test("IPv6 has a file of its own, and a router's link-local address its link") func six() throws {
    var site = try Self.site([("2001:db8:1::/48", "fe80::9", nil)])
    site.networks[0].subnets.append(try Subnet("fd00::/64"))
    site.networks[0].gateways.append(try IPAddress("fe80::1"))
    site.nodes[2].addresses[.management]?.append(try IPAddress("fd00::21"))
    let run = try Lab.settle(Lab.tree(), site: site, [InterfacesFixup()])
    #expect(run.after["\(Self.ifcfg)/route6-ens33"] == "2001:db8:1::/48 via fe80::9 dev ens33\n")
    #expect(run.after["\(Self.ifcfg)/ifcfg-ens33"]?.contains("IPV6_DEFAULTGW=fe80::1%ens33\n") == true)
  }

  // MARK: ifupdown

  @Test(
    "ifupdown runs commands, which become right; what they undo goes with them",
    arguments: [
      "",
      "  up ip route add 10.0.0.0/8 via 192.168.10.9 dev $IFACE || true\n  down ip route del 10.0.0.0/8 via 192.168.10.9\n",
      "  post-up /sbin/route add -net 172.16.0.0 netmask 255.240.0.0 gw 192.168.10.3\n  up echo hello\n",
      "  up ip r a 198.51.100.0/24 via 192.168.10.9\n  up ip rou ap 10.5.0.0/16 via 192.168.10.9\n  up ip ro rep 10.6.0.0/16 via 192.168.10.9\n  down ip r d 198.51.100.0/24 via 192.168.10.9\n",
      "  up ip route add 10/8 via 192.168.10.9\n  up ip route add 172.16/12 nexthop via 192.168.10.9 dev ens33 weight 1\n",
      "  up ip route add 10.0.0.0/8 \\\n    via 192.168.10.9\n  up ip route add 198.51.100.0/24 via 192.168.10.9\n  up ip route add 198.51.101.0/24 via 192.168.10.9\n  up echo hello\n",
      "  up ip route add 10.0.0.0/8 via 192.168.10.9 && ip route add 198.51.100.0/24 via 192.168.10.9 || true\n",
      "  up route add -net 198.51.100.0/24 gw 192.168.10.4 dev ens33\n  up ip -4 route add 10.0.0.0/8 \\\n    via 192.168.10.1 metric 100\n",
    ])
  func ifupdown(_ more: String) async throws {
    let text =
      "auto lo ens33 ens34\niface lo inet loopback\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n\(more)"
      + "\niface ens34 inet static\n  address 192.168.20.20/24\n"
    let tree = Lab.tree(debian: true, [IfupdownTests.path: text])
    let run = try Lab.settle(tree, site: try Self.site(), debian: true, [InterfacesFixup()])
    let after = try #require(run.after[IfupdownTests.path])
    #expect(!after.contains("192.168.10.9") && !after.contains("198.51.100"), "\(after)")
    #expect(after.contains("echo hello") == more.contains("echo hello"))
    guard let ifquery = RealProgram.find("ifquery") else { return RealProgram.missing("ifquery") }
    let scratch = try Scratch()
    let read = try await ifquery.run(["-i", scratch.write(after, to: "interfaces"), "ens33"]).succeeded("ifquery")
    let commands = read.output.split(separator: "\n").compactMap { line -> String? in
      guard let colon = line.firstIndex(of: ":"), line[..<colon].hasSuffix("up") else { return nil }
      return String(line[line.index(colon, offsetBy: 2)...])
    }.flatMap { $0.components(separatedBy: " && ") }.filter { $0.hasPrefix("ip ") }
    guard commands.count == 2 else { return #expect(more.contains("/sbin/route"), "\(read.output)") }
    try await Self.check(commands)
  }

  @Test func `one that ifupdown's command shares out among several routers fails verify`() throws {
    let text =
      "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n  gateway 192.168.10.2\n"
      + "  up ip route add 10.0.0.0/8 nexthop via 192.168.10.9 nexthop via 192.168.10.8\n"
    let run = try BackendTests.twice([IfupdownTests.path: text], profile: "debian12", site: try Self.site()).second
    #expect(run.changes.isEmpty && run.claims.contains { $0.subject == "routes of ens33" && !$0.holds })
  }

  // MARK: The others

  @Test("a connection of NetworkManager has them as keys; one with options is somebody's own") func keyfile() throws {
    let path = "\(BackendTests.connections)/ens33.nmconnection"
    let before =
      BackendTests.connection("ens33", "192.168.10.20/24")
      + "route1=10.0.0.0/8,192.168.10.9\nroute2=10.9.0.0/16,192.168.10.1\nroute2_options=table=7\nroutes3=198.51.100.0;24;192.168.10.4;0;\n"
    let after = try Self.settle([path: before], "el9-rdo")[path]
    #expect(
      after?.contains(
        "route1=10.0.0.0/8,192.168.10.1,100\nroute2=10.9.0.0/16,192.168.10.1\nroute2_options=table=7\nroutes3=172.16.0.0/12,192.168.10.3\n"
      ) == true, "\(after ?? "")")
  }

  @Test("systemd-networkd has a section for each") func networkd() throws {
    let path = "/etc/systemd/network/10-ens33.network"
    let before =
      "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n[Route]\nDestination=10.0.0.0/8\nGateway=192.168.10.9\n"
      + "[Route]\nDestination=10.9.0.0/16\nGateway=192.168.10.1\nTable=7\n[Route]\nGateway=192.168.10.2\n"
    let after = try Self.settle([path: before], "ubuntu2404")[path]
    #expect(
      after == "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.21/24\n"
        + "[Route]\nDestination=10.9.0.0/16\nGateway=192.168.10.1\nTable=7\n[Route]\nGateway=192.168.10.2\n"
        + "\n[Route]\nDestination=10.0.0.0/8\nGateway=192.168.10.1\nMetric=100\n"
        + "\n[Route]\nDestination=172.16.0.0/12\nGateway=192.168.10.3\n", "\(after ?? "")")
  }

  @Test("netplan has a list, in which the default route may stand too") func netplan() throws {
    let path = "/etc/netplan/50-cloud-init.yaml"
    let old = "      - to: \"default\"\n        via: \"192.168.10.1\"\n"
    #expect(BackendTests.cloudInit.contains(old))
    let before = BackendTests.cloudInit.replacing(
      old,
      with: "      - to: 10.0.0.0/8\n        via: 192.168.10.9\n" + old
        + "      - to: 10.9.0.0/16\n        via: 192.168.10.1\n        table: 7\n")
    let after = try Self.settle([path: before], "ubuntu2404")[path]
    #expect(
      after?.contains(
        """
              routes:
              - to: "default"
                via: "192.168.10.2"
              - to: 10.9.0.0/16
                via: 192.168.10.1
                table: 7
              - to: 10.0.0.0/8
                via: 192.168.10.1
                metric: 100
              - to: 172.16.0.0/12
                via: 192.168.10.3

        """) == true, "\(after ?? "")")
  }

  @Test(
    "an interface that no file has gets its routes with the rest", arguments: ["el9-rdo", "ubuntu2404", "ubuntu2204"])
  func created(_ profile: String) throws { _ = try Self.settle([:], profile) }

  @Test("a node that is the router itself has no such route") func router() throws {
    let run = try Lab.settle(
      Lab.tree(), site: try Self.site([("10.0.0.0/8", "192.168.10.21", nil)]), [InterfacesFixup()])
    #expect(run.after["\(Self.ifcfg)/route-ens33"] == nil)
  }

  static func settle(_ files: [String: String], _ profile: String) throws -> [String: String] {
    let run = try BackendTests.settle(files, profile: profile, site: try site())
    let routes = run.claims.filter { $0.subject == "routes of ens33" }
    #expect(routes.count == 1 && !routes.contains { $0.holds }, "\(routes)")
    return Dictionary(uniqueKeysWithValues: run.changes.map(\.path.description).map { ($0, run.after[$0] ?? "") })
  }
}
