import Site
import Testing

@testable import Fixups

@Suite("The near end of a tunnel")
struct NearEndTests {
  @Test(
    "is found in the words of each backend",
    arguments: [
      ("Local=192.168.20.20", "192.168.20.20"), ("  Local = 192.168.20.20", "192.168.20.20"),
      ("      local: 192.168.20.20", "192.168.20.20"), ("      local: \"fd00::20\"", "fd00::20"),
      ("local=fd00::20", "fd00::20"), ("\tlocal 192.168.20.20", "192.168.20.20"),
      ("MY_OUTER_IPADDR='192.168.20.20'", "192.168.20.20"), ("VXLAN_LOCAL_IP=192.168.20.20", "192.168.20.20"),
      ("TUNNEL_LOCAL_IPADDR=192.168.20.20/24", "192.168.20.20"),
      ("ovs_tunnel_options options:remote_ip=1.2.3.4 options:local_ip=192.168.20.20", "192.168.20.20"),
      ("OVS_TUNNEL_OPTIONS=\"options:local_ip=192.168.20.20\"", "192.168.20.20"),
      ("ROUTING_RULE_1=\"priority 100 from 192.168.10.20/32 table 100\"", "192.168.10.20"),
      ("ROUTING_RULE6_1='priority 100 from fd00::20 table 100'", "fd00::20"),
      ("#Local=192.168.20.20", nil), ("Remote=192.168.20.20", nil), ("local: any", nil), ("LocalAddress=1.2.3.4", nil),
      ("ROUTING_RULE_1=\"priority 1 to 192.168.10.20 table 1\"", nil), ("local=", nil), ("", nil),
    ])
  func found(_ line: String, _ address: String?) {
    #expect(NearEnds.address(in: line)?.address.description == address)
  }

  @Test("a rule for another node's packets is its own matter, one for the original's becomes the node's") func rules()
    throws
  {
    let path = "/etc/sysconfig/network-scripts/ifcfg-ens34"
    for (address, wanted) in [("192.168.10.10", "192.168.10.10"), ("192.168.10.20", "192.168.10.21")] {
      func text(_ own: String, _ address: String) -> String {
        "DEVICE=ens34\nIPADDR=\(own)\nPREFIX=24\nROUTING_RULE_1=\"priority 5 from \(address)/32 table 5\"\n"
      }
      let first = try Run(
        Lab.tree([path: text("192.168.20.20", address)]), site: Lab.site(), platform: Lab.platform(),
        [InterfacesFixup(), StampFixup()])
      #expect(first.after[path]?.hasSuffix("from \(wanted)/32 table 5\"\n") == true)
      let second = try Run(first.after, site: Lab.site(), platform: Lab.platform(), [InterfacesFixup(), StampFixup()])
      #expect(second.changes.isEmpty && !second.claims.contains { !$0.holds && $0.subject.hasPrefix("whom a rule") })
    }
  }

  private static let vxlan = "[NetDev]\nName=vx5\nKind=vxlan\n[VXLAN]\nVNI=5\nLocal=END\nRemote=192.168.20.10\n"
  private static let keyfile =
    "[connection]\nid=gre1\nuuid=5f2a3c1e-0000-4000-8000-000000000001\ntype=ip-tunnel\ninterface-name=gre1\n\n[ip-tunnel]\nlocal=END\nmode=2\nremote=192.168.20.10\n\n[ipv4]\nmethod=disabled\n"

  @Test(
    "becomes the node's own in every backend, and fails verify where it is another node's",
    arguments: [
      ("debian12", "/etc/systemd/network/3.netdev", vxlan),
      (
        "ubuntu2404", "/etc/netplan/2.yaml",
        "network:\n  tunnels:\n    gre1:\n      mode: gre\n      local: END\n      remote: 192.168.20.10\n"
      ),
      ("el9-rdo", "/etc/NetworkManager/system-connections/gre1.nmconnection", keyfile),
      (
        "centos7-rdo", "/etc/sysconfig/network-scripts/ifcfg-tun1",
        "DEVICE=tun1\nTYPE=GRE\nMY_INNER_IPADDR=10.9.0.1/30\nMY_OUTER_IPADDR='END'\nPEER_OUTER_IPADDR=192.168.20.10\n"
      ),
      (
        "debian12", "/etc/network/interfaces.d/gre",
        "auto gre1\niface gre1 inet tunnel\n  mode gre\n  address 10.9.0.1\n  netmask 255.255.255.252\n  local   END\n  endpoint 192.168.20.10\n"
      ),
      (
        "debian12", "/etc/network/interfaces.d/ovs",
        "auto vx\niface vx inet manual\n  ovs_type OVSTunnel\n  ovs_bridge br0\n  ovs_tunnel_type vxlan\n  ovs_tunnel_options options:remote_ip=192.168.20.10 options:local_ip=END\n"
      ),
      (
        "opensuse15", "/etc/sysconfig/network/ifcfg-gre1",
        "STARTMODE='auto'\nBOOTPROTO='static'\nTUNNEL='gre'\nTUNNEL_LOCAL_IPADDR='END'\nTUNNEL_REMOTE_IPADDR='192.168.20.10'\n"
      ),
    ])
  func edited(_ profile: String, _ path: String, _ text: String) throws {
    func file(_ end: String) -> String { text.replacing("END", with: end) }
    func ran(_ files: [String: String]) throws -> Run {
      let files = BackendTests.bare.merging(Self.addressed[profile] ?? [:]) { $1 }.merging(files) { $1 }
      return try Run(
        MemoryTree(files), as: "compute2", site: Lab.site(), platform: #require(Platform.named(profile)),
        [InterfacesFixup(), StampFixup()])
    }
    // A connection gets a UUID of its own besides.
    func lines(_ text: String?) -> [Substring]? { text?.split(separator: "\n").filter { !$0.hasPrefix("uuid=") } }
    let first = try ran([path: file("192.168.20.20")])
    #expect(first.provenance.isCopy)
    #expect(lines(first.after[path]) == lines(file("192.168.20.21")))
    #expect(first.claims.contains { !$0.holds && $0.subject.contains(path) })
    let second = try Run(
      first.after, as: "compute2", site: Lab.site(), platform: #require(Platform.named(profile)),
      [InterfacesFixup(), StampFixup()])
    #expect(second.changes.isEmpty && second.claims.allSatisfy(\.holds))
    let others = try ran([path: file("192.168.20.10")])
    #expect(lines(others.after[path]) == lines(file("192.168.20.10")))
    #expect(others.claims.contains { !$0.holds && $0.subject.contains(path) })
  }

  /// The node's own interfaces, as the original has them.
  private static let addressed: [String: [String: String]] = [
    "debian12": [
      "/etc/systemd/network/1.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n",
      "/etc/systemd/network/2.network": "[Match]\nName=ens34\n[Network]\nAddress=192.168.20.20/24\nVXLAN=vx5\n",
      "/etc/network/interfaces": "source interfaces.d/*\n",
    ],
    "ubuntu2404": [
      "/etc/netplan/1.yaml":
        "network:\n  ethernets:\n    ens33: {addresses: [192.168.10.20/24]}\n    ens34: {addresses: [192.168.20.20/24]}\n"
    ],
  ]
}
