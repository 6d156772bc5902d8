import Site
import Testing

@Suite("The smallest site says all that has no default")
struct SmallestSiteTests {
  let site: Site

  init() throws { site = try Site.parse(Array(lab.utf8), file: "site.toml") }

  @Test func `networks and nodes keep the order of the file`() {
    #expect(site.networks.map(\.name.description) == ["management", "tunnel"])
    #expect(site.nodes.map(\.name.description) == ["controller", "compute", "compute2"])
  }

  @Test func `a network has its subnet, gateway and interface`() throws {
    let network = try #require(site.network(.management))
    let address = try IPAddress("192.168.10.21")
    #expect(network.prefix(for: address)?.value == 24)
    #expect(network.prefix(for: address)?.netmask == "255.255.255.0")
    #expect(network.gateway(for: address)?.description == "192.168.10.2")
    #expect(network.subnet(for: try IPAddress("192.168.20.21")) == nil)
    #expect(network.interface?.description == "ens33")
    #expect(network.mtu == nil)
  }

  @Test func `a node has its role, addresses and marks`() throws {
    let node = try #require(site.node(try NodeName("compute2")))
    #expect(node.role == .compute)
    #expect(node.addresses.networks == [.management, .tunnel])
    #expect(node.allAddresses.map(\.description) == ["192.168.10.21", "192.168.20.21"])
    #expect(node.match.macs.map(\.description) == ["00:0c:29:aa:bb:cc"])
    #expect(node.match.uuid?.description == "564d0c29-aabb-ccdd-eeff-001122334455")
    #expect(node.match.serial == "VMware-56 4d")
  }

  @Test func `what isn't said is as the tutorial has it`() throws {
    let node = try #require(site.nodes.last)
    #expect(site.hosts.network == .management)
    #expect(site.hostAddresses(of: node).map(\.description) == ["192.168.10.21"])
    #expect(site.myIP(of: node)?.description == "192.168.10.21")
    #expect(site.localIP(of: node)?.description == "192.168.20.21")
    #expect(site.hostname(of: node)?.description == "compute2")
    #expect(site.interface(of: node, .tunnel)?.description == "ens34")
    #expect(site.profile(of: node) == nil)
    #expect(site.migration == Migration())
    #expect(site.migration.user == .nova)
    #expect(site.migration.keyType == .ed25519)
    #expect(site.migration.checksHostKeys)
    #expect(site.migration.restriction == .peerAddresses)
    #expect(site.migration.access == .keys)
    #expect(site.controller == Controller())
    #expect(site.fence.mode == .linksAndServices)
    #expect(site.reset.renews(.machineID))
  }

  @Test func `a default network that isn't there is not invented`() throws {
    let site = try Site.parse(
      Array(
        """
        networks.management.subnet = "10.0.0.0/8"
        nodes.a = { role = "compute", addresses = { management = "10.0.0.1" } }
        """.utf8), file: "")
    #expect(site.neutron.localIP == nil)
    #expect(site.localIP(of: site.nodes[0]) == nil)
  }

  @Test(arguments: [
    "\u{FEFF}" + lab, lab.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"),
  ])
  func `a byte order mark or Windows line ends change nothing`(_ text: String) throws {
    #expect(try Site.parse(Array(text.utf8), file: "") == site)
  }
}
