internal import Site
internal import Tree

/// One kind of thing that no two machines may share: a row of ``UniqueThings``.
struct UniqueThing: Sendable {
  /// Makes a new one in place of the original's, or only says what it saw.
  typealias Generator = @Sendable (UniqueThing, Situation) throws -> Proposal

  enum Treatment: Sendable {
    /// The program that owns the file makes a new one when it misses it.
    case remove
    case regenerate(Generator)
    /// Nobody but a person can renew it.
    case report
  }

  /// What the site calls it under `[reset]`; nil for what the site cannot switch.
  var name: ResetName?
  /// For people: `the DHCP leases`.
  var subject: String
  /// Absolute paths or patterns (`*` and `?` within one part, `**` at the end), in reading order.
  var paths: [String]
  /// Where the platform says more of them.
  var platformPaths: @Sendable (Platform) -> [String] = { _ in [] }
  var treatment: Treatment
  /// Whether a copy renews it where the site says nothing. Off: it is only reported.
  var isRenewedByDefault = true
  /// What collides, as a clause: it is the reason of a change.
  var reason: String
  /// What to do by hand, or afterwards.
  var advice: String?

  /// Whether this copy gets another one.
  func isRenewed(in situation: Situation) -> Bool {
    guard situation.provenance.isCopy else { return false }
    guard let name else { return isRenewedByDefault }
    return situation.site.reset.renews(name, byDefault: isRenewedByDefault)
  }

  func places(in situation: Situation) throws -> [Place] {
    try situation.tree.places(paths + platformPaths(situation.platform))
  }

  func proposal(for situation: Situation) throws -> Proposal {
    switch treatment {
    case .regenerate(let generate):
      return try generate(self, situation) + kept(in: situation)
    case .remove where isRenewed(in: situation):
      return removal(of: try places(in: situation))
    case .remove, .report:
      guard situation.provenance.isCopy else { return Proposal() }
      return report(try places(in: situation), in: situation)
    }
  }

  /// A wish of the site's that lets two machines share something is repeated, so that nobody is surprised.
  private func kept(in situation: Situation) -> Proposal {
    guard let name, situation.provenance.isCopy, situation.site.reset.choices[name] == false else { return Proposal() }
    return Proposal(findings: [Finding(.note, "the site says to keep \(subject): \(reason)")])
  }

  func removal(of places: [Place]) -> Proposal {
    var proposal = Proposal()
    for place in places {
      guard place.isRemovable else {
        proposal.findings.append(place.isInTheWay)
        continue
      }
      proposal.changes.append(place.removal(because: [reason]))
      proposal.claims.append(stillTheOriginals(place.path))
    }
    if let advice, !proposal.changes.isEmpty {
      proposal.findings.append(Finding(.note, "renewed: \(subject)", advice: advice))
    }
    return proposal
  }

  /// What `verify` says of something that came with the copy.
  func stillTheOriginals(_ path: TreePath) -> Claim {
    Claim("\(subject) (\(path))", expected: "the node's own", seen: "the original's", holds: false)
  }

  private func report(_ places: [Place], in situation: Situation) -> Proposal {
    guard let first = places.first else { return Proposal() }
    let more = places.count > 1 ? " and \(places.count - 1) more" : ""
    let isWish = name.map { situation.site.reset.choices[$0] == false } ?? false
    let wish = isWish ? "; the site says to keep it" : ""
    return Proposal(findings: [
      Finding(
        isWish ? .note : .warning,
        "this copy shares \(subject) with the original (\(first.path)\(more)): \(reason)\(wish)",
        advice: advice)
    ])
  }
}
