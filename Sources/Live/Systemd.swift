/// systemd, as it can be asked on the bus or on its own socket (org.freedesktop.systemd1(5)).
///
/// Every job is awaited: a method returns when systemd has done what it was asked, and throws where it could not, or not in
/// time. Whether a unit then stays up is what ``watch(_:for:within:)`` tells. A failure comes up to 2.5 seconds after its
/// cause: the unit is asked for its state, and its last lines are read.
@LiveActor
public final class Systemd {
  public let bus: Bus
  private var isSubscribed = false

  public init(_ bus: Bus) { self.bus = bus }

  /// Over the system bus; where there is none, or systemd is not on it, over systemd's own socket, which is root's.
  public static func connect(
    _ address: Bus.Address = .system, orElse direct: Bus.Address = .systemdPrivate,
    within time: Duration = .seconds(10)
  ) async throws(UnitFailure) -> Systemd {
    do throws(BusError) {
      return try await connect(to: address, within: time)
    } catch {
      if let systemd = try? await connect(to: direct, within: time) { return systemd }
      throw UnitFailure(.noBus(error), "reach systemd", unit: nil)
    }
  }

  private static func connect(to address: Bus.Address, within time: Duration) async throws(BusError) -> Systemd {
    let bus = try Bus(address)
    _ = try await bus.property("Version", service, path, manager, within: time)
    return Systemd(bus)
  }

  nonisolated static let service = "org.freedesktop.systemd1"
  nonisolated static let path = "/org/freedesktop/systemd1"
  nonisolated static let manager = "org.freedesktop.systemd1.Manager"
}

/// Units.
extension Systemd {
  public func start(_ unit: String, within time: Duration) async throws(UnitFailure) {
    try await job("StartUnit", unit, Attempt("start \(unit)", unit, time))
  }

  public func stop(_ unit: String, within time: Duration) async throws(UnitFailure) {
    try await job("StopUnit", unit, Attempt("stop \(unit)", unit, time))
  }

  /// Also starts a unit that does not run.
  public func restart(_ unit: String, within time: Duration) async throws(UnitFailure) {
    try await job("RestartUnit", unit, Attempt("restart \(unit)", unit, time))
  }

  /// A socket does not open anew while what it starts runs (socket.c, socket_start): that stops meanwhile.
  ///
  /// A connection to another of its sockets may start it in between; then it is stopped once more.
  public func restartSocket(_ unit: String, within time: Duration) async throws(UnitFailure) {
    let attempt = Attempt("look at \(unit)", unit, time)
    let path = try await objectPath(of: attempt, unit)
    let triggered = try await properties(at: path, of: unit, attempt)["Triggers"]?.elements?.compactMap(\.text) ?? []
    var stopped: [String] = []
    var tries = 3
    while true {
      for service in triggered where try await state(of: service).activity != .inactive {
        try await stop(service, within: time)
        if !stopped.contains(service) { stopped.append(service) }
      }
      tries -= 1
      do throws(UnitFailure) {
        try await restart(unit, within: time)
        break
      } catch {
        guard tries == 0 else { continue }
        // What ran shall run.
        for service in stopped { try? await start(service, within: time) }
        throw error
      }
    }
    for service in stopped { try await start(service, within: time) }
  }

  public func reload(_ unit: String, within time: Duration) async throws(UnitFailure) {
    try await job("ReloadUnit", unit, Attempt("reload \(unit)", unit, time))
  }

  /// A unit that cannot be reloaded is restarted; one that does not run is started.
  public func reloadOrRestart(_ unit: String, within time: Duration) async throws(UnitFailure) {
    try await job("ReloadOrRestartUnit", unit, Attempt("reload \(unit)", unit, time))
  }

  /// Forgets that it failed. A unit that systemd has not loaded has nothing to forget.
  public func resetFailed(_ unit: String, within time: Duration = Bus.usualDeadline) async throws(UnitFailure) {
    do {
      try await ask("ResetFailedUnit", [.string(unit)], Attempt("reset \(unit)", unit, time))
    } catch {
      guard error.kind == .notFound else { throw error }
    }
  }

  /// What is asked for without being there is a state too: ``UnitState/isInstalled``.
  public func state(
    of unit: String, within time: Duration = Bus.usualDeadline
  ) async throws(UnitFailure) -> UnitState {
    let attempt = Attempt("look at \(unit)", unit, time)
    return UnitState(unit, try await properties(at: objectPath(of: attempt, unit), of: unit, attempt))
  }

  public func isInstalled(_ unit: String) async throws(UnitFailure) -> Bool { try await state(of: unit).isInstalled }
}

/// Unit files.
extension Systemd {
  /// - Parameter isRuntime: Until the next boot; has no effect on units whose file is in /etc/systemd/system.
  public func mask(
    _ units: [String], runtime isRuntime: Bool, within time: Duration = Bus.usualDeadline
  ) async throws(UnitFailure) {
    let attempt = Attempt("mask \(units.joined(separator: ", "))", units.first, time, action: Action.unitFiles)
    // Without force: a unit file of the administrator's own is not replaced.
    try await ask("MaskUnitFiles", [.strings(units), .bool(isRuntime), .bool(false)], attempt)
    try await reloadDaemon(attempt)
  }

  public func unmask(
    _ units: [String], runtime isRuntime: Bool, within time: Duration = Bus.usualDeadline
  ) async throws(UnitFailure) {
    let attempt = Attempt("unmask \(units.joined(separator: ", "))", units.first, time, action: Action.unitFiles)
    try await ask("UnmaskUnitFiles", [.strings(units), .bool(isRuntime)], attempt)
    try await reloadDaemon(attempt)
  }

  /// Unit files are read anew.
  public func reloadDaemon(within time: Duration = .seconds(90)) async throws(UnitFailure) {
    try await reloadDaemon(Attempt("have systemd read its unit files again", nil, time))
  }

  private func reloadDaemon(_ attempt: Attempt) async throws(UnitFailure) {
    var attempt = attempt
    attempt.action = Action.reload
    try await ask("Reload", [], attempt)
  }
}

/// Calls.
extension Systemd {
  /// systemd's polkit actions (org.freedesktop.systemd1.policy).
  enum Action {
    static let units = "org.freedesktop.systemd1.manage-units"
    static let unitFiles = "org.freedesktop.systemd1.manage-unit-files"
    static let reload = "org.freedesktop.systemd1.reload-daemon"
  }

  @discardableResult
  func ask(_ method: String, _ arguments: [BusValue], _ attempt: Attempt) async throws(UnitFailure) -> [BusValue] {
    do throws(BusError) {
      return try await bus.call(
        Self.service, Self.path, Self.manager, method, arguments, within: attempt.remaining)
    } catch {
      throw attempt.failure(error)
    }
  }

  /// LoadUnit rather than GetUnit: a unit that does not run may not be loaded.
  func objectPath(of attempt: Attempt, _ unit: String) async throws(UnitFailure) -> String {
    guard let path = try await ask("LoadUnit", [.string(unit)], attempt).first?.text else {
      throw attempt.unreadable("LoadUnit")
    }
    return path
  }

  /// Those of every unit, and those of its kind.
  func properties(
    at path: String, of unit: String, _ attempt: Attempt
  ) async throws(UnitFailure) -> [String: BusValue] {
    let kind = unit.split(separator: ".").last.map(String.init) ?? ""
    do throws(BusError) {
      let common = try await allProperties(path, "org.freedesktop.systemd1.Unit", attempt)
      do throws(BusError) {
        let interface = "org.freedesktop.systemd1.\(kind.prefix(1).uppercased())\(kind.dropFirst())"
        return try await allProperties(path, interface, attempt).merging(common) { $1 }
      } catch {
        // Targets have an interface and no properties; a systemd may not know the kind.
        guard error.isUnsupported else { throw error }
        return common
      }
    } catch {
      throw attempt.failure(error)
    }
  }

  private func allProperties(
    _ path: String, _ interface: String, _ attempt: Attempt
  ) async throws(BusError) -> [String: BusValue] {
    let answer = try await bus.call(
      Self.service, path, "org.freedesktop.DBus.Properties", "GetAll", [.string(interface)],
      within: attempt.remaining)
    return answer.first?.fields ?? [:]
  }

  /// systemd sends signals only where somebody wants them; on its own socket always.
  func subscribe(_ attempt: Attempt) async throws(UnitFailure) {
    guard !bus.isDirect, !isSubscribed else { return }
    do throws(BusError) {
      _ = try await bus.call(Self.service, Self.path, Self.manager, "Subscribe", within: attempt.remaining)
    } catch {
      guard error.name == "org.freedesktop.systemd1.AlreadySubscribed" else { throw attempt.failure(error) }
    }
    isSubscribed = true
  }

  /// Signals of systemd's. On its own socket messages have no sender.
  func signals(_ rule: String, _ attempt: Attempt) async throws(UnitFailure) -> BusSignals {
    do throws(BusError) {
      return try await bus.signals(
        matching: bus.isDirect ? rule : "sender='\(Self.service)',\(rule)", within: attempt.remaining)
    } catch {
      throw attempt.failure(error)
    }
  }
}
