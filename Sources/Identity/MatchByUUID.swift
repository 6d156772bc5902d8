public import Site

/// A node whose `match` has this machine's UUID, in one of its spellings.
public struct MatchByUUID: IdentitySource {
  /// A shorter beginning is that of a vendor: every guest of VMware's begins with 564d.
  static let fewestDigits = 8

  public init() {}

  public func answers(for machine: MachineFacts, in site: Site) -> [IdentityAnswer] {
    let spellings = machine.uuidSpellings.map(\.digits)
    return site.nodes.compactMap { node in
      guard let wanted = node.match.uuid else { return nil }
      let digits = wanted.digits
      guard digits.count >= Self.fewestDigits, spellings.contains(where: { $0.hasPrefix(digits) }) else { return nil }
      return IdentityAnswer(node.name, "the site's match of \(node.name) has its UUID \(wanted)")
    }
  }
}
