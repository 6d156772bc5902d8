import Site
import Testing
import Tree

@testable import Fixups

/// What tools that deploy OpenStack keep on a compute node in places of their own.
@Suite("Compute nodes of deployment tools")
struct DeploymentToolTests {
  private static let generated = "/var/lib/config-data/puppet-generated"
  private static let nova = "\(generated)/nova_libvirt/etc/nova/nova.conf"
  private static let agent = "\(generated)/neutron/etc/neutron/plugins/ml2/openvswitch_agent.ini"

  private static func services() throws -> ContainerPlatform {
    try #require(Platform.containers.first { $0.name == "tripleo" })
  }

  private static func tree(_ files: [String: String]) -> MemoryTree {
    var files = Lab.compute.merging(files) { $1 }
    for path in files.keys where path.hasPrefix("/etc/nova") || path.hasPrefix("/etc/neutron") { files[path] = nil }
    return MemoryTree(files)
  }

  @Test("TripleO's containers get this node's name and addresses where Puppet left them")
  func tripleo() throws {
    let sshd = "\(Self.generated)/nova_libvirt/etc/ssh/sshd_config"
    let tree = Self.tree([
      Self.nova: "[DEFAULT]\nhost=compute\nmy_ip=192.168.10.20\n[vnc]\nserver_listen=192.168.10.20\n",
      "\(Self.generated)/neutron/etc/neutron/neutron.conf": "[DEFAULT]\nhost=compute\n",
      "\(Self.generated)/neutron/etc/neutron/dhcp_agent.ini": "[DEFAULT]\nbind_host=192.168.10.20\n",
      Self.agent: "[ovs]\nlocal_ip=192.168.20.20\n",
      "\(Self.generated)/cinder/etc/cinder/cinder.conf": "[DEFAULT]\nhost=compute\n",
      sshd: "Match LocalAddress 192.168.10.20 User nova_migration\nMatch LocalAddress !192.168.10.20\n",
      "\(Self.generated)/collectd/etc/collectd.d/network.conf": "Listen \"192.168.10.20\"\n",
    ])
    let platform = try Lab.platform().running(Self.services())
    let fixups: [any Fixup] = [
      HostnameFixup(), NovaFixup(), NeutronFixup(), ServicesBeside(), ContainerFiles(), StampFixup(),
    ]
    let run = try Run(tree, site: Lab.site(), platform: platform, fixups)
    #expect(
      run.after[Self.nova] == "[DEFAULT]\nhost=compute2\nmy_ip=192.168.10.21\n[vnc]\nserver_listen=192.168.10.21\n")
    #expect(run.after["\(Self.generated)/neutron/etc/neutron/neutron.conf"] == "[DEFAULT]\nhost=compute2\n")
    #expect(run.after["\(Self.generated)/neutron/etc/neutron/dhcp_agent.ini"] == "[DEFAULT]\nbind_host=192.168.10.21\n")
    #expect(run.after[Self.agent] == "[ovs]\nlocal_ip=192.168.20.21\n")
    #expect(run.after["\(Self.generated)/cinder/etc/cinder/cinder.conf"] == "[DEFAULT]\nhost=compute2\n")
    #expect(run.after[sshd] == tree[sshd]?.replacing("10.20", with: "10.21"))
    #expect(run.claims.contains { !$0.holds && $0.subject == "Match (\(sshd):2)" })
    #expect(run.findings.contains { $0.text.contains("collectd.d/network.conf has 192.168.10.20 in it") })
    #expect(run.findings.contains { $0.text.contains("are TripleO's") && $0.severity == .note })
    let second = try Run(run.after, site: Lab.site(), platform: platform, fixups)
    #expect(second.changes.isEmpty && second.claims.allSatisfy(\.holds))
  }

  @Test("libvirt's own UUID is renewed where TripleO's container takes it from") func libvirtUUID() throws {
    var tree = Clone.plain
    let path = "\(Self.generated)/nova_libvirt/etc/libvirt/libvirtd.conf"
    tree.write(path, "host_uuid = \"c7a5fdbd-edaf-9455-926a-d65c16db1809\"\n")
    let (after, _) = try Clone.settle(MachineIdentity(), tree, platform: Lab.platform().running(Self.services()))
    #expect(after[path]?.contains("c7a5fdbd") == false)
  }

  @Test(
    "of a host's nova and a container's that counts which is started",
    arguments: [
      (["/etc/systemd/system/tripleo_nova_compute.service"], false), ([], true),
      (["/etc/systemd/system/multi-user.target.wants/openstack-nova-compute.service"], true),
      (
        [
          "/usr/lib/systemd/system/openstack-nova-compute.service",
          "/etc/systemd/system/multi-user.target.wants/docker.service",
        ], false
      ),
    ])
  func both(_ units: [String], _ isHosts: Bool) throws {
    var tree = MemoryTree([Self.nova: "", "/etc/nova/nova.conf": ""])
    for unit in units { tree.write(unit, "[Unit]\n") }
    #expect(try Lab.platform().runsNova(beside: Self.services(), in: tree) == isHosts)
    #expect(try !Lab.platform().runsNova(beside: Self.services(), in: MemoryTree([Self.nova: ""])))
  }

  @Test(
    "where a tool keeps nova's files that imprint does not edit, no file is made that nobody reads, and verify says no",
    arguments: [
      "/var/lib/config-data/nova_libvirt/etc/nova/nova.conf", "/etc/systemd/system/edpm_nova_compute.service",
      "/var/snap/openstack-hypervisor/common/etc/nova/nova.conf",
    ], [[:], ["/usr/share/nova/nova-dist.conf": "[DEFAULT]\n"]])
  func others(_ path: String, _ vendors: [String: String]) throws {
    let tree = Self.tree([path: "x\n"].merging(vendors) { $1 })
    let run = try Run(tree, site: Lab.site(), platform: Lab.platform(), [HostnameFixup(), NovaFixup()])
    #expect(!run.changes.contains { $0.path.description.hasPrefix("/etc/nova") })
    #expect(run.findings.contains { $0.severity == .warning && $0.text.hasPrefix("there is no /etc/nova/nova.conf") })
    #expect(run.claims.contains { !$0.holds && $0.subject == "nova's files" })
  }
}
