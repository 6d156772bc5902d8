import Support
import Testing

@testable import Fixups

@Suite("Any mixture of options")
struct OsloMixtureTests {
  static let nova = [
    "[DEFAULT]", "[DEFAULT]", "[vnc]", "[VNC]", "[libvirt]", "my_ip = 192.168.10.20", "my_ip=192.168.10.21",
    "my_ip:10.0.0.1",
    "my_ip = $x", "my_ip =", "  192.168.10.20", "#my_ip = 192.168.10.20", "# comment", "", "host = compute",
    "host=compute2", "host = compute.lab", "server_listen = 192.168.10.20",
    "server_proxyclient_address = '192.168.10.20'",
    "live_migration_inbound_addr = compute", "x = http://192.168.10.20:80/192.168.20.20", "y = 192.168.10.201",
    "z = 192.168.10.10,192.168.10.20", "list = 192.168.10.20,192.168.10.21", "My_IP = 192.168.10.20",
  ]

  static let neutron = [
    "[DEFAULT]", "[vxlan]", "[VXLAN]", "[ovs]", "[agent]", "[linux_bridge]", "local_ip = 192.168.20.20",
    "local_ip:192.168.20.21",
    "local_ip =", "enable_vxlan = true", "enable_vxlan = False", "tunnel_types = vxlan,gre", "#local_ip = <None>", "",
    " more",
    "host = compute", "x = 192.168.10.20",
  ]

  @Test("settles, or is refused with its place", arguments: 0..<150) func settles(_ seed: Int) throws {
    var random = SeededNumbers(seed: UInt64(seed))
    func mixture(_ lines: [String]) -> String {
      let count = Int.random(in: 0...10, using: &random)
      let ending = Bool.random(using: &random) ? "\n" : "\r\n"
      let text = (0..<count).compactMap { _ in lines.randomElement(using: &random) }.joined(separator: ending)
      return "[DEFAULT]\(ending)" + text + (Bool.random(using: &random) ? ending : "")
    }
    let files = [
      NovaTests.conf: mixture(Self.nova), "/etc/nova/nova.conf.d/10.conf": mixture(Self.nova),
      NeutronTests.bridge: mixture(Self.neutron), NeutronTests.vswitch: mixture(Self.neutron),
      "/etc/neutron/neutron.conf": mixture(Self.neutron),
    ]
    do {
      try Lab.settle(Lab.tree(files), [HostnameFixup(), NovaFixup(), NeutronFixup()])
    } catch let error as FixupError {
      #expect(error.description.split(separator: "\n").allSatisfy { $0.contains("would not start") }, "\(error)")
    }
  }
}
