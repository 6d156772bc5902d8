import Site
import Testing
import Tree

@testable import Fixups

@Suite("libvirt, cinder, ceilometer and resource providers")
struct ServicesTests {
  // MARK: libvirt

  @Test(
    "where a daemon listens, and where guests are sent, is this node's",
    arguments: [
      ("virtproxyd.conf", "listen_addr = \"192.168.10.20\" # c\n", "listen_addr = \"192.168.10.21\" # c\n"),
      ("libvirtd.conf", "  listen_addr='192.168.20.20'\n", "  listen_addr='192.168.20.21'\n"),
      ("qemu.conf", "migration_host = \"COMPUTE\"\n", "migration_host = \"compute2\"\n"),
      ("qemu.conf", "migration_address = \"192.168.20.20\"\r\n", "migration_address = \"192.168.20.21\"\r\n"),
    ])
  func listening(_ name: String, _ before: String, _ after: String) throws {
    let run = try Lab.settle(Lab.tree(["/etc/libvirt/\(name)": before]), [HostnameFixup(), LibvirtFixup()])
    #expect(run.after["/etc/libvirt/\(name)"] == after)
  }

  @Test(
    "everything else in them stays",
    arguments: [
      "#listen_addr = \"192.168.10.20\"\n", "listen_addr = \"0.0.0.0\"\n", "listen_addr = \"192.168.10.10\"\n",
      "vnc_listen = \"localhost\"\n", "migration_host = \"compute2\"\n", "my_listen_addr = \"192.168.10.20\"\n",
      "listen_addr = 1\n",
    ])
  func stays(_ text: String) throws {
    let run = try Lab.settle(Lab.tree(["/etc/libvirt/libvirtd.conf": text]), [LibvirtFixup()])
    #expect(run.after["/etc/libvirt/libvirtd.conf"] == text)
  }

  @Test("certificates are told of in a copy, and left")
  func certificates() throws {
    var tree = Clone.plain
    tree.write("/etc/pki/libvirt/servercert.pem", "x")
    tree.write("/etc/pki/libvirt/private/serverkey.pem", "y", mode: 0o600)
    let (after, proposal) = try Clone.settle(MachineIdentity(), tree)
    #expect(after["/etc/pki/libvirt/servercert.pem"] == "x")
    #expect(proposal.warns("this copy shares libvirt's TLS certificates with the original"))
  }

  // MARK: cinder, ceilometer and others

  @Test("cinder's own addresses and names follow the node, in each backend's section")
  func cinder() throws {
    let path = "/etc/cinder/cinder.conf"
    let run = try Lab.settle(
      Lab.tree([
        path: """
        [DEFAULT]
        host = compute
        my_ip = 192.168.10.20
        glance_host = 192.168.10.10
        [lvm]
        target_ip_address = 192.168.20.20
        backend_host = compute
        [ceph]
        backend_host = hostgroup

        """,
        "/etc/cinder/cinder.conf.d/later.conf": "[DEFAULT]\nmy_ip = 192.168.10.20\n",
      ]), [HostnameFixup(), ServicesBeside()])
    #expect(
      run.after[path] == """
        [DEFAULT]
        host = compute2
        my_ip = 192.168.10.21
        glance_host = 192.168.10.10
        [lvm]
        target_ip_address = 192.168.20.21
        backend_host = compute2
        [ceph]
        backend_host = hostgroup

        """)
    #expect(run.after["/etc/cinder/cinder.conf.d/later.conf"] == "[DEFAULT]\nmy_ip = 192.168.10.21\n")
  }

  @Test(
    "a name that cinder's services of several nodes share is nobody's own",
    arguments: ["rbd:volumes", "rbd:volumes@ceph"])
  func sharedBackend(_ host: String) throws {
    let path = "/etc/cinder/cinder.conf"
    let text = "[DEFAULT]\nhost = \(host)\n"
    let run = try Lab.settle(Lab.tree([path: text]), [HostnameFixup(), ServicesBeside()])
    #expect(run.after[path] == text)
    #expect(!run.claims.contains { $0.subject.contains("cinder") })
  }

  @Test(
    "a name that is nobody's is what services on several nodes share: it is left and told, in files and in the environment",
    arguments: ["cinder", "manila"])
  func group(_ service: String) throws {
    let path = "/etc/\(service)/\(service).conf"
    let unit = "/etc/systemd/system/\(service)-volume.service.d/host.conf"
    let files = [
      path: "[DEFAULT]\nhost = hostgroup\n", unit: "[Service]\nEnvironment=OS_DEFAULT__HOST=hostgroup\n",
      "/etc/ceilometer/ceilometer.conf": "[DEFAULT]\nhost = hostgroup\n",
    ]
    let fixups: [any Fixup] = [HostnameFixup(), ServicesBeside(), ServiceEnvironment(), StampFixup()]
    let run = try Lab.settle(Lab.tree(files), fixups)
    #expect(run.after[path] == files[path] && run.after[unit] == files[unit])
    for place in [path, unit] {
      #expect(
        run.findings.contains { $0.text.hasPrefix("\(place) sets host to hostgroup, which is nobody's name here") },
        "\(run.findings)")
    }
    #expect(run.after["/etc/ceilometer/ceilometer.conf"] == "[DEFAULT]\nhost = compute2\n")
    // The original's own, which nova has too.
    let own = try Lab.settle(
      Lab.tree([path: "[DEFAULT]\nhost = node-7\n", "/etc/nova/nova.conf": "[DEFAULT]\nhost = node-7\n"]),
      [HostnameFixup(), NovaFixup(), ServicesBeside()])
    #expect(own.after[path] == "[DEFAULT]\nhost = compute2\n")
  }

  @Test(
    "each service's own name follows the node's, kolla's too, and one that says none is left",
    arguments: [
      "/etc/ceilometer/ceilometer.conf", "/etc/cyborg/cyborg.conf", "/etc/manila/manila.conf", "/etc/zun/zun.conf",
      "/etc/masakarimonitors/masakarimonitors.conf", "/etc/kolla/masakari-hostmonitor/masakari-monitors.conf",
      "/etc/kolla/zun-compute/zun.conf",
    ])
  func named(_ path: String) throws {
    let run = try Lab.settle(
      Lab.tree([path: "[DEFAULT]\nhost = compute\n", "/etc/cinder/cinder.conf": "[DEFAULT]\n"]),
      [HostnameFixup(), ServicesBeside()])
    #expect(run.after[path] == "[DEFAULT]\nhost = compute2\n")
    #expect(run.after["/etc/cinder/cinder.conf"] == "[DEFAULT]\n")
  }

  @Test("a file that the service itself refuses is told of, and does not stop the rest")
  func broken() throws {
    let path = "/etc/ceilometer/ceilometer.conf"
    let run = try Lab.settle(
      Lab.tree([path: "[DEFAULT]\nhost = compute\nnonsense\n"]), [HostnameFixup(), ServicesBeside()])
    #expect(run.after[path]?.contains("host = compute\n") == true)
    #expect(
      run.findings.contains { $0.text.hasPrefix("\(path):3: ") && $0.text.contains("ceilometer would not start") })
  }

  // MARK: resource providers

  static let providers = "/etc/nova/provider_config/a.yaml"

  @Test(
    "a provider that is named after the original is this node's",
    arguments: [
      (
        "providers:\n  - identification:\n      name: 'compute' # c\n",
        "providers:\n  - identification:\n      name: 'compute2' # c\n"
      ),
      ("providers:\n- identification: {name: compute}\n", "providers:\n- identification: {name: compute2}\n"),
    ])
  func named(_ before: String, _ after: String) throws {
    let run = try Lab.settle(Lab.tree([Self.providers: before]), [HostnameFixup(), ProviderConfig()])
    #expect(run.after[Self.providers] == after)
  }

  @Test("a UUID that came with the copy is told of, and $COMPUTE_NODE is whoever reads it")
  func identified() throws {
    let text = """
      providers:
        - identification:
            uuid: 6b2c6d1e-3f3a-4c58-9e37-0a4c5b1e9f00
        - identification:
            uuid: $COMPUTE_NODE
        - identification:
            name: somebody.else

      """
    let run = try Lab.settle(Lab.tree([Self.providers: text]), [HostnameFixup(), ProviderConfig()])
    #expect(run.after[Self.providers] == text)
    #expect(run.findings.filter { $0.text.contains(Self.providers) }.count == 1)
  }
}

@Suite("Services in kolla's containers")
struct ContainerTests {
  private static func platform() throws -> Platform {
    try Lab.platform(debian: true).running(#require(Platform.containers.first { $0.name == "kolla" }))
  }

  @Test("the profile over a host's is read by its name, and is nobody's platform by itself")
  func profile() throws {
    #expect(!Platform.names.contains("kolla") && Platform.named("kolla") == nil)
    let platform = try Self.platform()
    #expect(platform.containers == "kolla")
    #expect(platform.nova.unit.description == "kolla-nova_compute-container.service")
    #expect(!platform.units.contains { $0.name.description == "nova-compute.service" })
    #expect(platform.units.contains { $0.name.description == "ssh.service" })
    func reading(_ path: String) -> [UnitName] { platform.units.filter { $0.reads(path) }.map(\.name) }
    #expect(reading("/etc/kolla/nova-compute/nova.conf") == [platform.nova.unit])
    #expect(reading("/etc/kolla/nova-compute/compute_id") == [platform.nova.unit])
    let orders = platform.units.map(\.order)
    #expect(orders == orders.sorted())
  }

  @Test("the compute id that a container copies is renewed, not removed; the one in its volume goes")
  func computeID() throws {
    var tree = Clone.plain
    let (own, copied) = (
      "/etc/kolla/nova-compute/compute_id", "/var/lib/docker/volumes/nova_compute/_data/compute_id"
    )
    tree.write("/etc/kolla/nova-compute/config.json", "{}")
    tree.write(own, "c3f1a9e2-7b64-4d0c-9e55-0d2f4c6b8a10")
    tree.write(copied, "c3f1a9e2-7b64-4d0c-9e55-0d2f4c6b8a10")
    let (after, _) = try Clone.settle(MachineIdentity(), tree, platform: Self.platform())
    #expect(after[copied] == nil)
    #expect(after[own].flatMap { ComputeID.uuid(in: Array($0.utf8)) } != nil)
    #expect(after[own]?.hasPrefix("c3f1a9e2") == false)
  }

  @Test("libvirt's own UUID is renewed where its container takes it from") func libvirtUUID() throws {
    var tree = Clone.plain
    let path = "/etc/kolla/nova-libvirt/libvirtd.conf"
    tree.write(path, "listen_tcp = 1\nhost_uuid = \"c7a5fdbd-edaf-9455-926a-d65c16db1809\"\n")
    let (after, _) = try Clone.settle(MachineIdentity(), tree, platform: Self.platform())
    #expect(after[path]?.hasPrefix("listen_tcp = 1\nhost_uuid = \"") == true)
    #expect(after[path]?.contains("c7a5fdbd") == false)
  }

  @Test("migration access is the containers' own, and a host without nova's account is not refused for it")
  func migration() throws {
    let tree = MemoryTree(["/etc/hostname": "compute\n", "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n"])
    let situation = try Clone.situation(tree, platform: Self.platform())
    #expect(try MigrationAccess().propose(for: situation).changes.isEmpty)
    #expect(try Certificates().propose(for: situation).changes.isEmpty)
    #expect(try ContainerFiles().propose(for: situation).notes("nova's account, its shell and its keys are kolla's"))
  }
}
