public import Documents
public import Site
internal import Tree

/// The public halves of a node's own keys: what it tells its peers of itself.
public struct OwnKeys: Sendable {
  /// One line each, as their files have them.
  public var hostKeys: [String]
  /// Empty where the node moves no guests, or has no key for that yet.
  public var migrationKeys: [String] = []

  public init(of situation: Situation) throws {
    hostKeys = try KnownPeers.hostKeys(situation.tree, situation).map(Self.line)
    guard situation.node.role == .compute else { return }
    let account = try MigrationAccount(in: situation)
    let pair = try MigrationKeyPair(account, in: situation)
    guard let half = try account.file("\(pair.name).pub", situation.tree).snapshot,
      let key = OpenSSHKey(half.bytes[...])
    else { return }
    migrationKeys = [Self.line(key)]
  }

  private static func line(_ key: OpenSSHKey) -> String {
    key.comment.isEmpty ? key.text : "\(key.text) \(key.comment)"
  }
}

extension Situation {
  /// What the migration user's ssh knows; nothing where the node moves no guests.
  public func knownHosts() throws -> KnownHosts {
    guard node.role == .compute else { return KnownHosts([]) }
    return KnownHosts(try MigrationAccount(in: self).file("known_hosts", tree).snapshot?.bytes ?? [])
  }
}

extension Site {
  /// Short and full name of a node, then every address: what others call it.
  public func names(of node: Node) -> [String] { Peers.names(of: node, in: self) }
}
