import Site
import Testing

@testable import Fixups

@Suite("An address that somebody left on a port")
struct PortAddressTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let profile: String
    let files: [String: String]
    /// Whether the reader gives it to the port.
    let isGiven: Bool
    var testDescription: String { "\(profile) \(isGiven): \(files.values.sorted().joined(separator: " "))" }
  }

  private static let scripts = "/etc/sysconfig/network-scripts"

  private static func ifcfg(_ port: String, type: String = "Bridge") -> [String: String] {
    [
      "\(scripts)/ifcfg-br0":
        "DEVICE=br0\nTYPE=\(type)\nDEVICETYPE=\(type == "Bridge" ? "" : "ovs")\nONBOOT=yes\nBOOTPROTO=static\nIPADDR=192.168.10.20\nPREFIX=24\n",
      "\(scripts)/ifcfg-eth0": "DEVICE=eth0\nBOOTPROTO=none\nIPADDR=192.168.10.20\nPREFIX=24\n\(port)",
    ]
  }

  private static func ifupdown(_ start: String) -> [String: String] {
    [
      "/etc/network/interfaces":
        "\(start)iface eth0 inet static\n  address 192.168.10.20/24\nauto br0\niface br0 inet static\n  bridge_ports eth0\n  address 192.168.10.20/24\n"
    ]
  }

  private static func netplan(_ master: String, _ more: String = "") -> [String: String] {
    [
      "/etc/netplan/a.yaml":
        "network:\n  version: 2\n\(more)  ethernets:\n    eth0: {addresses: [192.168.10.20/24]}\n  \(master):\n    br0: {interfaces: [eth0], addresses: [192.168.10.20/24]}\n"
    ]
  }

  private static func networkd(_ key: String) -> [String: String] {
    [
      "/etc/systemd/network/1.netdev": "[NetDev]\nName=br0\nKind=\(key.lowercased())\n",
      "/etc/systemd/network/1.network": "[Match]\nName=br0\n[Network]\nAddress=192.168.10.20/24\n",
      "/etc/systemd/network/2.network": "[Match]\nName=eth0\n[Network]\n\(key)=br0\nAddress=192.168.10.20/24\n",
    ]
  }

  static let cases = [
    Case(profile: "el8-rdo", files: ifcfg("BRIDGE=br0\nONBOOT=yes\n"), isGiven: false),
    Case(
      profile: "el8-rdo", files: ifcfg("TYPE=OVSPort\nDEVICETYPE=ovs\nOVS_BRIDGE=br0\nONBOOT=yes\n", type: "OVSBridge"),
      isGiven: true),
    Case(profile: "debian12", files: ifupdown("auto eth0\n"), isGiven: true),
    Case(profile: "debian12", files: ifupdown(""), isGiven: false),
    Case(profile: "ubuntu2204", files: netplan("bridges"), isGiven: true),
    Case(profile: "ubuntu2204", files: netplan("bonds"), isGiven: false),
    Case(profile: "ubuntu2204", files: netplan("bridges", "  renderer: NetworkManager\n"), isGiven: false),
    Case(profile: "debian12", files: networkd("Bridge"), isGiven: true),
    Case(profile: "debian12", files: networkd("Bond"), isGiven: false),
  ]

  @Test("fails verify where the port comes up with it, and no node but the original has it", arguments: cases)
  func left(_ row: Case) throws {
    let (_, second) = try BackendTests.twice(
      row.files, profile: row.profile, site: try PortTests.site(bridge: "br0"))
    let seen = second.claims.filter { !$0.holds && $0.subject == "addresses of eth0" }.map(\.seen)
    #expect(seen == (row.isGiven ? ["192.168.10.20, the address of compute"] : []))
    #expect(second.claims.contains { $0.holds && $0.subject == "addresses of br0" })
  }
}

@Suite("A MAC address that interfaces of a copy are still given")
struct GivenCardTests {
  private static let card = "52:54:00:aa:00:20"

  @Test(
    "fails verify until somebody takes it out",
    arguments: [
      ("debian12", "/etc/network/interfaces", "  pre-up ip link set dev $IFACE address \(card)\n"),
      ("debian12", "/etc/network/interfaces", "  ovs_extra set bridge br0 other-config:hwaddr=\(card)\n"),
      ("ubuntu2204", "/etc/netplan/a.yaml", "      openvswitch: {other-config: {hwaddr: \"\(card)\"}}\n"),
      ("el9-rdo", "/etc/sysconfig/network-scripts/ifcfg-eth9", "DEVICE=eth9\nMACADDR=\(card)\n"),
    ])
  func given(_ profile: String, _ path: String, _ line: String) throws {
    let text: String =
      switch profile {
      case "debian12": "auto ens33\niface ens33 inet static\n  address 192.168.10.20/24\n\(line)"
      case "ubuntu2204":
        "network:\n  version: 2\n  bridges:\n    ens33:\n      addresses: [192.168.10.20/24]\n\(line)"
      default: line
      }
    let more =
      profile == "el9-rdo"
      ? ["/etc/sysconfig/network-scripts/ifcfg-ens33": "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\n"]
      : [:]
    let (first, second) = try BackendTests.twice([path: text].merging(more) { $1 }, profile: profile)
    #expect(first.findings.contains { $0.text.contains(Self.card) }, "\(first.findings)")
    #expect(second.changes.map(\.path) == [])
    let failing = second.claims.filter { !$0.holds }
    #expect(failing.map(\.subject) == ["what ties \(path) to a machine"], "\(failing)")
    #expect(failing.first?.seen.hasPrefix("the original's \(Self.card) in line ") == true)
    var mended = first.after
    mended.write(path, try #require(mended[path]).replacing(Self.card, with: "52:54:00:cc:00:21"))
    let third = try Run(
      mended, site: Lab.site(), platform: try #require(Platform.named(profile)), [InterfacesFixup(), StampFixup()])
    #expect(third.claims.filter { !$0.holds } == [])
  }

  @Test("one that machines share on purpose, and what only asks for a card, are no matter")
  func shared() throws {
    for line in ["MACADDR=00:00:5e:00:01:0a", "HWADDR=\(Self.card)"] {
      let files = [
        "/etc/sysconfig/network-scripts/ifcfg-ens33": "DEVICE=ens33\nONBOOT=yes\nIPADDR=192.168.10.20\nPREFIX=24\n",
        "/etc/sysconfig/network-scripts/ifcfg-eth9": "DEVICE=eth9\n\(line)\n",
      ]
      let (_, second) = try BackendTests.twice(files, profile: "el9-rdo")
      #expect(second.claims.filter { !$0.holds } == [])
    }
  }
}
