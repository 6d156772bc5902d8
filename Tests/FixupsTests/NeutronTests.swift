import Site
import Testing
import Tree

@testable import Fixups

@Suite("The files of neutron's agents")
struct NeutronTests {
  static let bridge = "/etc/neutron/plugins/ml2/linuxbridge_agent.ini"
  static let vswitch = "/etc/neutron/plugins/ml2/openvswitch_agent.ini"

  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var path: String
    var before: String
    var after: String
    var debian = false
  }

  static let cases = [
    Case(
      testDescription: "the tutorial's tunnel", path: bridge,
      before: "[vxlan]\nenable_vxlan = true\nlocal_ip = 192.168.20.20\n",
      after: "[vxlan]\nenable_vxlan = true\nlocal_ip = 192.168.20.21\n"),
    Case(
      testDescription: "[VXLAN] is the same section", path: bridge, before: "[VXLAN]\nlocal_ip=192.168.20.20",
      after: "[VXLAN]\nlocal_ip=192.168.20.21"),
    Case(
      testDescription: "a tunnel without an endpoint gets one", path: bridge,
      before: "[vxlan]\n#local_ip = <None>\nenable_vxlan = true\n",
      after: "[vxlan]\n#local_ip = <None>\nlocal_ip = 192.168.20.21\nenable_vxlan = true\n"),
    Case(
      testDescription: "VXLAN is on in a configured agent that says nothing of it", path: bridge,
      before: "[linux_bridge]\nphysical_interface_mappings = p:ens33\n",
      after: "[linux_bridge]\nphysical_interface_mappings = p:ens33\n\n[vxlan]\nlocal_ip = 192.168.20.21\n"),
    Case(
      testDescription: "no tunnel, no endpoint", path: bridge, before: "[vxlan]\nenable_vxlan = false\n",
      after: "[vxlan]\nenable_vxlan = false\n"),
    Case(
      testDescription: "a package's file of comments stays", path: bridge, before: "[DEFAULT]\n[vxlan]\n#local_ip =\n",
      after: "[DEFAULT]\n[vxlan]\n#local_ip =\n"),
    Case(
      testDescription: "Open vSwitch", path: vswitch,
      before: "[ovs]\nlocal_ip: 192.168.20.20\nbridge_mappings = p:br\n",
      after: "[ovs]\nlocal_ip: 192.168.20.21\nbridge_mappings = p:br\n", debian: true),
    Case(
      testDescription: "Open vSwitch with tunnel types", path: vswitch, before: "[agent]\ntunnel_types = vxlan\n",
      after: "[agent]\ntunnel_types = vxlan\n\n[ovs]\nlocal_ip = 192.168.20.21\n"),
    Case(
      testDescription: "Open vSwitch without tunnels", path: vswitch, before: "[ovs]\nbridge_mappings = p:br\n",
      after: "[ovs]\nbridge_mappings = p:br\n"),
    Case(
      testDescription: "addresses elsewhere", path: "/etc/neutron/metadata_agent.ini",
      before: "[DEFAULT]\nnova_metadata_host = 192.168.10.10\nx = 192.168.10.20\n",
      after: "[DEFAULT]\nnova_metadata_host = 192.168.10.10\nx = 192.168.10.21\n"),
    Case(
      testDescription: "host where it stands", path: "/etc/neutron/neutron.conf", before: "[DEFAULT]\nhost=compute\n",
      after: "[DEFAULT]\nhost=compute2\n"),
  ]

  @Test(arguments: cases) func oneFile(_ row: Case) throws {
    var tree = Lab.tree(debian: row.debian)
    tree.remove(Self.bridge)
    tree.write(row.path, row.before)
    let run = try Lab.settle(tree, debian: row.debian, [HostnameFixup(), NovaFixup(), NeutronFixup()])
    #expect(run.after[row.path] == row.after)
  }

  @Test("a site without a tunnel network leaves local_ip, but not another node's address") func noTunnelNetwork() throws
  {
    var site = try Lab.site()
    site.neutron.localIP = nil
    let run = try Lab.settle(Lab.tree(), site: site, [NeutronFixup()])
    #expect(run.after[Self.bridge]?.contains("local_ip = 192.168.20.21\n") == true)
  }

  @Test("a later file says what counts") func laterFile() throws {
    let later = "/etc/neutron/conf.d/neutron-linuxbridge-agent/local.conf"
    let run = try Lab.settle(Lab.tree([later: "[vxlan]\nlocal_ip = 10.9.9.9\n"]), [NeutronFixup()])
    #expect(run.after[later] == "[vxlan]\nlocal_ip = 192.168.20.21\n")
    #expect(run.after[Self.bridge]?.contains("192.168.20.21") == true)
  }

  @Test("what oslo.config refuses is refused") func refused() throws {
    let tree = Lab.tree([Self.bridge: " [vxlan]\n"])
    #expect(throws: FixupError.self) {
      try Run(tree, site: try Lab.site(), platform: try Lab.platform(), [NeutronFixup()])
    }
  }
}
