import Site
import Testing
import Tree

@testable import Fixups

/// MAC addresses in the files of interfaces: what two trees are compared by, and what a seal tells.
@Suite("MAC addresses in the configuration of interfaces")
struct ConfiguredCardTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let profile: String
    let path: String
    let text: String
    /// The lines that give an interface the address.
    var given: [Int] = []
    /// Whether it is found at all.
    var isFound = true
  }

  private static let mac = "52:54:00:aa:00:01"
  private static let keyfile = "/etc/NetworkManager/system-connections/x.nmconnection"
  private static let ifcfg = "/etc/sysconfig/network-scripts/ifcfg-team0"
  private static let stanza = "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n"
  private static let interfaces = "/etc/network/interfaces"

  private static let netdev = "/etc/systemd/network/70-x.netdev"
  /// Commands that give no interface the address in them.
  static let anothers = [
    "iptables -A INPUT -m mac --mac-source \(mac) -j ACCEPT", "ebtables -A FORWARD -s \(mac) -j DROP",
    "nft add rule inet filter input ether saddr \(mac) accept", "/usr/sbin/etherwake -i ens34 \(mac)",
    "arp -s 192.168.20.10 \(mac)", "ip neigh replace 192.168.20.10 lladdr \(mac) dev ens33",
    "bridge fdb append \(mac) dev vxlan0 dst 192.168.20.10", "ethtool -N ens33 flow-type ether dst \(mac) action 2",
    "ip link add m0 link ens33 type macvlan mode source macaddr add \(mac)",
  ]

  static let rows = [
    Row(
      testDescription: "a team's JSON in an ifcfg file", profile: "centos7-rdo", path: ifcfg,
      text: "DEVICE=team0\nTEAM_CONFIG='{\"runner\": {\"name\": \"lacp\"}, \"hwaddr\": \"\(mac)\"}'\n", given: [2]),
    Row(
      testDescription: "an address of one's own", profile: "centos7-rdo", path: ifcfg,
      text: "DEVICE=team0\nMACADDR=\(mac)\n",
      given: [2]),
    Row(
      testDescription: "a card", profile: "centos7-rdo", path: ifcfg, text: "DEVICE=team0\nHWADDR=\(mac.uppercased())\n"
    ),
    Row(
      testDescription: "a bond's LACP", profile: "centos7-rdo", path: ifcfg,
      text: "DEVICE=team0\nBONDING_OPTS=\"mode=4 ad_actor_system=\(mac)\"\n", given: [2]),
    Row(
      testDescription: "a remark", profile: "centos7-rdo", path: ifcfg, text: "DEVICE=team0\n# MACADDR=\(mac)\n",
      isFound: false),
    Row(
      testDescription: "a team's JSON in a keyfile", profile: "el9-rdo", path: keyfile,
      text: "[connection]\ntype=team\ninterface-name=team0\n[team]\nconfig={\"hwaddr\": \"\(mac)\"}\n", given: [5]),
    Row(
      testDescription: "a card in a keyfile", profile: "el9-rdo", path: keyfile,
      text: "[connection]\ntype=ethernet\n[ethernet]\nmac-address=\(mac)\nmac-address-denylist=52:54:00:bb:00:01\n"),
    Row(
      testDescription: "another address in a keyfile", profile: "el9-rdo", path: keyfile,
      text: "[connection]\ntype=ethernet\n[ethernet]\ncloned-mac-address=\(mac)\n", given: [4]),
    Row(
      testDescription: "ifupdown's hwaddress", profile: "debian12", path: interfaces,
      text: "\(stanza)  hwaddress ether \(mac)\n",
      given: [4]),
    Row(
      testDescription: "a command of ifupdown's", profile: "debian12", path: interfaces,
      text:
        "\(stanza)  pre-up ip link set dev $IFACE address \(mac)\n  up ip neigh add 192.168.10.2 lladdr 52:54:00:bb:00:01 dev ens33\n",
      given: [4]),
    Row(
      testDescription: "a bridge's and a bond's words of ifupdown's", profile: "debian12", path: interfaces,
      text: "\(stanza)  bridge_hw \(mac)\n  bond-ad-actor-system \(mac)\n", given: [4, 5]),
    Row(
      testDescription: "a mask in a keyfile", profile: "el9-rdo", path: keyfile,
      text:
        "[connection]\ntype=ethernet\n[ethernet]\ncloned-mac-address=stable\ngenerate-mac-address-mask=52:54:00:aa:00:00\n",
      isFound: false),
    Row(
      testDescription: "a mask in an ifcfg file", profile: "centos7-rdo", path: ifcfg,
      text: "DEVICE=team0\nGENERATE_MAC_ADDRESS_MASK=52:54:00:aa:00:00\n", isFound: false),
    Row(
      testDescription: "a mask in a connection of netplan's", profile: "ubuntu2404", path: "/etc/netplan/1.yaml",
      text:
        "network:\n  ethernets:\n    a:\n      networkmanager:\n        passthrough:\n          ethernet.generate-mac-address-mask: \"52:54:00:aa:00:00\"\n",
      isFound: false),
    Row(
      testDescription: "colons behind backslashes", profile: "debian12", path: interfaces,
      text: "\(stanza)  ovs_extra set interface x mac=\"52\\:54\\:00\\:aa\\:00\\:01\"\n", given: [4]),
    Row(
      testDescription: "groups and nobody", profile: "debian12", path: interfaces,
      text: "\(stanza)  up bridge x 01:80:c2:00:00:00 00:00:00:00:00:00 ff:ff:ff:ff:ff:ff\n", isFound: false),
    Row(
      testDescription: "a match of networkd's", profile: "debian12", path: "/etc/systemd/network/1.network",
      text: "[Match]\nMACAddress=\(mac)\n[Network]\nDHCP=yes\n[Neighbor]\nLinkLayerAddress=52:54:00:bb:00:01\n"),
    Row(
      testDescription: "a link of networkd's", profile: "debian12", path: "/etc/systemd/network/1.network",
      text: "[Match]\nName=ens33\n[Link]\nMACAddress=\(mac)\n", given: [4]),
    Row(
      testDescription: "netplan's match", profile: "ubuntu2404", path: "/etc/netplan/1.yaml",
      text:
        "network:\n  version: 2\n  ethernets:\n    a:\n      match:\n        macaddress: \(mac)\n      set-name: ens33\n"
    ),
    Row(
      testDescription: "netplan's macaddress", profile: "ubuntu2404", path: "/etc/netplan/1.yaml",
      text:
        "network:\n  version: 2\n  ethernets:\n    ens33:\n      match: {name: ens33}\n      macaddress: \"\(mac)\"\n",
      given: [6]),
    Row(
      testDescription: "wicked's LLADDR", profile: "opensuse15", path: "/etc/sysconfig/network/ifcfg-eth0",
      text: "BOOTPROTO=static\nLLADDR=\(mac)\n", given: [2]),
    Row(
      testDescription: "a command on two lines", profile: "debian12", path: interfaces,
      text: "\(stanza)  pre-up true && /sbin/ip l set ens33 \\\n    addr \(mac)\n", given: [5]),
    Row(
      testDescription: "ifconfig", profile: "debian12", path: interfaces,
      text: "\(stanza)  pre-up ifconfig ens33 hw ether \(mac)\n", given: [4]),
    Row(
      testDescription: "macchanger", profile: "debian12", path: interfaces,
      text: "\(stanza)  pre-up /usr/bin/macchanger --mac=\(mac) ens33\n", given: [4]),
    Row(
      testDescription: "a function of a card's", profile: "debian12", path: interfaces,
      text: "\(stanza)  post-up ip link set ens33 vf 0 mac \(mac) spoofchk off\n", given: [4]),
    Row(
      testDescription: "a bond's system, through the kernel's files", profile: "debian12", path: interfaces,
      text: "\(stanza)  pre-up echo \(mac) > /sys/class/net/bond0/bonding/ad_actor_system\n", given: [4]),
    Row(
      testDescription: "a bridge's own in a keyfile", profile: "el9-rdo", path: keyfile,
      text: "[connection]\ntype=bridge\n[bridge]\nmac-address=\(mac)\n", given: [4]),
    Row(
      testDescription: "what networkd makes, and its other end", profile: "debian12", path: netdev,
      text:
        "[NetDev]\nName=v0\nKind=veth\nMACAddress=\(mac)\n[Peer]\nMACAddress=\(mac)\n", given: [4, 6]),
    Row(
      testDescription: "another machine's channel of MACsec", profile: "debian12", path: netdev,
      text: "[NetDev]\nName=m0\nKind=macsec\n[MACsecReceiveChannel]\nPort=11\nMACAddress=\(mac)\n", isFound: false),
    Row(
      testDescription: "whose frames a macvlan takes", profile: "debian12", path: netdev,
      text: "[NetDev]\nName=m0\nKind=macvlan\n[MACVLAN]\nMode=source\nSourceMACAddress=\(mac)\n", isFound: false),
    Row(
      testDescription: "cards that a file is not for", profile: "centos7-rdo", path: ifcfg,
      text:
        "DEVICE=team0\nHWADDR_BLACKLIST=\"\(mac)\"\nETHTOOL_OPTS=\"-N team0 flow-type ether dst \(mac) action 2\"\n",
      isFound: false),
    Row(
      testDescription: "another machine's in commands", profile: "debian12", path: interfaces,
      text: stanza + anothers.map { "  post-up \($0)\n" }.joined(), isFound: false),
    Row(
      testDescription: "what wicked does not read", profile: "opensuse15", path: "/etc/sysconfig/network/ifcfg-eth0",
      text: "BOOTPROTO=static\nHWADDR=\(mac)\n", isFound: false),
  ]

  @Test("a password by which a card wakes the machine ties a link to nothing") func wakePassword() throws {
    var tree = MemoryTree()
    tree.write(
      "/etc/systemd/network/10-ens33.link",
      "[Match]\nOriginalName=ens33\n[Link]\nWakeOnLanPassword=cb:a9:87:65:43:21\nNamePolicy=keep\n")
    let template = Template(tree: tree, platform: try #require(Platform.named("debian12")))
    for thing in UniqueThings.table { #expect(try thing.values(in: template).map(\.shown) == [], "\(thing.key)") }
  }

  @Test("an alias's address stands in the file that has it") func alias() throws {
    var tree = MemoryTree()
    tree.write(Self.interfaces, "source interfaces.d/*\n\(Self.stanza)")
    let path = "\(Self.interfaces).d/alias"
    tree.write(path, "auto ens33:0\niface ens33:0 inet static\n  address 192.168.10.121/24\n")
    let template = Template(tree: tree, platform: try #require(Platform.named("debian12")))
    let thing = try #require(UniqueThings.table.first { $0.key == "addresses" })
    let values = try thing.values(in: template)
    #expect(values.first { $0.shown == "192.168.10.121" }?.path.description == path, "\(values)")
  }

  @Test("another machine's address is left, and nothing is told of it", arguments: anothers) func peers(
    _ command: String
  )
    throws
  {
    let stanza = Self.stanza + "  gateway 192.168.10.2\n"
    let run = try BackendTests.settle([Self.interfaces: "\(stanza)  post-up \(command)\n"], profile: "debian12")
    #expect(!run.findings.contains { $0.text.contains(Self.mac) }, "\(run.findings)")
    #expect(run.after[Self.interfaces]?.contains(Self.mac) == true)
  }

  @Test("of commands that nobody here knows it is told, and no more") func unknown() throws {
    let run = try BackendTests.settle(
      [Self.interfaces: "\(Self.stanza)  post-up /usr/local/bin/x ens33 \(Self.mac)\n"], profile: "debian12")
    #expect(run.findings.contains { $0.text.hasPrefix("\(Self.interfaces):4: post-up of ens33 has the MAC address") })
  }

  @Test("what an ifcfg file says of other cards stays, with the site's address and without") func lists() throws {
    let path = "\(IfcfgTests.directory)/ifcfg-ens33"
    let text =
      "DEVICE=ens33\nIPADDR=192.168.10.20\nPREFIX=24\nHWADDR_BLACKLIST=\"\(Self.mac)\"\n"
      + "ETHTOOL_OPTS=\"-N ens33 flow-type ether dst \(Self.mac) action 2\"\n"
    for card in ["52:54:00:aa:00:77", nil] {
      let run = try BackendTests.settle([path: text], mac: card, profile: "centos7-rdo")
      #expect(run.after[path]?.split(separator: Self.mac).count == 3, "\(run.after[path] ?? "")")
      #expect(!run.findings.contains { $0.text.contains(Self.mac) }, "\(run.findings)")
    }
  }

  @Test(arguments: rows) func found(_ row: Row) throws {
    var tree = MemoryTree()
    tree.write(row.path, row.text, mode: 0o600)
    let template = Template(tree: tree, platform: try #require(Platform.named(row.profile)))
    let thing = try #require(UniqueThings.table.first { $0.key == "mac-addresses" })
    #expect(try thing.values(in: template).map(\.shown) == (row.isFound ? [Self.mac] : []))
    let told = try thing.sealed(in: template).proposal
    #expect(told.changes.isEmpty)
    #expect(
      told.findings.map(\.text)
        == row.given.map { "\(row.path):\($0) gives an interface of every copy the MAC address \(Self.mac)" })
  }
}
