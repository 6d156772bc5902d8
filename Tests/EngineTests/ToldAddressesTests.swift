import Cluster
import Fixups
import Foundation
import Site
import Support
import Testing
import Tree

@testable import Engine

/// Sites that differ from node to node: each node's own word of where it is, and what a file says.
@Suite struct ToldAddressesTests {
  private static let file = "/etc/imprint/site.toml"

  /// The tutorial's compute node with its own site file, and a copy of compute2 that tells it where it is.
  private static func node(_ body: (LabNode) throws -> Void) async throws {
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    try LabNode.write(LabNode.siteText, node.root + file)
    try body(node)
  }

  private static func hosts(_ node: LabNode) throws -> String {
    try String(contentsOfFile: node.root + "/etc/hosts", encoding: .utf8)
  }

  private static func moved(_ address: String) -> String {
    LabNode.siteText.replacingOccurrences(of: "192.168.10.21", with: address)
  }

  @discardableResult private static func joins(
    _ site: String, _ node: LabNode, as name: String = "compute2"
  ) throws -> PeerDocument.Answer {
    let facts = PeerFacts(node: try NodeName(name), hostKeyLines: [], migrationKeyLines: [])
    return try PeerSide.answer(
      PeerDocument.Request(receiver: try NodeName("compute"), facts: facts, site: site).bytes, root: node.root)
  }

  private static func target(_ node: LabNode, site: String? = nil) throws -> Target {
    try Target(Request(root: node.root, site: site, node: "compute"))
  }

  private static func address(_ target: Target) throws -> [String] {
    let compute2 = try #require(target.site.node(try NodeName("compute2")))
    return target.site.hostAddresses(of: compute2).map(\.description)
  }

  @Test func `a node's own word stands beside an older file, is told, and goes when the file says something new`()
    async throws
  {
    try await Self.node { node in
      try Self.joins(Self.moved("192.168.10.22"), node)
      let target = try Self.target(node)
      #expect(try Self.address(target) == ["192.168.10.22"])
      let plan = try target.plan()
      #expect(!plan.changes.contains { $0.path == "/etc/hosts" })
      let text = try #require(plan.findings.first { $0.value.text.hasPrefix("compute2 itself says") }?.value.text)
      #expect(
        text.contains("at management=192.168.10.22/24 tunnel=192.168.20.21/24")
          && text.contains("management=192.168.10.21/24"))
      // Something else in the file is nothing new of that node.
      try LabNode.write(LabNode.siteText + "\n# newer\n", node.root + Self.file)
      #expect(try Self.address(Self.target(node)) == ["192.168.10.22"])
      try LabNode.write(Self.moved("192.168.10.29"), node.root + Self.file)
      #expect(try Self.address(Self.target(node)) == ["192.168.10.29"])
      // It goes for good: going back to the file of before does not bring it again.
      try Self.joins(Self.moved("192.168.10.29"), node, as: "controller")
      try LabNode.write(LabNode.siteText, node.root + Self.file)
      #expect(try Self.address(Self.target(node)) == ["192.168.10.21"])
    }
  }

  @Test func `a site file that is named is meant as it is`() async throws {
    try await Self.node { node in
      try Self.joins(Self.moved("192.168.10.22"), node)
      let target = try Self.target(node, site: node.root + Self.file)
      #expect(try Self.address(target) == ["192.168.10.21"])
      #expect(try !target.plan().findings.contains { $0.value.text.contains("itself says") })
    }
  }

  @Test func `what it says again as the file has it leaves nothing behind`() async throws {
    try await Self.node { node in
      try Self.joins(Self.moved("192.168.10.22"), node)
      #expect(FileManager.default.fileExists(atPath: node.root + "/var/lib/imprint/told"))
      try Self.joins(LabNode.siteText, node)
      #expect(!FileManager.default.fileExists(atPath: node.root + "/var/lib/imprint/told"))
      #expect(try Self.hosts(node).contains("192.168.10.21 compute2"))
    }
  }

  @Test func `of a whole site at other addresses only the one that joins is taken in`() async throws {
    try await Self.node { node in
      try Self.joins(LabNode.siteText, node, as: "controller")
      let elsewhere = LabNode.siteText.replacingOccurrences(of: "192.168.10.", with: "192.168.11.")
      let answer = try Self.joins(elsewhere, node)
      let hosts = try Self.hosts(node)
      #expect(hosts.contains("192.168.11.21 compute2") && hosts.contains("192.168.10.10 controller"))
      #expect(hosts.contains("192.168.10.20 compute") && !hosts.contains("192.168.11.20"))
      #expect(answer.remarks.contains { $0.contains("compute2's do not agree where controller is") })
      // Its new subnet is the site's too, from now on.
      #expect(try Self.target(node).site.computeSubnets.map(\.description).contains("192.168.11.0/24"))
    }
  }

  @Test func `a site file that is not applied yet is not what others are told by`() async throws {
    try await Self.node { node in
      let elsewhere = LabNode.siteText.replacingOccurrences(of: "192.168.10.", with: "192.168.11.")
      try LabNode.write(elsewhere, node.root + Self.file)
      let before = try node.record()
      let error = #expect(throws: EngineError.self) { try Joining(Self.target(node)).run() }
      let said = try #require(error?.description)
      #expect(said.contains("not at 192.168.11.20 yet: the configuration of ens33 says 192.168.10.20"), "\(said)")
      #expect(try node.record() == before)
      let answer = try Self.joins(LabNode.siteText, node)
      #expect(answer.remarks.contains { $0.contains("has it at 192.168.11.20, where it is not yet") })
      #expect(answer.facts.addresses.isEmpty)
      #expect(try !Self.hosts(node).contains("192.168.11."))
    }
  }

  @Test func `a node that is asked says where it is, and whoever asks keeps it`() async throws {
    try await Self.node { node in
      let answer = try Self.joins(LabNode.siteText, node)
      #expect(answer.facts.addresses == ["management=192.168.10.20/24", "tunnel=192.168.20.20/24"])
      #expect(PeerDocument.Answer(answer.text)?.facts.addresses == answer.facts.addresses)
      var facts = PeerFacts(node: try NodeName("compute2"), hostKeyLines: [], migrationKeyLines: [])
      facts.addresses = ["management=192.168.10.22/24", "tunnel=192.168.20.21/24"]
      var remarks: [String] = []
      let learned = try Self.target(node).learning([facts], &remarks)
      #expect(try Self.address(learned) == ["192.168.10.22"])
      #expect(
        remarks.count == 1 && remarks[0].hasPrefix("compute2 itself says that it is at management=192.168.10.22/24"))
      #expect(try Self.address(Self.target(node)) == ["192.168.10.22"])
    }
  }
  private static func says(_ addresses: [String]) throws -> PeerFacts {
    var facts = PeerFacts(node: try NodeName("compute2"), hostKeyLines: [], migrationKeyLines: [])
    facts.addresses = addresses
    return facts
  }

  @Test func `who is back where the file has it is taken in there at once`() async throws {
    try await Self.node { node in
      try Self.joins(Self.moved("192.168.10.22"), node)
      var remarks: [String] = []
      let learned = try Self.target(node).learning(
        [Self.says(["management=192.168.10.21/24", "tunnel=192.168.20.21/24"])], &remarks)
      #expect(try Self.address(learned) == ["192.168.10.21"] && remarks.isEmpty)
    }
  }

  @Test(
    "what another node has, this one too, or no network of the file is like, moves nothing else",
    arguments: ["management=192.168.10.10/24", "management=192.168.10.20/24"])
  func doubtful(_ address: String) async throws {
    try await Self.node { node in
      var remarks: [String] = []
      let learned = try Self.target(node).learning([Self.says([address])], &remarks)
      #expect(try Self.address(learned) == ["192.168.10.21"] && remarks.count == 1)
    }
  }

  @Test func `a node's word gives a network no family and no range that the file does not give it`() async throws {
    try await Self.node { node in
      let before = try Self.target(node).site.networks
      var remarks: [String] = []
      let said = ["management=192.168.10.21/24", "management=2001:db8::5/64", "tunnel=10.9.9.9/0"]
      let learned = try Self.target(node).learning([Self.says(said)], &remarks)
      #expect(learned.site.networks == before)
      #expect(try Self.address(learned) == ["192.168.10.21", "2001:db8::5"])
    }
  }
}
