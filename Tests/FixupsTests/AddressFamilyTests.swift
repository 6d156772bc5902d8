import Site
import Testing
import Tree

@testable import Fixups

/// A node that has addresses of one family where its files say both.
@Suite("A family that the site gives the node no address of")
struct AddressFamilyTests {
  /// What the files give ens33 in one family.
  struct Said: Sendable {
    var address: String
    var prefix: Int
    var gateway: String
    var withPrefix: String { "\(address)/\(prefix)" }
  }

  /// One way of configuring an interface.
  struct Way: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let profile: String
    /// The files, with what they say in IPv4 and in IPv6.
    let files: @Sendable (Said?, Said?) -> [String: String]
    /// The files with an address and a further route, in IPv4.
    let routed: @Sendable (Said) -> [String: String]
  }

  static let v4 = Said(address: "192.168.10.21", prefix: 24, gateway: "192.168.10.2")
  static let v6 = Said(address: "fd00::21", prefix: 64, gateway: "fd00::1")
  static let connection = EveryBackendTests.connection
  static let wickedRoutes = "\(WickedTests.directory)/routes"

  static let ways: [Way] = [
    Way(testDescription: "keyfile", profile: "el10-rdo") { v4, v6 in
      func section(_ said: Said?, _ method: String) -> String {
        said.map { "address1=\($0.withPrefix)\ngateway=\($0.gateway)\nmethod=manual\n" } ?? "method=\(method)\n"
      }
      let start = "[connection]\nid=ens33\ntype=ethernet\ninterface-name=ens33\n\n"
      return [connection: "\(start)[ipv4]\n\(section(v4, "disabled"))\n[ipv6]\n\(section(v6, "ignore"))"]
    } routed: { said in
      let start = "[connection]\nid=ens33\ntype=ethernet\ninterface-name=ens33\n\n"
      let text = "[ipv4]\naddress1=\(said.withPrefix)\nmethod=manual\nroute1=10.0.0.0/8,192.168.10.9\n"
      return [connection: start + text]
    },
    Way(testDescription: "networkd", profile: "debian12") { v4, v6 in
      let lines = [v4, v6].compactMap(\.self).map { "Address=\($0.withPrefix)\nGateway=\($0.gateway)\n" }
      return ["/etc/systemd/network/1.network": "[Match]\nName=ens33\n\n[Network]\n\(lines.joined())"]
    } routed: { said in
      let start = "[Match]\nName=ens33\n\n[Network]\nAddress=\(said.withPrefix)\n\n"
      return ["/etc/systemd/network/1.network": start + "[Route]\nDestination=10.0.0.0/8\nGateway=192.168.10.9\n"]
    },
    Way(testDescription: "netplan", profile: "ubuntu2404") { v4, v6 in
      let addresses = [v4, v6].compactMap(\.self).map { "      - \"\($0.withPrefix)\"\n" }
      let gateways = [v4.map { "      gateway4: \($0.gateway)\n" }, v6.map { "      gateway6: \"\($0.gateway)\"\n" }]
      let start = "network:\n  version: 2\n  ethernets:\n    ens33:\n      addresses:\n"
      return ["/etc/netplan/1.yaml": start + (addresses + gateways.compactMap(\.self)).joined()]
    } routed: { said in
      let start = "network:\n  version: 2\n  ethernets:\n    ens33:\n      addresses:\n      - \(said.withPrefix)\n"
      return ["/etc/netplan/1.yaml": start + "      routes:\n      - to: 10.0.0.0/8\n        via: 192.168.10.9\n"]
    },
    Way(testDescription: "ifupdown", profile: "debian12") { v4, v6 in
      func stanza(_ said: Said?, _ family: String) -> String {
        said.map { "iface ens33 \(family) static\n  address \($0.withPrefix)\n  gateway \($0.gateway)\n\n" } ?? ""
      }
      return [IfupdownTests.path: "auto ens33\n\(stanza(v4, "inet"))\(stanza(v6, "inet6"))"]
    } routed: { said in
      let start = "auto ens33\niface ens33 inet static\n  address \(said.withPrefix)\n"
      return [IfupdownTests.path: start + "  up ip route add 10.0.0.0/8 via 192.168.10.9 dev ens33\n"]
    },
    Way(testDescription: "wicked", profile: "opensuse15") { v4, v6 in
      let lines = [v4.map { "IPADDR='\($0.withPrefix)'\n" }, v6.map { "IPADDR_6='\($0.withPrefix)'\n" }]
      let gateways = [v4, v6].compactMap(\.self).map { "default \($0.gateway) - -\n" }
      return [
        WickedTests.path: "BOOTPROTO='static'\nSTARTMODE='auto'\n\(lines.compactMap(\.self).joined())",
        wickedRoutes: gateways.joined(),
      ]
    } routed: { said in
      [
        WickedTests.path: "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR='\(said.withPrefix)'\n",
        "\(WickedTests.directory)/ifroute-ens33": "10.0.0.0/8 192.168.10.9 - -\n",
      ]
    },
    Way(testDescription: "ifcfg", profile: "centos7-rdo") { v4, v6 in
      let lines = [
        v4.map { "IPADDR=\($0.address)\nPREFIX=\($0.prefix)\nGATEWAY=\($0.gateway)\n" },
        v6.map { "IPV6ADDR=\($0.withPrefix)\nIPV6_DEFAULTGW=\($0.gateway)\n" },
      ]
      let start = "DEVICE=ens33\nONBOOT=yes\nBOOTPROTO=none\nIPV6INIT=yes\n"
      return [IfcfgTests.path: start + lines.compactMap(\.self).joined()]
    } routed: { said in
      let start = "DEVICE=ens33\nONBOOT=yes\nBOOTPROTO=none\n"
      return [
        IfcfgTests.path: start + "IPADDR=\(said.address)\nPREFIX=\(said.prefix)\n",
        "\(IfcfgTests.directory)/route-ens33": "10.0.0.0/8 via 192.168.10.9 dev ens33\n",
      ]
    },
  ]

  /// - Parameters:
  ///   - subnets: of the network that ens33 is on, with the router of each.
  ///   - own: the node's own addresses there.
  static func site(_ subnets: [(String, String)], own: [String]) throws -> Site {
    var site = try Lab.site()
    site.networks[0].subnets = try subnets.map { try Subnet($0.0) }
    site.networks[0].gateways = try subnets.map { try IPAddress($0.1) }
    for index in 0...1 { site.nodes[index].addresses[.management] = nil }
    site.nodes[2].addresses[.management] = try own.map { try IPAddress($0) }
    site.nodes[2].addresses[.tunnel] = nil
    return site
  }

  static let both = [("192.168.10.0/24", v4.gateway), ("fd00::/64", v6.gateway)]

  /// Runs over the node's own tree, twice: the second run changes nothing, and finds every claim true.
  static func settle(_ files: [String: String], _ way: Way, _ site: Site) throws -> Run {
    var tree = MemoryTree(["/etc/hostname": "compute2\n", "/var/lib/imprint/identity": "NODE=compute2\n"])
    for (path, text) in files { tree.write(path, text, mode: 0o600) }
    let platform = try #require(Platform.named(way.profile))
    let first = try Run(tree, site: site, platform: platform, [InterfacesFixup()])
    let second = try Run(first.after, site: site, platform: platform, [InterfacesFixup()])
    #expect(first.provenance.origin == .own)
    for change in second.changes { Issue.record("a second run changes \(change.path): \(change.reasons)") }
    for claim in second.claims where !claim.holds {
      Issue.record("\(claim.subject): \(claim.seen), not \(claim.expected)")
    }
    return first
  }

  private static func isFalse(_ subject: String, in run: Run) -> Bool {
    run.claims.contains { $0.subject == "\(subject) of ens33" && !$0.holds }
  }

  @Test("its addresses go with their router where the network has a subnet of it", arguments: ways, [false, true])
  func givenUp(_ way: Way, _ isNew: Bool) throws {
    let kept = isNew ? Self.v6 : Self.v4
    let run = try Self.settle(
      way.files(Self.v4, Self.v6), way, try Self.site(Self.both, own: [kept.address]))
    for (path, text) in way.files(isNew ? nil : Self.v4, isNew ? Self.v6 : nil) {
      #expect(run.after[path] == text, "\(path)")
    }
    #expect(Self.isFalse("addresses", in: run) && Self.isFalse("gateway", in: run))
    let lost = try IPAddress((isNew ? Self.v4 : Self.v6).address)
    #expect(run.provenance.formerAddresses == [.management: [lost]])
    #expect(!run.findings.contains { $0.text.contains("\(lost)") }, "\(run.findings)")
  }

  @Test("they stay as they are where the site is silent about it", arguments: ways, [false, true])
  func silent(_ way: Way, _ isNew: Bool) throws {
    let kept = isNew ? Self.v6 : Self.v4
    let files = way.files(Self.v4, Self.v6)
    let run = try Self.settle(files, way, try Self.site([Self.both[isNew ? 1 : 0]], own: [kept.address]))
    for (path, text) in files { #expect(run.after[path] == text, "\(path)") }
    #expect(run.provenance.formerAddresses.isEmpty)
    #expect(!run.claims.contains { $0.subject.hasSuffix("of ens33") && !$0.holds })
  }

  @Test("another node's goes all the same", arguments: ways) func others(_ way: Way) throws {
    let others = Said(address: "192.168.20.20", prefix: 24, gateway: "192.168.20.1")
    let run = try Self.settle(way.files(others, Self.v6), way, try Self.site([Self.both[1]], own: [Self.v6.address]))
    for (path, text) in way.files(nil, Self.v6) { #expect(run.after[path] == text, "\(path)") }
    #expect(Self.isFalse("addresses", in: run) && Self.isFalse("gateway", in: run))
  }

  @Test("one of the link alone is everybody's", arguments: ways) func linkLocal(_ way: Way) throws {
    let link = Said(address: "fe80::21", prefix: 64, gateway: "fe80::1")
    let run = try Self.settle(way.files(Self.v4, link), way, try Self.site(Self.both, own: [Self.v4.address]))
    for (path, text) in way.files(Self.v4, link) { #expect(run.after[path] == text, "\(path)") }
  }

  static let foreign = Said(address: "10.9.0.5", prefix: 24, gateway: "10.9.0.9")
  /// Another node's address beside it: behind which line, and how.
  static let beside = [
    "keyfile": ("address1=10.9.0.5/24\n", "address2=192.168.20.20/24\n"),
    "networkd": ("Address=10.9.0.5/24\n", "Address=192.168.20.20/24\n"),
    "netplan": ("      - \"10.9.0.5/24\"\n", "      - 192.168.20.20/24\n"),
    "ifupdown": ("  gateway 10.9.0.9\n\n", "iface ens33 inet static\n  address 192.168.20.20/24\n\n"),
    "wicked": ("IPADDR='10.9.0.5/24'\n", "IPADDR_2='192.168.20.20/24'\n"),
    "ifcfg": ("PREFIX=24\n", "IPADDR1=192.168.20.20\nPREFIX1=24\n"),
  ]

  @Test("and what stands beside it stays, with the router", arguments: ways) func othersBeside(_ way: Way) throws {
    let (line, more) = try #require(Self.beside[way.testDescription])
    let files = way.files(Self.foreign, Self.v6)
    let before = files.mapValues {
      $0.split(separator: line, omittingEmptySubsequences: false).joined(separator: line + more)
    }
    #expect(before != files)
    let run = try Self.settle(before, way, try Self.site([Self.both[1]], own: [Self.v6.address]))
    for (path, text) in files { #expect(run.after[path] == text, "\(path)") }
    #expect(Self.isFalse("addresses", in: run) && !Self.isFalse("gateway", in: run))
  }

  @Test("NetworkManager takes no name servers of a family that is disabled") func nameServers() throws {
    let start = "[connection]\nid=ens33\ntype=ethernet\ninterface-name=ens33\n\n"
    let v6 = "[ipv6]\naddress1=fd00::21/64\ngateway=fd00::1\nmethod=manual\n"
    let v4 = "[ipv4]\naddress1=192.168.10.21/24,192.168.10.2\ndns=192.168.10.2;\ndns-search=a.example;\nmethod=manual\n"
    let run = try Self.settle(
      [Self.connection: start + v6 + v4], Self.ways[0], try Self.site(Self.both, own: [Self.v6.address]))
    #expect(run.after[Self.connection] == start + v6 + "[ipv4]\nmethod=disabled\n")
    #expect(run.reasons(Self.connection).contains { $0.contains("NetworkManager takes none beside method=disabled") })
  }

  @Test("where the site has routes, the plain ones of that family go", arguments: ways, [false, true])
  func routes(_ way: Way, _ isNone: Bool) throws {
    var site = try Self.site([Self.both[1]], own: [Self.v6.address])
    site.networks[0].routes = isNone ? [] : [Route(to: try Subnet("fd10::/64"), via: try IPAddress("fd00::9"))]
    let files = way.routed(Self.v4)
    let run = try Self.settle(files, way, site)
    for path in files.keys { #expect(run.after[path]?.contains("10.0.0.0") != true, "\(path)") }
    #expect(Self.isFalse("routes", in: run))
    #expect(run.after.items.values.contains { String(decoding: $0.bytes, as: UTF8.self).contains("192.168.10.21") })
  }
}
