import Site
import Testing
import Tree

@testable import Fixups

@Suite("The family of an address that services have")
struct OwnFamilyTests {
  private static let nova = "/etc/nova/nova.conf"
  private static let agent = "/etc/neutron/plugins/ml2/linuxbridge_agent.ini"

  private static func site(_ own: [NetworkName: [String]]) throws -> Site {
    var site = try Lab.site()
    site.networks[0].subnets.append(try Subnet("fd00:10::/64"))
    site.networks[1].subnets.append(try Subnet("fd00:20::/64"))
    for (network, addresses) in own { site.nodes[2].addresses[network] = try addresses.map { try IPAddress($0) } }
    return site
  }

  @Test(
    "stays where the node has an address of it on that network",
    arguments: [
      ("fd00:10::20", "fd00:20::20", "fd00:10::21", "fd00:20::21"),
      ("192.168.10.20", "192.168.20.20", "192.168.10.21", "192.168.20.21"),
      ("compute", "192.168.20.20", "192.168.10.21", "192.168.20.21"),
    ])
  func kept(_ myIP: String, _ localIP: String, _ ownIP: String, _ ownEnd: String) throws {
    let site = try Self.site([
      .management: ["192.168.10.21", "fd00:10::21"], .tunnel: ["192.168.20.21", "fd00:20::21"],
    ])
    let environment = "/etc/sysconfig/openstack-nova-compute"
    let tree = Lab.tree([
      Self.nova: "[DEFAULT]\nmy_ip = \(myIP)\n", Self.agent: "[vxlan]\nlocal_ip = \(localIP)\n",
      environment: "OS_DEFAULT__MY_IP=\(myIP)\n",
    ])
    let run = try Lab.settle(tree, site: site, [HostnameFixup(), NovaFixup(), NeutronFixup(), ServiceEnvironment()])
    #expect(run.after[Self.nova] == "[DEFAULT]\nmy_ip = \(ownIP)\n")
    #expect(run.after[Self.agent] == "[vxlan]\nlocal_ip = \(ownEnd)\n")
    #expect(run.after[environment] == "OS_DEFAULT__MY_IP=\(ownIP)\n")
  }

  @Test("goes where the node has none of it there")
  func gone() throws {
    let site = try Self.site([.management: ["192.168.10.21"]])
    let run = try Lab.settle(
      Lab.tree([Self.nova: "[DEFAULT]\nmy_ip = fd00:10::20\n"]), site: site, [HostnameFixup(), NovaFixup()])
    #expect(run.after[Self.nova] == "[DEFAULT]\nmy_ip = 192.168.10.21\n")
  }
}
