internal import Documents
internal import Site
internal import Tree

/// What nova needs to move guests between compute nodes: an account that sshd can run commands for, a key of this
/// node's own, the peers' keys, and their host keys.
///
/// It writes what the site and the tree know. What only other nodes know (this node's new key over there, and theirs
/// here) is the joining's business.
struct MigrationAccess: Fixup {
  let name = "migration access"

  func propose(for situation: Situation) throws -> Proposal {
    guard situation.movesGuests else { return Proposal() }
    let account = try MigrationAccount(in: situation)
    let keys = try MigrationKeyPair(account, in: situation)
    let peers = Peers(of: situation)
    return try LoginRecords.proposal(account, situation)
      + account.directories(situation)
      + keys.proposal()
      + ClientSettings.proposal(peers, keys, account, situation)
      + AuthorizedPeers.proposal(peers, keys, account, situation)
      + KnownPeers.proposal(peers, account, situation)
      + ServerObstacles.proposal(account, situation)
      + Proposal(findings: keysElsewhere(account, situation))
  }

  /// Copied private keys where ssh looks for none by itself: put aside by somebody below .ssh, or in the usual home of an account that
  /// has another one.
  private func keysElsewhere(_ account: MigrationAccount, _ situation: Situation) throws -> [Finding] {
    guard situation.provenance.isCopy else { return [] }
    // By way of a link it may be the very same.
    let usual = try TreePath("\(situation.platform.migration.home)/.ssh").map { try situation.tree.resolve($0) }
    let patterns = ["\(account.directory)/**"] + (usual.map { $0 == account.directory ? [] : ["\($0)/**"] } ?? [])
    return try situation.tree.places(patterns).filter { place in
      try place.path.parent != account.directory && situation.tree.isPrivateKey(place)
    }.map { place in
      Finding(
        .warning, "\(place.path) is a private key that came with the copy; it is left as it is",
        advice: "remove it: with it one gets in wherever the original does")
    }
  }
}
