import Engine
import Fixups
import Site
import Support
import Testing
import Tree

/// What `init` makes of trees as people leave them. Each site is read back, and a plan of the node itself by it leaves
/// every address alone.
@Suite("A site from a node's own tree")
struct InitializationTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var isDebian = false
    var files: [String: String]
    /// The networks: name, subnets, interface, gateways.
    var networks: [String]
    /// The nodes: name, role, addresses.
    var nodes: [String]
    var remarks: [String] = []
    /// What an apply puts right in files that others go before.
    var overruled: [TreePath] = []
  }

  static let scripts = "/etc/sysconfig/network-scripts"
  static let ens33 =
    "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=192.168.10.2\nDNS1=192.168.10.2\n"
  static let ens34 = "DEVICE=ens34\nONBOOT=yes\nIPADDR=192.168.20.20\nNETMASK=255.255.255.0\n"
  static let plain = [
    "management 192.168.10.0/24 on ens33 by 192.168.10.2", "tunnel 192.168.20.0/24 on ens34 by nothing",
  ]
  static let compute = "compute compute management=192.168.10.20 tunnel=192.168.20.20"
  static let hosts = "127.0.0.1 localhost\n192.168.10.10 controller\n192.168.10.20 compute\n"
  static let nova =
    "[DEFAULT]\nmy_ip = 192.168.10.20\ntransport_url = rabbit://openstack:x@controller\nhost = compute\n"

  private static let swapped = [
    "tunnel 192.168.10.0/24 on ens33 by 192.168.10.2", "management 192.168.20.0/24 on ens34 by nothing",
  ]
  private static let ownSwapped = ["compute compute tunnel=192.168.10.20 management=192.168.20.20"]

  private static let overruled: [TreePath] = ["/etc/nova/nova.conf", "/etc/neutron/plugins/ml2/openvswitch_agent.ini"]

  static let centos = [
    Case(
      testDescription: "my_ip and local_ip in directories of configuration",
      files: [
        "\(scripts)/ifcfg-ens33": ens33, "\(scripts)/ifcfg-ens34": ens34,
        "/etc/nova/nova.conf": "[DEFAULT]\nmy_ip = 192.168.10.20\n",
        "/etc/nova/nova.conf.d/99-site.conf": "[DEFAULT]\nmy_ip = 192.168.20.20\n",
        "/etc/neutron/plugins/ml2/openvswitch_agent.ini": "[ovs]\nlocal_ip = 192.168.20.20\n",
        "/etc/neutron/conf.d/neutron-openvswitch-agent/site.conf": "[ovs]\nlocal_ip = 192.168.10.20\n",
      ], networks: swapped, nodes: ownSwapped, overruled: overruled),
    Case(
      testDescription: "my_ip and local_ip in the environment of services; cinder's is its own",
      files: [
        "\(scripts)/ifcfg-ens33": ens33, "\(scripts)/ifcfg-ens34": ens34,
        "/etc/nova/nova.conf": "[DEFAULT]\nmy_ip = 192.168.10.20\n",
        "/etc/neutron/plugins/ml2/openvswitch_agent.ini": "[agent]\ntunnel_types = vxlan\n",
        "/etc/systemd/system/openstack-nova-compute.service.d/o.conf":
          "[Service]\nEnvironment=OS_DEFAULT__MY_IP=192.168.20.20\n",
        "/etc/systemd/system/openstack-cinder-volume.service.d/o.conf":
          "[Service]\nEnvironment=OS_DEFAULT__MY_IP=192.168.10.20\n",
        "/etc/sysconfig/neutron-openvswitch-agent": "OS_OVS__LOCAL_IP=192.168.10.20\n",
      ], networks: swapped, nodes: ownSwapped, overruled: overruled),
    Case(
      testDescription: "the tutorial's",
      files: [
        "\(scripts)/ifcfg-ens33": ens33, "\(scripts)/ifcfg-ens34": ens34, "/etc/hosts": hosts,
        "/etc/nova/nova.conf": nova,
        "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": "[vxlan]\nlocal_ip = 192.168.20.20\n",
      ], networks: plain, nodes: [compute, "controller controller management=192.168.10.10"],
      remarks: ["controller: its addresses on the other networks are not known here"]),
    Case(
      testDescription: "a peer has all its addresses, and one that is on no network is said",
      files: [
        "\(scripts)/ifcfg-ens33": ens33 + "IPV6INIT=yes\nIPV6ADDR=2001:db8:10::20/64\n",
        "\(scripts)/ifcfg-ens34": ens34, "/etc/nova/nova.conf": nova,
        "/etc/hosts": hosts
          + "2001:db8:10::10 controller\n192.168.10.11 controller\n2001:db8:10::20 compute\n10.9.9.9 controller mirror\n",
      ],
      networks: [
        "management 192.168.10.0/24 2001:db8:10::/64 on ens33 by 192.168.10.2",
        "tunnel 192.168.20.0/24 on ens34 by nothing",
      ],
      nodes: [
        "compute compute management=192.168.10.20,2001:db8:10::20 tunnel=192.168.20.20",
        "controller controller management=192.168.10.10,2001:db8:10::10,192.168.10.11",
      ], remarks: ["controller is at 10.9.9.9 in etc/hosts too"]),
    Case(
      testDescription: "the family that my_ip and local_ip say comes first",
      files: [
        "\(scripts)/ifcfg-ens33": ens33 + "IPV6INIT=yes\nIPV6ADDR=2001:db8:10::20/64\n",
        "\(scripts)/ifcfg-ens34": ens34 + "IPV6INIT=yes\nIPV6ADDR=2001:db8:20::20/64\n",
        "/etc/nova/nova.conf": "[DEFAULT]\nmy_ip = 2001:db8:10::20\n",
        "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": "[vxlan]\nlocal_ip = 2001:db8:20::20\n",
        "/etc/hosts": "192.168.10.20 compute\n",
      ],
      networks: [
        "management 192.168.10.0/24 2001:db8:10::/64 on ens33 by 192.168.10.2",
        "tunnel 192.168.20.0/24 2001:db8:20::/64 on ens34 by nothing",
      ],
      nodes: [
        "compute compute management=2001:db8:10::20,192.168.10.20 tunnel=2001:db8:20::20,192.168.20.20"
      ]),
    Case(
      testDescription: "a node that runs the cloud's services itself is a controller, and it is said",
      files: [
        "\(scripts)/ifcfg-ens33": ens33, "\(scripts)/ifcfg-ens34": ens34,
        "/etc/nova/nova.conf":
          "[DEFAULT]\nmy_ip = 192.168.10.20\ntransport_url = rabbit://a:b@compute:5672/\n[keystone_authtoken]\nauth_url = http://192.168.10.20:5000\n",
        "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": "[vxlan]\nlocal_ip = 192.168.20.20\n",
      ], networks: plain, nodes: ["compute controller management=192.168.10.20 tunnel=192.168.20.20"],
      remarks: ["compute runs services of the cloud itself (transport_url in [DEFAULT] of /etc/nova/nova.conf)"]),
    Case(
      testDescription: "files that nobody reads, aliases, and what is by DHCP",
      files: [
        "\(scripts)/ifcfg-ens33": ens33, "\(scripts)/ifcfg-ens34": ens34,
        "\(scripts)/ifcfg-ens33.bak": ens33, "\(scripts)/ifcfg-ens33.rpmsave": ens33,
        "\(scripts)/ifcfg-old.old": "DEVICE=ens39\nIPADDR=10.1.1.1\nPREFIX=8\n",
        "\(scripts)/ifcfg-ens33:1": "IPADDR=192.168.10.120\nPREFIX=24\n",
        "\(scripts)/ifcfg-ens35": "DEVICE=ens35\nBOOTPROTO=dhcp\nIPADDR=10.2.2.2\nPREFIX=24\n",
        "\(scripts)/ifcfg-ens36": "DEVICE=ens36\nONBOOT=no\nIPADDR=10.3.3.3\nPREFIX=24\n",
        "\(scripts)/ifcfg-lo": "DEVICE=lo\nIPADDR=127.0.0.1\nNETMASK=255.0.0.0\n",
      ], networks: plain, nodes: [compute],
      remarks: [
        "ifcfg-ens33:1: 192.168.10.120 is left out, since it is an alias's",
        "ifcfg-ens36: 10.3.3.3 is left out, since ens36 does not come up at boot",
      ]),
    Case(
      testDescription: "CR LF, quotes, no final newline, an upper-case full name",
      files: [
        "/etc/hostname": "Compute.LAB.example\n", "/etc/os-release": "ID=\"centos\"\r\nVERSION_ID='7'\r\n",
        "\(scripts)/ifcfg-ens33":
          "# \u{FEFF}\r\nDEVICE='ens33'\r\nIPADDR=\"192.168.10.20\"\r\nNETMASK=255.255.255.0\r\nGATEWAY=192.168.10.2\r\n",
        "\(scripts)/ifcfg-ens34": "export IPADDR=192.168.20.20 PREFIX=24",
      ], networks: plain, nodes: [compute], remarks: ["the tree calls itself Compute"]),
    Case(
      testDescription: "a router on no network of the node's",
      files: [
        "\(scripts)/ifcfg-ens33": "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\nGATEWAY=10.0.0.1\n",
        "\(scripts)/ifcfg-ens34": ens34,
      ],
      networks: [
        "management 192.168.10.0/24 on ens33 by nothing", "tunnel 192.168.20.0/24 on ens34 by nothing",
      ], nodes: [compute], remarks: ["gateway 10.0.0.1 of ens33 is left out"]),
    Case(
      testDescription: "several addresses, both families, a range of old classes",
      files: [
        "\(scripts)/ifcfg-ens33":
          ens33 + "IPADDR1=192.168.10.22\nPREFIX1=24\nIPADDR2=10.7.0.1\nIPV6INIT=yes\nIPV6ADDR=fd00::20\n"
          + "IPV6ADDR_SECONDARIES=\"fd00::21/64 fd01::1/48\"\nIPV6_DEFAULTGW=fe80::1%ens33\n"
      ], networks: ["management 192.168.10.0/24 10.0.0.0/8 fd00::/64 fd01::/48 on ens33 by 192.168.10.2 fe80::1"],
      nodes: ["compute compute management=192.168.10.20,192.168.10.22,10.7.0.1,fd00::20,fd00::21,fd01::1"]),
    Case(
      testDescription: "a bridge has the addresses of its port, and the shared file the gateway",
      files: [
        "/etc/sysconfig/network": "HOSTNAME=compute\nGATEWAY=192.168.10.2\n",
        "\(scripts)/ifcfg-ens33": "DEVICE=ens33\nBRIDGE=br-ex\nIPADDR=192.168.10.20\nPREFIX=24\n",
        "\(scripts)/ifcfg-br-ex": "DEVICE=br-ex\nTYPE=Bridge\nIPADDR=192.168.10.20\nPREFIX=24\n",
        "\(scripts)/ifcfg-ens34": ens34,
      ],
      networks: [
        "management 192.168.10.0/24 on br-ex by 192.168.10.2", "tunnel 192.168.20.0/24 on ens34 by nothing",
      ], nodes: [compute]),
    Case(
      testDescription: "what no site can say is left out and said",
      files: [
        "\(scripts)/ifcfg-ens33": ens33
          + "IPADDR1=192.168.10.255\nPREFIX1=24\nMTU=9\nDNS2=192.168.10.2\nDNS3=0.0.0.0\n",
        "\(scripts)/ifcfg-ens34": ens34 + "GATEWAY=192.168.20.20\n",
        "\(scripts)/ifcfg-ens35": "DEVICE=ens35\nIPADDR=192.168.10.30\nPREFIX=25\n",
        "\(scripts)/ifcfg-ens36": "DEVICE=ens36\nIPADDR=192.168.10.20\nPREFIX=24\n",
        "\(scripts)/ifcfg-ens37": "DEVICE=ens37\nIPADDR=224.0.0.5\nPREFIX=24\n",
        "\(scripts)/ifcfg-eth0.7": "DEVICE=eth0.7\nIPADDR=10.7.0.1\nPREFIX=24\n",
        "\(scripts)/ifcfg-tunnel": "DEVICE=tunnel\nIPADDR=10.8.0.1\nPREFIX=24\n",
        "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": "[vxlan]\nlocal_ip = 192.168.20.20\n",
      ],
      networks: plain + ["eth0-7 10.7.0.0/24 on eth0.7 by nothing", "tunnel-2 10.8.0.0/24 on tunnel by nothing"],
      nodes: ["\(compute) eth0-7=10.7.0.1 tunnel-2=10.8.0.1"],
      remarks: [
        "192.168.10.255 of ens33 is left out: it is no machine's own address",
        "192.168.10.30 of ens35 is left out: 192.168.10.0/25 overlaps 192.168.10.0/24 of ens33",
        "192.168.10.20 of ens36 is left out: 192.168.10.0/24 overlaps 192.168.10.0/24 of ens33",
        "224.0.0.5 of ens37 is left out: it is no machine's own address",
      ]),
    Case(
      testDescription: "a host table with more than nodes",
      files: [
        "\(scripts)/ifcfg-ens33": ens33, "\(scripts)/ifcfg-ens34": ens34,
        "/etc/hosts": hosts
          + "192.168.10.0 net\n192.168.10.255 broadcast\n192.168.10.2 gateway router\n192.168.10.31 compute3 # no tunnel\n"
          + "192.168.10.32 block_1 bl\u{F6}ck\n192.168.10.33\n192.168.10.10 ctl.lab\n8.8.8.8 dns\n192.168.10.34 7\n",
        "/etc/nova/nova.conf": nova,
      ], networks: plain, nodes: [compute, "controller controller management=192.168.10.10"],
      remarks: ["compute3 (192.168.10.31) is left out: its address on tunnel is not known here"]),
    Case(
      testDescription: "one network for everything",
      files: [
        "\(scripts)/ifcfg-ens33": ens33, "/etc/hosts": hosts + "192.168.10.31 compute3\n", "/etc/nova/nova.conf": nova,
        "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": "[vxlan]\nlocal_ip = 192.168.10.20\n",
      ], networks: [plain[0]],
      nodes: [
        "compute compute management=192.168.10.20", "controller controller management=192.168.10.10",
        "compute3 compute management=192.168.10.31",
      ]),
  ]

  static let debian = [
    Case(
      testDescription: "Debian's, with a sourced file and both ways to say a prefix", isDebian: true,
      files: [
        "/etc/network/interfaces":
          "source /etc/network/interfaces.d/*\nauto lo ens33\niface lo inet loopback\n\niface ens33 inet static\n\taddress 192.168.10.20/24\n\tgateway 192.168.10.2\n\tdns-nameservers 192.168.10.2\t9.9.9.9\n",
        "/etc/network/interfaces.d/tunnel":
          "auto ens34\r\niface ens34 inet static\n    address 192.168.20.20\n    netmask 255.255.255.0",
        "/etc/network/interfaces.d/.hidden": "iface ens35 inet static\n address 10.0.0.1/8\n",
      ], networks: plain, nodes: [compute]),
    Case(
      testDescription: "aliases, bridges, several stanzas, and what does not come up", isDebian: true,
      files: [
        "/etc/network/interfaces": """
        auto br0 br0:1
        allow-hotplug ens34
        iface br0 inet static
          bridge_ports ens33
          address 192.168.10.20
          netmask 24
          gateway 192.168.10.2
        iface br0 inet static
          address 192.168.10.22/24
        iface br0 inet6 static
          address fd00::20/64
        iface br0:1 inet static
          address 192.168.10.120/24
        iface ens33 inet manual
        iface ens34 inet static
          address 192.168.20.20/24
        iface ens35 inet static
          address 10.5.5.5/24
        iface ens36 inet dhcp
        """
      ],
      networks: [
        "management 192.168.10.0/24 fd00::/64 on br0 by 192.168.10.2", "tunnel 192.168.20.0/24 on ens34 by nothing",
      ], nodes: ["compute compute management=192.168.10.20,192.168.10.22,fd00::20 tunnel=192.168.20.20"],
      remarks: [
        "interfaces: 192.168.10.120 is left out, since it is an alias's",
        "interfaces: 10.5.5.5 is left out, since ens35 does not come up at boot",
      ]),
  ]

  @Test(arguments: centos + debian) func site(_ row: Case) throws {
    let scratch = try Scratch()
    let root = try Self.tree(row, in: scratch)
    let made = try Initialization(root: root, profile: nil)
    let text = made.site.tomlText()
    let site = try Site.parse(Array(text.utf8), file: "site.toml", profiles: Platform.names)
    #expect(site == made.site, "\(text)")
    #expect(site.networks.map(Self.line) == row.networks)
    #expect(site.nodes.map(Self.line) == row.nodes)
    for remark in row.remarks { #expect(made.remarks.contains { $0.contains(remark) }, "\(made.remarks)") }

    let file = try scratch.write(text, to: "site.toml")
    let plan = try Target(Request(root: root, site: file, node: site.nodes[0].name.description)).plan()
    #expect(plan.provenance.origin == .own, "\(plan.provenance.evidence)")
    for claim in plan.claims.map(\.value) where claim.subject.hasPrefix("addresses of ") {
      // What no machine can have is in no site, and goes.
      let kept = Self.bare(claim.seen).filter {
        !made.remarks.joined().contains("\($0) of \(claim.subject.dropFirst(13))")
      }
      #expect(kept == Self.bare(claim.expected), "\(claim.subject)")
    }
    #expect(
      plan.changes.filter { ["nova", "neutron", "service environment"].contains($0.fixup) }.map(\.path) == row.overruled
    )
  }

  private static func tree(_ row: Case, in scratch: Scratch) throws -> String {
    let release = row.isDebian ? "ID=debian\nVERSION_ID=\"12\"\n" : "ID=centos\nVERSION_ID=\"7\"\n"
    let usual = [
      "/etc/os-release": release, "/etc/hostname": "compute\n", "/etc/hosts": "127.0.0.1 localhost\n",
      "/etc/passwd": "nova:x:162:162:nova:/var/lib/nova:/bin/bash\n",
    ]
    for (path, text) in usual.merging(row.files, uniquingKeysWith: { $1 }) {
      try scratch.write(text, to: "tree\(path)")
    }
    try scratch.write("x", to: "tree/bin/bash", mode: 0o755)
    return "\(scratch.path)/tree"
  }

  /// The addresses without their prefixes and carriage returns.
  private static func bare(_ addresses: String) -> Set<IPAddress> {
    Set(addresses.split(separator: " ").compactMap { try? IPAddress(String($0.prefix { $0 != "/" && $0 != "\\" })) })
  }

  private static func line(_ network: Network) -> String {
    let gateways = network.gateways.map(\.description).joined(separator: " ")
    return "\(network.name) \(network.subnets.map(\.description).joined(separator: " "))"
      + " on \(network.interface?.description ?? "nothing") by \(gateways.isEmpty ? "nothing" : gateways)"
  }

  private static func line(_ node: Node) -> String {
    let addresses = node.addresses.map { "\($0.network)=\($0.value.map(\.description).joined(separator: ","))" }
    return "\(node.name) \(node.role.rawValue) \(addresses.joined(separator: " "))"
  }

  @Test(
    "a tree without what a site is made of is refused with what to do",
    arguments: [
      (["/etc/hostname": ""], "the tree says no host name"),
      (["/etc/hostname": "localhost.localdomain\n"], "the tree's host name cannot be a node's"),
      (["/etc/hostname": "my_node\n"], "the tree's host name cannot be a node's"),
      (["\(scripts)/ifcfg-ens33": "DEVICE=ens33\nBOOTPROTO=dhcp\n"], "no interface of"),
    ]) func refused(_ files: [String: String], _ said: String) throws
  {
    let scratch = try Scratch()
    let row = Case(
      testDescription: "", files: ["\(Self.scripts)/ifcfg-ens33": Self.ens33].merging(files) { $1 }, networks: [],
      nodes: [])
    let root = try Self.tree(row, in: scratch)
    let error = #expect(throws: EngineError.self) { try Initialization(root: root, profile: nil) }
    #expect(error?.description.contains(said) == true)
  }

  struct Leased: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var files: [String: String]
    /// What the file and the remark have to say.
    var said: [String]
  }

  static let asking = "DEVICE=ens33\nONBOOT=yes\nBOOTPROTO=dhcp\n"
  static let leased = [
    Leased(
      testDescription: "my_ip says the address, nobody the network", files: ["/etc/nova/nova.conf": nova],
      said: ["management = \"192.168.10.20\"", "interface = \"ens33\""]),
    Leased(
      testDescription: "the host table says it", files: ["/etc/hosts": hosts],
      said: ["management = \"192.168.10.20\"", "interface = \"ens33\""]),
    Leased(
      testDescription: "nobody says it",
      files: ["\(scripts)/ifcfg-ens35": "DEVICE=ens35\nONBOOT=yes\nBOOTPROTO=dhcp\n"],
      said: ["management = \"…\"", "ens33 or ens35 has it by DHCP"]),
    Leased(
      testDescription: "dhclient's lease",
      files: [
        "/etc/nova/nova.conf": nova,
        "/var/lib/dhclient/dhclient-1-ens33.lease":
          "lease {\n  interface \"ens33\";\n  fixed-address 192.168.10.9;\n}\nlease {\n  interface \"ens33\";\n  fixed-address 192.168.10.20;\n  option subnet-mask 255.255.255.0;\n  option routers 192.168.10.2,192.168.10.3;\n}\n",
      ], said: ["\"192.168.10.0/24\"", "\"192.168.10.2\"", "management = \"192.168.10.20\""]),
    Leased(
      testDescription: "NetworkManager's lease alone",
      files: [
        "/var/lib/NetworkManager/internal-9e7d7c0e-3ed9-4b0c-a2c9-0c8e1b7c0a33-ens33.lease":
          "# This is private data. Do not parse.\nADDRESS=192.168.10.20\nNETMASK=255.255.255.0\nROUTER=192.168.10.2\n"
      ], said: ["\"192.168.10.0/24\"", "interface = \"ens33\"", "management = \"192.168.10.20\""]),
    Leased(
      testDescription: "an old lease of another address",
      files: [
        "/etc/nova/nova.conf": nova,
        "/var/lib/dhclient/dhclient-1-ens35.lease": "lease {\n  interface \"ens35\";\n  fixed-address 10.0.0.9;\n}\n",
      ], said: ["management = \"192.168.10.20\"", "interface = \"ens33\""]),
  ]

  @Test(
    "another network is not called management where DHCP gives that, and no plan is made of what is left",
    arguments: leased)
  func incomplete(_ row: Leased) throws {
    let scratch = try Scratch()
    let files = [
      "\(Self.scripts)/ifcfg-ens33": Self.asking, "\(Self.scripts)/ifcfg-ens34": Self.ens34,
      "/etc/neutron/plugins/ml2/linuxbridge_agent.ini": "[vxlan]\nlocal_ip = 192.168.20.20\n",
    ].merging(row.files) { $1 }
    let root = try Self.tree(Case(testDescription: "", files: files, networks: [], nodes: []), in: scratch)
    let made = try Initialization(root: root, profile: nil)
    #expect(made.site.networks.map(Self.line) == ["tunnel 192.168.20.0/24 on ens34 by nothing"])
    for text in row.said {
      #expect(made.text.contains(text) && made.remarks.contains { $0.contains(text) }, "\(made.text.prefix(700))")
    }
    #expect(made.text.hasPrefix("# Not complete: "))
    let file = try scratch.write(made.text, to: "site.toml")
    let error = #expect(throws: (any Error).self) {
      try Target(Request(root: root, site: file, node: "compute")).plan()
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("management"))
  }

  @Test("a host table with an address that no interface has tells nothing") func translated() throws {
    let scratch = try Scratch()
    let files = [
      "\(Self.scripts)/ifcfg-ens33": Self.ens33, "\(Self.scripts)/ifcfg-ens34": Self.ens34,
      "/etc/hosts": Self.hosts.replacing("192.168.10.20", with: "10.99.0.20"),
    ]
    let root = try Self.tree(Case(testDescription: "", files: files, networks: [], nodes: []), in: scratch)
    let made = try Initialization(root: root, profile: nil)
    #expect(made.site.networks.map(Self.line).contains { $0.hasPrefix("management 192.168.10.0/24 on ens33") })
    #expect(made.text == made.site.tomlText())
  }

  @Test("the host table tells the network where nova says nothing") func tabled() throws {
    let scratch = try Scratch()
    let files = [
      "\(Self.scripts)/ifcfg-ens33": Self.ens33.replacing("GATEWAY=192.168.10.2\n", with: ""),
      "\(Self.scripts)/ifcfg-ens34": Self.ens34 + "GATEWAY=192.168.20.2\n", "/etc/hosts": Self.hosts,
    ]
    let root = try Self.tree(Case(testDescription: "", files: files, networks: [], nodes: []), in: scratch)
    let made = try Initialization(root: root, profile: nil)
    #expect(made.site.networks.map(Self.line).contains("management 192.168.10.0/24 on ens33 by nothing"))
    #expect(made.text == made.site.tomlText())
  }
}
