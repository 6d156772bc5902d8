import Site
import Testing
import Tree

@testable import Fixups

/// Files that are for several interfaces at once.
@Suite("One match for two of the node's interfaces")
struct SharedMatchTests {
  static let path = "/etc/systemd/network/10.network"
  static let addresses = "[Network]\nAddress=192.168.10.20/24\nAddress=192.168.20.20/24\nGateway=192.168.10.2\n"
  static let netplan =
    "network:\n  ethernets:\n    all:\n      match:\n        name: ens3*\n      addresses: [192.168.10.20/24, 192.168.20.20/24]\n"

  static let cases: [(profile: String, files: [String: String], place: String)] = [
    ("debian12", [path: "[Match]\nName=ens33 ens34\n\(addresses)"], "\(path):2: Name= of [Match]"),
    ("ubuntu2404", [path: "# all\n[Match]\nName=ens3*\n\(addresses)"], "\(path):3: Name= of [Match]"),
    (
      "debian12", [path: "[Match]\nName=ens33\n\(addresses)", "\(path).d/more.conf": "[Match]\nName=ens34\n"],
      "\(path).d/more.conf:2: Name= of [Match]"
    ),
    // One of them has a file of its own, which comes too late.
    (
      "debian12",
      [
        path: "[Match]\nName=ens3?\n\(addresses)",
        "/etc/systemd/network/20-ens33.network": "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\n",
      ], "\(path):2: Name= of [Match]"
    ),
    ("ubuntu2404", ["/etc/netplan/1.yaml": netplan], "/etc/netplan/1.yaml:5: match of all"),
  ]

  @Test("is refused before anything is written, with the line and what to write", arguments: cases.indices)
  func refused(_ index: Int) throws {
    let row = Self.cases[index]
    let error = try #require(throws: FixupError.self) {
      try BackendTests.settle(row.files, profile: row.profile)
    }
    #expect(error.description.hasPrefix("\(row.place) is for ens33 and ens34 at once"), "\(error)")
    #expect(error.description.contains("for each of them, with its name alone"))
  }

  @Test("two cards by their addresses are two interfaces as well") func cards() throws {
    var site = try Lab.site()
    site.nodes[2].macs[.management] = try MACAddress("52:54:00:00:00:02")
    site.nodes[2].macs[.tunnel] = try MACAddress("52:54:00:00:00:03")
    let text = "[Match]\nPermanentMACAddress=52:54:00:00:00:02 52:54:00:00:00:03\n\(Self.addresses)"
    let error = try #require(throws: FixupError.self) {
      try BackendTests.settle([Self.path: text], profile: "debian12", site: site)
    }
    #expect(error.description.hasPrefix("\(Self.path):2: PermanentMACAddress= of [Match] is for ens33 and ens34"))
  }

  @Test("without an address it stays: each interface gets a file that goes before it, or has one") func plain() throws {
    let shared = "[Match]\nName=ens33 ens34\n[Network]\nLinkLocalAddressing=no\nDHCP=no\n"
    let own = "/etc/systemd/network/05-lan.network"
    let run = try BackendTests.settle(
      [Self.path: shared, own: "[Match]\nName=ens33\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n"],
      profile: "debian12")
    #expect(run.after[Self.path] == shared)
    #expect(run.after[own]?.contains("Address=192.168.10.21/24\n") == true)
    #expect(run.after["/etc/systemd/network/05-ens34.network"]?.contains("Address=192.168.20.21/24\n") == true)
  }

  @Test("what matches one of the node's interfaces alone is that one's") func one() throws {
    let text = "[Match]\nName=ens33 eno9\n[Network]\nAddress=192.168.10.20/24\nGateway=192.168.10.2\n"
    let run = try BackendTests.settle([Self.path: text], profile: "debian12")
    #expect(run.after[Self.path] == text.replacing("10.20", with: "10.21"))
  }
}
