import Site
import Testing
import Tree

@testable import Fixups

/// A registered node that is asked to become another.
@Suite struct RenamingTests {
  private static let stamp = """
    # Whose disk this is, written by imprint.
    NODE=compute
    FORMER_NAMES=""
    MACHINE_MACS="52:54:00:00:00:20"

    """
  private static let same = "52:54:00:00:00:20"

  private static func propose(_ tree: MemoryTree, card: String?) throws -> Proposal {
    let site = try Lab.site()
    let node = try #require(site.nodes.first { $0.name.description == "compute2" })
    let machine = try card.map { StampedMachine(uuid: nil, serial: nil, macs: [try MACAddress($0)]) }
    return try Renaming().propose(
      for: Situation(
        site: site, node: node, platform: Lab.platform(), tree: tree, provenance: Clone.copied, fresh: CountedValues(),
        ownerCanChange: true, machine: machine))
  }

  private static var registered: MemoryTree {
    var tree = Clone.plain
    tree.write("/var/lib/imprint/identity", stamp)
    tree.write("/var/lib/nova/compute_id", "0a8b3c9e-4d5f-4b6a-8c7d-1e2f3a4b5c6d\n")
    return tree
  }

  @Test func `the machine itself is refused, and told what would be lost`() throws {
    let error = #expect(throws: FixupError.self) { try Self.propose(Self.registered, card: Self.same) }
    let text = error?.description ?? ""
    for words in [
      "this machine is compute", "/var/lib/nova/compute_id", "orphan its guests", "openstack compute service delete",
    ] {
      #expect(text.contains(words), "\(text)")
    }
  }

  @Test func `guests are evidence too, where nova keeps no id`() throws {
    var tree = Self.registered
    tree.remove("/var/lib/nova/compute_id")
    #expect(try Self.propose(tree, card: Self.same).changes.isEmpty, "nova has never been here")
    tree.makeDirectory("/var/lib/nova/instances/23f81b33-1920-4326-957b-b2009cc41adc")
    #expect(throws: FixupError.self) { try Self.propose(tree, card: Self.same) }
  }

  @Test(arguments: ["52:54:00:00:00:21", nil])
  func `a copy in another machine, and a disk seen from outside, may become it`(_ card: String?) throws {
    #expect(try Self.propose(Self.registered, card: card).changes.isEmpty)
  }
}
