import Site
import Testing
import Tree

@testable import Fixups

/// The tutorial lab: its site, its two platforms, and the tree of the node that everything is copied from.
enum Lab {
  static func site(domain: String? = nil) throws -> Site {
    var site = Site(
      domain: try domain.map { try DomainName($0) },
      networks: [
        Network(
          name: .management, subnets: [try Subnet("192.168.10.0/24")], gateways: [try IPAddress("192.168.10.2")],
          interface: try InterfaceName("ens33")),
        Network(name: .tunnel, subnets: [try Subnet("192.168.20.0/24")], interface: try InterfaceName("ens34")),
      ],
      nodes: [
        try node("controller", .controller, "192.168.10.10", "192.168.20.10"),
        try node("compute", .compute, "192.168.10.20", "192.168.20.20"),
        try node("compute2", .compute, "192.168.10.21", "192.168.20.21"),
      ])
    site.neutron.localIP = .tunnel
    return site
  }

  static func node(_ name: String, _ role: Node.Role, _ management: String, _ tunnel: String) throws -> Node {
    Node(
      name: try NodeName(name), role: role,
      addresses: [.management: [try IPAddress(management)], .tunnel: [try IPAddress(tunnel)]])
  }

  static func platform(debian: Bool = false) throws -> Platform {
    try #require(Platform.named(debian ? "debian12" : "centos7-rdo"))
  }

  static func ifcfg(_ name: String, _ address: String, _ uuid: String, _ more: String = "") -> String {
    """
    TYPE="Ethernet"
    PROXY_METHOD="none"
    BROWSER_ONLY="no"
    BOOTPROTO="static"
    DEFROUTE="yes"
    NAME="\(name)"
    UUID="\(uuid)"
    DEVICE="\(name)"
    ONBOOT="yes"
    IPADDR="\(address)"
    NETMASK="255.255.255.0"
    \(more)
    """
  }

  /// The files of the node `compute`, as the tutorial leaves them.
  static var compute: [String: String] {
    [
      "/etc/hostname": "compute\n",
      "/etc/hosts": """
      127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4
      ::1         localhost localhost.localdomain localhost6 localhost6.localdomain6
      192.168.10.10 controller
      192.168.10.20 compute

      """,
      "/etc/sysconfig/network": "# Created by anaconda\n",
      "/etc/sysconfig/network-scripts/ifcfg-ens33": ifcfg(
        "ens33", "192.168.10.20", "9e7d7c0e-3ed9-4b0c-a2c9-0c8e1b7c0a33",
        "GATEWAY=\"192.168.10.2\"\nDNS1=\"192.168.10.2\"\n"),
      "/etc/sysconfig/network-scripts/ifcfg-ens34": ifcfg(
        "ens34", "192.168.20.20", "1b7c0a33-3ed9-4b0c-a2c9-0c8e9e7d7c0e"),
      "/etc/sysconfig/network-scripts/ifcfg-lo": """
      DEVICE=lo
      IPADDR=127.0.0.1
      NETMASK=255.0.0.0
      NETWORK=127.0.0.0
      ONBOOT=yes

      """,
      "/usr/share/nova/nova-dist.conf":
        "[DEFAULT]\nrootwrap_config = /etc/nova/rootwrap.conf\nstate_path = /var/lib/nova\n",
      "/etc/nova/nova.conf": """
      [DEFAULT]
      # The IP address which the host is using to connect to the management network.
      #my_ip = <host_ipv4>
      enabled_apis = osapi_compute,metadata
      transport_url = rabbit://openstack:RABBIT_PASS@controller
      my_ip = 192.168.10.20
      use_neutron = true
      [vnc]
      enabled = true
      server_listen = 0.0.0.0
      server_proxyclient_address = $my_ip
      novncproxy_base_url = http://192.168.10.10:6080/vnc_auto.html
      [libvirt]
      virt_type = qemu

      """,
      "/etc/neutron/neutron.conf": """
      [DEFAULT]
      transport_url = rabbit://openstack:RABBIT_PASS@controller
      auth_strategy = keystone

      """,
      "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": """
      [linux_bridge]
      physical_interface_mappings = provider:ens33
      [vxlan]
      enable_vxlan = true
      local_ip = 192.168.20.20
      l2_population = true

      """,
      "/etc/passwd":
        "root:x:0:0:root:/root:/bin/bash\nnova:x:162:162:OpenStack Nova Daemons:/var/lib/nova:/sbin/nologin\n",
      "/etc/group": "root:x:0:\nnova:x:162:\nneutron:x:982:\n",
      "/etc/ssh/ssh_host_ed25519_key.pub":
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0mVn8q4nq5rPqkqkqkqkqkqkqkqkqkqkqkqkqkqkqk root@compute\n",
    ]
  }

  /// The same node on Debian.
  static var debianCompute: [String: String] {
    var files = compute
    for path in files.keys where path.hasPrefix("/etc/sysconfig") { files[path] = nil }
    files["/etc/network/interfaces"] = """
      # The loopback network interface
      source /etc/network/interfaces.d/*

      auto lo
      iface lo inet loopback

      auto ens33
      iface ens33 inet static
              address 192.168.10.20/24
              gateway 192.168.10.2

      auto ens34
      iface ens34 inet static
              address 192.168.20.20
              netmask 255.255.255.0

      """
    files["/etc/hosts"] = """
      127.0.0.1\tlocalhost
      127.0.1.1\tcompute

      192.168.10.10\tcontroller
      192.168.10.20\tcompute

      """
    return files
  }
}

/// Values that differ each time, and are the same in each run of a test.
final class CountedValues: FreshValues, @unchecked Sendable {
  private var count: UInt8 = 0
  func bytes(_ wanted: Int) -> [UInt8] {
    count &+= 1
    return [UInt8](repeating: count, count: wanted)
  }
}

/// One run of some fixups over a tree, as a plan does it: each sees what those before it propose.
struct Run {
  let provenance: Provenance
  let changes: [Change]
  let findings: [Finding]
  let claims: [Claim]
  let after: MemoryTree

  init(
    _ tree: MemoryTree, as name: String = "compute2", site: Site, platform: Platform, _ fixups: [any Fixup],
    fresh: any FreshValues = CountedValues(), ownerCanChange: Bool = true, machine: StampedMachine? = nil
  ) throws {
    let node = try #require(site.node(try NodeName(name)))
    provenance = try Provenance.inspect(site: site, node: node, platform: platform, tree: tree, machine: machine)
    var situation = Situation(
      site: site, node: node, platform: platform, tree: tree, provenance: provenance, fresh: fresh,
      ownerCanChange: ownerCanChange, machine: machine)
    var changes: [Change] = []
    var findings: [Finding] = []
    var claims: [Claim] = []
    var after = tree
    for fixup in fixups {
      situation.tree = after
      let proposal = try fixup.propose(for: situation)
      after = after.applying(proposal.changes)
      changes += proposal.changes
      findings += proposal.findings
      claims += proposal.claims
    }
    self.changes = changes
    self.findings = findings
    self.claims = claims
    self.after = after
  }

  func reasons(_ path: String) -> [String] { changes.filter { $0.path.description == path }.flatMap(\.reasons) }
}

extension Lab {
  /// Runs fixups and the stamp; then demands that a second run changes nothing and finds every claim true.
  @discardableResult
  static func settle(
    _ tree: MemoryTree, as name: String = "compute2", site: Site? = nil, debian: Bool = false, _ fixups: [any Fixup],
    failing: Set<String> = [], location: SourceLocation = #_sourceLocation
  ) throws -> Run {
    let site = try site ?? self.site()
    let platform = try platform(debian: debian)
    let first = try Run(tree, as: name, site: site, platform: platform, fixups + [StampFixup()])
    let second = try Run(first.after, as: name, site: site, platform: platform, fixups + [StampFixup()])
    for change in second.changes {
      Issue.record("a second run changes \(change.path): \(change.reasons)", sourceLocation: location)
    }
    for claim in second.claims where !claim.holds && !failing.contains(claim.subject) {
      Issue.record("\(claim.subject): \(claim.seen), not \(claim.expected)", sourceLocation: location)
    }
    #expect(second.provenance.origin == .own, "\(second.provenance.evidence)", sourceLocation: location)
    return first
  }

  static func tree(debian: Bool = false, _ more: [String: String] = [:]) -> MemoryTree {
    MemoryTree((debian ? debianCompute : compute).merging(more) { $1 })
  }
}
