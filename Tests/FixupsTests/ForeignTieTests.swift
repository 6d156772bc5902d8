import Site
import Testing
import Tree

@testable import Fixups

@Suite("Whose cards a file is for")
struct ForeignTieTests {
  private static let card = "00:0c:29:aa:bb:cc"

  private static func areForeign(_ cards: String..., matched: Bool, provenance: Provenance) throws -> Bool {
    let site = try Clone.site { site in
      guard matched, let place = site.nodes.firstIndex(where: { $0.name.description == "compute2" }) else { return }
      site.nodes[place].match.macs = [try MACAddress(Self.card)]
    }
    let situation = try Clone.situation(Clone.plain, provenance, site: site)
    let files = try InterfaceFiles(situation.platform, situation.tree)
    let intent = try #require(InterfaceIntent(situation, NetworkName("management"), files))
    return try situation.areForeign(cards.map { try MACAddress($0) }, of: intent)
  }

  @Test("a card by which the site knows the node is no other's, also where a tree is looked at that was a copy once")
  func matched() throws {
    var settled = Clone.own
    settled.pastNames = ["compute"]
    #expect(try Self.areForeign("00:0c:29:00:00:01", matched: true, provenance: settled))
    #expect(try !Self.areForeign(Self.card, matched: true, provenance: settled))
    #expect(try !Self.areForeign(Self.card, matched: true, provenance: Clone.copied))
    #expect(try Self.areForeign(Self.card, matched: false, provenance: Clone.copied))
    #expect(try !Self.areForeign(Self.card, matched: false, provenance: Clone.own))
  }
}
