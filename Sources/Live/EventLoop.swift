internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread that runs the jobs of ``LiveActor`` and, between them, waits for descriptors and for time (poll(2)).
///
/// It also is what its tasks prefer for code of no actor: else each continuation would resume on a thread of the pool, only
/// to come back from there.
final class EventLoop: SerialExecutor, TaskExecutor {
  private struct Inbox {
    var jobs: [UnownedJob] = []
    var isWaiting = false
  }
  /// Jobs may come from any thread.
  private let inbox = Mutex(Inbox())
  /// Written to where one comes from another thread while this one waits (eventfd(2)).
  private let wake = imprint_event()
  /// Touched by the loop's own thread only.
  nonisolated(unsafe) private var waits = Waits()

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustWake = inbox.withLock { inbox in
      inbox.jobs.append(job)
      return inbox.isWaiting
    }
    if mustWake { imprint_event_signal(wake) }
  }

  /// One thread at a time runs the loop: another waits here for its turn.
  private let turn = Mutex(())

  /// Runs until the body is done.
  func run<Success: Sendable>(
    _ body: @escaping @LiveActor @Sendable () async throws -> Success
  ) throws -> Success {
    try turn.withLock { _ in
      let outcome = Outcome<Success>()
      let job: @LiveActor @Sendable () async -> Void = {
        do {
          let success = try await body()
          outcome.result = .success(success)
        } catch {
          outcome.result = .failure(error)
        }
      }
      Task(executorPreference: self, operation: job)
      return try spin(until: outcome)
    }
  }

  private func spin<Success>(until outcome: Outcome<Success>) throws -> Success {
    while true {
      if let result = outcome.result { return try result.get() }
      let jobs = inbox.withLock { inbox in
        defer { inbox.jobs = [] }
        inbox.isWaiting = inbox.jobs.isEmpty
        return inbox.jobs
      }
      if jobs.isEmpty {
        wait()
        inbox.withLock { $0.isWaiting = false }
      }
      for job in jobs {
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
    }
  }

  /// Set and read on the loop's thread only.
  private final class Outcome<Success: Sendable>: @unchecked Sendable {
    var result: Result<Success, any Error>?
  }
}

extension EventLoop {
  /// What a wait is for. All of it is seen by the loop's thread only.
  protocol Source: AnyObject {
    /// -1: none.
    var descriptor: CInt { get }
    /// POLLIN, POLLOUT (poll(2)).
    var events: Int16 { get }
    /// When to be asked at the latest.
    var deadline: ContinuousClock.Instant? { get }
    /// Called when the descriptor is ready or the deadline has passed.
    func becomeReady(isTimedOut: Bool)
  }

  private struct Waits { var sources: [any Source] = [] }

  func add(_ source: any Source) { waits.sources.append(source) }
  func remove(_ source: any Source) { waits.sources.removeAll { $0 === source } }

  private func wait() {
    let sources = waits.sources
    var descriptors = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
    descriptors += sources.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
    // Asked once: "at once" (sd_bus_get_timeout(3), where messages wait that were read ahead) is another moment each time.
    let deadlines = sources.map(\.deadline)
    let now = ContinuousClock.now
    let nearest = deadlines.compactMap(\.self).min().map { max(.zero, now.duration(to: $0)) }
    let ready = poll(&descriptors, nfds_t(descriptors.count), nearest.map(\.wholeMilliseconds) ?? -1)
    if descriptors[0].revents != 0 { imprint_event_clear(wake) }
    let later = ContinuousClock.now
    for (index, source) in sources.enumerated() {
      let isReady = ready > 0 && descriptors[index + 1].revents != 0
      let isTimedOut = deadlines[index].map { $0 <= later } ?? false
      // An earlier one may have taken a later one out.
      guard isReady || isTimedOut, waits.sources.contains(where: { $0 === source }) else { continue }
      source.becomeReady(isTimedOut: !isReady)
    }
  }
}

extension Duration {
  /// Rounded up, so that whoever waits for it does not wake a moment too early.
  fileprivate var wholeMilliseconds: CInt {
    let (seconds, attoseconds) = components
    let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
    guard !milliseconds.overflow, milliseconds.partialValue < Int64(CInt.max) - 1001 else { return CInt.max }
    return CInt(milliseconds.partialValue + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
