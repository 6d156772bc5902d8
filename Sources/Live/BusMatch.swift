internal import CSystemd

/// One match rule. Seen by the loop's thread only.
final class BusMatch: @unchecked Sendable {
  private let systemd: imprint_systemd
  private let operation: String
  private var slot: OpaquePointer?
  /// The broker's answer, once it is here.
  private var broker: Result<Void, BusError>?
  private var asking: CheckedContinuation<Void, Never>?
  private var kept: [BusSignal] = []
  private var waiting: CheckedContinuation<BusSignal?, Never>?
  private var isOver = false

  init(_ operation: String, _ systemd: imprint_systemd) {
    self.operation = operation
    self.systemd = systemd
  }

  /// Puts the rule in force: here, and at the broker where there is one.
  @LiveActor
  func install(
    _ rule: String, on bus: OpaquePointer, hasBroker: Bool, by deadline: ContinuousClock.Instant
  ) async throws(BusError) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    guard hasBroker, let add = systemd.sd_bus_add_match_async else {
      // An older libsystemd waits for the broker here, and nothing else goes on meanwhile: mostly for microseconds.
      let result = systemd.sd_bus_add_match(bus, &slot, rule, Self.arrived, context)
      guard result >= 0 else { throw BusError(errno: -result, in: operation) }
      return
    }
    let result = add(bus, &slot, rule, Self.arrived, Self.installed, context)
    guard result >= 0 else { throw BusError(errno: -result, in: operation) }
    _ = await LiveActor.until(deadline) { () -> Never? in
      await self.answered()
      return nil
    }
    let silence = BusError(BusError.Name.timeout, "the bus did not answer in time", in: operation)
    try (broker ?? .failure(silence)).get()
  }

  @LiveActor private func answered() async {
    await withTaskCancellationHandler {
      guard broker == nil, !Task.isCancelled else { return }
      await withCheckedContinuation { asking = $0 }
    } onCancel: {
      Task { @LiveActor in self.settle(nil) }
    }
  }

  private func settle(_ answer: Result<Void, BusError>?) {
    if broker == nil { broker = answer }
    asking?.resume()
    asking = nil
  }

  @LiveActor func next() async -> BusSignal? {
    await withTaskCancellationHandler {
      if Task.isCancelled { return nil }
      if !kept.isEmpty { return kept.removeFirst() }
      if isOver { return nil }
      return await withCheckedContinuation { waiting = $0 }
    } onCancel: {
      Task { @LiveActor in self.hand(nil) }
    }
  }

  private func hand(_ signal: BusSignal?) {
    waiting?.resume(returning: signal)
    waiting = nil
  }

  /// - Parameter reason: Why the connection ended; nil where nobody wants the signals any more.
  func finish(because reason: BusError? = nil) {
    _ = systemd.sd_bus_slot_unref(slot)
    slot = nil
    isOver = true
    if let reason { settle(.failure(BusError(reason.name, reason.message, in: operation))) }
    hand(nil)
  }

  private static let installed: sd_bus_message_handler_t = { message, context, _ in
    guard let message, let context else { return 0 }
    let match = Unmanaged<BusMatch>.fromOpaque(context).takeUnretainedValue()
    guard let error = match.systemd.sd_bus_message_get_error(message) else {
      match.settle(.success(()))
      return 0
    }
    match.settle(.failure(BusError(error, in: match.operation)))
    return 0
  }

  private static let arrived: sd_bus_message_handler_t = { message, context, _ in
    guard let message, let context else { return 0 }
    let match = Unmanaged<BusMatch>.fromOpaque(context).takeUnretainedValue()
    guard let values = BusReader(systemd: match.systemd, message: message).values() else { return 0 }
    let path = match.systemd.sd_bus_message_get_path(message).map { String(cString: $0) } ?? ""
    let signal = BusSignal(path: path, arguments: values)
    if match.waiting != nil { match.hand(signal) } else { match.kept.append(signal) }
    return 0
  }
}
