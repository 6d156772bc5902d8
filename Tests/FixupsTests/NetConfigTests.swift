import Testing
import Tree

@testable import Fixups

@Suite("What os-net-config writes interfaces' files from")
struct NetConfigTests {
  private static let yaml = "/etc/os-net-config/config.yaml"
  private static let json = "/etc/os-net-config/config.json"
  private static let starter = "/etc/systemd/system/multi-user.target.wants/os-collect-config.service"

  private static func run(_ files: [String: String]) throws -> Run {
    try Lab.settle(Lab.tree(files), [HostnameFixup(), OSNetConfigFixup(), Elsewhere()])
  }

  @Test("its addresses are this node's, and what is not of this node stays")
  func addresses() throws {
    let text = """
      network_config:
      - type: interface
        name: ens33
        addresses:
        - ip_netmask: 192.168.10.20/24
        routes:
        - default: true
          next_hop: 192.168.10.2
        dns_servers: ["192.168.10.10", "192.168.10.200"]

      """
    let line = "{\"network_config\": [{\"addresses\": [{\"ip_netmask\": \"192.168.20.20/24\"}], \"name\": \"ens34\"}]}"
    let run = try Self.run([Self.yaml: text, Self.json: line, Self.starter: ""])
    #expect(run.after[Self.yaml] == text.replacing("10.20/", with: "10.21/"))
    #expect(run.after[Self.json] == line.replacing("20.20/", with: "20.21/"))
    #expect(run.claims.filter { !$0.holds && $0.subject.hasPrefix("addresses for os-net-config") }.count == 2)
    #expect(!run.findings.contains { $0.text.contains("os-net-config") })
  }

  @Test(
    "an address that nothing of the node's takes the place of is told, and verify says no where it comes back at boot")
  func unanswered() throws {
    var files = [
      "/etc/sysconfig/network-scripts/ifcfg-ens35": Lab.ifcfg(
        "ens35", "10.9.9.20", "1b7a61d0-54f9-4e0c-a6b6-0f6be4a1c3f2")
    ]
    files[Self.yaml] = "- ip_netmask: 10.9.9.20/24\n"
    func claims(_ files: [String: String]) throws -> [Claim] {
      let run = try Run(
        Lab.tree(files), site: Lab.site(), platform: Lab.platform(), [HostnameFixup(), OSNetConfigFixup(), Elsewhere()])
      #expect(run.findings.contains { $0.text.contains("\(Self.yaml):1: os-net-config runs with 10.9.9.20") })
      return run.claims.filter { $0.subject.contains(Self.yaml) }
    }
    #expect(try claims(files).isEmpty)
    files[Self.starter] = ""
    #expect(try claims(files).map(\.holds) == [false])
  }
}
