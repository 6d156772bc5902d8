import Documents
import Site
import Testing
import Tree

@testable import Fixups

/// Places that go before the files that an apply is known for, and ways around them.
@Suite struct FormerReadersTests {
  private static let ssh = Clone.ssh

  @Test(
    "a link in nova's .ssh to what is not nova's is refused, and nothing is given away",
    arguments: [
      ("/etc/shadow", "id_ed25519"), ("/etc/shadow", "authorized_keys"), ("/etc/cron.d/x", "config"),
      ("/root/.ssh", nil), ("/etc", nil),
    ])
  func linksOut(_ target: String, _ name: String?) throws {
    var tree = Clone.plain
    tree.makeDirectory("/root/.ssh", mode: 0o700)
    tree.makeDirectory("/etc/cron.d")
    if let name {
      tree.makeDirectory(Self.ssh, owner: 162, group: 162, mode: 0o700)
      tree.makeLink("\(Self.ssh)/\(name)", to: target)
    } else {
      tree.makeLink(Self.ssh, to: target)
    }
    let error = #expect(throws: FixupError.self) { try MigrationAccess().propose(for: Clone.situation(tree)) }
    #expect(error?.description.contains("leads to \(target), which is outside of nova's home") == true)
  }

  @Test func `a link to what is nova's own is followed, in its home and elsewhere`() throws {
    var tree = Clone.used
    for path in ["/var/lib/nova/keys", "/srv/nova"] { tree.makeDirectory(path, owner: 162, group: 162, mode: 0o700) }
    tree.write("/var/lib/nova/keys/config", "# mine\n", owner: 162, group: 162, mode: 0o600)
    tree.write("/srv/nova/authorized_keys", "\(Clone.otherKey)\n", owner: 162, group: 162, mode: 0o600)
    tree.makeLink("\(Self.ssh)/config", to: "/var/lib/nova/keys/config")
    tree.makeLink("\(Self.ssh)/authorized_keys", to: "/srv/nova/authorized_keys")
    let (after, proposal) = try Clone.settle(MigrationAccess(), tree)
    #expect(after["/var/lib/nova/keys/config"]?.contains("# mine") == true)
    #expect(proposal.change("/var/lib/nova/keys/config") != nil)
    #expect(after["/srv/nova/authorized_keys"]?.hasPrefix(Clone.otherKey) == true)
  }

  @Test(
    "a host name that sysctl sets follows, however it is written",
    arguments: [
      ("kernel.hostname = compute\n", "kernel.hostname = compute2\n"),
      ("# here\r\n-kernel/hostname=compute.lab  \r\n", "# here\r\n-kernel/hostname=compute2.lab  \r\n"),
      ("\tkernel.hostname=compute", "\tkernel.hostname=compute2"),
      (
        "# kernel.hostname = compute\nkernel.domainname = lab\n",
        "# kernel.hostname = compute\nkernel.domainname = lab\n"
      ),
    ])
  func sysctl(_ before: String, _ after: String) throws {
    for path in ["/etc/sysctl.conf", "/etc/sysctl.d/99-name.conf"] {
      let run = try Lab.settle(Lab.tree([path: before]), [HostnameFixup()])
      #expect(run.after[path] == after)
    }
  }

  @Test func `a host name on the kernel's command line is told, whoever's it is`() throws {
    var tree = Clone.plain
    tree.write("/etc/kernel/cmdline", "root=/dev/sda1 systemd.hostname=compute quiet\n")
    for provenance in [Clone.copied, Clone.own] {
      let proposal = try KernelCommandLine().propose(for: Clone.situation(tree, provenance))
      #expect(proposal.warns("/etc/kernel/cmdline:1 calls the system compute, whatever /etc/hostname says"))
    }
    tree.write("/etc/kernel/cmdline", "root=/dev/sda1 systemd.hostname=compute2\n")
    #expect(try KernelCommandLine().propose(for: Clone.situation(tree)).findings == [])
  }

  static let grubenv = "# GRUB Environment Block\nsaved_entry=x\nkernelopts=OPTIONS\n#########"

  @Test(
    "the boot loader's files of each platform are looked at, and of grub's environment what an entry refers to",
    arguments: [
      (["/boot/grub2/grubenv": grubenv, "/boot/loader/entries/x.conf": "options $kernelopts $tuned_params\n"], 3),
      (["/boot/grub2/grubenv": grubenv, "/boot/loader/entries/x.conf": "options root=/dev/sda1\n"], nil),
      (
        [
          "/boot/grub2/grubenv": grubenv,
          "/boot/grub2/grub.cfg": "if [ -z \"${kernelopts}\" ]; then\n  set kernelopts=\"ro\"\nfi\n",
        ], nil
      ),
      (
        [
          "/boot/efi/EFI/rocky/grubenv": grubenv,
          "/boot/efi/EFI/rocky/grub.cfg": "menuentry x {\n  linuxefi /vmlinuz ${kernelopts}\n}\n",
        ], 3
      ),
      (["/boot/efi/loader/entries/x.conf": "title x\noptions OPTIONS\n"], 2),
      (["/efi/loader/entries/x.conf": "options OPTIONS\n"], 1),
      (["/boot/efi/EFI/centos/grub.cfg": "menuentry x {\n\tlinuxefi /vmlinuz OPTIONS\n}\n"], 2),
    ] as [([String: String], Int?)])
  func bootLoaderFiles(_ files: [String: String], _ line: Int?) throws {
    let options =
      "ro ip=192.168.10.20::192.168.10.2:255.255.255.0::ens33:none systemd.machine_id=8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b"
    var tree = Clone.plain
    tree.write("/etc/machine-id", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b\n")
    for (path, text) in files { tree.write(path, text.replacing("OPTIONS", with: options)) }
    let proposal = try KernelCommandLine().propose(for: Clone.situation(tree, Clone.copied))
    let path = files.keys.sorted { $0.count < $1.count }.first { files[$0]?.contains("OPTIONS") == true } ?? ""
    let place = line.map { ["ip= for the kernel (\(path):\($0))", "systemd.machine_id= (\(path):\($0))"] } ?? []
    #expect(proposal.claims.filter { !$0.holds }.map(\.subject) == place)
    #expect(proposal.findings.isEmpty == (line == nil), "\(proposal.findings)")
    let isEnvironment = path.hasSuffix("grubenv")
    #expect(proposal.findings.allSatisfy { $0.advice?.contains("grub-editenv") == isEnvironment })
    // Two that are started so have these in common.
    for (key, value) in [("machine-id", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b"), ("addresses", "192.168.10.20")] {
      let thing = try #require(UniqueThings.table.first { $0.key == key })
      let template = Template(tree: tree, platform: try Lab.platform())
      let values = try thing.values(in: template).filter { $0.path.description == path }.map(\.shown)
      #expect(values == (line == nil ? [] : [value]))
    }
  }

  @Test(
    "a card of the original's that the kernel is started with fails, unless the site says it of this node",
    arguments: [
      ("ifname=ens33:00:0c:29:5b:11:7e", "calls the card 00:0c:29:5b:11:7e ens33", "ifname= for the kernel"),
      (
        "ip=192.168.10.21::192.168.10.2:255.255.255.0::ens33:none:1500:00:0c:29:5b:11:7e",
        "gives a card 00:0c:29:5b:11:7e", "ip= for the kernel"
      ),
    ])
  func bootLoaderCards(_ options: String, _ told: String, _ claim: String) throws {
    var tree = Clone.plain
    tree.write("/boot/loader/entries/x.conf", "options root=/dev/sda1 \(options)\n")
    let proposal = try KernelCommandLine().propose(for: Clone.situation(tree, Clone.copied))
    #expect(proposal.warns("/boot/loader/entries/x.conf:1 \(told)"))
    #expect(proposal.claims.map(\.subject) == ["\(claim) (/boot/loader/entries/x.conf:1)"])
    #expect(proposal.claims.allSatisfy { !$0.holds })
    #expect(try KernelCommandLine().propose(for: Clone.situation(tree, Clone.own)).findings == [])
    var site = try Lab.site()
    site.nodes[2].macs[.management] = try MACAddress("00:0c:29:5b:11:7e")
    #expect(try KernelCommandLine().propose(for: Clone.situation(tree, Clone.copied, site: site)).claims == [])
    let cards = try #require(UniqueThings.table.first { $0.key == "mac-addresses" })
    let values = try cards.values(in: Template(tree: tree, platform: try Lab.platform()))
    #expect(values.map(\.shown) == ["00:0c:29:5b:11:7e"])
  }

  @Test(
    "what the boot loader starts the system with fails, where it is another's",
    arguments: [
      ("systemd.hostname=compute", "compute"), ("systemd.hostname=compute2", nil),
      ("systemd.hostname=compute3", "compute3"),
      ("systemd.machine_id=8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b", "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b"),
      ("ip=192.168.10.20::192.168.10.2:255.255.255.0:compute:ens33:none", "192.168.10.20, the address of compute"),
      ("ip=192.168.10.21::192.168.10.2:255.255.255.0::ens33:none", nil), ("ip=dhcp quiet", nil),
      ("root=UUID=1 ro quiet", nil), ("nfsroot=192.168.10.10:/srv", nil),
    ] as [(String, String?)])
  func bootLoader(_ options: String, _ seen: String?) throws {
    let text = "menuentry 'Debian' {\n\tlinux /boot/vmlinuz-6.1.0 \(options)\n}\n"
    let tree = Lab.tree(
      debian: true, ["/boot/grub/grub.cfg": text, "/etc/machine-id": "8a1f0e2b6c9d4d5f9b7e3c2a1d0f4e6b\n"])
    let fixups: [any Fixup] = [
      MachineIdentity(), KernelCommandLine(), HostnameFixup(), InterfacesFixup(), StampFixup(),
    ]
    var tried = tree
    // Before and after, and it is the original's in the end as well.
    for _ in 1...2 {
      let run = try Run(tried, site: Lab.site(), platform: Lab.platform(debian: true), fixups)
      let failing = run.claims.filter { !$0.holds && $0.subject.contains("/boot/grub/grub.cfg:2") }
      #expect(failing.map(\.seen) == (seen.map { [$0] } ?? []))
      #expect(!run.findings.contains { $0.text.contains("another machine-id") })
      tried = run.after
    }
  }

  @Test(
    "options in a service's environment follow, as they do in its files",
    arguments: [
      (
        "/etc/systemd/system/openstack-nova-compute.service.d/own.conf",
        "[Service]\nEnvironment=OS_DEFAULT__MY_IP=192.168.10.20 OS_DEFAULT__HOST=compute\nEnvironment=\"OS_VNC__SERVER_LISTEN=192.168.10.20\" A=b\n",
        "[Service]\nEnvironment=OS_DEFAULT__MY_IP=192.168.10.21 OS_DEFAULT__HOST=compute2\nEnvironment=\"OS_VNC__SERVER_LISTEN=192.168.10.21\" A=b\n"
      ),
      (
        "/etc/sysconfig/neutron-agent", "OS_OVS__LOCAL_IP='192.168.20.20'\r\n# OS_OVS__LOCAL_IP=192.168.20.20\r\n",
        "OS_OVS__LOCAL_IP='192.168.20.21'\r\n# OS_OVS__LOCAL_IP=192.168.20.20\r\n"
      ),
      (
        "/etc/default/nova-compute", "OS_DEFAULT__TRANSPORT_URL=rabbit://a:b@controller\nOS_X=192.168.10.20",
        "OS_DEFAULT__TRANSPORT_URL=rabbit://a:b@controller\nOS_X=192.168.10.20"
      ),
    ])
  func environment(_ path: String, _ before: String, _ after: String) throws {
    let run = try Lab.settle(Lab.tree([path: before]), [HostnameFixup(), ServiceEnvironment()])
    #expect(run.after[path] == after)
  }

  @Test func `a service that is told to read other files is told of`() throws {
    var tree = Clone.plain
    let path = "/etc/systemd/system/openstack-nova-compute.service.d/own.conf"
    tree.write(
      path,
      "[Service]\nExecStart=/usr/bin/nova-compute --config-file /etc/nova/nova.conf --config-file=/srv/nova/own.conf\n")
    let proposal = try ServiceEnvironment().propose(for: Clone.situation(tree))
    #expect(
      proposal.findings.map(\.text) == ["\(path):2 has a service read /srv/nova/own.conf, which imprint does not edit"])
  }

  @Test func `such a file follows, and is claimed`() throws {
    let (unit, path) = ("/etc/systemd/system/openstack-nova-compute.service.d/own.conf", "/etc/nova/local.d/x.conf")
    let start =
      "[Service]\nExecStart=\nExecStart=/usr/bin/nova-compute --config-file /etc/nova/nova.conf --config-dir /etc/nova/local.d\n"
    let fixups: [any Fixup] = [HostnameFixup(), NovaFixup(), ServiceEnvironment(), StampFixup()]
    func ran(_ text: String) throws -> Run {
      try Run(Lab.tree([unit: start, path: text]), site: Lab.site(), platform: Lab.platform(), fixups)
    }
    let first = try ran("[DEFAULT]\nmy_ip=192.168.10.20\nhost=compute\ndebug=true\n")
    #expect(first.after[path] == "[DEFAULT]\nmy_ip=192.168.10.21\nhost=compute2\ndebug=true\n")
    #expect(first.claims.filter { !$0.holds && $0.subject.contains(path) }.count == 2)
    #expect(!first.findings.contains { $0.text.contains("local.d") })
    let second = try Run(first.after, site: Lab.site(), platform: Lab.platform(), fixups)
    #expect(second.changes.isEmpty && !second.claims.contains { !$0.holds && $0.subject.contains(path) })
    #expect(try ran("[DEFAULT]\ndebug=true\n").after[path] == "[DEFAULT]\ndebug=true\n")
    // What oslo.config would refuse is told, and left.
    let damaged = try ran("[DEFAULT]\nhost=compute\n  my_ip=x\n[broken\n")
    #expect(damaged.after[path] == "[DEFAULT]\nhost=compute\n  my_ip=x\n[broken\n")
    #expect(
      damaged.findings.contains {
        $0.text == "\(unit):3 has a service read /etc/nova/local.d, which imprint does not edit"
      })
  }

  @Test(
    "an initiator's name is renewed however iscsid lets it be written",
    arguments: ["InitiatorName = ", "  InitiatorName=", "InitiatorName\t=\t"])
  func initiator(_ prefix: String) throws {
    var tree = Clone.plain
    let path = "/etc/iscsi/initiatorname.iscsi"
    tree.write(path, "## x\n\(prefix)iqn.1994-05.com.redhat:abcdef012345\n")
    let (after, _) = try Clone.settle(MachineIdentity(), tree)
    let text = try #require(after[path])
    #expect(text.hasPrefix("## x\n\(prefix)iqn.1994-05.com.redhat:") && !text.contains("abcdef012345"))
  }

  @Test func `a node's key does not stay good for an address that another has now`() throws {
    var tree = Clone.used
    let path = "\(Self.ssh)/known_hosts"
    tree.write(
      path, "compute,192.168.10.23,192.168.20.20 \(Clone.otherKey)\nmirror,192.168.10.23 \(Clone.rsaKey)\n", owner: 162,
      group: 162)
    let site = try Clone.site { site in
      var third = try #require(site.node(try NodeName("compute")))
      third.name = try NodeName("compute3")
      third.addresses = [.management: [try IPAddress("192.168.10.23")]]
      site.nodes.append(third)
    }
    let (after, _) = try Clone.settle(MigrationAccess(), tree, Clone.own, site: site)
    let known = KnownHosts(Array((after[path] ?? "").utf8))
    #expect(known.keys(for: "192.168.10.23").map(\.type) == ["ssh-rsa"])
    #expect(known.keys(for: "192.168.10.20").map(\.type) == ["ssh-ed25519"])
  }
}
