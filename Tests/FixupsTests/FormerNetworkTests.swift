import Site
import Support
import Testing

@testable import Fixups

/// An address of the original's is on one network, and what says it gets the node's address on that one.
@Suite("The networks of former addresses") struct FormerNetworkTests {
  private static func settled(_ tree: MemoryTree, _ site: Site) throws -> Run {
    let fixups: [any Fixup] = [
      HostnameFixup(), InterfacesFixup(), HostsFixup(), NovaFixup(), NeutronFixup(), ListenAddress(),
    ]
    return try Lab.settle(tree, site: site, fixups)
  }

  @Test("my_ip on the tunnel's network moves alone") func myIP() throws {
    let rule = "/etc/sysconfig/network-scripts/rule-ens34"
    let run = try Self.settled(
      Lab.tree([
        "/etc/nova/nova.conf":
          "[DEFAULT]\nmy_ip = 192.168.20.20\n[libvirt]\nlive_migration_inbound_addr = 192.168.20.20\n",
        "/etc/ssh/sshd_config": "ListenAddress 192.168.20.20\n", rule: "from 192.168.20.20 table 100\n",
      ]), Lab.site())
    #expect(
      run.after["/etc/nova/nova.conf"]
        == "[DEFAULT]\nmy_ip = 192.168.10.21\n[libvirt]\nlive_migration_inbound_addr = 192.168.20.21\n")
    #expect(run.after["/etc/ssh/sshd_config"] == "ListenAddress 192.168.20.21\n")
    #expect(run.after[rule] == "from 192.168.20.21 table 100\n")
  }

  @Test("local_ip on the management network moves alone, whatever the networks are called") func localIP() throws {
    let path = "/etc/neutron/plugins/ml2/linuxbridge_agent.ini"
    var site = try Lab.site()
    let data = try NetworkName("data")
    site.networks[1].name = data
    for index in site.nodes.indices {
      site.nodes[index].addresses[data] = site.nodes[index].addresses[.tunnel]
      site.nodes[index].addresses[.tunnel] = nil
    }
    site.neutron.localIP = data
    let run = try Self.settled(
      Lab.tree([
        path: "[vxlan]\nenable_vxlan = true\nlocal_ip = 192.168.10.20\n",
        "/etc/ssh/sshd_config": "ListenAddress 192.168.10.20\n",
      ]), site)
    #expect(run.after[path] == "[vxlan]\nenable_vxlan = true\nlocal_ip = 192.168.20.21\n")
    #expect(run.after["/etc/ssh/sshd_config"] == "ListenAddress 192.168.10.21\n")
  }

  @Test("the original's cards may be on each other's networks") func cards() throws {
    let management = Lab.compute["/etc/sysconfig/network-scripts/ifcfg-ens33"] ?? ""
    let tunnel = Lab.compute["/etc/sysconfig/network-scripts/ifcfg-ens34"] ?? ""
    #expect(management.contains("192.168.10.20") && tunnel.contains("192.168.20.20"))
    let run = try Self.settled(
      Lab.tree([
        "/etc/sysconfig/network-scripts/ifcfg-ens33": tunnel.replacing("ens34", with: "ens33"),
        "/etc/sysconfig/network-scripts/ifcfg-ens34": management.replacing("ens33", with: "ens34"),
        "/etc/nova/nova.conf":
          "[DEFAULT]\nmy_ip = 192.168.10.20\n[libvirt]\nlive_migration_inbound_addr = 192.168.20.20\n",
      ]), Lab.site())
    #expect(
      run.after["/etc/nova/nova.conf"]
        == "[DEFAULT]\nmy_ip = 192.168.10.21\n[libvirt]\nlive_migration_inbound_addr = 192.168.20.21\n")
  }
}
