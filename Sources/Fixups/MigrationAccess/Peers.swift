internal import Documents
internal import Site
internal import Tree

/// The other compute nodes, and what is known of their keys: what the site says, and, in a copy, what the original
/// left of its own public halves.
struct Peers {
  struct Peer {
    let node: Node
    /// Short and full name, then every address.
    let names: [String]
    var name: String { node.name.description }
    var addresses: [String] { node.allAddresses.map(\.description) }
    var migrationKeys: [OpenSSHKey] { node.migrationKeys.compactMap { OpenSSHKey($0.description) } }
    var hostKeys: [OpenSSHKey] { node.hostKeys.compactMap { OpenSSHKey($0.description) } }
  }

  let all: [Peer]
  /// Which of them this tree was copied from.
  let original: Peer?

  init(of situation: Situation) {
    let site = situation.site
    all = site.nodes.filter { $0.role == .compute && $0.name != situation.node.name }
      .map { Peer(node: $0, names: Self.names(of: $0, in: site)) }
    original = situation.provenance.isCopy ? Self.original(among: all, situation) : nil
  }

  /// Whether a key that came with the copy can be the original's. One that was made on this node since, by cloud-init or
  /// by hand, says so in its comment: ssh-keygen writes user@host.
  static func isOriginals(_ key: OpenSSHKey, _ situation: Situation) -> Bool {
    guard let at = key.comment.lastIndex(of: "@") else { return true }
    return key.comment[key.comment.index(after: at)...].prefix { $0 != "." } != situation.node.name.description[...]
  }

  static func names(of node: Node, in site: Site) -> [String] {
    let names = [node.name.description] + (site.hostname(of: node).map { [$0.description] } ?? [])
    var seen: Set<String> = []
    return (names + node.allAddresses.map(\.description)).filter { seen.insert($0).inserted }
  }

  /// By name; by address only where no name tells. Two candidates are none.
  private static func original(among peers: [Peer], _ situation: Situation) -> Peer? {
    let names = Set(situation.provenance.formerNames.map { $0.lowercased() })
    let addresses = Set(situation.provenance.allFormerAddresses)
    let named = peers.filter { !names.isDisjoint(with: $0.names) }
    let found = named.isEmpty ? peers.filter { !addresses.isDisjoint(with: $0.node.allAddresses) } : named
    return found.count == 1 ? found.first : nil
  }
}
