internal import Documents
internal import Site
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
