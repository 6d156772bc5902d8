public import Glibc

/// How a task waits on the loop: for a descriptor, for time, or for both. Nothing of it leaves the loop's thread: a job that
/// does needs a thread of the pool, and all of these may be waiting for the loop.
extension LiveActor {
  /// Waits until a descriptor can be read (or written), or the deadline has passed.
  ///
  /// - Parameter events: POLLIN, POLLOUT (poll(2)).
  /// - Returns: Whether it is ready; false: the deadline came first.
  /// - Throws: `CancellationError`.
  @LiveActor public static func ready(
    _ descriptor: CInt, events: Int16 = Int16(POLLIN), until deadline: ContinuousClock.Instant?
  ) async throws -> Bool {
    try await Wait(descriptor: descriptor, events: events, deadline: deadline).value()
  }

  /// - Throws: `CancellationError`.
  @LiveActor public static func sleep(until deadline: ContinuousClock.Instant) async throws {
    _ = try await Wait(descriptor: -1, events: 0, deadline: deadline).value()
  }

  /// - Throws: `CancellationError`.
  @LiveActor public static func sleep(for duration: Duration) async throws { try await sleep(until: .now + duration) }
}

/// One wait of one task. Its state is seen by the loop's thread only: tasks of `LiveActor` run there, and so does
/// the loop between them.
private final class Wait: EventLoop.Source, @unchecked Sendable {
  let descriptor: CInt
  let events: Int16
  let deadline: ContinuousClock.Instant?
  private var continuation: CheckedContinuation<Bool, any Error>?

  init(descriptor: CInt, events: Int16, deadline: ContinuousClock.Instant?) {
    self.descriptor = descriptor
    self.events = events
    self.deadline = deadline
  }

  @LiveActor func value() async throws -> Bool {
    try await withTaskCancellationHandler {
      try Task.checkCancellation()
      return try await withCheckedThrowingContinuation { continuation in
        self.continuation = continuation
        LiveActor.shared.loop.add(self)
      }
    } onCancel: {
      // From whichever thread cancels: over to the loop's.
      Task { @LiveActor in self.finish(.failure(CancellationError())) }
    }
  }

  func becomeReady(isTimedOut: Bool) { finish(.success(!isTimedOut)) }

  private func finish(_ result: Result<Bool, any Error>) {
    guard let continuation else { return }
    self.continuation = nil
    LiveActor.shared.loop.remove(self)
    continuation.resume(with: result)
  }
}
