internal import Cluster
internal import Documents
internal import Fixups
internal import Live
internal import Site
internal import Transaction
internal import Tree

/// A node's joining: it and its peers come to know each other, and the controller finds it. All others are spoken with side by
/// side, each with its own end in time, so that a slow or dead one holds up nobody.
public struct Joining: Sendable {
  public struct Options: Sendable {
    /// How long the controller is asked for until the compute service has registered.
    public var discoverWithin: Duration
    /// For each connection, in seconds.
    public var patience: Int

    public init(discoverWithin: Duration = .seconds(120), patience: Int = 8) {
      self.discoverWithin = discoverWithin
      self.patience = patience
    }
  }

  /// More ssh clients than this at a time would come near a process's limit of open files.
  static let most = 128

  private(set) var target: Target
  let options: Options
  private(set) var facts: PeerFacts

  /// - Throws: where this tree is not its node yet, or is held back.
  public init(_ target: Target, options: Options = Options()) throws {
    self.target = target
    self.options = options
    try target.checkIsItself()
    if let reason = try Fence(of: target.tree).reason {
      throw EngineError(
        .invalid, "this machine is held back from the network: \(reason)", advice: "imprint apply first")
    }
    facts = PeerFacts(target.node.name, try OwnKeys(of: target.situation()))
    facts.addresses = target.site.told(of: target.node)
    facts.access = target.site.migration.access.rawValue
    facts.user = target.site.migration.user.description
  }

  public func run(_ tell: @escaping @LiveActor @Sendable (JoinEvent) -> Void = { _ in }) throws -> JoinReport {
    try target.checkIsConfirmed()
    try target.checkIsThere()
    try record(JoinRecord.begun(target), unlessKnown: true)
    try target.checkIsUp()
    guard
      let ssh = try SSH(
        knownHosts: writeKnownHosts(), checksHostKeys: target.site.migration.checksHostKeys, patience: options.patience)
    else {
      throw EngineError(
        .unavailable, "there is no ssh on this machine", advice: "install openssh-client, or openssh-clients on CentOS")
    }
    let certified = try LiveActor.run { try await certify(ssh) }
    var joining = self
    if let certified {
      joining.target = target.with(target.site.trusting(certified.authority))
      joining.facts.certificates = certified.certificates
      // Peers may be known by its signature alone.
      _ = try joining.writeKnownHosts()
    }
    return try joining.run(ssh, certified, tell)
  }

  private func run(
    _ ssh: SSH, _ certified: OwnCertification?, _ tell: @escaping @LiveActor @Sendable (JoinEvent) -> Void
  ) throws -> JoinReport {
    let transaction = try Store(tree: target.tree).history().last?.id ?? "-"
    let (outcomes, discovered) = try LiveActor.run { await speak(ssh, tell) }
    var own = JoinReport.Entry(target.node)
    var report = JoinReport(node: target.node.name, entries: [])
    do {
      let learned = try target.learning(outcomes.compactMap(\.facts), &own.remarks)
      let (plan, committed) = try learned.converge(
        title: "join \(target.node.name)", knowing: outcomes.compactMap(\.facts),
        and: [Certificates(certified?.fresh ?? [], withdraws: outcomes.allSatisfy(\.isTrusting))])
      report.transaction = committed
      own.changed = plan.changes.map(\.path.description)
      own.done.append("host table")
      if let certified {
        add(certified, plan, to: &own)
      } else if target.node.role == .compute {
        own.done.append("keys of \(outcomes.filter { $0.facts?.hasMigrationKey == true }.count) peers")
      }
      if let problem = try LiveActor.run({ await restartServer(plan) }) {
        own.left.append(.init("certificates", problem))
      }
    } catch {
      guard let known = EngineError(error) else { throw error }
      own.left.append(.init("trust", known.reason, advice: known.advice))
    }
    report.entries = [own] + outcomes.map(\.entry)
    report.add(discovered, of: target)
    if target.node.role == .compute { try report.add(LiveActor.run { await probe(outcomes) }) }
    try record(
      JoinRecord(
        report, access: target.site.migration.access, transaction: transaction, after: JoinRecord(in: target.tree)),
      unlessKnown: false)
    return report
  }

  /// With everybody at once.
  @LiveActor private func speak(
    _ ssh: SSH, _ tell: @escaping @LiveActor @Sendable (JoinEvent) -> Void
  ) async -> ([PeerJoining.Outcome], DiscoverOutcome?) {
    let discovering = LiveActor.task { await discover(ssh, tell) }
    let peers = target.others
    let outcomes = await LiveActor.sideBySide(peers, most: Self.most) { peer -> PeerJoining.Outcome in
      let begun = ContinuousClock.now
      let session = PeerSession(
        ssh: ssh, destination: target.destination(of: peer), user: target.site.migration.user)
      let outcome = await PeerJoining(
        peer: peer, session: session, elsewhere: target.told?.formerAddress(of: peer.name),
        address: target.site.hostAddresses(of: peer).first, site: target.site,
        facts: facts
      ).run()
      tell(.ended(outcome.entry, milliseconds: begun.duration(to: .now).wholeMilliseconds))
      return outcome
    }
    return (outcomes, await discovering.value)
  }

  /// Whether nova gets in, at each peer that has taken this node's key in.
  @LiveActor private func probe(_ outcomes: [PeerJoining.Outcome]) async -> [NodeName: String] {
    let computes = outcomes.filter { $0.facts?.hasMigrationKey == true }.map(\.entry.node)
    let failures = await LiveActor.sideBySide(computes, most: Self.most) { name -> String? in
      guard let address = target.site.node(name).flatMap({ target.site.myIP(of: $0) }) else { return nil }
      return await TrustProbe(
        user: target.site.migration.user, address: address, instances: target.platform.nova.instancesPath
      ).failure()
    }
    return Dictionary(uniqueKeysWithValues: zip(computes, failures).compactMap { pair in pair.1.map { (pair.0, $0) } })
  }

  private func record(_ record: JoinRecord, unlessKnown: Bool) throws {
    if unlessKnown, let known = try JoinRecord(in: target.tree), known.node == record.node { return }
    try record.write(to: target.tree, holding: Store(tree: target.tree).lock(wait: true))
  }
}

extension JoinReport {
  fileprivate mutating func add(_ failures: [NodeName: String]) {
    for index in entries.indices {
      guard let reason = failures[entries[index].node] else { continue }
      entries[index].done.removeAll { PeerJoining.bothWays.contains($0) }
      entries[index].left.append(.init("trust", "nova does not get in there: \(reason)"))
    }
  }
}

extension Target {
  /// By name: the operator's ssh configuration goes by names, and an apply has written them into the host table.
  func destination(of peer: Node) -> SSHDestination {
    if peer.name == controller?.name, let said = site.controller.ssh { return said }
    return SSHDestination(peer.name)
  }

  /// The one that is asked to discover hosts.
  var controller: Node? { site.nodes.first { $0.role == .controller } }

  /// Where ssh goes to for that, and to the authority; nil where the site has none.
  var controllerDestination: SSHDestination? { site.controller.ssh ?? controller.map(destination) }
}
