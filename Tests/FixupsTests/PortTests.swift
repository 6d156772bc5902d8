import Site
import Testing

@testable import Fixups

@Suite("Ports of bridges and bonds")
struct PortTests {
  static let directory = IfcfgTests.directory

  static func site(bridge: String, mac: String? = nil) throws -> Site {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName(bridge)
    if let mac { site.nodes[2].macs[.management] = try MACAddress(mac) }
    return site
  }

  static func refusal(_ tree: MemoryTree, debian: Bool = false) throws -> String {
    let error = #expect(throws: FixupError.self) {
      try Run(tree, site: try Lab.site(), platform: try Lab.platform(debian: debian), [InterfacesFixup()])
    }
    return error?.description ?? ""
  }

  @Test(
    "an address on a port is refused, and the bridge named",
    arguments: [
      ("DEVICE=ens33\nTYPE=Ethernet\nBRIDGE=br-ex\n", 3),
      ("DEVICE=ens33\nTYPE=OVSPort\nDEVICETYPE=ovs\nOVS_BRIDGE=\"br-ex\" # provider\n", 4),
      ("DEVICE=ens33\nMASTER=br-ex\nSLAVE=yes\nIPADDR=192.168.10.20\nPREFIX=24\n", 2),
      ("DEVICE=ens33\nBRIDGE_UUID=5a1c8c02-0a8a-4f53-9b6f-0a6d2b1f7e11\n", 2),
      ("DEVICE=ens33\nTEAM_MASTER='br-ex'\n", 2),
    ]) func ifcfg(_ text: String, _ line: Int) throws
  {
    let tree = Lab.tree([
      "\(Self.directory)/ifcfg-ens33": text,
      "\(Self.directory)/ifcfg-br-ex":
        "DEVICE=br-ex\nTYPE=OVSBridge\nIPADDR=192.168.10.20\nPREFIX=24\nUUID=5A1C8C02-0a8a-4f53-9b6f-0a6d2b1f7e11\n",
    ])
    let said = try Self.refusal(tree)
    #expect(said.hasPrefix("\(Self.directory)/ifcfg-ens33:\(line): ens33 is a port of br-ex, which has the addresses"))
    #expect(said.contains("interfaces = { management = \"br-ex\" } under [nodes.compute2]"))
  }

  @Test("a card of a bond in a bridge is the bridge's") func chain() throws {
    let tree = Lab.tree([
      "\(Self.directory)/ifcfg-ens33": "DEVICE=ens33\nMASTER=bond0\nSLAVE=yes\n",
      "\(Self.directory)/ifcfg-bond0": "DEVICE=bond0\nBRIDGE=br0\n",
      "\(Self.directory)/ifcfg-br0": "DEVICE=br0\nTYPE=Bridge\nIPADDR=192.168.10.20\nPREFIX=24\n",
    ])
    #expect(try Self.refusal(tree).contains("ens33 is a port of br0"))
  }

  @Test("bridges that contain each other end the search") func loop() throws {
    let tree = Lab.tree([
      "\(Self.directory)/ifcfg-ens33": "DEVICE=ens33\nBRIDGE=br0\n",
      "\(Self.directory)/ifcfg-br0": "DEVICE=br0\nBRIDGE=ens33\n",
    ])
    #expect(try Self.refusal(tree).contains("ens33 is a port of br0"))
  }

  @Test("an internal port of Open vSwitch has addresses") func internalPort() throws {
    let tree = Lab.tree([
      "\(Self.directory)/ifcfg-ens33":
        "DEVICE=ens33\nTYPE=OVSIntPort\nDEVICETYPE=ovs\nOVS_BRIDGE=br-ex\nIPADDR=192.168.10.20\nPREFIX=24\n"
    ])
    let run = try Lab.settle(tree, [InterfacesFixup()])
    #expect(run.after["\(Self.directory)/ifcfg-ens33"]?.contains("IPADDR=192.168.10.21\n") == true)
  }

  static let bridged = [
    "\(directory)/ifcfg-ens33":
      "DEVICE=ens33\nHWADDR=00:0c:29:11:22:33\nUUID=9e7d7c0e-3ed9-4b0c-a2c9-0c8e1b7c0a33\nBRIDGE=br0\n",
    "\(directory)/ifcfg-br0":
      "DEVICE=br0\nTYPE=Bridge\nMACADDR=00:0c:29:11:22:33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n",
  ]

  @Test("the bridge that the site names gets the address, and its port loses the original's card") func named() throws {
    let run = try Lab.settle(Lab.tree(Self.bridged), site: Self.site(bridge: "br0"), [InterfacesFixup()])
    #expect(
      run.after["\(Self.directory)/ifcfg-br0"]
        == "DEVICE=br0\nTYPE=Bridge\nIPADDR=192.168.10.21\nPREFIX=24\nGATEWAY=192.168.10.2\n")
    let port = try #require(run.after["\(Self.directory)/ifcfg-ens33"])
    #expect(port.hasPrefix("DEVICE=ens33\nUUID=") && port.hasSuffix("\nBRIDGE=br0\n"))
    #expect(!port.contains("9e7d7c0e"))
  }

  @Test("the site's card goes to the port, not to the bridge") func card() throws {
    let site = try Self.site(bridge: "br0", mac: "00:0c:29:aa:bb:cc")
    let run = try Lab.settle(Lab.tree(Self.bridged), site: site, [InterfacesFixup()])
    #expect(run.after["\(Self.directory)/ifcfg-br0"]?.contains("ADDR=00:0c") == false)
    #expect(run.after["\(Self.directory)/ifcfg-ens33"]?.contains("HWADDR=00:0c:29:aa:bb:cc\n") == true)
  }

  @Test("an interface that the site does not name is not looked for among ports") func unnamed() throws {
    var site = try Lab.site()
    site.networks[0].interface = nil
    var files = Self.bridged
    files["\(Self.directory)/ifcfg-ens33"]? += "IPADDR=192.168.10.20\nPREFIX=24\n"
    let run = try Lab.settle(Lab.tree(files), site: site, [InterfacesFixup()])
    #expect(run.after["\(Self.directory)/ifcfg-br0"]?.contains("IPADDR=192.168.10.21\n") == true)
    #expect(run.findings.contains { $0.text.hasPrefix("\(Self.directory)/ifcfg-ens33:5 gives ens33 192.168.10.20") })
  }

  @Test(
    "an address on a port is refused on Debian too",
    arguments: [
      ("iface br0 inet static\n  address 192.168.10.20/24\n  bridge_ports ens33 tap0\n", 3),
      ("iface ens33 inet manual\niface br0 inet static\n  address 192.168.10.20/24\n  bridge-ports \\\n   ens33\n", 4),
      ("iface ens33 inet manual\n  bond-master br0\niface br0 inet static\n  address 192.168.10.20/24\n", 2),
      ("iface ens33 inet manual\n  ovs_type OVSPort\n  ovs_bridge br0\n", 3),
      ("iface br0 inet static\n  ovs_type OVSBridge\n  ovs_ports ens33 vlan7\n", 3),
    ]) func ifupdown(_ text: String, _ line: Int) throws
  {
    let said = try Self.refusal(Lab.tree(debian: true, [IfupdownTests.path: text]), debian: true)
    #expect(said.hasPrefix("\(IfupdownTests.path):\(line): ens33 is a port of br0"))
  }

  @Test("the bridge that the site names gets the address on Debian too") func namedOnDebian() throws {
    let text = """
      auto br0
      iface br0 inet static
        address 192.168.10.20/24
        gateway 192.168.10.2
        bridge_ports ens33
      iface ens33 inet manual
        hwaddress ether 00:0c:29:11:22:33

      """
    let run = try Lab.settle(
      Lab.tree(debian: true, [IfupdownTests.path: text]), site: Self.site(bridge: "br0"), debian: true,
      [InterfacesFixup()])
    #expect(run.after[IfupdownTests.path]?.contains("address 192.168.10.21/24\n  gateway 192.168.10.2\n") == true)
    #expect(run.after[IfupdownTests.path]?.contains("hwaddress") == false)
  }
}

@Suite("Aliases and what packages left aside")
struct AliasTests {
  static let directory = IfcfgTests.directory

  @Test(
    "an alias that two machines would have is named with its line",
    arguments: [
      (
        "ifcfg-ens33:1", "DEVICE=ens33:1\nIPADDR=192.168.10.20\n",
        "2 gives ens33:1 192.168.10.20, which is the address of compute"
      ),
      ("ifcfg-ens33:1", "IPADDR=192.168.10.10\n", "1 gives ens33:1 192.168.10.10, which is the address of controller"),
      ("ifcfg-ens33:1", "\nIPADDR=10.9.9.9\n", "2 gives ens33:1 10.9.9.9, which the original has too"),
      (
        "ifcfg-ens33-range0", "IPADDR_START=192.168.10.120\nIPADDR_END=192.168.10.120\n",
        "1 gives ens33-range0 192.168.10.120,"
      ),
      ("ifcfg-ens35", "DEVICE=ens35\nIPADDR=10.9.9.9\n", "2 gives ens35 10.9.9.9, which the original has too"),
    ]) func ifcfg(_ name: String, _ text: String, _ said: String) throws
  {
    let tree = Lab.tree(["\(Self.directory)/\(name)": text])
    let run = try Lab.settle(tree, [InterfacesFixup()], failing: ["addresses of ens33:1"])
    #expect(run.after["\(Self.directory)/\(name)"] == text)
    #expect(run.findings.contains { $0.severity == .warning && $0.text.hasPrefix("\(Self.directory)/\(name):\(said)") })
  }

  @Test("a node's own alias is its own business, unless another node has the address") func own() throws {
    let alias = "\(Self.directory)/ifcfg-ens33:1"
    let mine = try Lab.settle(Lab.tree([alias: "IPADDR=192.168.10.120\n"]), as: "compute", [InterfacesFixup()])
    #expect(!mine.findings.contains { $0.text.contains(alias) })
    let taken = try Lab.settle(
      Lab.tree([alias: "IPADDR=192.168.10.21\n"]), as: "compute", [InterfacesFixup()],
      failing: ["addresses of ens33:1"])
    #expect(
      taken.findings.contains {
        $0.text.hasPrefix("\(alias):1 gives ens33:1 192.168.10.21, which is the address of compute2")
      })
  }

  @Test(
    "an alias in interfaces(5) is named with its line",
    arguments: [
      ("192.168.10.120/24", "which the original has too"), ("192.168.10.10", "which is the address of controller"),
      ("192.168.10.20/32", "which is the address of compute"),
    ]) func ifupdown(_ address: String, _ whose: String) throws
  {
    let text =
      "auto ens33 ens33:0\niface ens33 inet static\n  address 192.168.10.20/24\n\niface ens33:0 inet static\n  address \(address)\n"
    let run = try Lab.settle(
      Lab.tree(debian: true, [IfupdownTests.path: text]), debian: true, [InterfacesFixup()],
      failing: ["addresses of ens33:0"])
    let plain = address.prefix { $0 != "/" }
    #expect(
      run.findings.map(\.text) == ["\(IfupdownTests.path):6 gives ens33:0 \(plain), \(whose); it is left as it is"])
  }

  @Test(
    "a file that a package left aside is no interface's, and is named once", arguments: ["rpmsave", "old", "rpmorig"])
  func leftAside(_ ending: String) throws {
    var tree = Lab.tree()
    tree.remove(IfcfgTests.path)
    let aside = "\(Self.directory)/ifcfg-eth0.\(ending)"
    let real = "\(Self.directory)/ifcfg-management"
    tree.write(aside, "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\n")
    tree.write(real, "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\n")
    let run = try Lab.settle(tree, [InterfacesFixup()])
    #expect(run.after[real]?.contains("IPADDR=192.168.10.21\n") == true)
    #expect(run.after[aside] == tree[aside])
    #expect(run.findings.map(\.text) == ["\(aside) is for ens33 too: which one counts depends on who reads them"])
  }
}
