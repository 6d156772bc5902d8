internal import Documents
internal import Fixups
internal import Identity
internal import Site
internal import Transaction
internal import Tree

/// What happens before the network comes up: is this disk this machine's? If it is, nothing at all happens.
public struct FirstBoot {
  let tree: Tree
  let root: String
  let patience: Duration
  private let complain: (String) -> Void

  /// - Parameters:
  ///   - root: The machine's root directory, with its own sys, proc and run below.
  ///   - patience: How long to wait for cards whose drivers are late, where one could tell who this is.
  ///   - complain: Hears what went wrong and stopped nothing.
  public init(root: String, patience: Duration = .seconds(3), complain: @escaping (String) -> Void) throws {
    tree = try Tree(root: root)
    self.root = root
    self.patience = patience
    self.complain = complain
  }

  public var fence: Fence { Fence(of: tree) }

  public func run() throws -> Outcome {
    let isChanged = try endInterrupted()
    let stamp = try Stamp.read(from: tree)
    let outcome = try outcome(of: stamp)
    switch outcome {
    case .own, .adopted: break
    // Whatever was ended, more follows.
    case .became, .resumed, .fenced, .unfenced: return outcome
    }
    let unfinished = try FirstBootRecord.unfinished(in: tree).flatMap { $0.node == stamp?.node ? $0 : nil }
    guard isChanged || unfinished != nil else { return outcome }
    if let unfinished, !unfinished.isProven { return try prove(unfinished.node, isChanged) }
    if let unfinished { try FirstBootRecord(node: unfinished.node, state: .starting).write(to: tree) }
    return .resumed(Resumed(node: unfinished?.node, news: isChanged ? try news(platform(of: stamp)) : nil))
  }

  private func outcome(of stamp: Stamp?) throws -> Outcome {
    let facts = MachineFacts(root: root)
    if try tree.status(SealRecord.path) != nil { try forgetHistory() }
    // By far the usual case: nobody needs to read a site for it.
    if let former = stamp?.machine, StampedMachine(facts).sameness(with: former) == .same {
      return .own("the disk was stamped on this machine")
    }
    let found = try recognise(stamp, facts)
    switch found.recognition {
    case .own(let reason): return .own(reason)
    case .adopt: return try adopt(stamp, found.facts)
    case .clone(let evidence, let node): return try settle(found, evidence, node)
    }
  }

  /// A seal that was killed before it forgot them leaves the original's keys in what it kept.
  private func forgetHistory() throws {
    let store = Store(tree: tree)
    guard try !store.isEmpty() else { return }
    let locked = try store.lock(wait: true)
    defer { locked.tidy() }
    try locked.prune(erasing: true)
  }

  // MARK: What a crash left

  /// Finishes or undoes what was interrupted, and undoes what nobody confirmed before the machine went down.
  ///
  /// - Returns: Whether files of the tree were changed by it.
  private func endInterrupted() throws -> Bool {
    let store = Store(tree: tree)
    let past = try store.past()
    for damage in past.damage { complain("\(damage)") }
    guard past.unconfirmed != nil || past.journals.contains(where: { !$0.isOver }) else { return false }
    let locked = try store.lock(wait: true)
    defer { locked.tidy() }
    let recovered = try locked.recover()
    for recovered in recovered { complain("transaction \(recovered.id) was \(recovered.outcome.rawValue)") }
    let isChanged = recovered.contains { $0.outcome != .removed }
    guard let waiting = try store.unconfirmed() else { return isChanged }
    do {
      _ = try locked.rollback(waiting.id)
      complain("transaction \(waiting.id) (\(waiting.title)) was not confirmed in time, and is undone")
      return true
    } catch {
      complain("transaction \(waiting.id) was not confirmed in time, and cannot be undone: \(error)")
      return isChanged
    }
  }

  /// - Parameter applied: What changed the files; nil where nobody knows which.
  private func news(_ platform: Platform?, _ applied: Applied? = nil) throws -> News {
    let isFirstLine = platform?.systemd.hostnameIsFirstLine ?? false
    let name = try tree.file("/etc/hostname").flatMap { HostnameFile($0.bytes).name(readsFirstLineOnly: isFirstLine) }
    let concernsSystemd = applied?.plan.consequences.contains { $0.action == .reloadSystemd } ?? true
    return News(hostname: name, platform: platform, concernsSystemd: concernsSystemd)
  }

  private func platform(of stamp: Stamp?) -> Platform? {
    guard let node = stamp?.node else { return nil }
    return try? Target(Request(root: root, node: node)).platform
  }

  // MARK: What follows

  private func adopt(_ stamp: Stamp?, _ facts: MachineFacts) throws -> Outcome {
    guard let stamp, let change = try stamp.adopting(StampedMachine(facts), in: tree) else {
      return .own("nothing is known of this machine")
    }
    let store = try Store(tree: tree).lock(wait: true)
    defer { store.tidy() }
    _ = try store.commit(Materialization.operations(for: [change]), title: "first boot of \(stamp.node)")
    return .adopted(node: stamp.node)
  }

  /// From here on it is a clone: whatever fails, it does not come up as its original.
  private func settle(_ found: Found, _ evidence: String, _ answer: IdentityAnswer?) throws -> Outcome {
    guard let answer else {
      let others = ([found.problem?.description] + found.doubts.map { $0 }).compactMap(\.self)
      let reason = "\(evidence), and nobody says which node it shall be" + others.map { "; \($0)" }.joined()
      if let site = found.site, !site.fencesClones { return .unfenced(reason: reason) }
      return try raise(reason, found)
    }
    do {
      // Killed before the end, it stays behind the fence; the next boot goes on.
      try fence.raise(because: "it is being made into \(answer.node): \(evidence)")
      for doubt in found.doubts { complain(doubt) }
      // What the cloud tells of addresses may take the network.
      let awaits = found.site?.node(answer.node)?.awaitsAddresses == true && found.outside?.network == nil
      let said = awaits ? outside(found.facts, asksNetwork: true, found.site) : found.outside
      try begin(answer.node)
      let became = try become(answer, found.facts, evidence, said)
      try release(became.node)
      return .became(became)
    } catch {
      let why = EngineError(error)?.description ?? "\(error)"
      // Taken back, nothing of it goes on.
      if try Stamp.read(from: tree)?.node != answer.node.description { try FirstBootRecord.forget(in: tree) }
      return try raise("\(evidence), and it could not be made into \(answer.node): \(why)", found)
    }
  }

  /// The disk says that it is this node's, and nobody saw whether it is: the machine went down too early. Until that is seen it is
  /// a clone that is being made into its node.
  private func prove(_ name: String, _ isChanged: Bool) throws -> Outcome {
    let facts = MachineFacts(root: root)
    let doubt = "it was being made into \(name), and that was not seen to its end"
    do {
      try fence.raise(because: doubt)
      let became = try become(IdentityAnswer(NodeName(name), doubt), facts, doubt, nil)
      try release(became.node)
      return .resumed(Resumed(node: name, news: isChanged || became.applied.transaction != nil ? became.news : nil))
    } catch {
      let reason = "\(doubt): \(EngineError(error)?.description ?? "\(error)")"
      try fence.raise(because: reason)
      return .fenced(reason: reason, machine: facts, nodes: (try? site(nil)?.nodes.map(\.name)) ?? [])
    }
  }

  /// It is seen to be that node's disk: from here on it comes up as such.
  private func release(_ node: NodeName) throws {
    try FirstBootRecord.prove(node.description, in: tree)
    try FirstBootRecord(node: node.description, state: .starting).write(to: tree)
    try fence.lift()
  }

  /// Flushed with the transaction that follows: whoever finds that one committed finds this, too.
  private func begin(_ node: NodeName) throws {
    let locked = try Store(tree: tree).lock(wait: true)
    defer { locked.tidy() }
    try FirstBootRecord.begin(node.description, in: tree)
  }

  private func raise(_ reason: String, _ found: Found) throws -> Outcome {
    try fence.raise(because: reason)
    return .fenced(reason: reason, machine: found.facts, nodes: found.site?.nodes.map(\.name) ?? [])
  }

  private func become(
    _ answer: IdentityAnswer, _ facts: MachineFacts, _ evidence: String, _ outside: OutsideSources.Answer?
  ) throws -> Became {
    var request = Request(root: root, node: answer.node.description)
    request.outside = outside
    let target = try Target(request, on: facts)
    let applied = try provenApply(of: target)
    // Evidence says why it is a clone; who says what it becomes is not in it where that is another.
    let why = evidence.contains(answer.evidence) ? evidence : "\(evidence); \(answer.evidence)"
    return Became(node: answer.node, evidence: why, applied: applied, news: try news(target.platform, applied))
  }
}

extension FirstBoot {
  /// Where the tree is not as it should be afterwards, it is as before: the next boot looks at all of it anew.
  private func provenApply(of target: Target) throws -> Applied {
    let last = try Target.lastApply(root: root)
    do {
      let applied = try target.apply(waitForLock: true) { _ in true }
      if let mistakes = applied.verification?.mistakes, !mistakes.isEmpty {
        throw EngineError(.invalid, "these are not as they should be: \(mistakes.joined(separator: ", "))")
      }
      for claim in applied.verification?.failures.map(\.value) ?? [] {
        complain("\(claim.subject): \(claim.seen), and not \(claim.expected)")
      }
      return applied
    } catch {
      guard let made = try Target.lastApply(root: root), made.id != last?.id else { throw error }
      do {
        let undone = try Target.rollback(root: root, made.id)
        // A machine that stays fenced tries at every boot, and nobody has a use for what it took back.
        let store = try Store(tree: tree).lock(wait: true)
        defer { store.tidy() }
        try store.forget([made.id, undone.by])
      } catch let second {
        complain("transaction \(made.id) cannot be undone: \(second)")
      }
      throw error
    }
  }
}

extension Site {
  fileprivate var fencesClones: Bool {
    switch fence.mode {
    case .linksAndServices: true
    case .none: false
    }
  }
}
