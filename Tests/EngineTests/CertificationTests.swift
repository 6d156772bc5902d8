import Cluster
import Documents
import Fixups
import Foundation
import Site
import Support
import Testing
import Tree

@testable import Engine

private typealias OpenSSHKey = Documents.SSHPublicKey

/// What is made of certificates that the real ssh-keygen has signed: when they are due, what is said of them, and what a peer does
/// that is shown another's.
@Suite struct CertificationTests {
  private static let hostKey = "/etc/ssh/ssh_host_ed25519_key"
  private static let userKey = "/var/lib/nova/.ssh/id_ed25519"
  private static let authorized = "/var/lib/nova/.ssh/authorized_keys"

  /// The tutorial's node, an authority beside it, and who the node is by the site.
  private struct Place {
    let scratch: Scratch
    let node: LabNode
    let site: Site

    init(_ scratch: Scratch) async throws {
      self.scratch = scratch
      node = try await LabNode(in: scratch)
      for name in ["authority", "other"] {
        try await RealProgram.needed("ssh-keygen").run(
          ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(node.outside)/\(name)"]
        ).succeeded(name)
      }
      let authority = try String(contentsOfFile: "\(node.outside)/authority.pub", encoding: .utf8)
      let text =
        LabNode.siteText + "[migration]\naccess = \"certificate\"\nauthority = \"\(authority.dropLast())\"\n"
      try LabNode.write(text, "\(node.root)/etc/imprint/site.toml")
      site = try Site.parse(Array(text.utf8), file: "site.toml", profiles: [])
    }

    var target: Target {
      get throws {
        let tree = try Tree(root: node.root)
        return Target(tree: tree, site: site, node: site.nodes[1], platform: try Target.platform(nil, of: tree))
      }
    }

    /// Signs a public key of the tree, beside it.
    func sign(
      _ key: String, by authority: String = "authority", validity: String = "-1h:+300d1h", sources: String? = nil,
      _ principals: String = "compute,192.168.10.20,192.168.20.20"
    ) async throws {
      let isHost = key == CertificationTests.hostKey
      let more =
        isHost
        ? ["-h", "-n", principals]
        : ["-n", "imprint-migration", "-O", "source-address=\(sources ?? "192.168.10.20,192.168.20.20")"]
      try await RealProgram.needed("ssh-keygen").run(
        ["-q", "-s", "\(node.outside)/\(authority)", "-I", "compute", "-V", validity] + more + [
          "\(node.root)\(key).pub"
        ]
      ).succeeded("signing \(key)")
    }

    func signAll() async throws {
      for key in [CertificationTests.hostKey, "/etc/ssh/ssh_host_ecdsa_key"] {
        try await RealProgram.needed("ssh-keygen").run([
          "-q", "-s", "\(node.outside)/authority", "-I", "compute", "-V", "-1h:+300d1h", "-h", "-n",
          "compute,192.168.10.20,192.168.20.20", "\(node.root)\(key).pub",
        ]).succeeded(key)
      }
      try await sign(CertificationTests.userKey)
    }

    /// What `verify` says of one key's certificate.
    func claim(_ key: String, isJoined: Bool = true) throws -> Claim? {
      try target.certificateTestimony(isJoined: isJoined).claims.first { $0.subject == "certificate of \(key).pub" }
    }
  }

  @Test func `a certificate that is as it should be holds, with the days that are left`() async throws {
    let place = try await Place(Scratch())
    #expect(try place.claim(Self.hostKey, isJoined: false) == nil, "before joining, there is none")
    #expect(try place.claim(Self.hostKey)?.seen == "none")
    try await place.signAll()
    let testimony = try place.target.certificateTestimony(isJoined: true)
    #expect(testimony.claims.count == 3 && testimony.claims.allSatisfy(\.holds) && testimony.findings.isEmpty)
    #expect(try place.claim(Self.userKey)?.seen.hasSuffix("for compute, and valid, 300 days left") == true)
    let facts = PeerFacts(try NodeName("compute"), try OwnKeys(of: try place.target.situation()))
    let authority = try #require(place.site.migration.authority)
    #expect(facts.authority(in: place.site) == "\(authority.algorithm) \(authority.blob)")
    var lacking = facts
    lacking.certificates.removeLast()
    #expect(lacking.authority(in: place.site) == nil)
  }

  @Test func `whatever is wrong with one is said, and makes it due`() async throws {
    let place = try await Place(Scratch())
    let authority = try #require(place.site.migration.authority.flatMap { OpenSSHKey($0.description) })
    let check = CertificateCheck(place.site.nodes[1], in: place.site, authority: authority)
    func expect(_ key: String, _ words: String) throws {
      let claim = try #require(try place.claim(key))
      #expect(!claim.holds && claim.seen.contains(words), "\(claim.seen)")
      let keys = try OwnKeys(of: try place.target.situation()).keys
      #expect(check.isDue(keys.first { $0.path.description == "\(key).pub" }?.certificate))
    }
    try await place.sign(Self.hostKey, by: "other")
    try expect(Self.hostKey, "signed by another authority")
    try await place.sign(Self.hostKey, validity: "-2d:-1d")
    try expect(Self.hostKey, "expired")
    try await place.sign(Self.hostKey, validity: "+1d:+9d")
    try expect(Self.hostKey, "not valid yet")
    try await place.sign(Self.hostKey, "compute,192.168.10.99")
    try expect(Self.hostKey, "for compute, 192.168.10.99")
    try await place.sign(Self.userKey, sources: "0.0.0.0/0")
    try expect(Self.userKey, "for use from 0.0.0.0/0")
    // Good, and about to end.
    try await place.sign(Self.hostKey, validity: "-70d:+20d1h")
    #expect(try place.claim(Self.hostKey)?.holds == true)
    let findings = try place.target.certificateTestimony(isJoined: true).findings
    #expect(findings.contains { $0.text.contains("\(Self.hostKey).pub ends in 20 days") }, "\(findings)")
    // Somebody else's hand in it: the signature is no more the authority's.
    let file = "\(place.node.root)\(Self.hostKey)-cert.pub"
    let line = try String(contentsOfFile: file, encoding: .utf8)
    var words = line.split(separator: " ").map(String.init)
    var blob = try #require(Data(base64Encoded: words[1]))
    let range = try #require(blob.firstRange(of: Data("192.168.10.20".utf8)))
    blob.replaceSubrange(range, with: Data("192.168.10.21".utf8))
    words[1] = blob.base64EncodedString()
    try LabNode.write(words.joined(separator: " "), file)
    #expect(try place.claim(Self.hostKey)?.seen.contains("its signature does not hold") == true)
  }

  @Test func `a peer whose certificates are shown is let in by the authority, and its former line goes`() async throws {
    let place = try await Place(Scratch())
    try await place.signAll()
    // What the node shows of itself; the same keys pose as compute2's, signed for that.
    let own = try OwnKeys(of: try place.target.situation())
    let sent = place.site
    func request(_ certificates: [String]) throws -> [UInt8] {
      let facts = PeerFacts(
        node: try NodeName("compute2"), hostKeyLines: own.hostKeys, migrationKeyLines: own.migrationKeys,
        certificates: certificates)
      return PeerDocument.Request(receiver: try NodeName("compute"), facts: facts, site: sent.tomlText()).bytes
    }
    let key = try #require(own.migrationKeys.first)
    let former = "restrict,from=\"192.168.10.21,192.168.20.21\" \(key)\n"
    let file = "\(place.node.root)\(Self.authorized)"
    let before = try String(contentsOfFile: file, encoding: .utf8)
    try LabNode.write(before + former, file)
    _ = try PeerSide.answer(request([]), root: place.node.root)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains(former), "it has shown none")
    // Certificates for compute are none for compute2.
    _ = try PeerSide.answer(request(own.keys.compactMap(\.certificateLine)), root: place.node.root)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains(former))
    let name = "compute2,192.168.10.21,192.168.20.21"
    for path in [Self.hostKey, "/etc/ssh/ssh_host_ecdsa_key"] {
      try await RealProgram.needed("ssh-keygen").run([
        "-q", "-s", "\(place.node.outside)/authority", "-I", "compute2", "-h", "-n", name, "-V", "-1h:+9d",
        "\(place.node.root)\(path).pub",
      ]).succeeded(path)
    }
    try await place.sign(Self.userKey, sources: "192.168.10.21,192.168.20.21")
    let shown = try OwnKeys(of: try place.target.situation()).keys.compactMap(\.certificateLine)
    let answer = try PeerSide.answer(request(shown), root: place.node.root)
    #expect(answer.changed.contains(Self.authorized) && answer.facts.certificates.count == 3, "\(answer)")
    let after = try String(contentsOfFile: file, encoding: .utf8)
    #expect(!after.contains(former) && after.hasPrefix(before) && after.contains("cert-authority,principals="))
    #expect(try PeerSide.answer(request(shown), root: place.node.root).changed.isEmpty)
  }
}
