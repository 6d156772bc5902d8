/// One unit, seen from now on: its properties, kept up to date by its signals, and what they say of it.
@LiveActor
final class UnitSight {
  private let unit: String
  private let attempt: Attempt
  private let systemd: Systemd
  private let path: String
  private let changes: BusSignals
  private var properties: [String: BusValue] = [:]
  private var watch = UnitWatch()
  private var isWell = false

  /// - Throws: also where the unit is broken already.
  init(of unit: String, _ attempt: Attempt, _ systemd: Systemd) async throws(UnitFailure) {
    self.unit = unit
    self.attempt = attempt
    self.systemd = systemd
    path = try await systemd.objectPath(of: attempt, unit)
    changes = try await systemd.signals(
      "path='\(path)',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'", attempt)
    try await systemd.subscribe(attempt)
    try await look()
  }

  /// All of its properties, asked for.
  func look() async throws(UnitFailure) {
    properties = try await systemd.properties(at: path, of: unit, attempt.prolonged(to: .seconds(2)))
    try note()
  }

  /// Waits until it is up.
  ///
  /// - Returns: false where the deadline came first.
  func isUp(by deadline: ContinuousClock.Instant) async throws(UnitFailure) -> Bool {
    if isWell { return true }
    return try await follow(until: deadline, orUp: true)
  }

  /// Waits, and throws as soon as it is not up any more.
  func stay(until deadline: ContinuousClock.Instant) async throws(UnitFailure) {
    _ = try await follow(until: deadline, orUp: false)
  }

  private enum End: Sendable {
    case up
    case broken(UnitFailure)
    case silence
  }

  /// - Returns: false where the deadline came first.
  private func follow(until deadline: ContinuousClock.Instant, orUp: Bool) async throws(UnitFailure) -> Bool {
    let end = await LiveActor.until(deadline) { () -> End? in
      while let change = await self.changes.next() {
        do throws(UnitFailure) {
          try self.take(change)
        } catch {
          return .broken(error)
        }
        if orUp, self.isWell { return .up }
      }
      return .silence
    }
    if Task.isCancelled { throw attempt.failure(.cancelled) }
    switch end {
    case .up: return true
    case .broken(let failure): throw failure
    case .silence: throw attempt.interruption
    case nil: return false
    }
  }

  /// PropertiesChanged(s interface, a{sv} changed, as invalidated)
  private func take(_ change: BusSignal) throws(UnitFailure) {
    guard change.arguments.count >= 2, let changed = change.arguments[1].fields else { return }
    properties.merge(changed) { $1 }
    try note()
  }

  private func note() throws(UnitFailure) {
    let state = UnitState(unit, properties)
    switch state.load {
    case .notFound: throw attempt.failure(.notFound)
    case .masked where !state.isWell: throw attempt.failure(.masked)
    default: break
    }
    let verdict = watch.note(state)
    isWell = verdict == .well
    guard case .broken(let what) = verdict else { return }
    var failure = attempt.failure(.didNotStay(what))
    failure.state = state
    throw failure
  }
}
