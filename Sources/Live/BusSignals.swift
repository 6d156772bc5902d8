internal import CSystemd

/// One signal, as it came.
public struct BusSignal: Sendable {
  public let path: String
  public let arguments: [BusValue]
}

/// The signals of one match rule, kept from when the rule is in force until somebody asks for them. The rule goes with this.
///
/// Not an `AsyncStream`: that one resumes who waits on a thread of the pool, ends for good when one wait is cancelled, and
/// would cost every live job those threads.
@LiveActor
public final class BusSignals {
  private let match: BusMatch
  private let connection: BusConnection

  init(_ match: BusMatch, of connection: BusConnection) {
    self.match = match
    self.connection = connection
  }

  isolated deinit { connection.forget(match) }

  /// The next one, for one task at a time; nil where the connection has ended, or the task is cancelled.
  public func next() async -> BusSignal? { await match.next() }
}

/// One match rule in force. Seen by the loop's thread only.
final class BusMatch: @unchecked Sendable {
  private let systemd: imprint_systemd
  var slot: OpaquePointer?
  private var kept: [BusSignal] = []
  private var continuation: CheckedContinuation<BusSignal?, Never>?
  private var isOver = false

  init(_ systemd: imprint_systemd) { self.systemd = systemd }

  @LiveActor func next() async -> BusSignal? {
    await withTaskCancellationHandler {
      if Task.isCancelled { return nil }
      if !kept.isEmpty { return kept.removeFirst() }
      if isOver { return nil }
      return await withCheckedContinuation { continuation = $0 }
    } onCancel: {
      Task { @LiveActor in self.answer(nil) }
    }
  }

  private func answer(_ signal: BusSignal?) {
    continuation?.resume(returning: signal)
    continuation = nil
  }

  func finish() {
    _ = systemd.sd_bus_slot_unref(slot)
    slot = nil
    isOver = true
    answer(nil)
  }

  static let arrived: sd_bus_message_handler_t = { message, context, _ in
    guard let message, let context else { return 0 }
    let match = Unmanaged<BusMatch>.fromOpaque(context).takeUnretainedValue()
    guard let values = BusReader(systemd: match.systemd, message: message).values() else { return 0 }
    let path = match.systemd.sd_bus_message_get_path(message).map { String(cString: $0) } ?? ""
    let signal = BusSignal(path: path, arguments: values)
    if match.continuation != nil { match.answer(signal) } else { match.kept.append(signal) }
    return 0
  }
}
