/// A body of work with an end in time.
extension LiveActor {
  /// Runs a body; at the deadline it is cancelled, and awaited.
  ///
  /// - Returns: nil after the deadline, or where the task is cancelled.
  @LiveActor
  public static func until<Success: Sendable>(
    _ deadline: ContinuousClock.Instant, _ body: @escaping @LiveActor @Sendable () async -> Success?
  ) async -> Success? {
    // On the loop's thread too: on another, they would wait for one of the pool's, which may all be waiting for the loop.
    let timer: @LiveActor @Sendable () async -> Success? = {
      try? await LiveActor.sleep(until: deadline)
      return nil
    }
    let work: @LiveActor @Sendable () async -> Success? = { await body() }
    return await withTaskGroup(of: Success?.self) { group in
      group.addTask(operation: work)
      group.addTask(operation: timer)
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
