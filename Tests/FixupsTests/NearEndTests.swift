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

  @Test("a rule for another node's packets is its own matter, one for the original's is not") func rules() throws {
    let path = "/etc/sysconfig/network-scripts/ifcfg-ens34"
    for (address, fails) in [("192.168.10.10", false), ("192.168.10.20", true)] {
      let tree = Lab.tree([
        path: "DEVICE=ens34\nIPADDR=192.168.20.20\nPREFIX=24\nROUTING_RULE_1=\"priority 5 from \(address) table 5\"\n"
      ])
      let first = try Run(tree, site: Lab.site(), platform: Lab.platform(), [InterfacesFixup(), StampFixup()])
      let second = try Run(first.after, site: Lab.site(), platform: Lab.platform(), [InterfacesFixup(), StampFixup()])
      #expect(second.claims.contains { !$0.holds && $0.subject.hasPrefix("whom a rule") } == fails)
    }
  }

  @Test(
    "fails verify where it is still the original's",
    arguments: [
      (
        "debian12",
        [
          "/etc/systemd/network/1.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n",
          "/etc/systemd/network/2.network": "[Match]\nName=ens34\n[Network]\nAddress=192.168.20.20/24\nVXLAN=vx5\n",
          "/etc/systemd/network/3.netdev":
            "[NetDev]\nName=vx5\nKind=vxlan\n[VXLAN]\nVNI=5\nLocal=192.168.20.20\nRemote=192.168.20.10\n",
        ], "/etc/systemd/network/3.netdev"
      ),
      (
        "ubuntu2404",
        [
          "/etc/netplan/1.yaml":
            "network:\n  ethernets:\n    ens33: {addresses: [192.168.10.20/24]}\n    ens34: {addresses: [192.168.20.20/24]}\n  tunnels:\n    gre1:\n      mode: gre\n      local: 192.168.20.20\n      remote: 192.168.20.10\n"
        ], "/etc/netplan/1.yaml"
      ),
    ])
  func fails(_ profile: String, _ files: [String: String], _ place: String) throws {
    let (first, second) = try BackendTests.twice(files, profile: profile)
    #expect(first.provenance.isCopy && second.changes.isEmpty)
    let failing = second.claims.filter { !$0.holds }.map(\.subject)
    #expect(failing.map { $0.prefix { $0 != ":" } } == ["the near end of a tunnel (\(place)"])
    let own = try Run(
      MemoryTree(BackendTests.bare.merging(files) { $1 }), as: "compute", site: Lab.site(),
      platform: try #require(Platform.named(profile)), [InterfacesFixup(), StampFixup()])
    #expect(own.claims.filter { !$0.holds && $0.subject.contains("near end") } == [])
  }
}
