internal import CSystemd
internal import Glibc

/// The sd-bus object behind a ``Bus``, driven by the loop (sd_bus_get_fd(3), sd_bus_process(3)).
///
/// Seen by the loop's thread only: tasks of `LiveActor` run there, and so does the loop between them.
final class BusConnection: EventLoop.Source, @unchecked Sendable {
  let systemd: imprint_systemd
  private var bus: OpaquePointer?
  private var ending: (name: String, message: String) = (BusError.Name.disconnected, "the connection is closed")
  private var replies: Set<BusReply> = []
  private var matches: [BusMatch] = []

  init(_ address: String, hasBroker: Bool) throws(BusError) {
    let operation = "connecting to \(address)"
    guard let systemd = imprint_systemd()?.pointee else {
      throw BusError(BusError.Name.noServer, "there is no libsystemd (libsystemd.so.0) here", in: operation)
    }
    self.systemd = systemd
    var created: OpaquePointer?
    var result = systemd.sd_bus_new(&created)
    if result >= 0 { result = systemd.sd_bus_set_address(created, address) }
    if result >= 0 { result = systemd.sd_bus_set_bus_client(created, hasBroker ? 1 : 0) }
    if result >= 0 { result = systemd.sd_bus_start(created) }
    guard result >= 0 else {
      _ = systemd.sd_bus_unref(created)
      throw BusError(errno: -result, in: operation)
    }
    bus = created
    LiveActor.shared.loop.add(self)
  }

  func open(_ operation: String) throws(BusError) -> OpaquePointer {
    guard let bus else { throw BusError(ending.name, ending.message, in: operation) }
    return bus
  }

  func close(because reason: String) {
    guard let bus else { return }
    self.bus = nil
    ending.message = reason
    LiveActor.shared.loop.remove(self)
    for reply in replies { reply.finish(.failure(BusError(ending.name, reason, in: reply.operation))) }
    replies = []
    let end = BusError(ending.name, reason, in: "")
    for match in matches { match.finish(because: end) }
    matches = []
    systemd.sd_bus_close(bus)
    _ = systemd.sd_bus_unref(bus)
  }
}

/// Waiting and processing.
extension BusConnection {
  var descriptor: CInt { bus.map { systemd.sd_bus_get_fd($0) } ?? -1 }

  var events: Int16 {
    guard let bus else { return 0 }
    let events = systemd.sd_bus_get_events(bus)
    return events < 0 ? 0 : Int16(truncatingIfNeeded: events)
  }

  /// sd_bus_get_timeout(3): microseconds of CLOCK_MONOTONIC; all ones: never.
  var deadline: ContinuousClock.Instant? {
    guard let bus else { return nil }
    var microseconds: UInt64 = .max
    guard systemd.sd_bus_get_timeout(bus, &microseconds) >= 0, microseconds != .max else { return nil }
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    let present = UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
    return .now + .microseconds(Int64(clamping: microseconds > present ? microseconds - present : 0))
  }

  func becomeReady(isTimedOut: Bool) { process() }

  /// Also needed after each call that was sent: sd-bus reads ahead while it writes.
  private func process() {
    while let bus {
      let result = systemd.sd_bus_process(bus, nil)
      if result == 0 { return }
      if result < 0 { return close(because: String(cString: strerror(-result))) }
    }
  }
}

/// Calls.
extension BusConnection {
  @LiveActor
  func send(
    _ message: borrowing BusMessage, _ operation: String, within deadline: Duration
  ) async throws(BusError) -> [BusValue] {
    let bus = try open(operation)
    let reply = BusReply(operation, systemd)
    let result = systemd.sd_bus_call_async(
      bus, &reply.slot, message.message, BusReply.arrived, Unmanaged.passUnretained(reply).toOpaque(),
      deadline.microseconds)
    guard result >= 0 else { throw BusError(errno: -result, in: operation) }
    replies.insert(reply)
    defer { replies.remove(reply) }
    return try await reply.value().get()
  }

  @LiveActor
  func signals(
    matching rule: String, isDirect: Bool, within deadline: Duration
  ) async throws(BusError) -> BusSignals {
    let operation = "watching \(rule)"
    let match = BusMatch(operation, systemd)
    let bus = try open(operation)
    matches.append(match)
    // Takes the match away again, also where it does not come into force.
    let signals = BusSignals(match, of: self)
    try await match.install("type='signal',\(rule)", on: bus, hasBroker: !isDirect, by: .now + deadline)
    return signals
  }

  func forget(_ match: BusMatch) {
    match.finish()
    matches.removeAll { $0 === match }
  }
}

extension Duration {
  fileprivate var microseconds: UInt64 {
    let (seconds, attoseconds) = components
    // 0 would mean sd-bus's own default.
    return seconds < 0 ? 1 : max(1, UInt64(clamping: seconds) &* 1_000_000 &+ UInt64(attoseconds / 1_000_000_000_000))
  }
}
