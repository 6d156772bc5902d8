import Foundation
import Support
import Testing

/// What an address stands on in network_data.json and in the tree: the addresses of a VLAN on a bond, and of the bond itself,
/// go to just these in the files of every backend, and the readers of those files find them there.
@Suite struct ToldLinkTests {
  static let links = #"""
    {"links": [{"id": "a", "type": "phy", "ethernet_mac_address": "00:0C:29:00:00:21"},
      {"id": "b", "type": "never-heard-of", "ethernet_mac_address": "00:0c:29:00:00:22", "mtu": null},
      {"id": "bond", "type": "bond", "bond_links": ["a", "b"], "ethernet_mac_address": "00:0c:29:00:00:21", "bond_mode": "802.3ad"},
      {"id": "vlan", "type": "vlan", "vlan_id": "101", "vlan_link": "bond", "vlan_mac_address": "00:0c:29:00:00:21"}],
     "networks": [
      {"id": "n", "type": "ipv4", "link": "vlan", "ip_address": "192.168.10.21", "netmask": "24", "routes": null, "services": null},
      {"id": "n", "type": "ipv4", "link": "vlan", "ip_address": "192.168.10.21/24"},
      {"id": "n", "type": "ipv4", "link": "bond", "ip_address": "192.168.20.21/24",
       "routes": [{"network": "172.16.0.0", "netmask": "12", "gateway": "192.168.20.1"}]}],
     "services": [{"type": "dns", "address": "192.168.10.9"}, {"type": "ntp", "address": "192.168.10.8"}]}
    """#

  /// How a tree says that `bond0` is made of ens33 and ens34, and that a VLAN with the number 101 stands on it.
  struct Backend: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// os-release(5).
    var release: String
    var files: [String: String]
    /// The VLAN's interface.
    var vlan: String
    /// Lines that a file has afterwards.
    var lines: [String: [String]]
    /// Those that their reader has in other words.
    var read: [String: [String]]?
  }

  static let scripts = "/etc/sysconfig/network-scripts"
  static let connections = "/etc/NetworkManager/system-connections"
  static let networkd = "/etc/systemd/network"

  static let ifcfg = Backend(
    testDescription: "ifcfg", release: "ID=\"centos\"\nVERSION_ID=\"7\"\n",
    files: [
      "\(scripts)/ifcfg-ens33": "DEVICE=ens33\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n",
      "\(scripts)/ifcfg-ens34": "DEVICE=ens34\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n",
      "\(scripts)/ifcfg-bond0": "DEVICE=bond0\nONBOOT=yes\nBONDING_OPTS=mode=4\n",
      "\(scripts)/ifcfg-bond0.101": "DEVICE=bond0.101\nVLAN=yes\nONBOOT=yes\n",
    ], vlan: "bond0.101",
    lines: [
      "\(scripts)/ifcfg-bond0.101": ["IPADDR=192.168.10.21", "DNS1=192.168.10.9"],
      "\(scripts)/ifcfg-bond0": ["IPADDR=192.168.20.21"],
      "\(scripts)/route-bond0": ["172.16.0.0/12 via 192.168.20.1 dev bond0"],
    ])

  private static func connection(_ name: String, _ number: Int, _ type: String, _ more: String) -> String {
    "[connection]\nid=\(name)\nuuid=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a0\(number)\ntype=\(type)\ninterface-name=\(name)\n\(more)"
  }

  /// Ports and the VLAN name the bond by the UUID of its connection, which a clone gives another.
  static let keyfile = Backend(
    testDescription: "NetworkManager", release: "ID=\"rocky\"\nVERSION_ID=\"9.3\"\n",
    files: [
      "\(connections)/ens33.nmconnection": connection(
        "ens33", 1, "ethernet", "master=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a03\nslave-type=bond\n"),
      "\(connections)/ens34.nmconnection": connection("ens34", 2, "ethernet", "master=bond0\nslave-type=bond\n"),
      "\(connections)/bond0.nmconnection": connection(
        "bond0", 3, "bond", "[bond]\nmode=802.3ad\n[ipv4]\nmethod=disabled\n[ipv6]\nmethod=ignore\n"),
      "\(connections)/mgmt.nmconnection": connection(
        "mgmt", 4, "vlan",
        "[vlan]\nid=101\nparent=6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a03\n[ipv4]\nmethod=disabled\n[ipv6]\nmethod=ignore\n"),
    ], vlan: "mgmt",
    lines: [
      "\(connections)/mgmt.nmconnection": ["address1=192.168.10.21/24", "method=manual", "dns=192.168.10.9;"],
      "\(connections)/bond0.nmconnection": [
        "address1=192.168.20.21/24", "method=manual", "route1=172.16.0.0/12,192.168.20.1",
      ],
    ],
    read: [
      "\(connections)/mgmt.nmconnection": ["address1=192.168.10.21/24,192.168.10.2", "method=manual", "id=101"],
      "\(connections)/bond0.nmconnection": [
        "address1=192.168.20.21/24", "method=manual", "route1=172.16.0.0/12,192.168.20.1", "mode=802.3ad",
      ],
    ])

  static let netplan = Backend(
    testDescription: "netplan", release: "ID=ubuntu\nVERSION_ID=\"24.04\"\n",
    files: [
      "/etc/netplan/50-cloud-init.yaml": """
      network:
        version: 2
        ethernets:
          ens33: {}
          ens34: {}
        bonds:
          bond0:
            interfaces: [ens33, ens34]
            parameters:
              mode: 802.3ad
        vlans:
          mgmt:
            id: 101
            link: bond0

      """
    ], vlan: "mgmt",
    lines: [
      "/run/systemd/network/10-netplan-mgmt.network": ["Name=mgmt", "Address=192.168.10.21/24", "DNS=192.168.10.9"],
      "/run/systemd/network/10-netplan-mgmt.netdev": ["Kind=vlan", "Id=101"],
      "/run/systemd/network/10-netplan-bond0.network": [
        "Address=192.168.20.21/24", "VLAN=mgmt", "Destination=172.16.0.0/12", "Gateway=192.168.20.1",
      ],
      "/run/systemd/network/10-netplan-ens34.network": ["Bond=bond0"],
    ])

  static let systemd = Backend(
    testDescription: "systemd-networkd", release: "ID=ubuntu\nVERSION_ID=\"24.04\"\n",
    files: [
      "\(networkd)/10-bond0.netdev": "[NetDev]\nName=bond0\nKind=bond\n[Bond]\nMode=802.3ad\n",
      "\(networkd)/10-mgmt.netdev": "[NetDev]\nName=mgmt\nKind=vlan\n[VLAN]\nId=101\n",
      "\(networkd)/20-ens33.network": "[Match]\nName=ens33\n[Network]\nBond=bond0\n",
      "\(networkd)/20-ens34.network": "[Match]\nName=ens34\n[Network]\nBond=bond0\n",
      "\(networkd)/30-bond0.network": "[Match]\nName=bond0\n[Network]\nVLAN=mgmt\n",
      "\(networkd)/40-mgmt.network": "[Match]\nName=mgmt\n[Network]\nLinkLocalAddressing=no\n",
    ], vlan: "mgmt",
    lines: [
      "\(networkd)/40-mgmt.network": ["Address=192.168.10.21/24", "DNS=192.168.10.9"],
      "\(networkd)/30-bond0.network": [
        "VLAN=mgmt", "Address=192.168.20.21/24", "Destination=172.16.0.0/12", "Gateway=192.168.20.1",
      ],
    ])

  static let ifupdown = Backend(
    testDescription: "ifupdown", release: "ID=debian\nVERSION_ID=\"12\"\n",
    files: [
      "/etc/network/interfaces": """
      auto lo ens33 ens34 bond0 mgmt
      iface lo inet loopback
      iface ens33 inet manual
        bond-master bond0
      iface ens34 inet manual
        bond-master bond0
      iface bond0 inet manual
        bond-slaves none
        bond-mode 802.3ad
      iface mgmt inet manual
        vlan-raw-device bond0
        vlan-id 101

      """
    ], vlan: "mgmt", lines: [:])

  /// Made into compute2 by what a drive says; the tree afterwards.
  static func made(_ backend: Backend, _ scratch: Scratch, _ network: String = links) async throws -> DiskInMachine {
    let site = ToldByOthersTests.site.replacingOccurrences(
      of: "addresses = { management = \"192.168.10.21\", tunnel = \"192.168.20.21\" }",
      with: "addresses = \"from-metadata\"\ninterfaces = { management = \"\(backend.vlan)\", tunnel = \"bond0\" }")
    let disk = try await ToldByOthersTests.disk(scratch, site: site)
    try FileManager.default.removeItem(atPath: "\(disk.root)\(scripts)")
    try LabNode.write(backend.release, "\(disk.root)/etc/os-release")
    for (path, text) in backend.files {
      try LabNode.write(text, "\(disk.root)\(path)")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(disk.root)\(path)")
    }
    try await ToldByOthersTests.insert(try MetadataTree(in: scratch, network: network), into: disk)
    _ = try await disk.boot().succeeded("boot")
    return disk
  }

  @Test(arguments: [ifcfg, keyfile, netplan, systemd, ifupdown])
  func `a VLAN on a bond goes to that VLAN on that bond, and the bond's own address to the bond`(_ backend: Backend)
    async throws
  {
    let scratch = try Scratch()
    let disk = try await Self.made(backend, scratch)
    #expect(disk.fence == nil)
    #expect(disk.hostname == "compute2\n")
    for (path, lines) in backend.lines where !path.hasPrefix("/run/") {
      let text = disk.text(path) ?? ""
      for line in lines { #expect(text.split(separator: "\n").contains { $0 == line }, "\(path): \(text)") }
    }
    // Of a port nothing is its own but what makes it a port.
    for (path, before) in backend.files where path.contains("ens3") && backend.testDescription != "NetworkManager" {
      #expect(disk.text(path) == before, "\(path)")
    }
    let oracles = NetworkOracles(root: disk.root)
    switch backend.testDescription {
    case "netplan":
      try await oracles.netplan(backend.lines)
    case "NetworkManager":
      try await oracles.connections(backend.read ?? backend.lines)
      let bond = disk.text("\(Self.connections)/bond0.nmconnection")?.split(separator: "\n")
      let uuid = try #require(bond?.first { $0.hasPrefix("uuid=") }?.dropFirst(5))
      #expect(uuid != "6a2c7a0e-5d0e-4b0c-8a1e-2f7f5a0f3a03")
      #expect(disk.text("\(Self.connections)/mgmt.nmconnection")?.contains("\nparent=\(uuid)\n") == true)
      #expect(disk.text("\(Self.connections)/ens33.nmconnection")?.contains("\nmaster=\(uuid)\n") == true)
    case "ifupdown": try await Self.ifquery(disk)
    case "systemd-networkd": try await Self.networkd(disk)
    default: break
    }
  }

  /// What ifupdown itself reads.
  private static func ifquery(_ disk: DiskInMachine) async throws {
    guard let ifquery = RealProgram.find("ifquery") else { return }
    for (interface, lines) in [
      (
        "mgmt",
        ["address: 192.168.10.21", "netmask: 255.255.255.0", "vlan-raw-device: bond0", "dns-nameservers: 192.168.10.9"]
      ),
      (
        "bond0",
        [
          "address: 192.168.20.21", "bond-mode: 802.3ad",
          "up: ip route replace 172.16.0.0/12 via 192.168.20.1 dev bond0",
        ]
      ),
    ] {
      let read = try await ifquery.run(["-i", "\(disk.root)/etc/network/interfaces", interface]).succeeded("ifquery")
        .output
      for line in lines { #expect(read.split(separator: "\n").contains { $0 == line }, "\(interface): \(read)") }
    }
  }

  /// What the real systemd-networkd gives links of these names.
  private static func networkd(_ disk: DiskInMachine) async throws {
    // It gives up root, and has to reach its files all the same.
    try await RealProgram.needed("chmod").run(["-R", "a+rX", disk.node.folder]).succeeded("chmod")
    try await SystemdOracles(root: disk.root).networkd(
      SystemdOracles.Networkd(
        cards: ["ens33": "00:0c:29:00:00:21", "ens34": "00:0c:29:00:00:22"],
        addresses: ["mgmt": ["192.168.10.21/24"], "bond0": ["192.168.20.21/24"]],
        routes: ["bond0": ["172.16.0.0/12 via 192.168.20.1"]]))
  }

  @Test(arguments: [keyfile, netplan, systemd, ifupdown])
  func `another VLAN, or a bond of other cards, is none of the tree's, and nothing is written`(_ backend: Backend)
    async throws
  {
    for (was, now, says) in [
      (#""vlan_id": "101""#, #""vlan_id": "102""#, "on VLAN 102 on"),
      (#""bond_links": ["a", "b"]"#, #""bond_links": ["a"]"#, "is VLAN 101 on ens33 and ens34 in this tree"),
      (#""vlan_link": "bond""#, #""vlan_link": "a""#, "is VLAN 101 on ens33 and ens34 in this tree"),
    ] {
      let scratch = try Scratch()
      let network = Self.links.replacingOccurrences(of: was, with: now)
      try #require(network != Self.links)
      let disk = try await Self.made(backend, scratch, network)
      #expect(disk.fence?.contains(says) == true, "\(disk.fence ?? "no fence")")
      #expect(disk.hostname == "compute\n")
      for (path, before) in backend.files { #expect(disk.text(path) == before, "\(path)") }
    }
  }
}
