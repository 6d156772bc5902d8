/// One thing that is asked of systemd: what, for which unit, until when. What goes wrong on the way is told in its terms.
struct Attempt: Sendable {
  var operation: String
  var unit: String?
  var action: String
  let time: Duration
  private(set) var deadline: ContinuousClock.Instant

  init(_ operation: String, _ unit: String?, _ time: Duration, action: String = Systemd.Action.units) {
    self.operation = operation
    self.unit = unit
    self.time = time
    self.action = action
    deadline = .now + time
  }

  /// What is left of its time.
  var remaining: Duration { max(.zero, ContinuousClock.now.duration(to: deadline)) }
  var isOver: Bool { remaining == .zero }

  /// The same, with at least this much time left: for a last question.
  func prolonged(to time: Duration) -> Attempt {
    var attempt = self
    attempt.deadline = max(deadline, .now + time)
    return attempt
  }

  func failure(_ kind: UnitFailure.Kind) -> UnitFailure { UnitFailure(kind, operation, unit: unit) }

  func failure(_ error: BusError) -> UnitFailure {
    if Task.isCancelled { return failure(.cancelled) }
    if error.isNotPermitted { return failure(.notPermitted(action: action)) }
    // A broker says NoReply also where the service went away in the middle: that is no matter of time.
    if error.isTimeout, isOver { return failure(.timedOut(time)) }
    if error.isAbsent || error.name == BusError.Name.noServer { return failure(.noBus(error)) }
    return switch error.name {
    case BusError.Name.noSuchUnit: failure(.notFound)
    case BusError.Name.unitMasked: failure(.masked)
    default: failure(.bus(error))
    }
  }

  /// Why what was waited for has not come.
  var interruption: UnitFailure {
    if Task.isCancelled { return failure(.cancelled) }
    if isOver { return failure(.timedOut(time)) }
    return failure(.bus(BusError(BusError.Name.disconnected, "the connection to the bus ended", in: operation)))
  }

  func unreadable(_ method: String) -> UnitFailure {
    failure(.bus(BusError("org.freedesktop.DBus.Error.InvalidSignature", "the answer cannot be read", in: method)))
  }
}
