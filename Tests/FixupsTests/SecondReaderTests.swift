import Site
import Testing
import Tree

@testable import Fixups

/// Addresses of others that come up beside the node's own, in files that imprint does not edit.
@Suite("What a second reader brings up") struct SecondReaderTests {
  private static let networkd = "/etc/systemd/network/10-x.network"
  private static let ifcfg = "/etc/sysconfig/network-scripts/ifcfg-ens33"
  private static let keyfile = "\(BackendTests.connections)/ens33.nmconnection"
  private static let tunnel = [
    "\(BackendTests.connections)/ens34.nmconnection": BackendTests.connection("ens34", "192.168.20.20/24")
  ]

  /// The services that start at boot.
  private static func started(_ names: String...) -> [String: String] {
    let units = names.flatMap { name in
      [
        ("/usr/lib/systemd/system/\(name).service", "[Service]\n"),
        ("/etc/systemd/system/multi-user.target.wants/\(name).service", ""),
      ]
    }
    return Dictionary(uniqueKeysWithValues: units)
  }

  private static func network(_ address: String, _ more: String = "") -> String {
    "[Match]\nName=ens33\n\(more)[Network]\nAddress=\(address)/24\n"
  }

  @Test(
    "of systemd-networkd beside ifupdown",
    arguments: [
      (network("192.168.10.20"), ["networking", "systemd-networkd"], true),
      ("[Match]\nName=en*3\n[Network]\nAddress=192.168.10.10/24\n", ["networking", "systemd-networkd"], true),
      (network("192.168.10.21"), ["networking", "systemd-networkd"], false),
      (network("10.9.9.9"), ["networking", "systemd-networkd"], true),
      (network("192.168.10.20", "[Link]\nUnmanaged=yes\n"), ["networking", "systemd-networkd"], false),
      (network("192.168.10.20"), ["networking"], false),
    ])
  func networkd(_ text: String, _ services: [String], _ fails: Bool) throws {
    var files = services.reduce(into: Lab.debianCompute) { $0.merge(Self.started($1)) { $1 } }
    files["/usr/lib/systemd/system/systemd-networkd.service"] = "[Service]\n"
    files[Self.networkd] = text
    let run = try BackendTests.twice(files, profile: "debian12").second
    #expect(run.after[Self.networkd] == text)
    let failing = NetworkManagerReaderTests.failing(run)
    #expect(failing.count == (fails ? 1 : 0), "\(failing)")
    #expect(failing.allSatisfy { $0.hasPrefix("addresses of ens33: ") && $0.hasSuffix("(\(Self.networkd))") })
  }

  @Test(
    "of ifcfg files that NetworkManager prefers to the keyfile, or may take",
    arguments: [
      ("autoconnect-priority=-999", "", "192.168.10.20", true), ("autoconnect-priority=-999", "", "10.9.9.9", true),
      ("", "", "192.168.10.20", true), ("", "", "10.9.9.9", true),
      ("autoconnect-priority=1", "", "192.168.10.21", false),
      ("autoconnect-priority=-999", "ONBOOT=no\n", "192.168.10.20", false),
      ("autoconnect-priority=-999", "NM_CONTROLLED=no\n", "192.168.10.20", false),
      ("autoconnect-priority=-999", "NM_CONTROLLED=F\n", "192.168.10.20", false),
      ("autoconnect-priority=-999", "NM_CONTROLLED=off\n", "192.168.10.20", true),
      ("autoconnect-priority=-999", "", "192.168.10.21", false),
    ])
  func ifcfg(_ priority: String, _ more: String, _ address: String, _ fails: Bool) throws {
    let files = Self.tunnel.merging([
      Self.keyfile: BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2", priority),
      Self.ifcfg: "DEVICE=ens33\nBOOTPROTO=none\n\(more)IPADDR=\(address)\nPREFIX=24\n",
    ]) { $1 }.merging(Self.started("NetworkManager")) { $1 }
    let run = try BackendTests.twice(files, profile: "el9-rdo").second
    #expect(
      NetworkManagerReaderTests.failing(run) == (fails ? ["the connection of ens33: \(Self.ifcfg)"] : []))
  }

  @Test(
    "of ifcfg aliases",
    arguments: [
      ("ens33:1", "ONPARENT=yes\nIPADDR=192.168.10.20\n", true), ("ens33:1", "IPADDR=192.168.10.10\n", true),
      ("ens33:1", "ONPARENT=no\nIPADDR=192.168.10.20\n", false), ("ens33:1", "IPADDR=192.168.10.77\n", false),
      ("ens35:1", "IPADDR=192.168.10.20\n", false),
      ("ens33-range0", "IPADDR_START=192.168.10.20\nIPADDR_END=192.168.10.20\n", true),
    ])
  func alias(_ name: String, _ text: String, _ fails: Bool) throws {
    let path = "\(IfcfgTests.directory)/ifcfg-\(name)"
    let tree = Lab.tree([path: "DEVICE=\(name)\nPREFIX=24\n\(text)"])
    let first = try Run(tree, site: Lab.site(), platform: Lab.platform(), [InterfacesFixup()])
    let second = try Run(first.after, site: Lab.site(), platform: Lab.platform(), [InterfacesFixup()])
    let failing = NetworkManagerReaderTests.failing(second)
    #expect(failing.contains { $0.hasPrefix("addresses of \(name): 192.168.10.") } == fails, "\(failing)")
    #expect(fails || failing.isEmpty)
  }

  @Test(
    "of ifupdown's aliases",
    arguments: [
      ("auto ens33:0", "20", true), ("auto /ens33*", "10", true), ("", "20", false), ("auto ens33:0", "77", false),
    ])
  func label(_ start: String, _ number: String, _ fails: Bool) throws {
    let path = IfupdownTests.path
    let text =
      (Lab.debianCompute[path] ?? "") + "\(start)\niface ens33:0 inet static\n  address 192.168.10.\(number)/24\n"
    let run = try BackendTests.twice([path: text], profile: "debian12").second
    let failing = NetworkManagerReaderTests.failing(run)
    #expect(failing.contains { $0.hasPrefix("addresses of ens33:0: 192.168.10.\(number), ") } == fails, "\(failing)")
    #expect(fails || failing.isEmpty)
  }
}
