import Site
import Testing

@Suite("What the site leaves open of its networks, and the cloud tells")
struct ToldNetworkTests {
  static func told(
    _ address: String = "192.168.10.9", gateway: String? = "192.168.10.2", dns: [String] = ["9.9.9.9"],
    mtu: Int? = 1450,
    routes: [(String, String)] = [("10.0.0.0/8", "192.168.10.3")]
  ) throws -> ToldNetwork {
    ToldNetwork(
      addresses: [try IPAddress(address)], gateways: try gateway.map { [try IPAddress($0)] } ?? [],
      dns: try dns.map { try IPAddress($0) }, mtu: mtu,
      routes: try routes.map { Route(to: try Subnet($0.0), via: try IPAddress($0.1)) })
  }

  static let node = "[nodes.a]\nrole = \"compute\"\naddresses = \"from-metadata\"\n"
  static let filled = "[nodes.a]\nrole = \"compute\"\naddresses = { management = \"192.168.10.9\" }\n"
  static let keys = [
    "gateway = \"192.168.10.2\"", "dns = \"9.9.9.9\"", "mtu = 1450",
    "routes = [{ to = \"10.0.0.0/8\", via = \"192.168.10.3\" }]",
  ]

  @Test(
    "goes into the table of its network, however that is written",
    arguments: [
      ("[networks.management]\n# ours\nsubnet = \"192.168.10.0/24\" # c\n", "\n"),
      ("[networks.management]\r\n\tsubnet = [\r\n\"192.168.10.0/24\"]\r\n", "\r\n\t"),
      ("\u{FEFF}[networks]\nmanagement.subnet = \"192.168.10.0/24\"\n", "\nmanagement."),
      ("networks.management.subnet = \"192.168.10.0/24\"\n", "\nnetworks.management."),
      ("networks = { management = { interface = \"ens33\", subnet = \"192.168.10.0/24\" } }\n", ", "),
      ("networks = {management={ subnet = \"192.168.10.0/24\"}}\n", ", "),
      ("[networks]\nmanagement = { subnet = \"192.168.10.0/24\", interface = \"ens33\" }\n", ", "),
    ])
  func places(_ network: String, _ separator: String) throws {
    let after = try #require(
      try FillingTests.fill(network + Self.node, "a", [.management: try Self.told()]))
    let path = separator.drop { $0.isNewline || $0 == "\t" || $0 == "," || $0 == " " }
    let start = try #require(network.range(of: "\(path)subnet")?.lowerBound)
    let added =
      Self.keys.joined(separator: separator)
      + (separator == ", " ? ", " : separator.filter { $0.isNewline || $0 == "\t" })
    #expect(after == network[..<start] + path + added + network[start...] + Self.filled)
  }

  static func problems(_ network: String, _ told: ToldNetwork) throws -> String? {
    let text = "[networks.management]\nsubnet = \"192.168.10.0/24\"\n\(network)\n" + node
    do {
      _ = try FillingTests.fill(text, "a", [.management: told])
      return nil
    } catch let error as SiteProblems { return error.description }
  }

  @Test(
    "what the site says too is no disagreement, nor what it says none of",
    arguments: [
      "gateway = \"192.168.10.2\"\ndns = [\"1.1.1.1\", \"9.9.9.9\"]\nmtu = 1450\nroutes = [{ to = \"10.0.0.0/8\", via = \"192.168.10.3\" }]",
      "gateway = []\ndns = []\nroutes = []\n", "",
    ])
  func agrees(_ network: String) throws { #expect(try Self.problems(network, Self.told()) == nil) }

  @Test(
    "what the site says otherwise stops, with both quoted",
    arguments: [
      (
        "gateway = \"192.168.10.1\"",
        "gateway of network \"management\" is 192.168.10.1 here, and the drive tells 192.168.10.2"
      ),
      ("dns = \"1.1.1.1\"", "dns of network \"management\" is 1.1.1.1 here, and the drive tells 9.9.9.9"),
      ("mtu = 1500", "mtu of network \"management\" is 1500 here, and the drive tells 1450"),
      (
        "routes = [{ to = \"10.0.0.0/8\", via = \"192.168.10.4\" }]",
        "routes of network \"management\" is 10.0.0.0/8 via 192.168.10.4 here, and the drive tells 10.0.0.0/8 via 192.168.10.3"
      ),
    ])
  func disagrees(_ network: String, _ says: String) throws {
    #expect(try Self.problems(network, Self.told())?.contains("site.toml:3:") == true)
    #expect(try Self.problems(network, Self.told())?.contains(says) == true)
  }

  @Test("what does not fit is refused as if it were written there") func unfit() throws {
    #expect(try Self.problems("", Self.told(gateway: "10.0.0.1"))?.contains("gateway 10.0.0.1 is outside") == true)
    #expect(try Self.problems("", Self.told(mtu: 17))?.contains("mtu = 17 is out of range") == true)
    let routes = try Self.told(routes: [("10.0.0.0/8", "172.16.0.1")])
    #expect(try Self.problems("", routes)?.contains("router 172.16.0.1 is outside") == true)
    #expect(try Self.problems("", Self.told(gateway: "192.168.10.9"))?.contains("is the gateway of network") == true)
  }

  @Test("a node leaves by one network: by that of which the site says so, or the cloud alone") func gateways() throws {
    let two = "[networks.management]\nsubnet = \"192.168.10.0/24\"\n[networks.tunnel]\nsubnet = \"192.168.20.0/24\"\n"
    let told: PerNetwork<ToldNetwork> = [
      .management: try Self.told(dns: [], mtu: nil, routes: []),
      .tunnel: try Self.told("192.168.20.9", gateway: "192.168.20.1", dns: [], mtu: nil, routes: []),
    ]
    let error = try #require(throws: SiteProblems.self) { try FillingTests.fill(two + Self.node, "a", told) }
    #expect(
      error.description.contains(
        "the drive tells 192.168.10.2 on \"management\" and 192.168.20.1 on \"tunnel\" for gateways, and a node has one"
      ))
    for said in ["gateway = \"192.168.10.2\"\n", "gateway = []\n"] {
      let site = two.replacing("0/24\"\n[networks.t", with: "0/24\"\n\(said)[networks.t")
      let after = try #require(try FillingTests.fill(site + Self.node, "a", told))
      #expect(after.contains("192.168.20.1\"") == (said == "gateway = []\n"), "\(after)")
    }
  }
}

@Suite("Routes of a network")
struct RouteProblemTests {
  static func said(_ routes: String) -> [String] {
    let text =
      "[networks.management]\nsubnet = [\"192.168.10.0/24\", \"fd00::/64\"]\nroutes = \(routes)\n[nodes.a]\nrole = \"compute\"\n"
      + "addresses = { management = \"192.168.10.5\" }\n"
    do {
      _ = try Site.parse(Array(text.utf8), file: "site.toml")
      return []
    } catch { return error.problems.map(\.description) }
  }

  @Test(
    "are refused with their place and what would be right",
    arguments: [
      ("\"10.0.0.0/8\"", "3:10: routes is a text, not a list of tables; write routes = [{ to ="),
      ("[\"10.0.0.0/8\"]", "3:11: each of routes is a text, not a table; write"),
      ("[{ to = \"10.0.0.0/8\" }]", "3:11: a route says no via; write"),
      ("[{}]", "3:11: a route says no to and no via; write"),
      ("[{ to = \"10.0.0.1/8\", via = \"192.168.10.1\" }]", "3:18: \"10.0.0.1/8\" is an address with a prefix"),
      ("[{ to = \"10.0.0.0/8\", via = \"192.168.11.1\" }]", "3:38: router 192.168.11.1 is outside"),
      ("[{ to = \"10.0.0.0/8\", via = \"192.168.10.255\" }]", "3:38: router 192.168.10.255 is the broadcast address"),
      ("[{ to = \"10.0.0.0/8\", via = \"fd00::1\" }]", "3:38: 10.0.0.0/8 cannot be reached through fd00::1"),
      (
        "[{ to = \"0.0.0.0/0\", via = \"192.168.10.1\" }]",
        "3:18: 0.0.0.0/0 is everything; say gateway = \"192.168.10.1\""
      ),
      ("[{ to = \"fd00::/64\", via = \"fd00::1\" }]", "3:18: fd00::/64 is network \"management\" itself"),
      ("[{ to = \"10.0.0.0/8\", via = \"192.168.10.1\", metric = 0 }]", "3:63: metric = 0 is out of range"),
      (
        "[{ to = \"10.0.0.0/8\", via = \"192.168.10.1\", table = 7 }]",
        "3:54: unknown key \"table\" in a route of [networks.management]"
      ),
      (
        "[{ to = \"10.0.0.0/8\", via = \"192.168.10.1\" }, { to = \"10.0.0.0/8\", via = \"192.168.10.3\" }]",
        "3:63: a route to 10.0.0.0/8 is said twice"
      ),
    ])
  func refused(_ routes: String, _ says: String) {
    let said = Self.said(routes)
    #expect(said.count == 1 && said[0].hasPrefix("site.toml:\(says)"), "\(said)")
  }

  @Test("may differ by their metric, and go through a link-local router") func accepted() {
    let routes = """
      [{ to = "10.0.0.0/8", via = "192.168.10.1", metric = 1 }, { to = "10.0.0.0/8", via = "192.168.10.3", metric = 2 }, \
      { to = "2001:db8::/32", via = "fe80::1" }]
      """
    #expect(Self.said(routes).isEmpty)
  }
}
