import Site
import Support
import Testing
import Tree

@testable import Fixups

@Suite("ifcfg files")
struct IfcfgTests {
  @Test("no client of DHCPv6 stays beside the address that the site gives", arguments: ["yes", "true", "no"])
  func clientOfIPv6(_ said: String) throws {
    var site = try Lab.site()
    site.networks[0].subnets.append(try Subnet("fd00::/64"))
    site.nodes[2].addresses[.management]?.append(try IPAddress("fd00::21"))
    let text = "DEVICE=ens33\nONBOOT=yes\nBOOTPROTO=dhcp\nDHCPV6C=\(said)\nIPV6INIT=yes\n"
    let run = try BackendTests.settle([Self.path: text], profile: "el8-rdo", site: site)
    let after = try #require(run.after[Self.path])
    #expect(after.contains("\nDHCPV6C=no\n") && after.contains("IPV6ADDR=fd00::21/64"), "\(after)")
    #expect(run.claims.contains { !$0.holds && $0.seen.contains("DHCPv6") } == (said != "no"))
    // Where the site is silent about IPv6 it is somebody else's business.
    let other = try BackendTests.settle([Self.path: text], profile: "el8-rdo")
    #expect(other.after[Self.path]?.contains("\nDHCPV6C=\(said)\n") == true)
  }

  static let directory = "/etc/sysconfig/network-scripts"
  static let path = "\(directory)/ifcfg-ens33"

  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var before: String
    var after: String
    var site: @Sendable (inout Site) throws -> Void = { _ in }
  }

  static let ipv4 = [
    Case(
      testDescription: "the tutorial's",
      before: """
        # made by anaconda
        TYPE="Ethernet"
        BOOTPROTO="static"
        NAME="ens33"
        DEVICE="ens33"
        ONBOOT="yes"
        IPADDR="192.168.10.20"  # management
        NETMASK='255.255.255.0'
        GATEWAY=192.168.10.2
        DNS1=8.8.8.8

        """,
      after: """
        # made by anaconda
        TYPE="Ethernet"
        BOOTPROTO="static"
        NAME="ens33"
        DEVICE="ens33"
        ONBOOT="yes"
        IPADDR="192.168.10.21"  # management
        NETMASK='255.255.255.0'
        GATEWAY=192.168.10.2
        DNS1=8.8.8.8

        """),
    Case(
      testDescription: "dhcp, and nothing else", before: "DEVICE=ens33\nBOOTPROTO=dhcp\nONBOOT=no",
      after: "DEVICE=ens33\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2"),
    Case(
      testDescription: "a default of the shell's changes nothing else",
      before: "DEVICE=ens33\nBOOTPROTO=dhcp\nIPADDR=${NOTHING:-10.3.3.3}\nexport IPADDR=192.168.10.20\nPREFIX=24\n",
      after:
        "DEVICE=ens33\nBOOTPROTO=none\nexport IPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\n"
    ),
    Case(
      testDescription: "what another file may have set is set again behind it",
      before: "DEVICE=ens33\nBOOTPROTO=dhcp\nONBOOT=no\n. /etc/sysconfig/common\nIPADDR=192.168.10.20\nPREFIX=24\n",
      after:
        "DEVICE=ens33\nBOOTPROTO=dhcp\nONBOOT=no\n. /etc/sysconfig/common\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\nDEVICE=ens33\nBOOTPROTO=none\nONBOOT=yes\n"
    ),
    Case(
      testDescription: "IPADDR0 stays IPADDR0",
      before: "DEVICE=ens33\nIPADDR0=192.168.10.20\nPREFIX0=24\nGATEWAY0=192.168.10.2\n",
      after: "DEVICE=ens33\nIPADDR0=192.168.10.21\nPREFIX0=24\nGATEWAY0=192.168.10.2\n"),
    Case(
      testDescription: "IPADDR and IPADDR0 are two addresses: one stays",
      before:
        "DEVICE=ens33\nIPADDR=192.168.10.20\nNETMASK=255.255.255.0\nIPADDR0=192.168.10.20\nPREFIX0=24\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nIPADDR=192.168.10.21\nNETMASK=255.255.255.0\nGATEWAY=192.168.10.2\n"),
    Case(
      testDescription: "the right one of the two stays",
      before:
        "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nIPADDR0=192.168.10.21\nPREFIX0=24\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nPREFIX=24\nIPADDR0=192.168.10.21\nPREFIX0=24\nGATEWAY=192.168.10.2\n"),
    Case(
      testDescription: "PREFIX counts, a NETMASK that disagrees goes",
      before: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=16\nNETMASK=255.255.0.0\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\n"),
    Case(
      testDescription: "a NETMASK that agrees may stay",
      before: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nNETMASK=255.255.255.0\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nNETMASK=255.255.255.0\nGATEWAY=192.168.10.2\n"),
    Case(
      testDescription: "stale second addresses, NETWORK and BROADCAST go",
      before: """
        DEVICE=ens33
        IPADDR=192.168.10.20
        PREFIX=24
        IPADDR1=192.168.10.220
        NETMASK1=255.255.255.0
        IPADDR2=10.0.0.1
        PREFIX2=8
        NETWORK=192.168.9.0
        BROADCAST=192.168.10.255
        GATEWAY=192.168.10.1
        GATEWAY1=192.168.10.9

        """,
      after: """
        DEVICE=ens33
        IPADDR=192.168.10.21
        PREFIX=24
        BROADCAST=192.168.10.255
        GATEWAY=192.168.10.2

        """),
    Case(
      testDescription: "the last assignment wins, several on a line",
      before: "DEVICE=ens33\nIPADDR=192.168.10.21\nA=1 IPADDR=192.168.10.20; PREFIX=24\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nA=1 IPADDR=192.168.10.21; PREFIX=24\nGATEWAY=192.168.10.2\n"),
    Case(
      testDescription: "carriage returns are mended, as bash would keep them",
      before: "TYPE=Ethernet\r\nDEVICE=ens33\r\nIPADDR=192.168.10.21\r\nPREFIX=24\r\nGATEWAY=192.168.10.2\r\n",
      after: "TYPE=Ethernet\nDEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\n"),
    Case(
      testDescription: "a wrong DEVICE and one that is missing",
      before: "DEVICE=eth0\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\n"),
    Case(
      testDescription: "a network without a gateway has none",
      before: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\n", site: { $0.networks[0].gateways = [] }),
    Case(
      testDescription: "name servers and mtu where the site has them",
      before:
        "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\nDNS1=8.8.8.8\nDNS2=8.8.4.4\nDNS3=1.1.1.1\n",
      after:
        "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\nDNS1=192.168.10.2\nDNS2=9.9.9.9\nMTU=9000\n",
      site: {
        $0.networks[0].dns = [try IPAddress("192.168.10.2"), try IPAddress("9.9.9.9")]
        $0.networks[0].mtu = 9000
      }),
    Case(
      testDescription: "several addresses",
      before: "DEVICE=ens33\nIPADDR=192.168.10.20\nNETMASK=255.255.255.0\nGATEWAY=192.168.10.2\n",
      after:
        "DEVICE=ens33\nIPADDR=192.168.10.21\nNETMASK=255.255.255.0\nGATEWAY=192.168.10.2\nIPADDR1=192.168.10.121\nNETMASK1=255.255.255.0\n",
      site: { $0.nodes[2].addresses[.management]?.append(try IPAddress("192.168.10.121")) }),
    Case(
      testDescription: "IPv6 beside it",
      before:
        "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\nIPV6INIT=no\nIPV6ADDR=fd00::20/64\n",
      after:
        "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\nIPV6INIT=yes\nIPV6ADDR=fd00::21/64\nIPV6_DEFAULTGW=fd00::1\n",
      site: {
        $0.networks[0].subnets.append(try Subnet("fd00::/64"))
        $0.networks[0].gateways.append(try IPAddress("fd00::1"))
        $0.nodes[2].addresses[.management]?.append(try IPAddress("fd00::21"))
      }),
    Case(
      testDescription: "IPv6 of the original goes where the site has none",
      before:
        "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\nIPV6INIT=yes\nIPV6ADDR=fd00::20/64\n",
      after: "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\nIPV6INIT=yes\n"),
  ]

  static let identity = [
    Case(
      testDescription: "the original's card, UUID and DHCP names go",
      before: """
        DEVICE=ens33
        HWADDR=00:0C:29:11:22:33
        MACADDR=00:0c:29:11:22:33
        UUID="9e7d7c0e-3ed9-4b0c-a2c9-0c8e1b7c0a33"
        IPADDR=192.168.10.20
        PREFIX=24
        GATEWAY=192.168.10.2
        DHCP_HOSTNAME=compute
        DHCP_CLIENT_ID=compute-1

        """,
      after: """
        DEVICE=ens33
        UUID="01010101-0101-4101-8101-010101010101"
        IPADDR=192.168.10.21
        PREFIX=24
        GATEWAY=192.168.10.2
        DHCP_HOSTNAME=compute2

        """),
    Case(
      testDescription: "or become the site's card",
      before: "DEVICE=ens33\nHWADDR=00:0C:29:11:22:33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\n",
      after: "DEVICE=ens33\nHWADDR=00:0c:29:aa:bb:cc\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\n",
      site: { $0.nodes[2].macs[.management] = try MACAddress("00:0c:29:aa:bb:cc") }),
  ]

  @Test(arguments: ipv4 + identity) func oneFile(_ row: Case) throws {
    var site = try Lab.site()
    try row.site(&site)
    let run = try Lab.settle(Lab.tree([Self.path: row.before]), site: site, [HostnameFixup(), InterfacesFixup()])
    #expect(run.after[Self.path] == row.after)
  }

  @Test("a node's own UUID and card stay") func own() throws {
    let text = Lab.ifcfg("ens33", "192.168.10.20", "u", "GATEWAY=192.168.10.2\nHWADDR=00:0c:29:11:22:33\n")
    let run = try Lab.settle(Lab.tree([Self.path: text]), as: "compute", [InterfacesFixup()])
    #expect(run.changes.map(\.path.description) == ["/var/lib/imprint/identity"])
  }

  @Test("a second address that the site knows nothing of does not make a node somebody's copy") func secondAddress()
    throws
  {
    let text = Lab.ifcfg("ens33", "192.168.10.20", "u", "GATEWAY=192.168.10.2\nIPADDR1=10.1.1.1\nPREFIX1=24\n")
    let run = try Lab.settle(Lab.tree([Self.path: text]), as: "compute", [InterfacesFixup()])
    #expect(run.provenance.origin == .own)
  }

  @Test("the file may bear another name") func otherName() throws {
    var tree = Lab.tree()
    tree.remove(Self.path)
    let path = "\(Self.directory)/ifcfg-System_eth0"
    tree.write(path, "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n")
    tree.write("\(Self.path).bak", "DEVICE=ens33\nIPADDR=192.168.10.20\n")
    let run = try Lab.settle(tree, [InterfacesFixup()])
    #expect(run.after[path] == "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\n")
    #expect(run.after[Self.path] == nil)
    #expect(run.findings == [])
  }

  @Test("a missing file is made whole") func missing() throws {
    var tree = Lab.tree()
    tree.remove(Self.path)
    let run = try Lab.settle(tree, [InterfacesFixup()])
    #expect(
      run.after[Self.path] == """
        TYPE=Ethernet
        BOOTPROTO=none
        NAME=ens33
        DEVICE=ens33
        ONBOOT=yes
        UUID=01010101-0101-4101-8101-010101010101
        IPADDR=192.168.10.21
        PREFIX=24
        GATEWAY=192.168.10.2

        """)
  }

  @Test("other files stay, and those in the way are named") func others() throws {
    let alias = "\(Self.directory)/ifcfg-ens33:1"
    let route = "\(Self.directory)/route-ens33"
    let keyfile = "/etc/NetworkManager/system-connections/ens33.nmconnection"
    let tree = Lab.tree([
      alias: "DEVICE=ens33:1\nIPADDR=192.168.10.20\n", route: "10.0.0.0/8 via 192.168.10.2 src 192.168.10.20\n",
      "\(Self.directory)/ifcfg-old": "DEVICE=ens33\nONBOOT=no\nIPADDR=10.0.0.1\n",
      keyfile: "[connection]\ninterface-name=ens33\n[ipv4]\naddress1=192.168.10.20/24\n",
    ])
    let run = try Lab.settle(tree, [InterfacesFixup()], failing: ["addresses of ens33:1", "the connection of ens33"])
    for name in [alias, keyfile, "\(Self.directory)/ifcfg-old", "\(Self.directory)/ifcfg-lo"] {
      #expect(run.after[name] == tree[name])
    }
    #expect(run.after[route] == "10.0.0.0/8 via 192.168.10.2 src 192.168.10.21\n")
    // Two of the keyfile: that it fights over ens33, and whose address it gives it.
    #expect(run.findings.count == 3, "\(run.findings)")
    #expect(run.findings.allSatisfy { $0.severity == .warning })
  }

  @Test("the shared gateway is set where it stands") func sharedGateway() throws {
    let global = "/etc/sysconfig/network"
    let tree = Lab.tree([
      global: "NETWORKING=yes\nGATEWAY=192.168.10.1\nGATEWAYDEV=eth0\n",
      Self.path: "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n",
    ])
    let run = try Lab.settle(tree, [InterfacesFixup()])
    #expect(run.after[global] == "NETWORKING=yes\nGATEWAY=192.168.10.2\nGATEWAYDEV=ens33\n")
  }

  @Test("a file that the shell cannot read is refused with its place") func unreadable() throws {
    let error = #expect(throws: FixupError.self) {
      try Run(
        Lab.tree([Self.path: "DEVICE=ens33\nNAME=\"ens33\nIPADDR=192.168.10.20\n"]), site: try Lab.site(),
        platform: try Lab.platform(), [InterfacesFixup()])
    }
    #expect(error?.description.hasPrefix("\(Self.path):2: ") == true)
  }

  @Test(
    "a variable that the file makes read-only is refused with its place",
    arguments: [
      ("DEVICE=ens33\nreadonly IPADDR=192.168.10.20\nPREFIX=24\n", 2), ("\n\ndeclare -r IPADDR\n", 3),
      ("A=1\nIPADDR=192.168.10.20\nreadonly IPADDR\n", 3),
    ]) func readOnly(_ text: String, _ line: Int) throws
  {
    let error = #expect(throws: FixupError.self) {
      try Run(
        Lab.tree([Self.path: text]), site: try Lab.site(), platform: try Lab.platform(), [InterfacesFixup()])
    }
    let reasons = ["cannot set IPADDR to 192.168.10.21: ", "IPADDR is set by readonly"]
    #expect(reasons.contains { error?.description.hasPrefix("\(Self.path):\(line): \($0)") == true })
  }

  @Test("reasons say whose the address was") func reasons() throws {
    let run = try Lab.settle(Lab.tree(), [InterfacesFixup()])
    #expect(run.reasons(Self.path).first == "IPADDR said 192.168.10.20, which is the address of compute")
  }
}

extension IfcfgTests {
  @Test("two files with each other's DEVICE come out right") func swapped() throws {
    let other = "\(Self.directory)/ifcfg-ens34"
    let tree = Lab.tree([
      Self.path: Lab.ifcfg("ens34", "192.168.20.20", "a"), other: Lab.ifcfg("ens33", "192.168.10.20", "b"),
    ])
    let run = try Lab.settle(tree, [InterfacesFixup()])
    #expect(run.after[Self.path]?.contains("IPADDR=\"192.168.10.21\"") == true)
    #expect(run.after[other]?.contains("IPADDR=\"192.168.20.21\"") == true)
  }

  @Test("both cards at once: the site's goes into HWADDR alone") func bothCards() throws {
    var site = try Lab.site()
    site.nodes[2].macs[.management] = try MACAddress("00:0c:29:aa:bb:cc")
    let tree = Lab.tree([Self.path: "DEVICE=ens33\nMACADDR=00:0c:29:11:22:33\nIPADDR=192.168.10.20\nPREFIX=24\n"])
    let run = try Lab.settle(tree, site: site, [InterfacesFixup()])
    #expect(
      run.after[Self.path]
        == "DEVICE=ens33\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\nHWADDR=00:0c:29:aa:bb:cc\n")
  }

  @Test(
    "a line that sets nothing and has the original's address is named",
    arguments: [
      ("IPADDR = 192.168.10.20\n", 1), ("\u{FEFF}IPADDR=192.168.10.20\nDEVICE=ens33\n", 1),
      ("DEVICE=ens33\n. ./more\n", nil), ("# 192.168.10.20\nIPADDR=192.168.10.20\nPREFIX=24 # 192.168.10.20\n", nil),
    ] as [(String, Int?)]) func idleLine(_ text: String, _ line: Int?) throws
  {
    let run = try Lab.settle(Lab.tree([Self.path: text]), [InterfacesFixup()])
    #expect(run.after[Self.path]?.contains("IPADDR=192.168.10.21\n") == true)
    #expect(
      run.findings.map { $0.text.prefix { $0 != " " } } == (line.map { ["\(Self.path):\($0)"] } ?? []))
  }

  @Test("what else has the original's address in it is named") func leftOver() throws {
    let tree = Lab.tree([Self.path: Lab.ifcfg("ens33", "192.168.10.20", "u", "ROUTE_SRC='src 192.168.10.20'\n")])
    let run = try Lab.settle(tree, [InterfacesFixup()])
    #expect(run.findings.map(\.text).first?.hasPrefix("ROUTE_SRC in \(Self.path) has 192.168.10.20") == true)
  }

  @Test(
    "the near end of a tunnel of Open vSwitch is the node's; what else has the original's address is told",
    arguments: [
      ("OVS_TUNNEL_OPTIONS=\"options:remote_ip=192.168.20.10 options:local_ip=LOCAL\"\n", true),
      ("OVS_EXTRA='set Interface vxlan0 options:local_ip=LOCAL -- set bridge br-ex fail_mode=secure'\n", true),
      ("OVS_OPTIONS=\"options:local_ip=LOCAL\"\n", true),
      ("OVS_TUNNEL_OPTIONS=\"options:local_ip=LOCAL0\"\n", nil),
      ("OVS_TUNNEL_OPTIONS=\"options:remote_ip=LOCAL\"\n", false), ("OVS_EXTRA='set x nonlocal=LOCAL'\n", false),
    ] as [(String, Bool?)]) func tunnelEnd(_ line: String, _ isChanged: Bool?) throws
  {
    let path = "\(Self.directory)/ifcfg-vxlan0"
    let text =
      "DEVICE=vxlan0\nDEVICETYPE=ovs\nTYPE=OVSTunnel\nOVS_BRIDGE=br-ex\nOVS_TUNNEL_TYPE=vxlan\n\(line)ONBOOT=yes\n"
    let run = try Lab.settle(
      Lab.tree([path: text.replacing("LOCAL", with: "192.168.20.20")]), [InterfacesFixup()])
    #expect(run.after[path] == text.replacing("LOCAL", with: isChanged == true ? "192.168.20.21" : "192.168.20.20"))
    #expect(run.findings.contains { $0.text.contains("in \(path) has 192.168.20.20 in it") } == (isChanged == false))
    #expect(run.claims.contains { $0.subject == "options in \(path)" && !$0.holds } == (isChanged == true))
  }

  @Test(
    "a file that the shell reads besides is told with the original's address in it, and fails verify where that counts",
    arguments: [
      (". /etc/sysconfig/network-scripts/common", "IPADDR1=192.168.10.20\n", true),
      ("source ./common", "IPADDR1=192.168.10.20\n", true),
      ("[ -f common ] && . common", "PEER='192.168.10.20'\n", false), (". common", "IPADDR=192.168.10.20\n", false),
      (". common", "PEER=192.168.10.10\n", nil), ("# . common", "IPADDR1=192.168.10.20\n", nil),
    ] as [(String, String, Bool?)]) func sourced(_ line: String, _ text: String, _ isGiven: Bool?) throws
  {
    let own = Lab.ifcfg("ens33", "192.168.10.20", "u")
    let tree = Lab.tree([Self.path: "\(line)\n\(own)", "\(Self.directory)/common": text])
    let first = try Run(tree, site: try Lab.site(), platform: try Lab.platform(), [InterfacesFixup(), StampFixup()])
    // Once nothing calls itself the original any more.
    let files = [Self.path, "\(Self.directory)/common"].map { ($0, first.after[$0] ?? "") }
    let renamed = MemoryTree(Dictionary(uniqueKeysWithValues: files + [("/etc/hostname", "compute2\n")]))
    let run = try Run(renamed, site: try Lab.site(), platform: try Lab.platform(), [InterfacesFixup()])
    let told =
      "\(Self.path):1 reads \(Self.directory)/common, which has 192.168.10.20 in it, which is the address of compute"
    #expect(first.findings.contains { $0.text.hasPrefix(told) } == (isGiven != nil), "\(first.findings)")
    #expect(run.provenance.formerAddresses.isEmpty)
    #expect(
      run.claims.filter { !$0.holds && $0.subject.hasPrefix("IPADDR") }.map(\.subject)
        == (isGiven == true ? ["IPADDR1 in \(Self.directory)/common"] : [])
    )
  }

  /// Lines that people leave, in any order: whatever they are, the claims hold afterwards and a second run rests.
  @Test("any mixture of lines settles") func mixtures() throws {
    let lines = [
      "DEVICE=ens33", "DEVICE='eth0'", "IPADDR=192.168.10.20", "IPADDR=\"192.168.10.21\" # right",
      "IPADDR0=192.168.10.20",
      "IPADDR0=192.168.10.21", "IPADDR1=192.168.10.20", "PREFIX=24", "PREFIX=\"16\"", "PREFIX0=24", "PREFIX1=8",
      "NETMASK=255.255.255.0", "NETMASK=255.255.0.0", "NETMASK0='255.255.255.0'", "GATEWAY=192.168.10.1",
      "GATEWAY0=192.168.10.2", "GATEWAY=", "export IPADDR=192.168.10.77", "A=1 IPADDR=192.168.10.20 PREFIX=25",
      "unset IPADDR", "IPADDR=$(hostname -i)", "if true; then IPADDR=192.168.10.20; fi", "IPADDR+=5", "BOOTPROTO=dhcp",
      "BOOTPROTO=Static", "NETWORK=192.168.10.0", "BROADCAST=10.0.0.255", "ONBOOT=no", "HWADDR=00:0C:29:11:22:33",
      "UUID=abc", "IPADDR=192.168.10.20\r", "# IPADDR=192.168.10.20", "IPADDR=192.168.10.\\", "20",
    ]
    var random = SeededNumbers(seed: 7)
    for _ in 0..<150 {
      let count = Int.random(in: 0...9, using: &random)
      let chosen = (0..<count).compactMap { _ in lines.randomElement(using: &random) }
      let text = chosen.joined(separator: "\n") + (Bool.random(using: &random) ? "\n" : "")
      do {
        try Lab.settle(Lab.tree([Self.path: text]), [InterfacesFixup()])
      } catch let error as FixupError {
        // A word that runs on into a keyword breaks the file, for bash too.
        if text.contains("\\\nif ") { continue }
        Issue.record("\(text)\n\(error)")
      }
    }
  }
  @Test("a tree without any network scripts gets the directory, once") func noDirectory() throws {
    let tree = MemoryTree(["/etc/hostname": "compute\n"])
    let run = try Lab.settle(tree, [InterfacesFixup()])
    #expect(
      run.changes.map(\.path.description).prefix(4) == [
        "/etc/sysconfig", Self.directory, Self.path, "\(Self.directory)/ifcfg-ens34",
      ])
  }

  @Test(
    "what a builtin sets is refused with its line, where the plan decides on it",
    arguments: [
      "declare IPADDR0=192.168.20.20", "typeset -x UUID=c5a0c7be-8d52-4c9a-93a5-6c1d2f7f0e41", "readonly DEVICE=ens34",
      "local GATEWAY=192.168.20.2", "command export PREFIX=24", "builtin export DNS1=192.168.10.2",
      "eval 'HWADDR=52:54:00:00:00:01'",
    ])
  func declared(_ line: String) throws {
    let path = "\(Self.directory)/ifcfg-ens34"
    let text = "DEVICE=ens34\nONBOOT=yes\nIPADDR=192.168.20.20\nPREFIX=24\n"
    let error = try #require(throws: FixupError.self) {
      try Run(Lab.tree([path: text + line + "\n"]), site: Lab.site(), platform: Lab.platform(), [InterfacesFixup()])
    }
    #expect(error.description.hasPrefix("\(path):5: ") && error.description.hasSuffix("=… on a line of its own)"))
    let other = line.replacing(#/[A-Z0-9]+=/#, with: "NOBODY=")
    let run = try Run(
      Lab.tree([path: text + other + "\n"]), site: Lab.site(), platform: Lab.platform(), [InterfacesFixup()])
    #expect(run.after[path]?.contains("192.168.20.21") == true)
  }
}
