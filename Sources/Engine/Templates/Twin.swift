internal import Cluster
internal import Documents
internal import Fixups
public import Site
internal import Tree

/// Something that only one machine should have, and who has it all the same.
public struct Twin: Sendable, Hashable {
  public struct Holder: Sendable, Hashable {
    /// A tree as the user named it, or a node.
    public let name: String
    /// Where it stands there; nil of a node that was asked over ssh.
    public let path: String?
  }

  /// The row of ``UniqueThings``; of nodes that were asked, what they were asked for.
  public let key: String
  public let subject: String
  /// Of what is private, the fingerprint.
  public let value: String
  /// What collides, as a clause; nil of nodes that were asked.
  public let reason: String?
  public let holders: [Holder]
}

/// What several trees or nodes have in common, and who was not compared.
public struct Comparison: Sendable {
  public let names: [String]
  public let twins: [Twin]
  public let notAsked: [(name: String, reason: String, advice: String?)]
}

extension Comparison {
  /// Compares trees, row by row of the table.
  public init(ofTrees roots: [String], profile: String?) throws {
    let trees = try roots.map { root in
      let tree = CachedTree(try Tree(root: root))
      return (root, Template(tree: tree, platform: try Target.platform(profile, of: tree)))
    }
    for (index, (root, template)) in trees.enumerated() {
      let identity = try template.tree.status(.root)?.identity
      for (other, earlier) in trees[..<index] where try earlier.tree.status(.root)?.identity == identity {
        throw EngineError(.usage, "\(root) is \(other): a tree is no twin of itself")
      }
    }
    names = roots
    notAsked = []
    twins = try UniqueThings.table.flatMap { thing in
      Self.twins(thing, try trees.map { ($0.0, try thing.values(in: $0.1)) })
    }
  }

  private static func twins(_ thing: UniqueThing, _ trees: [(root: String, values: [UniqueValue])]) -> [Twin] {
    var found: [Twin] = []
    var seen: [UniqueValue] = []
    for value in trees.flatMap(\.values) where !seen.contains(where: { $0.isTwin(of: value) }) {
      seen.append(value)
      let holders = trees.compactMap { tree in
        tree.values.first { $0.isTwin(of: value) }.map { Twin.Holder(name: tree.root, path: $0.path.description) }
      }
      guard holders.count > 1 else { continue }
      found.append(
        Twin(key: thing.key, subject: thing.subject, value: value.shown, reason: thing.reason, holders: holders))
    }
    return found
  }
}

extension Joining {
  /// What this node has in common with others of the site, asked over ssh.
  ///
  /// - Parameter peers: Those that are asked; all others of the site where none is named.
  public func comparison(with peers: [NodeName]) throws -> Comparison {
    let inquiry = try askForTwins(peers.isEmpty ? target.others : target.others.filter { peers.contains($0.name) })
    let own = target.node.name.description
    let answered = inquiry.peers.compactMap { peer in (try? peer.answer.get()).map { (peer.name.description, $0) } }
    let twins = Uniques.Kind.allCases.flatMap { kind in
      (inquiry.own?.values[kind] ?? []).sorted().compactMap { value -> Twin? in
        let others = answered.filter { $0.1.values[kind]?.contains(value) == true }.map(\.0)
        guard !others.isEmpty else { return nil }
        return Twin(
          key: kind.rawValue, subject: kind.rawValue, value: Self.shown(value, kind), reason: nil,
          holders: ([own] + others).map { Twin.Holder(name: $0, path: nil) })
      }
    }
    var notAsked: [(name: String, reason: String, advice: String?)] = inquiry.peers.compactMap { peer in
      guard case .failure(let failure) = peer.answer else { return nil }
      return (peer.name.description, "\(failure)", failure.advice)
    }
    if inquiry.own == nil { notAsked.append((own, "this machine does not say what it is, or has no ssh", nil)) }
    return Comparison(names: [own] + answered.map(\.0), twins: twins, notAsked: notAsked)
  }

  /// A key as ssh-keygen(1) shows it.
  private static func shown(_ value: String, _ kind: Uniques.Kind) -> String {
    guard kind == .hostKey, let key = SSHPublicKey(Array(value.utf8)[...]),
      let blob = Base64.decode(Array(key.base64.utf8)[...])
    else { return value }
    return "\(key.type) SHA256:" + Base64.encode(SHA256.hash(blob)).filter { $0 != "=" }
  }
}
