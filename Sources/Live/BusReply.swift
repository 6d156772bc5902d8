internal import CSystemd

/// One call under way. Seen by the loop's thread only.
final class BusReply: Hashable, @unchecked Sendable {
  let operation: String
  private let systemd: imprint_systemd
  var slot: OpaquePointer?
  private var result: Result<[BusValue], BusError>?
  private var continuation: CheckedContinuation<Result<[BusValue], BusError>, Never>?

  init(_ operation: String, _ systemd: imprint_systemd) {
    self.operation = operation
    self.systemd = systemd
  }

  /// The answer; where the task is cancelled before it comes, an error. The other side goes on with what it was asked.
  @LiveActor func value() async -> Result<[BusValue], BusError> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if let result { return continuation.resume(returning: result) }
        self.continuation = continuation
      }
    } onCancel: {
      Task { @LiveActor in
        self.finish(
          .failure(BusError(BusError.Name.noReply, "the wait for an answer was cancelled", in: self.operation)))
      }
    }
  }

  func finish(_ result: Result<[BusValue], BusError>) {
    guard self.result == nil else { return }
    self.result = result
    _ = systemd.sd_bus_slot_unref(slot)
    slot = nil
    continuation?.resume(returning: result)
    continuation = nil
  }

  static let arrived: sd_bus_message_handler_t = { message, context, _ in
    guard let message, let context else { return 0 }
    let reply = Unmanaged<BusReply>.fromOpaque(context).takeUnretainedValue()
    reply.finish(reply.read(message))
    return 1
  }

  private func read(_ message: OpaquePointer) -> Result<[BusValue], BusError> {
    if let error = systemd.sd_bus_message_get_error(message) { return .failure(BusError(error, in: operation)) }
    guard let values = BusReader(systemd: systemd, message: message).values() else {
      return .failure(
        BusError("org.freedesktop.DBus.Error.InvalidSignature", "the answer cannot be read", in: operation))
    }
    return .success(values)
  }

  static func == (left: BusReply, right: BusReply) -> Bool { left === right }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
