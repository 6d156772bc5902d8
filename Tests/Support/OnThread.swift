import Glibc

/// Runs something that blocks on a thread of its own.
///
/// `LiveActor.run` blocks, and Swift resumes a task that waits for its children on a thread of the common pool. A test
/// runs on one of those, and there are as many as cores: two tests that block there wait for each other for ever.
public func onThread<Success: Sendable>(_ body: @escaping @Sendable () throws -> Success) async throws -> Success {
  try await withCheckedThrowingContinuation { continuation in
    let work = Work { continuation.resume(with: Result { try body() }) }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(work).toOpaque()
    let result = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context)
    guard result == 0 else {
      Unmanaged<Work>.fromOpaque(context).release()
      return continuation.resume(throwing: NoThread(reason: result))
    }
    pthread_detach(thread)
  }
}

private final class Work: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private struct NoThread: Error { let reason: CInt }
