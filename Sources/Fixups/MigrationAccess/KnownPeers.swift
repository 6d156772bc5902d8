internal import Documents
internal import Site
internal import Tree

/// ~/.ssh/known_hosts: the peers' host keys under all their names and addresses, and nothing stale about this node.
struct KnownPeers {
  private let peers: Peers
  private let path: TreePath
  private let before: KnownHosts
  private var after: KnownHosts
  private var claims: [Claim] = []
  private var findings: [Finding] = []

  private init(_ peers: Peers, _ path: TreePath, _ before: KnownHosts) {
    (self.peers, self.path, self.before, after) = (peers, path, before, before)
  }

  static func proposal(_ peers: Peers, _ account: MigrationAccount, _ situation: Situation) throws -> Proposal {
    let file = try account.file("known_hosts", situation.tree)
    var known = KnownPeers(peers, file.path, KnownHosts(file.snapshot?.bytes ?? []))
    let authority = try Authority(in: situation, account)
    // The original's first: where the site knows better, it has the last word.
    let said = authority == nil ? peers.all.flatMap { peer in peer.hostKeys.map { (peer, $0) } } : []
    let facts = try original(peers, situation) + said
    if authority == nil { known.learn() }
    for (peer, key) in facts { known.know(key, of: peer) }
    known.forgetMoved()
    let unknown = unknown(peers, known.after)
    if let authority, !peers.all.isEmpty {
      known.trust(authority)
    } else if situation.site.migration.access == .keys, unknown.isEmpty {
      known.after.removeAll { Authority.isOwn($0) }
    }
    known.tellRevoked(facts, authority)
    let own = Peers.names(of: situation.node, in: situation.site)
    known.after.forget(hosts: own, exceptKeys: try ownKeys(situation))
    let change = account.edit(
      file, to: known.after.bytes, newMode: 0o644, because: "ssh goes only to a host whose key it knows")
    return Proposal(
      changes: change.map { [$0] } ?? [],
      findings: known.findings + (authority == nil ? notes(unknown, situation) : []), claims: known.claims)
  }

  private mutating func learn() {
    for (peer, hosts, key) in Self.learned(peers, before) {
      let former = after.bytes
      after.ensure(hosts: [peer.node.name.description] + hosts, key: key)
      guard after.bytes != former else { continue }
      claims.append(
        Claim(
          "\(key.type) key of \(peer.name) in \(path)", expected: "known at its addresses",
          seen: "not for \(hosts.joined(separator: ", "))", holds: false))
    }
  }

  private mutating func know(_ key: OpenSSHKey, of peer: Peers.Peer) {
    after.ensure(hosts: peer.names, key: key)
    let missing = peer.names.filter { !before.keys(for: $0).contains(key) }
    claims.append(
      Claim(
        "\(key.type) key of \(peer.name) in \(path)", expected: "known under every name",
        seen: missing.isEmpty ? "known under every name" : "not for \(missing.joined(separator: ", "))",
        holds: missing.isEmpty))
  }

  private mutating func forgetMoved() {
    for (hosts, keys) in Self.moved(peers, after) {
      let former = after.bytes
      after.forget(hosts: hosts, exceptKeys: Set(after.entries.map(\.key)).subtracting(keys))
      guard after.bytes != former else { continue }
      claims.append(
        Claim(
          "keys for \(hosts.joined(separator: ", ")) in \(path)", expected: "none of another node's",
          seen: "one of the node that had the address before", holds: false))
    }
  }

  private mutating func trust(_ authority: Authority) {
    authority.trust(in: &after)
    claims.append(
      Claim(
        "the authority in \(path)", expected: "trusted for every host that it has certified",
        seen: before.trusts(authority.key) ? "trusted for every host that it has certified" : nil))
  }

  private mutating func tellRevoked(_ facts: [(Peers.Peer, OpenSSHKey)], _ authority: Authority?) {
    for (peer, key, name) in Self.revoked(peers, facts, authority, after) {
      let isAuthority = authority?.key == key
      let what = isAuthority ? "the authority" : "the \(key.type) key of \(peer.name)"
      findings.append(
        Finding(
          .warning, "\(path) revokes \(what) for \(name): ssh refuses to go there",
          advice:
            "take the @revoked line out, or give \(isAuthority ? "the site another authority" : "\(peer.name) another host key")"
        ))
      claims.append(
        Claim("ssh to \(name) by \(path)", expected: "not revoked", seen: "\(what) is revoked", holds: false))
    }
  }

  /// What a `@revoked` line has ssh refuse of what is known of peers, and for which name (hostfile.c, check_key_not_revoked).
  private static func revoked(
    _ peers: Peers, _ facts: [(Peers.Peer, OpenSSHKey)], _ authority: Authority?, _ file: KnownHosts
  ) -> [(Peers.Peer, OpenSSHKey, String)] {
    let revoked = Set(file.entries.filter { $0.marker == .revoked }.map(\.key))
    guard !revoked.isEmpty else { return [] }
    return peers.all.flatMap { peer in
      let said = facts.filter { $0.0.name == peer.name }.map(\.1) + peer.names.flatMap { file.keys(for: $0) }
      return revoked.intersection(said + (authority.map { [$0.key] } ?? [])).sorted { $0.text < $1.text }
        .compactMap { key in
          peer.names.first { file.revokes(key, for: $0) }.map { (peer, key, $0) }
        }
    }
  }

  /// A key that is known under a peer's name goes with it to an address that is new, or was another peer's till now. An address with
  /// any other key is left: which of the two is stale nobody can tell.
  private static func learned(_ peers: Peers, _ file: KnownHosts) -> [(Peers.Peer, [String], OpenSSHKey)] {
    let known = peers.all.map { peer in (peer: peer, keys: file.keys(for: peer.node.name.description)) }
    return known.flatMap { peer, keys in
      keys.compactMap { key -> (Peers.Peer, [String], OpenSSHKey)? in
        guard keys.filter({ $0.type == key.type }).count == 1, !peer.hostKeys.contains(where: { $0.type == key.type })
        else { return nil }
        let others = known.filter { $0.peer.name != peer.name }.flatMap(\.keys)
        let moved = peer.addresses.filter { address in
          let there = file.keys(for: address).filter { $0.type == key.type }
          return there != [key] && there.allSatisfy { $0 == key || others.contains($0) }
        }
        return moved.isEmpty ? nil : (peer, moved, key)
      }
    }
  }

  /// A peer's addresses under which the key of another is known: that had them before, and could still pass for who has them now.
  private static func moved(_ peers: Peers, _ file: KnownHosts) -> [(hosts: [String], keys: Set<OpenSSHKey>)] {
    var known: [String: Set<OpenSSHKey>] = [:]
    for entry in file.entries where entry.marker == nil {
      for host in entry.hosts { known[host, default: []].insert(entry.key) }
    }
    let named = peers.all.reduce(into: Set<OpenSSHKey>()) { $0.formUnion(known[$1.node.name.description] ?? []) }
    return peers.all.flatMap { peer in
      let own = known[peer.node.name.description] ?? []
      return peer.addresses.compactMap { address in
        let foreign = (known[address] ?? []).intersection(named).subtracting(own)
        return foreign.isEmpty ? nil : ([address], foreign)
      }
    }
  }

  /// The host keys that came with the copy are the original's, which goes on using them.
  private static func original(_ peers: Peers, _ situation: Situation) throws -> [(Peers.Peer, OpenSSHKey)] {
    guard let original = peers.original else { return [] }
    let known = Set(original.hostKeys.map(\.type))
    return try hostKeys(situation.original, situation)
      .filter { !known.contains($0.type) && Peers.isOriginals($0, situation) }.map { (original, $0) }
  }

  /// A copy has none: its own are about to be made.
  private static func ownKeys(_ situation: Situation) throws -> Set<OpenSSHKey> {
    situation.provenance.isCopy ? [] : Set(try hostKeys(situation.original, situation))
  }

  static func hostKeys(_ tree: any TreeReading, _ situation: Situation) throws -> [OpenSSHKey] {
    try hostKeyFiles(tree, situation).compactMap { OpenSSHKey($0.bytes[...]) }
  }

  static func hostKeyFiles(_ tree: any TreeReading, _ situation: Situation) throws -> [FileSnapshot] {
    let pattern = "\(situation.platform.identity.hostKeysDirectory)/ssh_host_*_key.pub"
    let (files, _) = try tree.regularFiles(tree.places([pattern]))
    return try files.compactMap { try tree.file($0.path) }
  }

  /// Names of peers that have no host key here.
  private static func unknown(_ peers: Peers, _ file: KnownHosts) -> [String] {
    peers.all.filter { $0.names.allSatisfy { file.keys(for: $0).isEmpty } }.map(\.name)
  }

  private static func notes(_ missing: [String], _ situation: Situation) -> [Finding] {
    // Of an authority that nobody knows, authorized_keys speaks.
    guard situation.site.migration.checksHostKeys, situation.site.migration.access == .keys, !missing.isEmpty else {
      return []
    }
    return [
      Finding(
        .note,
        "no host key of \(missing.joined(separator: ", ")) is known here, without which no guest can be moved there",
        advice: "imprint join fetches the keys, or write them into the site as host keys")
    ]
  }
}
