public import Live
public import Site
internal import Tree

/// The running system as an activation meets it: the seam behind which processes, the bus and the network are.
public protocol RunningSystem: Sendable {
  /// What runs now. Units that systemd does not know are left out.
  @LiveActor func state(of units: [UnitName]) async throws -> LiveState

  /// Does it, and waits until it is done.
  ///
  /// - Throws: What went wrong, in words that stand alone.
  @LiveActor func perform(_ step: ActivationStep) async throws

  /// Waits whether a unit that was restarted stays up.
  ///
  /// - Throws: What became of it, in words that stand alone.
  @LiveActor func watch(_ step: ActivationStep) async throws

  /// Starts what the boot would have started without the fence, and waits for those of `units` that it kept from it.
  ///
  /// - Throws: What became of one, in words that stand alone.
  @LiveActor func startHeldBack(_ units: [UnitName]) async throws
}

/// The machine that imprint runs on.
@LiveActor
public final class LiveSystem: RunningSystem {
  /// How long things may take. Each is an end in time, not a wait.
  public struct Limits: Sendable {
    /// A unit has to stay up for this long after its restart.
    public var wellFor = Duration.seconds(3)
    /// For a unit's job; systemd's own limit for one is 90 s (DefaultTimeoutStartSec=), and stopping comes before.
    public var unit = Duration.seconds(200)
    public var link = Duration.seconds(60)

    public init(wellFor: Duration = .seconds(3)) { self.wellFor = wellFor }
  }

  private let platform: Platform
  private let root: String
  private let limits: Limits
  private let systemd: Systemd
  private let links: Links

  private init(_ platform: Platform, _ root: String, _ limits: Limits, _ systemd: Systemd) {
    self.platform = platform
    self.root = root
    self.limits = limits
    self.systemd = systemd
    links = Links(bus: systemd.bus.isDirect ? nil : systemd.bus)
  }

  /// - Throws: ``EngineError`` where systemd cannot be reached.
  public static func connect(_ platform: Platform, limits: Limits = Limits()) async throws -> LiveSystem {
    do {
      return LiveSystem(platform, "", limits, try await Systemd.connect())
    } catch {
      throw EngineError(error)
    }
  }

  public func state(of units: [UnitName]) async throws -> LiveState {
    var states: [String: LiveState.Unit] = [:]
    do {
      for unit in units {
        let state = try await systemd.state(of: unit.description)
        guard state.isInstalled else { continue }
        states[unit.description] = LiveState.Unit(state)
      }
      return LiveState(hostname: SystemHostname.current(), links: try Self.links(), units: states)
    } catch let error as UnitFailure {
      throw EngineError(error)
    } catch let error as SystemFailure {
      throw EngineError(.inputOutput, error.description)
    }
  }

  private static func links() throws -> [InterfaceName: [InterfaceAddress]] {
    var links: [InterfaceName: [InterfaceAddress]] = [:]
    for link in try KernelLinks.read() {
      guard let name = try? InterfaceName(link.name) else { continue }
      links[name] = link.addresses.map(\.address)
    }
    return links
  }

  public func perform(_ step: ActivationStep) async throws {
    do {
      switch step.consequence.action {
      case .reloadSystemd: try await systemd.reloadDaemon()
      case .setHostname(let name):
        try await SystemHostname.set(name, on: systemd.bus.isDirect ? nil : systemd.bus)
      case .renewLink:
        if let change = step.link { try await links.renew(renewal(change), within: limits.link) }
      case .restart(let unit):
        // Restarts that failed before, from the old files, shall not count against this one (StartLimitBurst=).
        try await systemd.resetFailed(unit)
        if unit.hasSuffix(".socket") {
          try await systemd.restartSocket(unit, within: limits.unit)
        } else {
          try await systemd.restart(unit, within: limits.unit)
        }
      case .reload(let unit):
        try await systemd.reloadOrRestart(unit, within: limits.unit)
      }
    } catch let error as UnitFailure {
      throw EngineError(error)
    } catch let error as LinkFailure {
      throw EngineError(.unavailable, error.description)
    } catch let error as HostnameFailure {
      throw EngineError(.unavailable, error.description)
    }
  }

  public func watch(_ step: ActivationStep) async throws {
    switch step.consequence.action {
    case .reloadSystemd, .setHostname, .renewLink: return
    case .restart(let unit), .reload(let unit):
      do {
        try await systemd.watch(unit, for: limits.wellFor, within: limits.wellFor + limits.unit)
      } catch {
        throw EngineError(error)
      }
    }
  }

  public func startHeldBack(_ units: [UnitName]) async throws {
    do throws(UnitFailure) {
      var held: [String] = []
      for unit in units {
        let state = try await systemd.state(of: unit.description)
        // One that nobody enabled was not held back by us.
        let isWanted = ["enabled", "enabled-runtime", "generated"].contains(state.fileState)
        if state.isInstalled, isWanted, state.activity == .inactive, !state.conditionHeld {
          held.append(unit.description)
        }
      }
      // It is active already; what it wants and has not got is queued all the same, and not waited for.
      try await systemd.start("default.target", within: limits.unit)
      for unit in held { try await systemd.start(unit, within: limits.unit) }
    } catch {
      throw EngineError(error)
    }
  }

  private func renewal(_ change: LinkChange) -> LinkRenewal {
    let backend: LinkRenewal.Backend =
      switch change.backend ?? platform.networks.first {
      // wicked has programs of the same names.
      case .ifcfg, .wicked, nil: .networkScripts
      case .ifupdown: .ifupdown
      case .keyfile: .networkManager(connection: nil)
      case .networkd: .networkd
      case .netplan: .netplan
      }
    return LinkRenewal(
      interface: change.interface, backend: backend, formerConfiguration: change.formerFile?.description,
      expected: change.expected, former: change.former, losesMTU: change.losesMTU)
  }
}

extension LiveState.Unit {
  fileprivate init(_ state: UnitState) {
    let activity: Activity =
      switch state.activity {
      case _ where state.load == .masked: .masked
      // It ended and is about to be started once more: who asks at another moment finds it dead.
      case _ where state.isRestarting: .failed
      case .active, .activating, .reloading: .running
      case .failed: .failed
      case .inactive, .deactivating, .other: .inactive
      }
    // Microseconds, as systemd has them.
    self.init(activity, started: state.started.map { $0 * 1000 })
  }
}

extension EngineError {
  init(_ failure: UnitFailure) {
    let code: Code =
      switch failure.kind {
      case .notPermitted: .notPermitted
      default: .unavailable
      }
    guard let refusal = NovaRefusal(failure.journal.map(\.message)) else {
      self.init(code, failure.description)
      return
    }
    self.init(code, "\(failure.description)\nwhich means: \(refusal.meaning)", advice: refusal.advice)
  }
}
