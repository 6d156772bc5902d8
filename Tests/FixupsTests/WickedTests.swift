import Documents
import Site
import Support
import Testing
import Tree

@testable import Fixups

@Suite("SUSE's ifcfg files, as wicked reads them")
struct WickedTests {
  static let directory = "/etc/sysconfig/network"
  static let path = "\(directory)/ifcfg-ens33"

  @discardableResult
  static func settle(_ files: [String: String], mac: String? = nil, site: Site? = nil) throws -> Run {
    try BackendTests.settle(files, mac: mac, profile: "opensuse15", site: site)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let before: String
    let after: String
  }

  static let cases = [
    Case(
      testDescription: "a prefix behind the address stays there", before: "IPADDR='192.168.10.20/24'\n",
      after: "IPADDR='192.168.10.21/24'\n"),
    Case(
      testDescription: "a prefix of its own key, and a broadcast that is right",
      before: "IPADDR=192.168.10.20\nPREFIXLEN=24\nBROADCAST=192.168.10.255\n",
      after: "IPADDR=192.168.10.21\nPREFIXLEN=24\nBROADCAST=192.168.10.255\n"),
    Case(
      testDescription: "a netmask; a broadcast of another network goes",
      before: "IPADDR='192.168.10.20'\nNETMASK='255.255.0.0'\nBROADCAST='192.168.255.255'\n",
      after: "IPADDR='192.168.10.21'\nNETMASK='255.255.255.0'\n"),
    Case(
      testDescription: "the prefix behind the address goes before both",
      before: "IPADDR=192.168.10.20/24\nNETMASK=255.0.0.0\n",
      after: "IPADDR=192.168.10.21/24\nNETMASK=255.0.0.0\n"),
    Case(
      testDescription: "further addresses with all that is theirs go, whatever their suffix",
      before:
        "IPADDR=192.168.10.20/24\nIPADDR_x=10.0.0.20/8\nLABEL_x=x\nIPADDR2=192.168.10.120\nNETMASK2=255.255.255.0\n",
      after: "IPADDR=192.168.10.21/24\n"),
    Case(
      testDescription: "an address under a suffix alone stays under it", before: "IPADDR_a='192.168.10.20/24'\n",
      after: "IPADDR_a='192.168.10.21/24'\n"),
    Case(
      testDescription: "an IPv6 address of the original goes",
      before: "IPADDR=192.168.10.20/24\nIPADDR_6=fd00::20/64\n",
      after: "IPADDR=192.168.10.21/24\n"),
    Case(
      testDescription: "the card's other address goes",
      before: "IPADDR=192.168.10.20/24\nLLADDR=52:54:00:00:00:01\n# c\n",
      after: "IPADDR=192.168.10.21/24\n# c\n"),
  ]

  @Test(arguments: cases) func oneFile(_ row: Case) throws {
    let start = "STARTMODE=auto\nBOOTPROTO=static\n"
    let run = try Self.settle([Self.path: start + row.before, "\(Self.directory)/routes": "default 192.168.10.2 - -\n"])
    #expect(run.after[Self.path] == start + row.after)
  }

  @Test("an interface by DHCP that nothing starts becomes a fixed one that does") func started() throws {
    let run = try Self.settle([Self.path: "BOOTPROTO='dhcp'\nSTARTMODE='manual'\n"])
    #expect(run.after[Self.path] == "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR=192.168.10.21/24\n")
    #expect(run.after["\(Self.directory)/ifroute-ens33"] == "default 192.168.10.2 - -\n")
  }

  @Test("what no file has is made") func created() throws {
    let run = try Self.settle(["\(Self.directory)/routes": "# shared\n"])
    #expect(run.after[Self.path] == "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR=192.168.10.21/24\n")
    #expect(run.after["\(Self.directory)/routes"] == "# shared\ndefault 192.168.10.2 - ens33\n")
  }

  @Test("of the routes for all interfaces only this one's are touched") func shared() throws {
    let routes = "default\t192.168.10.1   - -\n10.0.0.0/8 192.168.20.9 - ens34\n172.16.0.0/12 192.168.10.9\n"
    let run = try Self.settle([Self.path: "IPADDR=192.168.10.20/24\n", "\(Self.directory)/routes": routes])
    #expect(
      run.after["\(Self.directory)/routes"]
        == "default\t192.168.10.2   - -\n10.0.0.0/8 192.168.20.9 - ens34\n172.16.0.0/12 192.168.10.9\n")
  }

  @Test("files that wicked passes over are nobody's", arguments: ["bak", "rpmsave", "scpmbackup", "old"])
  func passedOver(_ ending: String) throws {
    let aside = "\(Self.path).\(ending)"
    let run = try Self.settle([Self.path: "IPADDR=192.168.10.20/24\n", aside: "IPADDR=192.168.10.20/24\n"])
    #expect(run.after[aside] == "IPADDR=192.168.10.20/24\n")
  }

  @Test(
    "an address on a port is refused, and what has it is named",
    arguments: [
      "BRIDGE='yes'\nBRIDGE_PORTS='ens33 tap0'\n", "BONDING_MASTER=yes\nBONDING_SLAVE0=ens33\n",
      "OVS_BRIDGE=yes\nOVS_BRIDGE_PORT_DEVICE_1=ens33\n",
    ])
  func ports(_ text: String) throws {
    #expect {
      try Self.settle([
        Self.path: "BOOTPROTO=none\n", "\(Self.directory)/ifcfg-br0": text + "IPADDR=192.168.10.20/24\n",
      ])
    } throws: { "\($0)".hasPrefix("\(Self.directory)/ifcfg-br0:2: ens33 is a port of br0") }
  }

  @Test("any mixture of lines settles, and bash reads the node's address") func mixtures() async throws {
    let lines = [
      "IPADDR=192.168.10.20/24", "IPADDR='192.168.10.20'", "NETMASK=255.255.255.0", "PREFIXLEN='16'",
      "IPADDR_1=192.168.10.30/24",
      "IPADDR_1=fd00::1/64", "BOOTPROTO=dhcp", "STARTMODE=off", "BROADCAST=192.168.10.255", "LLADDR=52:54:00:00:00:01",
      "IPADDR=",
      "MTU=1500", "# comment", "IPADDR_b=192.168.10.21", "LABEL_1=x", "nonsense",
    ]
    let routes = [
      "default 192.168.10.1 - -", "default 192.168.10.2 - ens33", "10.0.0.0 192.168.10.1 255.0.0.0",
      "10.0.0.0/8 192.168.10.9 - -",
      "0.0.0.0/0 192.168.10.7 - - metric 7", "192.168.0.0/16 - - -", "blackhole",
      "172.16.0.0/12 192.168.10.1 - - table 9",
      "10.1.0.0/16 - - - \\", "   nexthop via 192.168.10.1",
    ]
    var random = SeededNumbers(seed: 12)
    var scripts = ""
    for _ in 0..<120 {
      let chosen = (0..<Int.random(in: 0...6, using: &random)).compactMap { _ in lines.randomElement(using: &random) }
      let ways = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in routes.randomElement(using: &random) }
      let text = chosen.map { "\($0)\n" }.joined()
      let files = [
        Self.path: text,
        "\(Self.directory)/\(Bool.random(using: &random) ? "routes" : "ifroute-ens33")": ways.map { "\($0)\n" }
          .joined(),
      ]
      let run = try Self.settle(files)
      try Self.settle(files, site: RouteTests.site())
      let after = try #require(run.after[Self.path])
      scripts += "(\n\(after)\nfor name in ${!IPADDR*}; do printf '%s ' \"${!name}\"; done; echo\n) 2>/dev/null\n"
    }
    let outcome = try await RealProgram.needed("bash").run(["--norc"], input: scripts)
    let seen = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(seen.count == 120)
    for words in seen {
      let addresses = words.split(separator: " ").map { String($0.prefix { $0 != "/" }) }
      #expect(addresses == ["192.168.10.21"])
    }
  }
}

@Suite("Routes of wicked's files")
struct IfrouteFileTests {
  @Test("any bytes come back as they were") func lossless() {
    var random = SeededNumbers(seed: 3)
    for _ in 0..<300 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 9...126, using: &random) }
      #expect(IfrouteFile(bytes).bytes == bytes)
    }
  }

  @Test("a router is replaced between its blanks") func gateway() {
    var file = IfrouteFile(Array("\tdefault   192.168.1.1\t- -".utf8))
    file.replaceGateway(of: file.entries[0], with: "10.0.0.1")
    #expect(String(decoding: file.bytes, as: UTF8.self) == "\tdefault   10.0.0.1\t- -")
  }

  @Test(
    "what says more than where it goes is somebody's own",
    arguments: [
      "10.0.0.0/8 - - -", "10.0.0.0/8 1.2.3.4 - - table 5", "# default 1.2.3.4", "default",
      "unreachable 10.0.0.0/8 - \\",
    ])
  func others(_ line: String) { #expect(IfrouteFile(Array(line.utf8)).entries.isEmpty) }
}
