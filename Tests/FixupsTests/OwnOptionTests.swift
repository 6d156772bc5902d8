import Site
import Testing
import Tree

@testable import Fixups

/// Options that are about this node alone, where its name or address is only a part of them, and files that only some agents read.
@Suite("What services say of this node in URIs, lists and directories")
struct OwnOptionTests {
  private static let nova = "/etc/nova/nova.conf"

  private static func settle(
    _ files: [String: String], profile: String = "debian12", _ fixups: [any Fixup]
  ) throws -> Run {
    let tree = MemoryTree(Lab.debianCompute.merging(files) { $1 })
    let platform = try #require(Platform.named(profile))
    let first = try Run(tree, site: Lab.site(), platform: platform, [HostnameFixup()] + fixups + [StampFixup()])
    let second = try Run(first.after, site: Lab.site(), platform: platform, fixups + [StampFixup()])
    #expect(second.changes.map { "\($0.path) \($0.reasons)" } == [])
    #expect(second.claims.filter { !$0.holds } == [])
    return first
  }

  @Test(
    "the host of the node's own libvirt is its own, in the form that it had",
    arguments: [
      ("qemu+tls://compute/system", "qemu+tls://compute2/system"),
      ("\"qemu+tls://compute/system\"", "\"qemu+tls://compute2/system\""),
      (
        "qemu+ssh://nova@COMPUTE.lab.example.com:22/system?keyfile=/k",
        "qemu+ssh://nova@compute2.lab.example.com:22/system?keyfile=/k"
      ),
      ("qemu+tcp://192.168.10.20/system", "qemu+tcp://192.168.10.21/system"),
      ("qemu+tcp://[::1]/system", "qemu+tcp://[::1]/system"), ("qemu:///system", "qemu:///system"),
      ("qemu+tls://localhost/system", "qemu+tls://localhost/system"),
    ])
  func libvirt(_ before: String, _ after: String) throws {
    let ceilometer = "/etc/ceilometer/ceilometer.conf"
    let run = try Self.settle(
      [
        Self.nova: "[DEFAULT]\nmy_ip = 192.168.10.20\n[libvirt]\nconnection_uri = \(before)\n",
        ceilometer: "[DEFAULT]\nlibvirt_uri = \(before)\n",
      ], [NovaFixup(), ServicesBeside()])
    #expect(run.after[Self.nova] == "[DEFAULT]\nmy_ip = 192.168.10.21\n[libvirt]\nconnection_uri = \(after)\n")
    #expect(run.after[ceilometer] == "[DEFAULT]\nlibvirt_uri = \(after)\n")
    #expect(run.findings.filter { $0.severity == .warning } == [])
  }

  @Test("a host of its own libvirt that nobody knows is told, and so is a later mistake")
  func unknown() throws {
    let text = "[DEFAULT]\nmy_ip = 192.168.10.20\n[libvirt]\nconnection_uri = qemu+tls://hypervisor7/system\n"
    let run = try Self.settle([Self.nova: text], [NovaFixup()])
    #expect(
      run.findings.contains { $0.text.contains("connection_uri in [libvirt]") && $0.text.contains("hypervisor7") })
    var tree = run.after
    tree.write(Self.nova, "[DEFAULT]\nmy_ip = 192.168.10.21\n[libvirt]\nconnection_uri = qemu+tls://compute/system\n")
    let later = try Run(tree, site: Lab.site(), platform: Lab.platform(debian: true), [NovaFixup()])
    #expect(later.claims.contains { !$0.holds && $0.subject.contains("connection_uri") })
  }

  @Test("libvirt's clients ask this node, and an alias that leads to the original is told")
  func clients() throws {
    let path = "/etc/libvirt/libvirt.conf"
    let text =
      "uri_aliases = [\n  \"old=qemu+ssh://root@compute/system\",\n]\nuri_default = \"qemu+tls://compute/system\"\n"
    let run = try Self.settle([path: text], [LibvirtFixup()])
    #expect(run.after[path] == text.replacing("tls://compute/", with: "tls://compute2/"))
    #expect(run.findings.contains { $0.text.hasPrefix("\(path):2 leads to libvirt on compute") })
  }

  @Test("the hypervisor that bandwidth belongs to is this node", arguments: ["ovs", "sriov_nic"])
  func bandwidth(_ section: String) throws {
    let path = "/etc/neutron/plugins/ml2/\(section == "ovs" ? "openvswitch" : "sriov")_agent.ini"
    let run = try Self.settle(
      [
        path:
          "[\(section)]\nresource_provider_hypervisors = eno4:compute, compute:compute,eno5:other\nresource_provider_default_hypervisor = compute.lab.example.com\n"
      ], [NeutronFixup()])
    #expect(
      run.after[path]
        == "[\(section)]\nresource_provider_hypervisors = eno4:compute2, compute:compute2,eno5:other\nresource_provider_default_hypervisor = compute2.lab.example.com\n"
    )
  }

  @Test(
    "where a service listens is this node, also when a later hand has put the original's address back",
    arguments: [
      (nova, "DEFAULT", "osapi_compute_listen", "192.168.10.20"), (nova, "DEFAULT", "metadata_listen", "192.168.10.20"),
      (nova, "vnc", "novncproxy_host", "192.168.10.20"), (nova, "spice", "html5proxy_host", "192.168.10.20"),
      ("/etc/neutron/neutron.conf", "DEFAULT", "bind_host", "192.168.10.20"),
      // Nobody's by now: the original has left the site.
      (nova, "DEFAULT", "my_block_storage_ip", "192.168.10.77"), (nova, "DEFAULT", "metadata_listen", "192.168.10.77"),
    ])
  func listening(_ path: String, _ section: String, _ option: String, _ former: String) throws {
    let text = "[DEFAULT]\nmy_ip = 192.168.10.20\n[\(section)]\n\(option) = \(former)\n"
    let fixups: [any Fixup] = [HostnameFixup(), InterfacesFixup(), NovaFixup(), NeutronFixup(), StampFixup()]
    var files = Lab.debianCompute.merging([path: text]) { $1 }
    var site = try Lab.site()
    if former == "192.168.10.77" {
      site.nodes.removeAll { $0.name.description == "compute" }
      for (file, text) in files { files[file] = text.replacing("192.168.10.20", with: former) }
    }
    let platform = try Lab.platform(debian: true)
    let first = try Run(MemoryTree(files), site: site, platform: platform, fixups)
    let mended = try #require(first.after[path])
    #expect(mended.hasSuffix("[\(section)]\n\(option) = 192.168.10.21\n"), "\(mended)")
    var tree = first.after
    tree.write(path, mended.replacing("\(option) = 192.168.10.21", with: "\(option) = \(former)"))
    let later = try Run(tree, site: site, platform: platform, fixups)
    #expect(later.after[path] == mended)
    #expect(later.claims.filter { !$0.holds }.map(\.subject).contains { $0.contains(option) })
    #expect(!later.findings.contains { $0.text.contains("no address in its place") }, "\(later.findings)")
  }

  @Test(
    "what listens by the original's name, or is this node by it, follows the node's",
    arguments: [
      (nova, "vnc", "server_listen"), (nova, "vnc", "novncproxy_host"), (nova, "spice", "server_listen"),
      (nova, "DEFAULT", "vncserver_listen"), (nova, "DEFAULT", "osapi_compute_listen"),
      (nova, "DEFAULT", "metadata_listen"), (nova, "DEFAULT", "my_shared_fs_storage_ip"),
      (nova, "DEFAULT", "routing_source_ip"), ("/etc/neutron/neutron.conf", "DEFAULT", "bind_host"),
      ("/etc/neutron/plugins/ml2/openvswitch_agent.ini", "ovs", "of_listen_address"),
      ("/etc/cinder/cinder.conf", "DEFAULT", "my_ip"),
    ])
  func listeningByName(_ path: String, _ section: String, _ option: String) throws {
    let run = try Self.settle(
      [path: "[\(section)]\n\(option) = compute\n"], [NovaFixup(), NeutronFixup(), ServicesBeside()])
    let after = try #require(run.after[path])
    #expect(after.contains("\(option) = compute2\n") && !after.contains("= compute\n"), "\(after)")
  }

  @Test func `where guests are moved to is the other host, and no controller`() throws {
    let text = "[DEFAULT]\nmy_ip = 192.168.10.20\n[libvirt]\nlive_migration_uri = qemu+tcp://compute/system\n"
    let run = try Self.settle([Self.nova: text], [NovaFixup()])
    let told = run.findings.filter { $0.text.contains("live_migration_uri") }
    #expect(told.map { $0.text.contains("every guest would be moved to there") } == [true])
    #expect(told.first?.advice?.hasPrefix("say %s") == true)
  }

  @Test("a service that listens at the controller's address, or at every one, is left")
  func listeningElsewhere() throws {
    let text = "[DEFAULT]\nmy_ip = 192.168.10.21\nmetadata_listen = 192.168.10.10\nosapi_compute_listen = 0.0.0.0\n"
    let run = try Self.settle([Self.nova: text], [NovaFixup()])
    #expect(run.after[Self.nova] == text && run.findings.filter { $0.severity == .warning } == [])
  }

  @Test("a service that is asked for on the original is told, by its name alone and in a URL")
  func services() throws {
    let path = "/etc/neutron/metadata_agent.ini"
    let text =
      "[DEFAULT]\nnova_metadata_host = compute\ntransport_url = rabbit://a:compute@controller:5672,a:b@compute:5672/\n"
      + "[cache]\nmemcache_servers = controller:11211,compute:11211\nx = compute\n"
    let run = try Self.settle([path: text], [NeutronFixup()])
    #expect(run.after[path] == text)
    let told = run.findings.filter { $0.severity == .warning }.map { String($0.text.prefix { $0 != " " }) }
    #expect(told == ["nova_metadata_host", "transport_url", "memcache_servers"])
  }

  @Test("services on an original that is a controller are where they belong") func controllersServices() throws {
    var site = try Lab.site()
    site.nodes[1].role = .controller
    let text = "[DEFAULT]\nmy_ip = 192.168.10.21\ntransport_url = rabbit://a:b@compute:5672/\nx = 192.168.10.20\n"
    let run = try Run(
      MemoryTree(Lab.debianCompute.merging([Self.nova: text]) { $1 }), site: site, platform: Lab.platform(debian: true),
      [NovaFixup()])
    #expect(run.after[Self.nova] == text && !run.findings.contains { $0.text.contains("transport_url") })
  }

  @Test("a list of servers that names the controller too is left, and told")
  func lists() throws {
    let text = "[DEFAULT]\nmy_ip = 192.168.10.21\ntransport_url = rabbit://a:b@192.168.10.10,a:b@192.168.10.20/\n"
    let run = try Self.settle([Self.nova: text], [NovaFixup()])
    #expect(run.after[Self.nova] == text)
    #expect(run.findings.contains { $0.text.contains("lists 192.168.10.20") })
  }

  @Test(
    "directories that only one agent reads are edited like its own files",
    arguments: [
      ("el9-rdo", "/etc/neutron/conf.d/neutron-ovn-metadata-agent/x.conf"),
      ("el9-rdo", "/etc/neutron/plugins/networking-ovn/networking-ovn-metadata-agent.ini"),
      ("opensuse15", "/etc/neutron/neutron.conf.d/100.conf"),
      ("opensuse15", "/etc/neutron/neutron-openvswitch-agent.conf.d/100.conf"),
      ("debian12", "/etc/neutron/neutron-l3-agent.conf.d/x.conf"),
      ("debian12", "/etc/kolla/neutron-l3-agent/neutron.conf"),
    ])
  func directories(_ profile: String, _ path: String) throws {
    let run = try Self.settle(
      [path: "[DEFAULT]\nhost = compute\n[ovs]\novsdb_connection = tcp:192.168.10.20:6640\nlocal_ip = 192.168.20.20\n"],
      profile: profile, [NeutronFixup()])
    #expect(
      run.after[path]
        == "[DEFAULT]\nhost = compute2\n[ovs]\novsdb_connection = tcp:192.168.10.21:6640\nlocal_ip = 192.168.20.21\n")
  }

  @Test("an agent that has its tunnel endpoint in such a directory is found by it")
  func endpoint() throws {
    let run = try Self.settle(
      [
        NeutronTests.vswitch: "[ovs]\n",
        "/etc/neutron/neutron-openvswitch-agent.conf.d/100.conf": "[ovs]\nlocal_ip = 192.168.20.20\n",
      ], profile: "opensuse15", [NeutronFixup()])
    #expect(run.claims.contains { $0.subject == "local_ip of the openvswitch agent" && $0.expected == "192.168.20.21" })
  }

  // MARK: nova's own directories

  @Test(
    "nova's compute id and its guests are where its files have them",
    arguments: [
      ("state_path = /srv/nova\n", "/srv/nova", "/srv/nova/instances"),
      ("state_path = /srv/nova\ninstances_path = ${state_path}/i\n", "/srv/nova", "/srv/nova/i"),
      ("instances_path = /srv/guests\n", "/var/lib/nova", "/srv/guests"),
      ("instances_path = $nowhere/x\n", "/var/lib/nova", "/var/lib/nova/instances"),
    ])
  func paths(_ settings: String, _ state: String, _ instances: String) throws {
    var tree = Clone.plain
    tree.write(Self.nova, "[DEFAULT]\n\(settings)")
    tree.write("\(state)/compute_id", "c3f1a9e2-7b64-4d0c-9e55-0d2f4c6b8a10\n")
    tree.makeDirectory("\(instances)/aaaaaaaa-1111-4222-8333-444455556666", owner: 162, group: 162)
    let (after, _) = try Clone.settle(MachineIdentity(), tree)
    #expect(after["\(state)/compute_id"] == nil)
    let left = try Leftovers().propose(for: Clone.situation(tree))
    #expect(left.warns("\(instances) holds the original's guest aaaaaaaa"))
    let template = Template(tree: tree, platform: try Lab.platform())
    #expect(template.platform.nova.statePath.description == state)
    #expect(try NovaFiles(Lab.platform(), in: tree).computeID == "c3f1a9e27b644d0c9e550d2f4c6b8a10")
  }
}
