public import Metadata
public import Site

/// What outside sources said, as answers for a site.
public struct SaidNode: IdentitySource {
  private let claims: [IdentityClaim]
  private let former: String?
  private let onlyExplicit: Bool

  /// - Parameters:
  ///   - former: The node that the disk was, on another machine. What a copy carries along and names that very node may be the
  ///     original's own, and says nothing.
  ///   - onlyExplicit: Whether a name that was not said to imprint is left out.
  public init(_ claims: [IdentityClaim], former: String? = nil, onlyExplicit: Bool = false) {
    self.claims = claims
    self.former = former
    self.onlyExplicit = onlyExplicit
  }

  public func answers(for machine: MachineFacts, in site: Site) -> [IdentityAnswer] {
    claims.compactMap { claim in
      guard claim.isExplicit || !onlyExplicit, let node = Self.node(claim, site) else { return nil }
      if claim.isCopied, node.name.description == former { return nil }
      return IdentityAnswer(node.name, claim.evidence)
    }
  }

  private static func node(_ claim: IdentityClaim, _ site: Site) -> Node? {
    let name = claim.name?.lowercased()
    return site.nodes.first { $0.name.description == name }
  }

  /// Names that were said to imprint, and are no node's.
  public func unknownNames(in site: Site) -> [String] {
    claims.compactMap { claim in
      guard claim.isExplicit, let name = claim.name, Self.node(claim, site) == nil else { return nil }
      return
        "\(claim.source) says in \(claim.place) that this is \(name.prefix(80).debugDescription), and the site has no such node"
    }
  }

  /// What was not believed, because a copy has it too.
  public func doubtful(in site: Site) -> [String] {
    claims.compactMap { claim in
      guard claim.isCopied, let former, let node = Self.node(claim, site), node.name.description == former else {
        return nil
      }
      return "\(claim.source) says \(former) too, which a copy of \(former) would also say"
    }
  }
}

extension OutsideSources.Answer {
  /// The site file that sources carry; nil where none does.
  ///
  /// - Throws: ``SourceConflict`` where two carry different ones.
  public var site: (bytes: [UInt8], source: String)? {
    get throws(SourceConflict) {
      var found: (bytes: [UInt8], source: String)?
      for claim in claims {
        guard let bytes = claim.site else { continue }
        let source = claim.place.isEmpty ? claim.source : "\(claim.source) in \(claim.place)"
        guard let first = found else {
          found = (bytes, source)
          continue
        }
        guard first.bytes == bytes else {
          throw SourceConflict(description: "\(first.source) and \(source) carry different site files")
        }
      }
      return found
    }
  }

  /// The addresses that the cloud gave this machine; nil where nobody says.
  public var network: (data: NetworkData, source: String)? {
    claims.lazy.compactMap { claim in claim.network.map { ($0, claim.source) } }.first
  }
}

/// Two sources that cannot both be right.
public struct SourceConflict: Error, Sendable, CustomStringConvertible {
  public let description: String
}
