public import Site
internal import Tree

/// One kind of thing that no two machines may share: a row of ``UniqueThings``.
///
/// A row says what it is, where, who reads it, how a copy that runs gets another one (``treatment``), how a template loses it
/// (``sealing``), who makes it anew in a copy of that (``maker``), and by what two machines are compared (``comparison``).
public struct UniqueThing: Sendable {
  /// Makes a new one in place of the original's, or only says what it saw.
  typealias Generator = @Sendable (UniqueThing, Situation) throws -> Proposal

  enum Treatment: Sendable {
    /// The program that owns the file makes a new one when it misses it.
    case remove
    case regenerate(Generator)
    /// Says what it saw, and changes nothing.
    case say(Generator)
    /// Nobody but a person can renew it.
    case report
    /// Another fixup of the catalog renews it, by its name.
    case elsewhere(String)
  }

  /// Takes it out of a template, and says what of it a copy gets anew.
  typealias Sealer = @Sendable (UniqueThing, Template) throws -> SealedThing

  enum Sealing: Sendable {
    /// The files go, and whoever ``maker`` names makes new ones.
    case remove
    case seal(Sealer)
    /// Only where `imprint seal --also` names it: it is nobody's identity, but somebody's record.
    case onRequest(Sealer)
    /// It stays in a template, for that reason.
    case stays(String)
    /// It stays, and what depends on it is said.
    case said(Sealer)
  }

  /// What of it two machines must not have in common.
  enum Comparison: Sendable {
    /// The bytes of its files, at the same path.
    case bytes
    case values(@Sendable (UniqueThing, Template) throws -> [UniqueValue])
    /// It cannot be compared, or is the same everywhere without harm.
    case none
  }

  enum Moment: String, Sendable {
    /// Also in a copy that runs.
    case live
    /// Only while nothing of the tree runs.
    case offline
  }

  /// What `[reset]`, where it is a ``ResetName``, and the options of `imprint seal` call it.
  public var key: String
  /// For people: `the DHCP leases`.
  public var subject: String
  /// Who reads it: a program or a service, for people.
  var reader: String
  /// Absolute paths or patterns (`*` and `?` within one part, `**` at the end), in reading order.
  var paths: [String]
  /// Whether a file at one of its paths has it; nil: each does.
  var isIn: (@Sendable ([UInt8]) -> Bool)?
  /// Whether a file of that name is one of them; nil: each is.
  var isName: (@Sendable (String) -> Bool)?
  /// Where the platform says more of them.
  var platformPaths: @Sendable (Platform) -> [String] = { _ in [] }
  /// Where the tree's own settings say more of them.
  var settledPaths: @Sendable (any TreeReading) throws -> [String] = { _ in [] }
  var treatment: Treatment
  /// Whether a copy renews it where the site says nothing. Off: it is only reported.
  var isRenewedByDefault = true
  var moment = Moment.live
  var sealing = Sealing.remove
  /// Who makes it anew in a copy of a sealed template: a clause.
  var maker: String
  var comparison = Comparison.bytes
  /// Whether its reader goes on writing it, and not only where it misses it.
  var isRewritten = false
  /// Whether it must not be shown.
  var isPrivate = false
  /// What collides, as a clause: it is the reason of a change.
  public var reason: String
  /// Whether a controller keeps it where it is renamed, and is told: nobody else may have it.
  var isControllers = false
  /// What to do by hand, or afterwards.
  var advice: String?
  /// Whether a tree is one in which that has a point; nil: each is.
  var advisedWhere: (@Sendable (any TreeReading) throws -> Bool)?

  /// What the site calls it under `[reset]`; nil for what the site cannot switch.
  public var name: ResetName? { ResetName(rawValue: key) }

  /// Whether the tree has another machine's: it is a copy, or what an apply renewed came back.
  func isOthers(in situation: Situation) -> Bool {
    situation.provenance.isCopy || situation.returned[key] != nil
  }

  /// Whether a file of it that is as before an apply is another machine's again. Files that say other things besides may be put back for
  /// those, and are looked at by who edits them; a controller may have its key back.
  public var canComeBack: Bool {
    if case .elsewhere = treatment { return key == "migration-keys" }
    return !isControllers
  }

  /// Whether this tree gets another one.
  func isRenewed(in situation: Situation) -> Bool {
    guard isOthers(in: situation) else { return false }
    guard let name else { return isRenewedByDefault }
    return situation.site.reset.renews(name, byDefault: isRenewedByDefault)
  }

  func places(in situation: Situation) throws -> [Place] {
    try places(in: situation.tree, situation.platform)
  }

  func places(in template: Template) throws -> [Place] {
    try places(in: template.tree, template.platform)
  }

  private func places(in tree: any TreeReading, _ platform: Platform) throws -> [Place] {
    let places = try tree.places(paths + platformPaths(platform) + settledPaths(tree)).filter { place in
      isName?(place.path.name) ?? true
    }
    guard let isIn else { return places }
    return try places.filter { try tree.glance($0.path).map { isIn($0.bytes) } ?? false }
  }

  func proposal(for situation: Situation) throws -> Proposal {
    var proposal = try plan(for: situation)
    for index in proposal.changes.indices {
      if case .remove = proposal.changes[index].action, isRenewedByDefault { proposal.changes[index].isRemade = true }
      if isRewritten { proposal.changes[index].isRemade = true }
    }
    return proposal
  }

  private func plan(for situation: Situation) throws -> Proposal {
    switch treatment {
    case .regenerate(let generate):
      return try limited(generate(advised(in: situation), situation), in: situation) + madeAnew(in: situation)
        + kept(in: situation)
    case .say(let look): return try look(advised(in: situation), situation) + kept(in: situation)
    case .elsewhere: return Proposal()
    case .remove where isRenewed(in: situation) && !(isControllers && situation.node.role == .controller):
      return limited(removal(of: try places(in: situation)), in: situation)
    case .remove, .report:
      guard isOthers(in: situation) else { return Proposal() }
      return report(try places(in: situation), in: situation)
    }
  }

  /// On a node of its own only what came back is renewed, and what belongs to it: a key's other half, and every file of the machine-id.
  private func limited(_ proposal: Proposal, in situation: Situation) -> Proposal {
    guard !situation.provenance.isCopy, let returned = situation.returned[key], key != "machine-id" else {
      return proposal
    }
    let meant = Set(
      returned.flatMap { path in
        [path, path.sibling(".pub")]
          + (path.name.hasSuffix(".pub") ? [path.parent.appending(String(path.name.dropLast(4)))] : [])
      })
    var limited = proposal
    limited.changes.removeAll { !meant.contains($0.path) }
    limited.claims.removeAll { claim in !claim.holds && !meant.contains { claim.subject.contains("(\($0))") } }
    return limited
  }

  private func advised(in situation: Situation) throws -> UniqueThing {
    var thing = self
    if try advisedWhere?(situation.tree) == false { thing.advice = nil }
    return thing
  }

  /// A wish of the site's that lets two machines share something is repeated, so that nobody is surprised.
  private func kept(in situation: Situation) -> Proposal {
    guard let name, situation.provenance.isCopy, situation.site.reset.choices[name] == false else { return Proposal() }
    return Proposal(findings: [Finding(.note, "the site says to keep \(subject): \(reason)")])
  }

  func removal(of places: [Place]) -> Proposal {
    var proposal = removal(of: places, because: [reason])
    proposal.claims = proposal.changes.map { stillTheOriginals($0.path) }
    if let advice, !proposal.changes.isEmpty {
      proposal.findings.append(Finding(.note, "renewed: \(subject)", advice: advice))
    }
    return proposal
  }

  /// Files and links go; other kinds are said.
  func removal(of places: [Place], because reasons: [String]) -> Proposal {
    Proposal(
      changes: places.filter(\.isRemovable).map { $0.removal(because: reasons, isSecret: isPrivate) },
      findings: places.filter { !$0.isRemovable }.map(\.isInTheWay))
  }

  /// What `verify` says of something that came with the copy.
  func stillTheOriginals(_ path: TreePath) -> Claim { notItsOwn(path, "the original's") }

  /// What `verify` says of a file that is there and asks whoever reads it first for something new, as a sealed tree's does.
  func notMadeYet(_ path: TreePath) -> Claim { notItsOwn(path, "nothing yet: it is made at the first boot") }

  private func notItsOwn(_ path: TreePath, _ seen: String) -> Claim {
    Claim("\(subject) (\(path))", expected: "the node's own", seen: seen, holds: false)
  }

  func report(_ places: [Place], in situation: Situation) -> Proposal {
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
