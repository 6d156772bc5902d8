internal import Documents
internal import Site
internal import Tree

/// ~/.ssh/authorized_keys: each peer's key, tied to where it may come from and to what moving guests needs.
enum AuthorizedPeers {
  static func proposal(
    _ peers: Peers, _ keys: MigrationKeyPair, _ account: MigrationAccount, _ situation: Situation
  ) throws -> Proposal {
    let file = try account.file("authorized_keys", situation.tree)
    let bytes = file.snapshot?.bytes ?? []
    let before = AuthorizedKeys(bytes)
    if let authority = Authority(in: situation, before), !peers.all.isEmpty {
      return try proposal(authority, account, situation, file)
    }
    var after = before
    var claims: [Claim] = []
    var refusals: [Finding] = []
    for (key, holders) in known(peers) {
      let options = try options(for: holders, situation)
      after.ensure(key, options: options)
      let names = holders.map(\.name).joined(separator: ", ")
      claims.append(
        Claim(
          "key of \(names) in \(file.path)", expected: options,
          seen: before.entries(for: key).first { !$0.isAuthority }?.options))
    }
    // The original's key, found beside the copied private half. Where it stands already, its options are somebody's
    // choice: the tutorial has all nodes share one key.
    if let original = peers.original {
      for key in keys.copied where !original.migrationKeys.contains(key) {
        let entries = before.entries(for: key).filter { !$0.isAuthority }
        if entries.isEmpty { after.ensure(key, options: try options(for: [original], situation)) }
        let obstacle = EntryObstacle(in: entries, for: original, situation)
        claims.append(
          Claim(
            "key of \(original.name) in \(file.path)", expected: "authorised",
            seen: obstacle?.isCertain == true ? obstacle?.said : entries.isEmpty ? nil : "authorised"))
        refusals += obstacle.map { [$0.finding(original, file.path)] } ?? []
      }
    }
    // As joins and copies have brought them: ssh-keygen's comment says whose they are, made as the account or as root for it.
    let made = Dictionary(grouping: after.entries.filter { !$0.isAuthority }, by: \.key.comment)
    for peer in peers.all where peer.migrationKeys.isEmpty && (peer.name != peers.original?.name || keys.copied.isEmpty)
    {
      let entries = peer.names.flatMap { name in
        [account.user, "root"].flatMap { made["\($0)@\(name)"] ?? [] }
      }
      guard let obstacle = EntryObstacle(in: entries, for: peer, situation) else { continue }
      // As a join wrote it before the peer's addresses were others.
      if obstacle.isOfJoin {
        let options = try options(for: [peer], situation)
        for entry in entries where EntryObstacle.isOfJoin(entry) {
          after.ensure(entry.key, options: options)
        }
        claims.append(Claim("key of \(peer.name) in \(file.path)", expected: options, seen: obstacle.said))
        continue
      }
      refusals.append(obstacle.finding(peer, file.path))
      guard obstacle.isCertain else { continue }
      claims.append(Claim("key of \(peer.name) in \(file.path)", expected: "authorised", seen: obstacle.said))
    }
    let unknown = unknown(peers, keys, after)
    // Whom an authority let in before is cut off only where every peer's own key is there.
    if situation.site.migration.access == .keys, unknown.isEmpty { after.removeAll { Authority.isOwn($0) } }
    let change = account.edit(
      file, to: after.bytes, newMode: 0o600,
      because: "peers move guests here with their own keys, and from their own addresses")
    return Proposal(
      changes: change.map { [$0] } ?? [],
      findings: (peers.all.isEmpty ? [] : findings(unknown, situation)) + refusals
        + strangers(after, file.path, situation),
      claims: claims)
  }

  /// Keys in the form that joins write them, of nodes that the site does not have. They stay: a site that is older than a join must
  /// not cut a node off.
  private static func strangers(_ file: AuthorizedKeys, _ path: TreePath, _ situation: Situation) -> [Finding] {
    let names = Set(situation.site.nodes.flatMap { Peers.names(of: $0, in: situation.site) }.map(NodeNames.short))
    let known = Set(situation.site.nodes.flatMap(\.migrationKeys).map(\.blob))
    return file.entries.compactMap { entry -> Finding? in
      // By the key and not by its comment, which says whatever its maker liked.
      guard !entry.isAuthority, !known.contains(entry.key.base64), entry.options.hasPrefix("restrict,"),
        let name = entry.key.comment.split(separator: "@").last.map(String.init), entry.key.comment.contains("@"),
        !names.contains(NodeNames.short(name.lowercased())), !situation.provenance.formerNames.contains(name)
      else { return nil }
      return Finding(
        .note, "\(path) lets \(name.shown) in, of which the site says nothing",
        advice: "where that node is gone, take the line out")
    }
  }

  /// One line for all peers, those that are still to come too.
  private static func proposal(
    _ authority: Authority, _ account: MigrationAccount, _ situation: Situation,
    _ file: (path: TreePath, snapshot: FileSnapshot?)
  ) throws -> Proposal {
    let before = AuthorizedKeys(file.snapshot?.bytes ?? [])
    var after = before
    try authority.authorize(in: &after, situation)
    let change = account.edit(
      file, to: after.bytes, newMode: 0o600,
      because: "peers move guests here with keys that the authority has certified")
    let claim = Claim(
      "the authority in \(file.path)", expected: try Authority.options(in: situation),
      seen: before.entries(for: authority.key).first(where: \.isAuthority)?.options)
    return Proposal(changes: change.map { [$0] } ?? [], claims: [claim])
  }

  /// Every key that the site knows, each once with all nodes that have it.
  private static func known(_ peers: Peers) -> [(key: OpenSSHKey, holders: [Peers.Peer])] {
    var known: [(key: OpenSSHKey, holders: [Peers.Peer])] = []
    for peer in peers.all {
      for key in peer.migrationKeys {
        if let place = known.firstIndex(where: { $0.key == key }) {
          known[place].holders.append(peer)
        } else {
          known.append((key, [peer]))
        }
      }
    }
    return known
  }

  /// sshd(8), AUTHORIZED_KEYS FILE FORMAT. `restrict` takes away terminals and forwarding, which moving guests never
  /// needs (OpenSSH 7.2); `command` all but what it runs.
  static func options(for holders: [Peers.Peer], _ situation: Situation) throws -> String {
    let sources: [String] =
      switch situation.site.migration.restriction {
      case .peerAddresses: holders.flatMap(\.addresses)
      case .anywhere: []
      case .sources(let subnets): subnets.map(\.description)
      }
    return try options(from: sources, situation)
  }

  /// - Parameter sources: Addresses and subnets; none: from anywhere.
  static func options(from sources: [String], _ situation: Situation) throws -> String {
    let from = sources.isEmpty ? [] : ["from=\"\(sources.joined(separator: ","))\""]
    let gate = try MigrationCommand(situation).map { ["command=\"\($0.words)\""] } ?? []
    return (["restrict"] + from + gate).joined(separator: ",")
  }

  /// Names of peers that have no key here.
  private static func unknown(_ peers: Peers, _ keys: MigrationKeyPair, _ file: AuthorizedKeys) -> [String] {
    // An entry that is tied to a peer's address, or says its name, came here by joining, by hand, or from the copy.
    let from = Array("from=".utf8)
    let sources = file.entries.filter { !$0.isAuthority }.map(\.options).filter { options in
      options.utf8.indices.contains { options.utf8[$0...].starts(with: from) }
    }
    let makers = Set(
      file.entries.filter { !$0.isAuthority }.compactMap { $0.key.comment.split(separator: "@").last.map(String.init) })
    return peers.all.filter { peer in
      let isOriginal = peer.name == peers.original?.name && !keys.copied.isEmpty
      return peer.migrationKeys.isEmpty && !isOriginal
        && !makers.contains(peer.name)
        && !sources.contains { source in peer.addresses.contains { Token($0).occurs(in: source) } }
    }.map(\.name)
  }

  private static func findings(_ missing: [String], _ situation: Situation) -> [Finding] {
    if situation.site.migration.access == .certificate {
      return [
        Finding(
          .note, "the authority that certifies keys is not known here, and no guest can be moved without it",
          advice: "imprint join fetches it, or write it into the site as authority")
      ]
    }
    guard !missing.isEmpty else { return [] }
    return [
      Finding(
        .note,
        "no key of \(missing.joined(separator: ", ")) is known here, without which no guest can be moved from there",
        advice: "imprint join fetches the keys, or write them into the site as migration keys")
    ]
  }
}
