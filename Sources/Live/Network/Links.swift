internal import Glibc
internal import Site

/// Brings links up anew, one at a time.
@LiveActor
public struct Links {
  private let bus: Bus?
  private let programs: String
  private let netplan: String

  /// - Parameters:
  ///   - bus: Where NetworkManager may be; nil: it isn't asked.
  ///   - programs: Where ifup and ifdown are.
  ///   - netplan: The program of that name.
  public init(bus: Bus?, programs: String = "/sbin", netplan: String = "/usr/sbin/netplan") {
    self.netplan = netplan
    self.bus = bus
    self.programs = programs
  }

  /// Takes a link down as it was, and up as its files now say; returns when it has carrier, every expected address, usable,
  /// and none of the former ones.
  ///
  /// A link that NetworkManager manages goes through NetworkManager whatever the backend says, and is rolled back where it
  /// doesn't come up.
  /// Its files stay as they are also then: what they should say is the caller's.
  public func renew(_ renewal: LinkRenewal, within limit: Duration) async throws(LinkFailure) {
    let deadline = ContinuousClock.now + limit
    let found = try found(renewal)
    var renewal = renewal
    renewal.hadNoCarrier = found.map { $0.isUp && !$0.hasCarrier } ?? false
    if renewal.backend == .netplan { try await generate(renewal, deadline) }
    // A bridge or a VLAN goes when ifdown takes it down, and comes when ifup takes it up.
    if found == nil, [.ifupdown, .networkScripts].contains(renewal.backend) {
      return try await renewByScripts(renewal, deadline)
    }
    guard let link = found else { throw .absent(renewal.interface) }
    if let bus, let manager = try await NetworkManager(bus, managing: renewal.interface) {
      return try await manager.renew(renewal, by: deadline)
    }
    switch renewal.backend {
    case .ifupdown, .networkScripts: try await renewByScripts(renewal, deadline)
    case .networkd, .netplan:
      guard let bus, !bus.isDirect else { throw .networkd(renewal.interface, Networkd.byHand(renewal.interface)) }
      if renewal.losesMTU { try restoreMTU(renewal) }
      try await Networkd(bus, renewal.interface).renew(link)
      try removeLeft(renewal)
      try await renewal.settle(by: deadline)
    case .networkManager:
      throw .networkManager(renewal.interface, "NetworkManager isn't running, or does not manage it")
    }
  }

  /// netplan-generate(8): only writes files below /run, which NetworkManager or systemd-networkd has to read again.
  private func generate(_ renewal: LinkRenewal, _ deadline: ContinuousClock.Instant) async throws(LinkFailure) {
    let command = Command(netplan, ["generate"])
    let outcome: Command.Outcome
    do { outcome = try await command.run(within: ContinuousClock.now.duration(to: deadline) / 2) } catch {
      throw LinkFailure(error, on: renewal.interface)
    }
    guard outcome.status == 0 else { throw .unsuccessful(renewal.interface, command, outcome) }
  }

  private func found(_ renewal: LinkRenewal) throws(LinkFailure) -> KernelLink? {
    do { return try KernelLinks.link(renewal.interface) } catch { throw .system(error) }
  }
}

/// ifupdown and network-scripts.
extension Links {
  private func renewByScripts(_ renewal: LinkRenewal, _ deadline: ContinuousClock.Instant) async throws(LinkFailure) {
    let (isDown, words) = try await takeDown(renewal, deadline)
    // Before the new ones come: when the first address of a subnet goes, the kernel may take the others of it along
    // (promote_secondaries in the kernel's ip-sysctl.rst).
    try removeLeft(renewal)
    try clear(renewal)
    if renewal.losesMTU { try restoreMTU(renewal) }
    // Where ifdown failed, ifup may think that there is nothing to do.
    let force = !isDown && renewal.backend == .ifupdown ? ["--force"] : []
    let up = Command("\(programs)/ifup", force + [renewal.interface.description])
    let outcome: Command.Outcome
    do { outcome = try await up.run(within: ContinuousClock.now.duration(to: deadline)) } catch {
      throw LinkFailure(error, on: renewal.interface)
    }
    guard outcome.status == 0 else {
      throw try found(renewal) == nil ? .absent(renewal.interface) : .unsuccessful(renewal.interface, up, outcome)
    }
    try removeLeft(renewal)
    try await renewal.settle(by: deadline, said: words + outcome.lastLines)
  }

  /// It may take half of the time: a link that is down has to come up again.
  private func takeDown(
    _ renewal: LinkRenewal, _ deadline: ContinuousClock.Instant
  ) async throws(LinkFailure) -> (isDown: Bool, said: [String]) {
    let former = renewal.backend == .ifupdown ? renewal.formerConfiguration.map { ["-i", $0] } ?? [] : []
    let down = Command("\(programs)/ifdown", former + [renewal.interface.description])
    do {
      let outcome = try await down.run(within: ContinuousClock.now.duration(to: deadline) / 2)
      return (outcome.status == 0, outcome.lastLines)
    } catch {
      guard case .tooSlow = error else { throw LinkFailure(error, on: renewal.interface) }
      return (false, [error.description])
    }
  }

  /// After an ifup that failed half-way ifdown takes the link for down already, and leaves what it got. Setting it down takes its
  /// routes, too.
  private func clear(_ renewal: LinkRenewal) throws(LinkFailure) {
    guard let link = try found(renewal) else { return }
    let left = link.addresses.map(\.address).filter { now in renewal.expected.contains { $0.address == now.address } }
    guard !left.isEmpty else { return }
    do {
      for address in left { try KernelLinks.remove(address, from: link) }
      if link.isUp { try KernelLinks.set(link, up: false) }
    } catch { throw .system(error) }
  }

  /// ifup and systemd-networkd set an MTU where the configuration has one, and otherwise leave the last.
  private func restoreMTU(_ renewal: LinkRenewal) throws(LinkFailure) {
    guard let link = try found(renewal), link.resolvesAddresses else { return }
    do { try KernelLinks.restoreMTU(link) } catch {
      // What lies on a card of a smaller one can have no more than that.
      guard [ERANGE, EINVAL].contains(error.errno) else { throw .system(error) }
    }
  }

  private func removeLeft(_ renewal: LinkRenewal) throws(LinkFailure) {
    guard let link = try found(renewal) else { return }
    for address in renewal.left(on: link) {
      do { try KernelLinks.remove(address, from: link) } catch { throw .system(error) }
    }
  }
}

extension LinkFailure {
  init(_ failure: CommandFailure, on link: InterfaceName) {
    if case .cancelled = failure { self = .cancelled(link) } else { self = .command(link, failure) }
  }
}

extension LinkRenewal {
  /// Waits until the link is as it should be.
  @LiveActor func settle(by deadline: ContinuousClock.Instant, said: [String] = []) async throws(LinkFailure) {
    var last: LinkShortfall?
    var isAbsent = false
    let isOver: Bool?
    do {
      isOver = try await LinkWatch().first(by: deadline) { () throws(SystemFailure) -> Bool? in
        guard let link = try KernelLinks.link(interface) else {
          isAbsent = true
          return true
        }
        let shortfall = self.shortfall(of: link)
        last = shortfall
        // A duplicate does not become free by waiting.
        return shortfall.isNone || !shortfall.duplicate.isEmpty ? true : nil
      }
    } catch {
      throw .system(error)
    }
    if isAbsent { throw .absent(interface) }
    if isOver == nil, Task.isCancelled { throw .cancelled(interface) }
    if let last, !last.isNone { throw .notAsExpected(interface, last, said: said) }
  }
}
