internal import Documents
public import Fixups
internal import Glibc
internal import Site
internal import Transaction
internal import Tree

extension Target {
  /// Asks the fixups of the catalog, each seeing what those before it propose.
  ///
  /// - Parameters:
  ///   - recordsMachine: Whether the stamp shall know the machine that runs the tree.
  ///   - looksBack: Whether something that an apply renewed may have come back.
  ///   - configurations: What was parsed for an earlier plan; a file whose bytes are others is parsed again.
  /// - Throws: ``EngineError`` with all that stands in the way, not only the first.
  public func plan(
    fresh: any FreshValues = KernelRandomness(), recordsMachine: Bool = true,
    looksBack: Bool = true, configurations: ConfigurationCache = ConfigurationCache(),
    fixups: [any Fixup] = Catalog.fixups
  ) throws -> Plan {
    let tree = CachedTree(tree)
    let provenance = try Provenance.inspect(
      site: site, node: node, platform: platform, tree: tree, configurations: configurations, machine: machine)
    var situation = Situation(
      site: site, node: node, platform: platform, tree: tree, provenance: provenance, fresh: fresh,
      ownerCanChange: Self.ownerCanChange, configurations: configurations,
      machine: recordsMachine ? machine : nil)
    situation.siteFile = siteFile
    situation.today = time(nil) / 86_400
    // A copy's things are the original's all of them.
    let past = looksBack && !provenance.isCopy ? try Store(tree: self.tree).past() : nil
    let returned = try past.map { try self.returned(to: tree, $0) } ?? []
    situation.returned = Dictionary(grouping: returned, by: \.key).mapValues { Set($0.map(\.path)) }
    let proposals = try Proposals(of: fixups, for: &situation)
    try checkPlaces(of: proposals.changes, in: tree)
    var plan = Plan(
      root: self.tree.rootPath, node: node.name, platform: platform.name, provenance: provenance,
      changes: proposals.changes,
      findings: (told?.findings(except: node.name) ?? []).map {
        Plan.Stated(fixup: ToldAddresses.name, value: $0.finding)
      }
        + proposals.findings,
      claims: proposals.claims + returned.map { Plan.Stated(fixup: ReturnedThing.name, value: $0.claim) },
      consequences: try consequences(of: proposals.changes, in: tree))
    plan.past = past
    return plan
  }
}

extension Target {
  /// - Throws: ``EngineError`` with each new file that has no directory to be in, as below a link that leads nowhere: a commit would
  ///   refuse it.
  private func checkPlaces(of changes: [Change], in tree: CachedTree) throws {
    let made = Set(changes.filter { if case .directory = $0.action { true } else { false } }.map(\.path))
    // Whoever takes the lock makes that one.
    let state = Store(tree: self.tree).directory
    let problems = try changes.compactMap { change -> EngineError? in
      guard case .absent = change.before, change.path.parent != state, !made.contains(change.path.parent),
        try tree.status(change.path.parent)?.kind != .directory
      else { return nil }
      return EngineError(
        .invalid, "cannot make \(change.path): there is no directory \(change.path.parent)",
        advice: "make it; or, where a symbolic link of the tree leads there, look at that")
    }
    guard problems.isEmpty else { throw EngineError(all: problems) }
  }
}

/// What some fixups want, each seeing what those before it propose.
struct Proposals {
  var changes: [Change] = []
  var findings: [Plan.Stated<Finding>] = []
  var claims: [Plan.Stated<Claim>] = []

  /// - Parameter situation: Its tree is left with the proposals on top.
  /// - Throws: ``EngineError`` with all that stands in the way, not only the first.
  init(of fixups: [any Fixup], for situation: inout Situation) throws {
    var overlay = OverlayTree(situation.tree)
    var changes = ChangeSet()
    var problems: [EngineError] = []
    for fixup in fixups {
      situation.tree = overlay
      do {
        let proposal = try fixup.propose(for: situation)
        for var change in proposal.changes {
          change.fixup = fixup.name
          changes.add(change)
          if let merged = changes[change.path] { overlay.add(merged) }
        }
        findings += proposal.findings.map { Plan.Stated(fixup: fixup.name, value: $0) }
        claims += proposal.claims.map { Plan.Stated(fixup: fixup.name, value: $0) }
      } catch {
        guard let known = EngineError(error) else { throw error }
        problems.append(known)
      }
    }
    guard problems.isEmpty else { throw EngineError(all: problems) }
    self.changes = changes.settled
  }
}

/// Changes by path, in the order of their first appearance: two fixups that change one file make one change of it.
struct ChangeSet {
  private var order: [TreePath] = []
  private var byPath: [TreePath: Change] = [:]

  subscript(path: TreePath) -> Change? { byPath[path] }

  mutating func add(_ change: Change) {
    guard var merged = byPath[change.path] else {
      order.append(change.path)
      byPath[change.path] = change
      return
    }
    merged.action = change.action
    let given = Set(merged.reasons)
    merged.reasons += change.reasons.filter { !given.contains($0) }
    merged.isSecret = merged.isSecret || change.isSecret
    merged.isRemade = merged.isRemade || change.isRemade
    byPath[change.path] = merged
  }

  /// Without those that end where they began.
  var settled: [Change] { order.compactMap { byPath[$0] }.filter(\.changesAnything) }
}

extension Change {
  var changesAnything: Bool {
    switch (before, action) {
    case (.absent, .remove): false
    case (.file(let snapshot), .write(.bytes(let bytes), let attributes)):
      !bytes.isSame(as: snapshot.bytes) || attributes != snapshot.attributes
    case (.directory(let now), .directory(let wanted)): now != wanted
    default: true
    }
  }
}

extension EngineError {
  /// Several problems as one: every line of each, and the kind of the first.
  public init(all problems: [EngineError]) {
    self.init(
      problems.first?.code ?? .invalid, problems.map(\.description).joined(separator: "\n"))
  }
}
