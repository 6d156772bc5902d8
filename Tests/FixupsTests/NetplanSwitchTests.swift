import Site
import Support
import Testing

@testable import Fixups

@Suite("What netplan tells Open vSwitch")
struct NetplanSwitchTests {
  private static func text(_ ids: String) -> String {
    NetplanReaderTests.text(NetplanReaderTests.addresses) + "  openvswitch:\n    external-ids:\(ids)"
  }

  @Test(
    "the host's name and the tunnel's ends are the node's own, and nothing else of it changes",
    arguments: [
      (" {hostname: compute, ovn-encap-ip: 192.168.20.20}\n", " {hostname: compute2, ovn-encap-ip: 192.168.20.21}\n"),
      (
        "\n      hostname: \"compute\" # ours\n      ovn-encap-ip: 192.168.20.20,10.9.9.9\n      ovn-remote: tcp:192.168.10.10:6642\n",
        "\n      hostname: \"compute2\" # ours\n      ovn-encap-ip: \"192.168.20.21,10.9.9.9\"\n      ovn-remote: tcp:192.168.10.10:6642\n"
      ),
      ("\n      hostname: compute.lab\n", "\n      hostname: \"compute2.lab\"\n"),
      ("\n      hostname: compute2\n      ovn-encap-ip: 192.168.20.21\n", nil),
      ("\n      hostname: switch7\n      ovn-encap-ip: 10.9.9.9\n", nil),
    ])
  func followed(_ before: String, _ after: String?) throws {
    let run = try BackendTests.settle([NetplanReaderTests.path: Self.text(before)], profile: "ubuntu2404")
    #expect(run.after[NetplanReaderTests.path]?.contains("external-ids:\(after ?? before)") == true)
    #expect(run.findings.filter { $0.text.contains("192.168.20.20") } == [])
    let first = try BackendTests.twice([NetplanReaderTests.path: Self.text(before)], profile: "ubuntu2404").first
    let failing = NetplanReaderTests.failing(first).filter { $0.contains("of openvswitch") }
    #expect(failing.isEmpty == (after == nil))
  }
}
