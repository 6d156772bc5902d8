/// The running system: the bus, and through it units, the name and the network; links that scripts bring up; the journal.
///
/// What may enter this room: effects on a live node, each with a deadline, each of which says what the system answered. It
/// decides nothing: what has to be done, and in which order, is the engine's.
///
/// Everything here runs on one thread, ``EventLoop``, which waits for the bus, for children and for time at once: libsystemd's
/// connections belong to the thread that uses them, and a start of the program that never comes here pays for no threads.
@globalActor
public actor LiveActor {
  public static let shared = LiveActor()
  nonisolated let loop = EventLoop()

  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// Runs a live job to its end on the calling thread.
  ///
  /// One thread at a time: another one waits for its turn. Not from a thread of the common pool: a task that waits for
  /// its children is resumed by way of one, and there may be no other.
  public static nonisolated func run<Result: Sendable>(
    _ body: @escaping @LiveActor @Sendable () async throws -> Result
  ) throws -> Result {
    try shared.loop.run(body)
  }
  /// A task beside the one that starts it, which the cancellation of that one does not reach.
  ///
  /// All of it stays on the loop's thread: a plain `Task` goes on from each wait by way of a thread of the common pool, even
  /// though it belongs to this actor.
  public static nonisolated func task<Success: Sendable>(
    _ body: @escaping @LiveActor @Sendable () async -> Success
  ) -> Task<Success, Never> {
    Task(executorPreference: shared.loop, operation: body)
  }
}
