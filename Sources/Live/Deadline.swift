/// A body of work with an end in time.
extension LiveActor {
  /// Runs a body; at the deadline it is cancelled, and awaited.
  ///
  /// - Returns: nil after the deadline, or where the task is cancelled.
  public static func until<Success: Sendable>(
    _ deadline: ContinuousClock.Instant, _ body: @escaping @LiveActor @Sendable () async -> Success?
  ) async -> Success? {
    await withTaskGroup(of: Success?.self) { group in
      group.addTask { await body() }
      group.addTask {
        try? await LiveActor.sleep(until: deadline)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
