import Site
import Testing

@testable import Identity

@Suite("Which node a machine is")
struct IdentificationTests {
  static let uuid = "564d0c2a-1111-2222-3333-444455556666"
  static let swapped = "2a0c4d56-1111-2222-3333-444455556666"

  static func site(_ first: Node.Match, _ second: Node.Match = Node.Match()) throws -> Site {
    Site(nodes: [
      Node(name: try NodeName("compute"), role: .compute, match: first),
      Node(name: try NodeName("compute2"), role: .compute, match: second),
    ])
  }

  static func node(_ machine: MachineFacts, _ site: Site) throws -> String? {
    try Identification.node(of: machine, in: site)?.node.description
  }

  @Test("by any of its cards") func mac() throws {
    let site = try Self.site(Node.Match(), Node.Match(macs: [try MACAddress("00:0c:29:aa:bb:cc")]))
    let cards = [try MACAddress("00:0c:29:aa:bb:cd"), try MACAddress("00:0c:29:aa:bb:cc")]
    let answer = try Identification.node(of: MachineFacts(macs: cards), in: site)
    #expect(answer?.node.description == "compute2")
    #expect(answer?.evidence == "the site's match of compute2 has its card 00:0c:29:aa:bb:cc")
    #expect(try Self.node(MachineFacts(macs: [cards[0]]), site) == nil)
    #expect(try Self.node(MachineFacts(), site) == nil)
  }

  @Test("by the card that an interface is tied to") func tiedCard() throws {
    var site = try Self.site(Node.Match())
    site.nodes[1].macs = [.management: try MACAddress("00:0c:29:aa:bb:cc")]
    #expect(try Self.node(MachineFacts(macs: [try MACAddress("00:0c:29:aa:bb:cc")]), site) == "compute2")
  }

  @Test(
    "by its UUID, however firmware, kernel and hypervisor spell it",
    arguments: [
      (uuid, uuid, true), (uuid, swapped, true), (swapped, uuid, true), ("564d0c2a…", uuid, true),
      ("564d0c2a1111…", swapped, true), ("564d0c2b…", uuid, false),
      // Every guest of VMware's begins so: it tells no machine from another.
      ("564d…", uuid, false),
    ])
  func uuids(_ wanted: String, _ seen: String, _ fits: Bool) throws {
    let site = try Self.site(Node.Match(uuid: try SystemUUID(wanted)))
    #expect(try Self.node(MachineFacts(uuid: try SystemUUID(seen)), site) == (fits ? "compute" : nil))
  }

  @Test("by the UUID in VMware's serial number, where the kernel shows no other") func vmware() throws {
    let machine = MachineFacts(serial: "VMware-56 4d 0c 2a 11 11 22 22-33 33 44 44 55 55 66 66")
    #expect(try Self.node(machine, Self.site(Node.Match(uuid: try SystemUUID(Self.uuid)))) == "compute")
    #expect(try Self.node(machine, Self.site(Node.Match(uuid: try SystemUUID(Self.swapped)))) == "compute")
    let other = Node.Match(uuid: try SystemUUID("564d0c2a-1111-2222-3333-444455556667"))
    #expect(try Self.node(machine, Self.site(other)) == nil)
  }

  @Test(
    "by its serial number, whatever the blanks and the case",
    arguments: [("B5QKK12", true), ("b5qkk12", true), ("B5 QKK12", true), ("B5QKK1", false)])
  func serial(_ wanted: String, _ fits: Bool) throws {
    let site = try Self.site(Node.Match(serial: wanted))
    #expect(try Self.node(MachineFacts(serial: "B5QKK12"), site) == (fits ? "compute" : nil))
  }

  @Test("nobody, where two sources disagree; both are said") func disagreement() throws {
    let card = try MACAddress("00:0c:29:aa:bb:cc")
    let site = try Self.site(Node.Match(macs: [card]), Node.Match(serial: "B5QKK12"))
    let conflict = #expect(throws: IdentityConflict.self) {
      try Identification.node(of: MachineFacts(serial: "B5QKK12", macs: [card]), in: site)
    }
    #expect(
      conflict?.description
        == "this machine cannot be both compute, since the site's match of compute has its card 00:0c:29:aa:bb:cc, and "
        + "compute2, since the site's match of compute2 has its serial number B5QKK12")
  }

  @Test("nobody, where one source fits two nodes") func ambiguity() throws {
    let site = try Self.site(
      Node.Match(uuid: try SystemUUID("564d0c2a…")), Node.Match(uuid: try SystemUUID("564d0c2a11…")))
    #expect(throws: IdentityConflict.self) {
      try Identification.node(of: MachineFacts(uuid: try SystemUUID(Self.uuid)), in: site)
    }
  }

  @Test("a name on the command line is one more source, and has to agree") func commandLine() throws {
    let card = try MACAddress("00:0c:29:aa:bb:cc")
    let site = try Self.site(Node.Match(macs: [card]))
    let sources: (String) throws -> [any IdentitySource] = {
      [CommandLineName(try NodeName($0))] + Identification.sources
    }
    let machine = MachineFacts(macs: [card])
    #expect(
      try Identification.node(of: machine, in: site, sources: sources("compute"))?.evidence
        == "the command line says so")
    #expect(throws: IdentityConflict.self) {
      try Identification.node(of: machine, in: site, sources: sources("compute2"))
    }
    #expect(
      try Identification.node(of: MachineFacts(), in: site, sources: sources("compute2"))?.node.description
        == "compute2")
  }
}
