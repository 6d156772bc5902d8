internal import Documents
public import Site
internal import Tree

/// Keys that a peer had before the one that it has now, and that this file let in from that peer's addresses. Only somebody who has
/// just asked the peer can tell: an apply never takes a key away.
public struct FormerKeys: Fixup {
  public let name = "former keys"
  private let current: [NodeName: PeerKeys]

  /// - Parameter current: All that each of these peers has now.
  public init(current: [NodeName: PeerKeys]) { self.current = current }

  public func propose(for situation: Situation) throws -> Proposal {
    guard situation.movesGuests, situation.site.migration.restriction == .peerAddresses else {
      return Proposal()
    }
    let account = try MigrationAccount(in: situation)
    let file = try account.file("authorized_keys", situation.tree)
    guard let snapshot = file.snapshot else { return Proposal() }
    var keys = AuthorizedKeys(snapshot.bytes)
    let peers = Peers(of: situation).all
    // A key that another node is known by may stand here for that one.
    let wanted = Set(peers.flatMap(\.migrationKeys).map(\.text))
    var names: [String] = []
    for peer in peers {
      guard let now = current[peer.node.name]?.migrationKeys, !now.isEmpty else { continue }
      let options = try AuthorizedPeers.options(for: [peer], situation)
      for entry in keys.entries where entry.options == options {
        guard !now.contains(entry.key.text), !wanted.contains(entry.key.text) else { continue }
        keys.remove(entry.key)
        names.append(peer.name)
      }
    }
    let reason = "\(names.joined(separator: ", ")) has another key now"
    let change = names.isEmpty ? nil : account.edit(file, to: keys.bytes, newMode: 0o600, because: reason)
    return Proposal(changes: change.map { [$0] } ?? [])
  }
}
