public import Site

/// A node whose `match` has the asset tag of this machine's chassis or board. Blanks at the ends and case are no difference.
public struct MatchByAssetTag: IdentitySource {
  public init() {}

  public func answers(for machine: MachineFacts, in site: Site) -> [IdentityAnswer] {
    let tags = machine.assetTags.map { $0.lowercased() }
    return site.nodes.compactMap { node in
      guard let wanted = node.match.assetTag, tags.contains(wanted.lowercased()) else { return nil }
      return IdentityAnswer(node.name, "the site's match of \(node.name) has its asset tag \(wanted)")
    }
  }
}
