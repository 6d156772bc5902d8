internal import Fixups
internal import Identity
internal import Metadata
internal import Site
internal import Tree

/// Who is it: the stamp, the cards and the site say, and others only where the disk is not surely this machine's.
extension FirstBoot {
  struct Found {
    var recognition: Recognition
    var facts: MachineFacts
    /// What keeps us from reading the site, where something does.
    var problem: EngineError?
    var site: Site?
    var stamp: Stamp?
    /// What others than the site say; nil where they were not asked.
    var outside: OutsideSources.Answer?
    /// What was not believed of it, or could not be read.
    var doubts: [String] = []
  }

  func recognise(_ stamp: Stamp?, _ facts: MachineFacts) throws -> Found {
    var found = try lookAround(stamp, facts)
    guard needsMoreCards(found) else { return found }
    let arrival = CardArrival()
    let end = ContinuousClock.now + patience
    repeat {
      found = try lookAround(stamp, MachineFacts(root: root))
    } while needsMoreCards(found) && arrival.wait(until: end)
    // The network is asked last, and only where nobody else knows.
    guard case .clone(_, node: nil) = found.recognition else { return found }
    return try look(stamp, found.facts, outside(found.facts, asksNetwork: true, found.site))
  }

  /// Others than the site are asked only where the disk is not surely this machine's.
  private func lookAround(_ stamp: Stamp?, _ facts: MachineFacts) throws -> Found {
    let found = try look(stamp, facts, nil)
    switch found.recognition {
    case .clone: return try look(stamp, facts, outside(facts, asksNetwork: false))
    case .own where stamp == nil: return try look(stamp, facts, outside(facts, asksNetwork: false))
    case .own, .adopt: return found
    }
  }

  func outside(_ facts: MachineFacts, asksNetwork: Bool, _ site: Site? = nil) -> OutsideSources.Answer {
    let network = ServicePatience(connect: .seconds(1), answer: .seconds(10), attempts: 2, total: patience)
    return OutsideSources.ask(
      IdentityQuestion(
        machine: facts, root: root, patience: asksNetwork ? network : nil, service: site?.identity.metadataService))
  }

  /// Whether a card whose driver is late could change the answer.
  private func needsMoreCards(_ found: Found) -> Bool {
    switch found.recognition {
    case .clone(_, node: nil): return true
    case .clone(_, let node?): return found.facts.macs.isEmpty && node.node.description == found.stamp?.node
    case .own, .adopt:
      let isKnownByCards = found.site?.nodes.contains { !$0.match.macs.isEmpty } ?? false
      return found.facts.macs.isEmpty && (isKnownByCards || found.stamp?.machine?.macs.isEmpty == false)
    }
  }

  private func look(_ stamp: Stamp?, _ facts: MachineFacts, _ outside: OutsideSources.Answer?) throws -> Found {
    let isSealed = try tree.status(SealRecord.path) != nil
    var clues = Recognition.Clues(stamp: stamp, isSealed: isSealed, machine: facts, isNamedSo: false)
    var problem: EngineError?
    var known: Site?
    // Without a stamp only what was said to imprint counts: the hostname of any cloud's guest is no wish of anybody's. A
    // template waits for whatever says who it is.
    let said = SaidNode(outside?.claims ?? [], former: stamp?.node, onlyExplicit: stamp == nil && !isSealed)
    do {
      if let site = try site(outside) {
        known = site
        clues.match = try Target.identify(facts, in: site, Identification.sources + [said])
        if let unknown = said.unknownNames(in: site).first { throw EngineError(.invalid, unknown) }
        clues.matchByCard = try Target.identify(facts, in: site, [MatchByMAC()])
        clues.isNamedSo = try clues.match.map { try isNamed($0.node, in: site) } ?? false
      }
    } catch {
      guard let failure = EngineError(error) else { throw error }
      problem = failure
    }
    let recognition = Recognition(clues)
    // What cannot be read matters where it could have told.
    if let problem, case .own = recognition { throw problem }
    if let problem, case .adopt = recognition { throw problem }
    let doubts = (known.map(said.doubtful) ?? []) + (outside?.failures ?? [])
    return Found(
      recognition: recognition, facts: facts, problem: problem, site: known, stamp: stamp, outside: outside,
      doubts: doubts)
  }

  /// nil where there is none: then imprint is installed, and not yet told anything.
  func site(_ outside: OutsideSources.Answer?) throws -> Site? {
    var request = Request(root: root)
    request.outside = outside ?? OutsideSources.Answer()
    var words = OutsideWords(request, on: MachineFacts())
    let isThere = try tree.file(Target.sitePath) != nil
    guard let source = try isThere ? Target.siteSource(request, tree, &words) : words.site() else { return nil }
    return try Target.site(source, Target.ownProfiles(of: tree))
  }

  private func isNamed(_ name: NodeName, in site: Site) throws -> Bool {
    guard let node = site.node(name) else { return false }
    let platform = try Target.platform(site.profile(of: node), of: tree)
    return try Provenance.isNamed(node, in: site, platform: platform, tree: tree)
  }
}
