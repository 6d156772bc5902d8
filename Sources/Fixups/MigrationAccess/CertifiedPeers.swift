internal import Documents
public import Site
internal import Tree

/// Lines for the keys of peers that have shown certificates of the authority: those that imprint wrote go, for the authority's line
/// does for all. Anybody else's stay. As with ``FormerKeys``, only somebody who has just asked can tell.
public struct CertifiedPeers: Fixup {
  public let name = "certified peers"
  private let peers: [NodeName: PeerKeys]

  /// - Parameter peers: What each of those that have just been asked has now.
  public init(_ peers: [NodeName: PeerKeys]) { self.peers = peers }

  public func propose(for situation: Situation) throws -> Proposal {
    guard situation.movesGuests else { return Proposal() }
    let account = try MigrationAccount(in: situation)
    guard let authority = try Authority(in: situation, account) else { return Proposal() }
    let certified = Peers(of: situation).all.filter { peers[$0.node.name]?.authority == authority.key.text }
    guard !certified.isEmpty else { return Proposal() }
    return Proposal(
      changes: [
        try authorizedKeys(certified, account, situation), try knownHosts(certified, account, situation),
      ].compactMap(\.self))
  }

  private func authorizedKeys(
    _ certified: [Peers.Peer], _ account: MigrationAccount, _ situation: Situation
  ) throws -> Change? {
    let file = try account.file("authorized_keys", situation.tree)
    guard let snapshot = file.snapshot else { return nil }
    let names = Set(certified.map(\.node.name))
    // What several nodes share is still wanted while one of them has nothing else.
    let wanted = Set(peers.filter { !names.contains($0.key) }.flatMap(\.value.migrationKeys))
    let current = Set(certified.flatMap { peers[$0.node.name]?.migrationKeys ?? [] })
    let options = try Set(certified.flatMap { try AuthorizedPeers.ownOptions(for: $0, situation) })
    var keys = AuthorizedKeys(snapshot.bytes)
    keys.removeAll { entry in
      guard !entry.isAuthority, !wanted.contains(entry.key.text) else { return false }
      return options.contains(entry.options)
        || current.contains(entry.key.text) && AuthorizedPeers.isTied(entry.options)
    }
    return account.edit(
      file, to: keys.bytes, newMode: 0o600, because: "the authority has certified what these lines were for")
  }

  private func knownHosts(
    _ certified: [Peers.Peer], _ account: MigrationAccount, _ situation: Situation
  ) throws -> Change? {
    let file = try account.file("known_hosts", situation.tree)
    guard let snapshot = file.snapshot else { return nil }
    var hosts = KnownHosts(snapshot.bytes)
    hosts.removeAll { entry in
      entry.marker == nil
        && certified.contains { peer in
          peers[peer.node.name]?.hostKeys.contains(entry.key.text) == true && Set(entry.hosts) == Set(peer.names)
        }
    }
    return account.edit(
      file, to: hosts.bytes, newMode: 0o644, because: "the authority has certified what these lines were for")
  }
}

/// What a peer that has just been asked has now.
public struct PeerKeys: Sendable {
  /// `type base64` each.
  public var migrationKeys: [String]
  public var hostKeys: [String]
  /// Who has certified all of them for that peer, and for now, `type base64`; nil where nobody has, or several.
  public var authority: String?

  public init(migrationKeys: [String], hostKeys: [String] = [], authority: String? = nil) {
    self.migrationKeys = migrationKeys
    self.hostKeys = hostKeys
    self.authority = authority
  }
}

extension AuthorizedPeers {
  /// What imprint has written for this peer, with its gate or before there was one; only where that tells it from others' lines.
  fileprivate static func ownOptions(for peer: Peers.Peer, _ situation: Situation) throws -> [String] {
    let options = try options(for: [peer], situation)
    let isGated = options.firstRange(of: MigrationCommand.option)
    let bare = isGated.map { String(options[..<$0.lowerBound].dropLast()) } ?? options
    return [options, bare].filter(isTied)
  }

  /// Whether options are such as imprint writes: the gate, or addresses.
  fileprivate static func isTied(_ options: String) -> Bool {
    options.hasPrefix("restrict,from=\"") || options.hasPrefix("restrict,\(MigrationCommand.option)")
  }
}
