import Site
import Testing
import Tree

@testable import Fixups

/// What systemd-networkd makes of files that look like others.
@Suite("What systemd-networkd reads") struct NetworkdReaderTests {
  static let networkd = ReaderChoiceTests.networkd
  static let path = "\(networkd)/20-ens33.network"
  static let own = ReaderChoiceTests.tunnel.merging([
    path: "[Match]\nName=ens33\n\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n"
  ]) { $1 }

  @Test(
    "the address of a peer goes where the site gives a subnet",
    arguments: [("192.168.10.20/32", "192.168.10.2/32"), ("192.168.10.21/24", "192.168.10.2")])
  func peer(_ address: String, _ peer: String) throws {
    func text(_ address: String, _ more: String) -> String {
      "[Match]\nName=ens33\n\n[Network]\nGateway=192.168.10.2\n\n[Address]\nAddress=\(address)\n\(more)"
    }
    let files = ReaderChoiceTests.tunnel.merging([Self.path: text(address, "Peer=\(peer)\n")]) { $1 }
    let runs = try BackendTests.twice(files, profile: "debian12")
    #expect(runs.first.after[Self.path] == text("192.168.10.21/24", ""))
    #expect(runs.first.claims.contains { $0.subject == "addresses of ens33" && !$0.holds })
    #expect(runs.second.claims.allSatisfy(\.holds) && runs.second.changes.isEmpty)
  }

  /// The subjects of what does not hold after the apply, with what is there.
  static func failing(_ run: Run) -> [String] { run.claims.filter { !$0.holds }.map { "\($0.subject): \($0.seen)" } }

  @Test(
    "an earlier file that takes the interface is no",
    arguments: [
      ("Name=ens[0-9]*", true), ("Type=ether", true), ("Type=!wlan !loopback", true), ("Type=ether\nKind=!*", true),
      ("Type=e*\nName=!ens34", true), ("Name=ens[!3]*", false), ("Type=wlan", false), ("Kind=veth", false),
      ("Type=!ether", false), ("", false), ("Type=ether\nDriver=virtio_net", false), ("Host=compute2", false),
    ])
  func earlier(_ match: String, _ isTaken: Bool) throws {
    let files = Self.own.merging(["\(Self.networkd)/10-dhcp.network": "[Match]\n\(match)\n[Network]\nDHCP=yes\n"]) {
      $1
    }
    let run = try BackendTests.twice(files, profile: "debian12").second
    let wanted = "the file of ens33: \(Self.networkd)/10-dhcp.network"
    #expect(Self.failing(run).contains(wanted) == isTaken, "\(Self.failing(run))")
    #expect(isTaken || Self.failing(run).isEmpty)
    // What only the machine can tell is told.
    let isOpen = match.contains("Driver") || match.contains("Host")
    #expect(run.findings.contains { $0.text.contains("10-dhcp.network goes before \(Self.path)") } == isOpen)
  }

  @Test("a new file takes the place of none") func created() throws {
    let taken = "\(Self.networkd)/05-ens33.network"
    let files = ReaderChoiceTests.tunnel.merging([taken: "[Match]\nName=ens35\n[Network]\nDHCP=yes\n"]) { $1 }
    let run = try BackendTests.settle(files, profile: "debian12")
    #expect(run.after[taken] == files[taken])
    #expect(run.after["\(Self.networkd)/05-imprint-ens33.network"]?.contains("Address=192.168.10.21/24\n") == true)
  }

  @Test("what somebody makes is of another type than a card")
  func made() throws {
    var site = try Lab.site()
    site.networks[0].interface = try InterfaceName("br0")
    let files = ReaderChoiceTests.tunnel.merging([
      "\(Self.networkd)/br0.netdev": "[NetDev]\nName=br0\nKind=bridge\n",
      "\(Self.networkd)/20-br0.network": "[Match]\nName=br0\n[Network]\nAddress=192.168.10.20/24\n",
      "\(Self.networkd)/10-cards.network": "[Match]\nType=ether\nName=!ens34\n[Network]\nBridge=br0\n",
    ]) { $1 }
    try BackendTests.settle(files, profile: "debian12", site: site)
  }

  // MARK: Beside netplan

  static let netplan = [
    NetplanReaderTests.path: NetplanReaderTests.text(NetplanReaderTests.addresses)
  ]
  static let dropIn = "\(networkd)/10-netplan-ens33.network.d/local.conf"

  @Test(
    "a drop-in of the file that netplan makes loses what is the original's",
    arguments: [
      (
        "[Link]\nMACAddress=52:54:00:1c:0f:20\n\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.9\nLLDP=yes\n",
        "[Link]\n\n[Network]\nGateway=192.168.10.2\nLLDP=yes\n"
      ),
      (
        "[RoutingPolicyRule]\nFrom=192.168.10.20\nTable=9\n", "[RoutingPolicyRule]\nFrom=192.168.10.21\nTable=9\n"
      ),
      ("[Link]\nUnmanaged=yes\nMTUBytes=1400\n", "[Link]\nMTUBytes=1400\n"),
      ("[Link]\nActivationPolicy=down\n", "[Link]\n"),
      ("[Network]\nAddress=\nAddress=192.168.10.20/24\n", "[Network]\nAddress=\nAddress=192.168.10.21/24\n"),
      ("[Network]\nAddress=192.168.10.21/24\nDHCP=yes\n", "[Network]\nAddress=192.168.10.21/24\nDHCP=ipv6\n"),
    ])
  func dropIn(_ before: String, _ after: String) throws {
    for generated in [[:], ["/run/systemd/network/10-netplan-ens33.network": "[Match]\nName=ens33\n"]] {
      let files = Self.netplan.merging(generated) { $1 }.merging([Self.dropIn: before]) { $1 }
      let run = try BackendTests.settle(files, profile: "ubuntu2404")
      #expect(run.after[Self.dropIn] == after)
      #expect(run.findings.isEmpty, "\(run.findings)")
    }
  }

  @Test("addresses of neighbours and of others' leases are not the interface's own")
  func others() throws {
    let path = "\(Self.networkd)/5.network"
    let text =
      "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\nDHCPServer=yes\n"
      + "[Neighbor]\nAddress=192.168.10.99\nLinkLayerAddress=52:54:00:00:00:09\n"
      + "[DHCPServerStaticLease]\nAddress=192.168.10.10\nMACAddress=52:54:00:00:00:08\n"
    let run = try BackendTests.settle([path: text], profile: "debian12")
    #expect(run.after[path] == text.replacing("192.168.10.20", with: "192.168.10.21"))
    #expect(run.findings.isEmpty, "\(run.findings)")
  }

  @Test("one that nobody edits is no, and with NetworkManager nobody reads any")
  func dropInOfOthers() throws {
    let own = "/usr/lib/systemd/network/10-netplan-ens33.network.d/a.conf"
    for text in ["[Link]\nUnmanaged=yes\n", "[Network]\nAddress=192.168.10.20/24\n"] {
      let files = Self.netplan.merging([own: text]) { $1 }
      #expect(try Self.failing(BackendTests.twice(files, profile: "ubuntu2404").second).count == 1)
      let others = files.mapValues { $0.replacing("version: 2\n", with: "version: 2\n  renderer: NetworkManager\n") }
      #expect(try Self.failing(BackendTests.twice(others, profile: "ubuntu2404").second) == [])
    }
    let other = "\(Self.networkd)/10-netplan-ens35.network.d/a.conf"
    let files = Self.netplan.merging([other: "[Network]\nAddress=192.168.10.20/24\n"]) { $1 }
    let run = try BackendTests.settle(files, profile: "ubuntu2404")
    #expect(run.findings.contains { $0.text.hasPrefix("\(other):2 gives a link 192.168.10.20") }, "\(run.findings)")
  }

  @Test(
    "a file in the place of netplan's own is no", arguments: ["", "[Match]\nName=ens35\n", "/dev/null"])
  func namesake(_ text: String) throws {
    let name = "\(Self.networkd)/10-netplan-ens33.network"
    var tree = MemoryTree(BackendTests.bare.merging(Self.netplan) { $1 })
    if text.hasPrefix("/") { tree.makeLink(name, to: text) } else { tree.write(name, text) }
    let platform = try #require(Platform.named("ubuntu2404"))
    let fixups: [any Fixup] = [InterfacesFixup(), StampFixup()]
    let first = try Run(tree, site: try Lab.site(), platform: platform, fixups)
    let second = try Run(first.after, site: try Lab.site(), platform: platform, fixups)
    #expect(Self.failing(second) == ["the file of ens33: \(name)"])
    #expect(second.findings.contains { $0.text.hasPrefix("\(name) hides") } == !text.contains("["))
  }
}
