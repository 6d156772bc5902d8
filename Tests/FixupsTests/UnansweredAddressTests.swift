import Site
import Testing
import Tree

@testable import Fixups

/// Addresses of the original's on networks that are none of the node's: nothing can take their place, and a copy that keeps them acts as
/// the original.
@Suite("Addresses for which a node has none") struct UnansweredAddressTests {
  private static let nova = "/etc/nova/nova.conf"
  private static let cinder = "/etc/cinder/cinder.conf"
  private static let ens35 = "\(IfcfgTests.directory)/ifcfg-ens35"
  private static let storage = "DEVICE=ens35\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=10.0.30.20\nPREFIX=24\n"
  private static let options = [
    nova:
      "[DEFAULT]\nmy_ip = 192.168.10.20\nmy_block_storage_ip = 10.0.30.20\nmetadata_listen = 10.0.30.20\n[vnc]\nserver_listen = 10.0.30.20\n",
    cinder: "[DEFAULT]\nmy_ip=10.0.30.20\n[lvm]\ntarget_ip_address=10.0.30.20\n",
  ]
  private static let fixups: [any Fixup] = [
    HostnameFixup(), InterfacesFixup(), NovaFixup(), NeutronFixup(), LibvirtFixup(), ServicesBeside(),
    ServiceEnvironment(), SocketAddresses(), ListenAddress(),
  ]

  private static func twice(
    _ files: [String: String], site: Site? = nil
  ) throws -> (first: Run, second: Run) {
    let site = try site ?? Lab.site()
    let first = try Run(
      Lab.tree(files), site: site, platform: Lab.platform(), fixups + [StampFixup()])
    let second = try Run(first.after, site: site, platform: Lab.platform(), fixups + [StampFixup()])
    #expect(second.changes.map { "\($0.path) \($0.reasons)" } == [])
    #expect(second.provenance.origin == .own)
    return (first, second)
  }

  private static func told(_ run: Run) -> [String] {
    run.findings.filter { $0.text.contains("no address in its place") }.map { String($0.text.prefix { $0 != " " }) }
  }

  @Test("each option that keeps one is told with its line, and verify says no, then and later") func interface() throws
  {
    let (first, second) = try Self.twice(Self.options.merging([Self.ens35: Self.storage]) { $1 })
    let places = ["\(Self.nova):3:", "\(Self.nova):4:", "\(Self.nova):6:", "\(Self.cinder):2:", "\(Self.cinder):4:"]
    for run in [first, second] {
      #expect(Self.told(run) == places)
      let failing = run.claims.filter { !$0.holds && $0.seen.contains("10.0.30.20") }
      #expect(failing.count == 5, "\(failing)")
    }
    #expect(second.claims.filter { !$0.holds }.count == 5)
  }

  @Test("a site of one network does not let an agent's tunnel endpoint pass") func oneNetwork() throws {
    var site = Site(networks: Array(try Lab.site().networks.prefix(1)))
    for (name, address) in [("compute", "192.168.10.20"), ("compute2", "192.168.10.21")] {
      site.nodes.append(
        Node(name: try NodeName(name), role: .compute, addresses: [.management: [try IPAddress(address)]]))
    }
    let agent = "/etc/neutron/plugins/ml2/linuxbridge_agent.ini"
    for withInterface in [true, false] {
      let more = withInterface ? [:] : ["\(IfcfgTests.directory)/ifcfg-ens34": "DEVICE=ens34\nBOOTPROTO=dhcp\n"]
      let (first, second) = try Self.twice(more, site: site)
      for run in [first, second] {
        #expect(Self.told(run) == ["\(agent):5:"])
        #expect(run.claims.contains { !$0.holds && $0.subject.contains("local_ip") && $0.subject.contains(agent) })
      }
    }
  }

  @Test("what an apply warned of is still no when it is done") func otherFamily() throws {
    var site = try Lab.site()
    site.networks = [
      Network(name: .management, subnets: [try Subnet("fd00:10::/64")], interface: try InterfaceName("ens33")),
      Network(name: .tunnel, subnets: [try Subnet("fd00:20::/64")], interface: try InterfaceName("ens34")),
    ]
    site.nodes = [
      try Lab.node("controller", .controller, "fd00:10::10", "fd00:20::10"),
      try Lab.node("compute", .compute, "fd00:10::20", "fd00:20::20"),
      try Lab.node("compute2", .compute, "fd00:10::21", "fd00:20::21"),
    ]
    let text = "[DEFAULT]\nmy_ip = 192.168.10.20\n[libvirt]\nlive_migration_inbound_addr = 192.168.10.20\n"
    let (first, second) = try Self.twice([Self.nova: text], site: site)
    #expect(first.findings.contains { $0.text.contains("live_migration_inbound_addr") && $0.text.contains(":4") })
    for run in [first, second] {
      #expect(run.claims.contains { !$0.holds && $0.subject.contains("live_migration_inbound_addr") })
    }
    #expect(Self.told(second) == ["\(Self.nova):4:"])
  }

  @Test(
    "libvirt, systemd and sshd keep none either",
    arguments: [
      ("/etc/libvirt/libvirtd.conf", "\nlisten_addr = \"10.0.30.20\"\n"),
      ("/etc/systemd/system/libvirtd-tcp.socket", "[Socket]\nListenStream=10.0.30.20:16509\n"),
      ("/etc/ssh/sshd_config", "# \nListenAddress 10.0.30.20\n"),
      ("/etc/sysconfig/openstack-nova-compute", "\nOS_DEFAULT__MY_BLOCK_STORAGE_IP=10.0.30.20\n"),
    ])
  func besideOslo(_ path: String, _ text: String) throws {
    let (first, second) = try Self.twice([Self.ens35: Self.storage, path: text])
    for run in [first, second] {
      #expect(Self.told(run) == ["\(path):2:"], "\(run.findings)")
      #expect(run.claims.filter { !$0.holds && $0.seen.contains("10.0.30.20") }.count == 1)
    }
  }

  @Test("a service that others use at such an address is told in a copy, and may be right") func services() throws {
    let text = "[DEFAULT]\nmy_ip = 192.168.10.20\n[glance]\napi_servers = http://10.0.30.20:9292\n"
    let (first, second) = try Self.twice([Self.nova: text, Self.ens35: Self.storage])
    #expect(Self.told(first) == ["\(Self.nova):4:"])
    #expect(Self.told(second) == [] && second.claims.filter { !$0.holds } == [])
  }

  @Test("what every host may have is nobody else's", arguments: ["virbr0", "docker0"])
  func hostLocal(_ name: String) throws {
    let text =
      "[DEFAULT]\nmy_ip = 192.168.10.20\nmetadata_listen = 10.0.3.1\n[vnc]\nserver_listen = 10.0.3.1\n[ovs]\nof_listen_address = 127.0.0.1\n"
    let (first, second) = try Self.twice([
      Self.nova: text,
      "\(IfcfgTests.directory)/ifcfg-\(name)": "DEVICE=\(name)\nONBOOT=yes\nIPADDR=10.0.3.1\nPREFIX=24\n",
    ])
    #expect(Self.told(first) == [] && second.claims.filter { !$0.holds } == [])
  }

  @Test("an interface that keeps one is told for as long as it does") func interfaceItself() throws {
    let (first, second) = try Self.twice([Self.ens35: Self.storage])
    for run in [first, second] {
      #expect(
        run.findings.contains { $0.text.contains(Self.ens35) && $0.text.contains("10.0.30.20") }, "\(run.findings)")
    }
  }

  @Test("what hosts share at the loopback interface is nobody's") func loopback() throws {
    let lo = "\(IfcfgTests.directory)/ifcfg-lo"
    let text = "[DEFAULT]\nmy_ip = 192.168.10.20\nmetadata_listen = 10.10.10.10\n"
    let (first, second) = try Self.twice([Self.nova: text, lo: "DEVICE=lo\nIPADDR=10.10.10.10\nPREFIX=32\n"])
    #expect(Self.told(first) == [] && second.claims.filter { !$0.holds } == [])
  }

  @Test("the interface's own file is told once in a plan, and for as long as it has it") func netplan() throws {
    let text =
      NetplanReaderTests.text(NetplanReaderTests.addresses) + "  dummy-devices:\n    lan0: {addresses: [10.0.3.1/24]}\n"
    let (first, second) = try BackendTests.twice([NetplanReaderTests.path: text], profile: "ubuntu2404")
    for run in [first, second] { #expect(run.findings.filter { $0.text.contains("10.0.3.1") }.count == 1) }
    #expect(NetplanReaderTests.failing(second) == [])
  }

  @Test("the original itself, and a node that moved, have what they have") func own() throws {
    let tree = Lab.tree(Self.options.merging([Self.ens35: Self.storage]) { $1 })
    let original = try Run(
      tree, as: "compute", site: Lab.site(), platform: Lab.platform(), Self.fixups + [StampFixup()])
    var site = try Lab.site()
    site.nodes[1].addresses[.management] = [try IPAddress("192.168.10.30")]
    let moved = try Run(
      original.after, as: "compute", site: site, platform: Lab.platform(), Self.fixups + [StampFixup()])
    let after = try Run(moved.after, as: "compute", site: site, platform: Lab.platform(), Self.fixups)
    for run in [original, moved, after] { #expect(Self.told(run) == [] && run.provenance.origin == .own) }
    #expect(after.claims.filter { !$0.holds } == [])
  }

  @Test("once the site or a person gives it another, all is well") func mended() throws {
    let (first, _) = try Self.twice(Self.options.merging([Self.ens35: Self.storage]) { $1 })
    var tree = first.after
    for path in [Self.nova, Self.cinder, Self.ens35] {
      tree.write(path, (tree[path] ?? "").replacing("10.0.30.20", with: "10.0.30.21"))
    }
    let mended = try Run(tree, site: Lab.site(), platform: Lab.platform(), Self.fixups + [StampFixup()])
    #expect(mended.claims.filter { !$0.holds } == [] && Self.told(mended) == [] && mended.changes.isEmpty)
    var site = try Lab.site()
    let network = try NetworkName("storage")
    site.networks.append(
      Network(name: network, subnets: [try Subnet("10.0.30.0/24")], interface: try InterfaceName("ens35")))
    site.nodes[1].addresses[network] = [try IPAddress("10.0.30.20")]
    site.nodes[2].addresses[network] = [try IPAddress("10.0.30.21")]
    let given = try Run(first.after, site: site, platform: Lab.platform(), Self.fixups + [StampFixup()])
    for path in [Self.nova, Self.cinder, Self.ens35] { #expect(given.after[path]?.contains("10.0.30.20") == false) }
  }
}
