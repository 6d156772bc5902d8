import Cluster
import Foundation
import Site
import Support
import Testing
import Transaction
import Tree

@testable import Engine

/// A peer's part of a join, on the tutorial's tree, and what is kept of what is left.
@Suite struct JoiningTests {
  private static let hostKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC8k3H0z2I8Kuwfqpw5aRezD6U0bAEuC8fPvng9g/VQg root@compute2"
  private static let novaKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAsFTSSPzSn4INZAEKfabM20NciqgJrNRl8z6TlWbEmG nova@compute2"
  private static let nextKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDjTcPLeJTLnnA96eHSo+Cu/mkPtWHiYQXyEtG7Oh/uQ nova@compute2"

  private static func request(_ receiver: String = "compute", key: String = novaKey, site: String = LabNode.siteText)
    throws -> [UInt8]
  {
    let facts = PeerFacts(node: try NodeName("compute2"), hostKeyLines: [hostKey], migrationKeyLines: [key])
    return PeerDocument.Request(receiver: try NodeName(receiver), facts: facts, site: site).bytes
  }

  private static func node(_ body: (LabNode) throws -> Void) async throws {
    let scratch = try Scratch()
    try body(try await LabNode(in: scratch))
  }

  private static func text(_ path: String, _ node: LabNode) throws -> String {
    try String(contentsOfFile: node.root + path, encoding: .utf8)
  }

  private static let authorized = "/var/lib/nova/.ssh/authorized_keys"

  @Test func `a peer takes in the newcomer's keys and tells its own, and a second time changes nothing`() async throws {
    try await Self.node { node in
      let answer = try PeerSide.answer(try Self.request(), root: node.root)
      #expect(answer.facts.node.description == "compute" && answer.facts.hostKeys.count == 2)
      #expect(answer.facts.migrationKeys.count == 1 && answer.transaction != nil)
      #expect(answer.changed.contains("/etc/hosts") && answer.changed.contains(Self.authorized))
      let line = "restrict,from=\"192.168.10.21,192.168.20.21\" \(Self.novaKey)"
      #expect(try Self.text(Self.authorized, node).contains(line))
      #expect(try Self.text("/var/lib/nova/.ssh/known_hosts", node).hasPrefix("compute2,192.168.10.21,192.168.20.21 "))
      #expect(try Self.text("/etc/hosts", node).contains("192.168.10.21 compute2"))
      let before = try node.record()
      let again = try PeerSide.answer(try Self.request(), root: node.root)
      #expect(again.changed.isEmpty && again.transaction == nil)
      #expect(try node.record() == before)
    }
  }

  @Test func `what a peer answers holds no secret`() async throws {
    try await Self.node { node in
      let text = try PeerSide.answer(try Self.request(), root: node.root).text
      for secret in LabNode.secrets + ["PRIVATE KEY"] { #expect(!text.contains(secret)) }
    }
  }

  @Test func `the newcomer's former key goes when it has another, and nobody else's does`() async throws {
    try await Self.node { node in
      let own = try Self.text(Self.authorized, node)
      _ = try PeerSide.answer(try Self.request(), root: node.root)
      _ = try PeerSide.answer(try Self.request(key: Self.nextKey), root: node.root)
      let keys = try Self.text(Self.authorized, node)
      #expect(!keys.contains("IAsFTSSPzSn4INZAEKfabM20NciqgJrNRl8z6TlWbEmG") && keys.contains("IDjTcPLeJTLnnA96eHSo"))
      #expect(keys.hasPrefix(own))
    }
  }

  @Test func `a machine that is another takes nothing in`() async throws {
    try await Self.node { node in
      let before = try node.record()
      for name in ["compute2", "controller"] {
        let error = #expect(throws: EngineError.self) {
          try PeerSide.answer(try Self.request(name), root: node.root)
        }
        #expect(error?.description.contains("this machine is not \(name)") == true, "\(String(describing: error))")
      }
      #expect(try node.record() == before)
    }
  }

  @Test func `a peer whose site does not know the newcomer says so`() async throws {
    try await Self.node { node in
      let own = LabNode.siteText.components(separatedBy: "[nodes.compute2]")[0]
      try LabNode.write(own, "\(node.root)/etc/imprint/site.toml")
      let answer = try PeerSide.answer(try Self.request(), root: node.root)
      #expect(answer.remarks.contains { $0.contains("does not have compute2: copy the site file there") })
      #expect(answer.changed.contains("/etc/hosts"))
      #expect(try Self.text("/etc/imprint/site.toml", node) == own)
    }
  }

  @Test func `what another's join has brought is not taken back for a site file that is older`() async throws {
    try await Self.node { node in
      // compute2 has joined at a new address, of which this node's own site does not know yet.
      let newer = LabNode.siteText.replacingOccurrences(of: "192.168.10.21", with: "192.168.10.22")
      try LabNode.write(LabNode.siteText, "\(node.root)/etc/imprint/site.toml")
      let joined = try PeerSide.answer(try Self.request(site: newer), root: node.root)
      #expect(joined.remarks.contains { $0.contains("do not agree where compute2 is, whose own word counts") })
      #expect(try Self.text("/etc/hosts", node).contains("192.168.10.22 compute2"))
      let facts = PeerFacts(node: try NodeName("controller"), hostKeyLines: [], migrationKeyLines: [])
      let request = PeerDocument.Request(receiver: try NodeName("compute"), facts: facts, site: newer)
      let answer = try PeerSide.answer(request.bytes, root: node.root)
      #expect(
        answer.remarks.contains { $0.hasPrefix("compute2 itself says that it is at management=192.168.10.22/24") })
      #expect(try Self.text("/etc/hosts", node).contains("192.168.10.22 compute2"))
      #expect(try Self.text(Self.authorized, node).contains("from=\"192.168.10.22"))
      // What others say of it counts for less than what it said itself.
      let other = LabNode.siteText.replacingOccurrences(of: "192.168.10.21", with: "192.168.10.23")
      let third = try PeerSide.answer(
        PeerDocument.Request(receiver: try NodeName("compute"), facts: facts, site: other).bytes, root: node.root)
      #expect(third.remarks.contains { $0.contains("controller's do not agree where compute2 is") })
      #expect(try Self.text("/etc/hosts", node).contains("192.168.10.22 compute2"))
    }
  }

  @Test func `a node that has changed since it joined is not joined`() async throws {
    try await Self.node { node in
      let tree = try Tree(root: node.root)
      let name = try NodeName("compute")
      let store = try Store(tree: tree).lock()
      func commit(_ title: String) throws -> String { try store.commit([], title: title) }
      let first = try commit("apply compute")
      let record = JoinRecord(node: name, items: [], access: .keys, transaction: first)
      try record.write(to: tree, holding: store)
      #expect(try JoinRecord(in: tree)?.items.isEmpty == true)
      _ = try commit("join compute")
      #expect(try JoinRecord(in: tree)?.items.isEmpty == true)
      let second = try commit("apply compute")
      #expect(try JoinRecord(in: tree)?.items.map(\.reason) == ["the others do not know of apply compute"])
      _ = try store.rollback(second)
      #expect(try JoinRecord(in: tree)?.items.isEmpty == true)
      _ = try store.rollback(first)
      #expect(try JoinRecord(in: tree)?.items.isEmpty == false, "what they were told of is undone")
    }
  }

  @Test(arguments: ["", "imprint-peer 1\n", "hello", "imprint-peer 1\nreceiver compute\nsite 5\nabc"])
  func `anything else is refused`(_ input: String) async throws {
    try await Self.node { node in
      #expect(throws: EngineError.self) { try PeerSide.answer(Array(input.utf8), root: node.root) }
    }
  }

  @Test func `what is left keeps its time while its reason stays`() throws {
    let site = try Site.parse(Array(LabNode.siteText.utf8), file: "site.toml", profiles: [])
    var entry = JoinReport.Entry(site.nodes[0])
    entry.left = [.init("trust", "No route to host", isTemporary: true)]
    var report = JoinReport(node: try NodeName("compute2"), entries: [entry])
    var former = JoinRecord(report, access: .keys, transaction: nil, after: nil)
    former.items[0].since = 7
    #expect(JoinRecord(report, access: .keys, transaction: nil, after: former).items.map(\.since) == [7])
    report.entries[0].left = [.init("trust", "Connection refused")]
    #expect(JoinRecord(report, access: .keys, transaction: nil, after: former).items.allSatisfy { $0.since > 7 })
    report.entries[0].left = []
    #expect(report.isDone && JoinRecord(report, access: .keys, transaction: nil, after: former).items.isEmpty)
  }

  @Test func `the site's own word about a host key stands, and a difference is told`() throws {
    var site = try Site.parse(Array(LabNode.siteText.utf8), file: "site.toml", profiles: [])
    site.nodes[2].hostKeys = [try SSHPublicKey(Self.nextKey)]
    let facts = PeerFacts(
      node: try NodeName("compute2"), hostKeyLines: [Self.hostKey], migrationKeyLines: [Self.novaKey])
    let knowing = site.knowing([facts])
    #expect(knowing.nodes[2].hostKeys == site.nodes[2].hostKeys)
    #expect(knowing.nodes[2].migrationKeys.map(\.blob) == [try SSHPublicKey(Self.novaKey).blob])
    #expect(site.contradicted(by: facts) == ["its ssh-ed25519 host key is not the one in the site"])
    #expect(site.knowing([facts, facts]) == knowing)
  }

  @Test func `the controller lets a compute node of its site be discovered, by the very words, and nothing else`()
    async throws
  {
    try await Self.node { node in
      try LabNode.write(LabNode.siteText, "\(node.root)/etc/imprint/site.toml")
      func isLetIn(_ words: String?) throws -> Bool {
        try ControllerGate.passage(words, from: nil, root: node.root) != nil
      }
      let words = DiscoverScript.words([["compute2"]], command: nil)
      #expect(try isLetIn(words))
      for other in [
        nil, "", "id", words + " ", words + ";id", " " + words, DiscoverScript.words([["controller"]], command: nil),
        DiscoverScript.words([["compute2"], ["compute"]], command: nil),
        DiscoverScript.words([["compute2"]], command: "id"),
        DiscoverScript.words([["stranger"]], command: nil), DiscoverScript.words([["compute2|.*"]], command: nil),
      ] {
        #expect(try !isLetIn(other), "\(other ?? "a login shell")")
      }
    }
  }

  @Test func `a node's keys are certified for itself only, by the very words, and from its own address`() async throws {
    try await Self.node { node in
      let text = LabNode.siteText + "[migration]\naccess = \"certificate\"\n"
      try LabNode.write(text, "\(node.root)/etc/imprint/site.toml")
      let site = try Site.parse(Array(text.utf8), file: "site.toml", profiles: [])
      let (compute, compute2) = (site.nodes[1], site.nodes[2])
      func purpose(_ words: String, from source: String?) throws -> String? {
        try ControllerGate.passage(words, from: try source.map { try IPAddress($0) }, root: node.root)?.purpose
      }
      let request = site.certificationRequest(for: compute2)
      let words = AuthorityScript.words(request)
      #expect(try purpose(words, from: "192.168.10.21") == "certify compute2")
      #expect(try purpose(words, from: "192.168.20.21") == "certify compute2")
      for source in ["192.168.10.20", "192.168.10.10", "192.168.10.99", "::1", nil] {
        #expect(try purpose(words, from: source) == nil, "\(source ?? "nowhere")")
      }
      var longer = site
      longer.migration.validity = 3650
      for other in [
        AuthorityScript.words(site.certificationRequest(for: compute)),
        AuthorityScript.words(longer.certificationRequest(for: compute2)),
        AuthorityScript.words(
          .init(node: request.node, names: request.names + ["compute"], sources: request.sources, validity: 365)),
        AuthorityScript.words(.init(node: request.node, names: request.names, sources: [], validity: 365)),
        words + " ", words + ";id", "cat /etc/imprint/authority/key",
      ] {
        #expect(try purpose(other, from: "192.168.10.21") == nil)
      }
      try LabNode.write(LabNode.siteText, "\(node.root)/etc/imprint/site.toml")
      #expect(try purpose(words, from: "192.168.10.21") == nil, "where the site wants keys, nothing is signed")
    }
  }
}
