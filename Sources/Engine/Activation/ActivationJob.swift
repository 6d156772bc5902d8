internal import Fixups
public import Live
public import Site
internal import Transaction
public import Tree

/// One activation from its beginning to its end: the steps, and what follows where one fails or nobody confirms.
///
/// It may be killed and started again at any moment: what is due is decided anew, and what the log has as finished is not
/// done twice.
public struct ActivationJob: Sendable {
  public struct Options: Sendable {
    public var onFailure: OnFailure
    /// Links to look at although the transaction did not change them.
    public var interfaces: [InterfaceName]
    /// For how long, and how often, what nobody confirmed is tried to be undone.
    var undoWithin = Duration.seconds(3600)
    var undoPause = Duration.seconds(5)

    public init(onFailure: OnFailure = .auto, interfaces: [InterfaceName] = []) {
      self.onFailure = onFailure
      self.interfaces = interfaces
    }
  }

  let tree: Tree
  let platform: Platform
  /// The transaction that it follows; nil to put in effect what is not.
  let id: String?
  let options: Options
  let system: any RunningSystem
  let log: ActivationLog
  let announcement: ActivationAnnouncement
  let announce: @Sendable (JournalEntry) -> Void

  /// - Parameter announce: hears what the journal should say of it.
  public init(
    tree: Tree, platform: Platform, id: String?, options: Options, system: any RunningSystem,
    announce: @escaping @Sendable (JournalEntry) -> Void = { _ in }
  ) {
    self.tree = tree
    self.platform = platform
    self.id = id
    self.options = options
    self.system = system
    log = ActivationLog(of: id)
    announcement = ActivationAnnouncement(node: try? Stamp.node(in: tree), transaction: id)
    self.announce = announce
  }

  /// What there is to do now.
  @LiveActor public func steps() async throws -> [ActivationStep] {
    try await steps(after: Backlog(tree).occasion(with: named()))
  }

  /// Does it.
  @LiveActor public func run() async throws -> ActivationOutcome {
    let earlier = try log.events(in: tree)
    if case .ended(let outcome)? = earlier.last { return outcome }
    if try !log.exists(in: tree) { try log.begin(in: tree) }
    let alive = try ActivationLog.claim(in: tree, wait: true)
    defer { withExtendedLifetime(alive) {} }
    let outcome = try await outcome(after: earlier)
    try await liftFence(after: outcome, earlier)
    try log.append(.ended(outcome), in: tree)
    announce(announcement.entry(for: .ended(outcome)))
    return outcome
  }

  @LiveActor private func outcome(after earlier: [ActivationEvent]) async throws -> ActivationOutcome {
    let outcome: ActivationOutcome
    do {
      outcome = try await carryOut(after: earlier)
    } catch {
      // Who is cut off cannot come to look: then the time runs all the same.
      guard try named()?.awaitsConfirmation == true else { throw error }
      tell(.noted(EngineError(error)?.description ?? "\(error)"))
      outcome = .incomplete
    }
    guard [.done, .incomplete].contains(outcome), let journal = try named(), journal.awaitsConfirmation,
      let seconds = journal.confirmWithin
    else { return outcome }
    return try await confirmation(of: journal, within: seconds) ?? outcome
  }

  /// Holds the lock: while it runs nobody else shall change what it puts in effect.
  @LiveActor private func carryOut(after earlier: [ActivationEvent]) async throws -> ActivationOutcome {
    let store = try Store(tree: tree).lock(wait: true)
    defer { withExtendedLifetime(store) {} }
    // Killed within its own rollback, it has that to finish first.
    _ = try store.recover()
    let journal = try named()
    let done = finished(in: earlier)
    if let journal, journal.state == .undone {
      return await finishUndoing(journal, because: undoing(in: earlier) ?? "somebody rolled it back", done)
    }
    if try isHeldBack {
      tell(.noted("this machine is held back from the network, and stays so: its files are another machine's"))
      return .done
    }
    let occasion = try Backlog(tree).occasion(with: journal)
    let (intentions, live) = try await situation(after: occasion)
    let steps = intentions.steps(from: live)
    tell(.planned(steps.map(\.consequence.action.words)))
    if try !Fence(of: tree).isRaised {
      for words in intentions.leftAlone(live, changed: occasion?.paths ?? []) { tell(.noted(words)) }
    }
    let failures = await ActivationRun(system: system, tell: tell).carryOut(steps, isDone: done)
    try settle(after: failures)
    guard !failures.isEmpty else { return .done }
    guard let journal, mustUndo(failures) else { return .incomplete }
    return await undo(journal, because: failures.map(\.reason).joined(separator: "; "), store)
  }

  private func mustUndo(_ failures: [ActivationRun.Failure]) -> Bool {
    switch options.onFailure {
    case .keep: false
    case .rollBack: !failures.isEmpty
    case .auto: failures.contains { $0.step.isConnectivity }
    }
  }

  /// Waits without the lock, which whoever confirms needs.
  ///
  /// - Returns: nil where it is confirmed.
  @LiveActor private func confirmation(
    of journal: Journal, within seconds: Int
  ) async throws -> ActivationOutcome? {
    let deadline = ContinuousClock.now + .seconds(seconds)
    tell(.awaiting(seconds: seconds))
    let place = tree.rootPath == "/" ? "" : tree.rootPath
    let isSettled = try? await LiveActor.wait(
      for: "\(place)\(Store(tree: tree).transactions.appending(journal.id))/\(Journal.name)", until: deadline
    ) {
      try Store(tree: tree).history().first { $0.id == journal.id }?.awaitsConfirmation != true
    }
    guard isSettled != true else { return nil }
    return try await undoUnconfirmed(journal, because: "nobody confirmed it within \(seconds) seconds")
  }

  /// Nobody may be there to see that it fails: then it is tried again, as where a disk is full for a while.
  @LiveActor private func undoUnconfirmed(_ journal: Journal, because reason: String) async throws -> ActivationOutcome?
  {
    let end = ContinuousClock.now + options.undoWithin
    var (failure, taken): (String?, String) = (nil, "")
    // Held until all is in effect.
    var held: LockedStore?
    defer { withExtendedLifetime(held) {} }
    while true {
      do {
        // One more look, now that nobody can confirm it meanwhile.
        let locked = try Store(tree: tree).lock(wait: true)
        held = locked
        _ = try locked.recover()
        let now = try Store(tree: tree).history().first { $0.id == journal.id }
        guard let now, now.awaitsConfirmation else { return nil }
        if failure == nil {
          tell(.undoing(reason: reason))
          taken = await others(with: now)
        }
        try rollBack(now, locked)
        break
      } catch {
        let words = EngineError(error)?.description ?? "\(error)"
        guard ContinuousClock.now < end else { return .stuck(reason: words) }
        if words != failure { tell(.undoing(reason: "\(reason); not possible yet, and tried again: \(words)")) }
        failure = words
        held = nil
      }
      try await LiveActor.sleep(for: options.undoPause)
    }
    return await finishUndoing(journal, because: reason + taken)
  }

  /// Nobody may be there to decide: it is undone all the same, and whoever has an address of it by now is told of.
  @LiveActor private func others(with journal: Journal) async -> String {
    guard tree.rootPath == "/" else { return "" }
    do {
      _ = try await Target.ask(undoing: journal, platform)
      return ""
    } catch {
      return "; it has its address back, and so has another: \(EngineError(error)?.reason ?? "\(error)")"
    }
  }

  /// A unit that failed has read the new files all the same; a link or a name has to be brought to them yet.
  private func settle(after failures: [ActivationRun.Failure]) throws {
    if !failures.contains(where: { $0.step.isConnectivity }) { try Backlog(tree).settle() }
  }

  private func rollBack(_ journal: Journal, _ store: LockedStore) throws {
    try Backlog(tree).begin(holding: store)
    _ = try store.rollback(journal.id)
  }

  @LiveActor private func undo(
    _ journal: Journal, because reason: String, _ store: LockedStore
  ) async -> ActivationOutcome {
    tell(.undoing(reason: reason))
    do {
      try rollBack(journal, store)
    } catch {
      return .stuck(reason: EngineError(error)?.description ?? "\(error)")
    }
    return await finishUndoing(journal, because: reason)
  }

  /// The files are back: puts them in effect.
  @LiveActor private func finishUndoing(
    _ journal: Journal, because reason: String, _ done: Set<String> = []
  ) async -> ActivationOutcome {
    do {
      // The files are the original's again, and so would be the addresses.
      if try isHeldBack { return .undone(reason: reason) }
      let by = try Store(tree: tree).history().last { $0.undoes == journal.id }
      let steps = try await steps(after: Backlog(tree).occasion(with: by))
      let failures = await ActivationRun(system: system, tell: tell).carryOut(steps, isDone: done)
      try settle(after: failures)
      guard failures.isEmpty else { return .stuck(reason: failures.map(\.reason).joined(separator: "; ")) }
      return .undone(reason: reason)
    } catch {
      return .stuck(reason: EngineError(error)?.description ?? "\(error)")
    }
  }

  @LiveActor private func steps(after occasion: Occasion?) async throws -> [ActivationStep] {
    let (intentions, live) = try await situation(after: occasion)
    return intentions.steps(from: live)
  }

  /// What should be, and what is.
  @LiveActor private func situation(after occasion: Occasion?) async throws -> (Intentions, LiveState) {
    let intentions = try Intentions.read(
      from: tree, platform, occasion: occasion, interfaces: options.interfaces)
    return (intentions, try await system.state(of: intentions.units.map(\.unit.name)))
  }

  /// The transaction that it follows.
  private func named() throws -> Journal? {
    try id.map { id in
      guard let journal = try Store(tree: tree).history().first(where: { $0.id == id }) else {
        throw EngineError(.usage, "there is no transaction \(id)")
      }
      return journal
    }
  }

  private func finished(in events: [ActivationEvent]) -> Set<String> {
    // A run that had begun to undo has to do everything again, backwards.
    var done: Set<String> = []
    for event in events {
      switch event {
      case .finished(let step, _): done.insert(step)
      case .undoing: done = []
      default: break
      }
    }
    return done
  }

  private func undoing(in events: [ActivationEvent]) -> String? {
    for case .undoing(let reason) in events.reversed() { return reason }
    return nil
  }

  /// A log that cannot be written must not end what it tells of.
  @LiveActor func tell(_ event: ActivationEvent) {
    try? log.append(event, in: tree)
    announce(announcement.entry(for: event))
  }
}
