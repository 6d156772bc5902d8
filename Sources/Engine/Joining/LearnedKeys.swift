internal import Cluster
internal import Fixups
internal import Site

extension Site {
  /// The site with what nodes have said of themselves over an authenticated connection. Where the site itself names a host key
  /// of a type, that stands: it is the operator's word.
  func knowing(_ facts: [PeerFacts]) -> Site {
    // What an authority has certified need not be known key by key.
    guard migration.access == .keys || migration.authority == nil else { return self }
    var site = self
    for fact in facts {
      guard let place = site.nodes.firstIndex(where: { $0.name == fact.node }) else { continue }
      let known = Set(site.nodes[place].hostKeys.map(\.algorithm))
      site.nodes[place].hostKeys += fact.hostKeyTexts.compactMap { try? SSHPublicKey($0) }
        .filter { !known.contains($0.algorithm) }
      let blobs = Set(site.nodes[place].migrationKeys.map(\.blob))
      site.nodes[place].migrationKeys += fact.migrationKeyTexts.compactMap { key in
        try? SSHPublicKey("\(key) \(migration.user)@\(fact.node)")
      }.filter { !blobs.contains($0.blob) }
    }
    return site
  }

  /// The site with an authority, `type base64`; its own word stands.
  func trusting(_ authority: String?) -> Site {
    var site = self
    site.migration.authority = site.migration.authority ?? authority.flatMap { try? SSHPublicKey($0) }
    return site
  }

  /// Host keys of a node that are not those that the site says.
  func contradicted(by facts: PeerFacts) -> [String] {
    guard let node = node(facts.node) else { return [] }
    return node.hostKeys.compactMap { known in
      let shown = facts.hostKeyTexts.filter { $0.hasPrefix("\(known.algorithm) ") }
      guard !shown.isEmpty, !shown.contains("\(known.algorithm) \(known.blob)") else { return nil }
      return "its \(known.algorithm) host key is not the one in the site"
    }
  }

  /// What another machine may see of it.
  var withoutSecrets: Site {
    var site = self
    site.migration.passwordHash = nil
    return site
  }
}

extension PeerFacts {
  /// Without the keys of another account: they would stand in for this one's.
  func ofMigrationUser(_ user: UserName) -> PeerFacts {
    guard let said = self.user, said != user.description else { return self }
    var facts = self
    (facts.migrationKeys, facts.certificates) = ([], [])
    return facts
  }

  init(_ node: NodeName, _ keys: OwnKeys) {
    self.init(
      node: node, hostKeyLines: keys.hostKeys, migrationKeyLines: keys.migrationKeys,
      certificates: keys.keys.compactMap(\.certificateLine))
  }
}

extension Catalog {
  static func joining(_ facts: [PeerFacts], in site: Site) -> [any Fixup] {
    joining(
      Dictionary(
        facts.map { fact in
          let keys = PeerKeys(
            migrationKeys: fact.migrationKeyTexts, hostKeys: fact.hostKeyTexts, authority: fact.authority(in: site))
          return (fact.node, keys)
        }, uniquingKeysWith: { first, _ in first }))
  }
}
