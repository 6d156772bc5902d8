public import Site

/// One way to find out which node of the site this machine is. A further one is one file, and one place in
/// ``Identification/sources``.
public protocol IdentitySource: Sendable {
  /// Every node that it takes the machine for, each with what speaks for it; empty where it has nothing to say.
  func answers(for machine: MachineFacts, in site: Site) -> [IdentityAnswer]
}

/// A node, and from where that is known.
public struct IdentityAnswer: Sendable, Equatable {
  public let node: NodeName
  /// Stands after "because": `the site's match of compute2 has its card 00:0c:29:aa:bb:cc`.
  public let evidence: String

  public init(_ node: NodeName, _ evidence: String) {
    self.node = node
    self.evidence = evidence
  }
}

/// Two answers that cannot both be true.
public struct IdentityConflict: Error, Sendable, CustomStringConvertible {
  public let first: IdentityAnswer
  public let second: IdentityAnswer

  public var description: String {
    "this machine cannot be both \(first.node), since \(first.evidence), and \(second.node), since \(second.evidence)"
  }
}

/// Asks the sources in their order.
public enum Identification {
  /// The site's own words first.
  public static let sources: [any IdentitySource] = [
    MatchByMAC(), MatchByUUID(), MatchBySerial(), MatchByAssetTag(),
  ]

  /// The node that this machine is; nil where nobody knows.
  ///
  /// - Throws: Where two sources disagree, or one fits two nodes: better nobody than the wrong one.
  public static func node(
    of machine: MachineFacts, in site: Site, sources: [any IdentitySource] = Self.sources
  ) throws(IdentityConflict) -> IdentityAnswer? {
    var found: IdentityAnswer?
    for answer in sources.flatMap({ $0.answers(for: machine, in: site) }) {
      guard let first = found else {
        found = answer
        continue
      }
      guard first.node == answer.node else { throw IdentityConflict(first: first, second: answer) }
    }
    return found
  }
}
