internal import CLinux
internal import Glibc

extension LiveActor {
  /// Waits until somebody writes to a file, or makes it, or the deadline has passed (inotify(7)). Spurious wake-ups are
  /// possible: the caller looks at what it waits for, and waits again.
  ///
  /// - Parameter isSo: What the caller waits for; asked first once the watch is in force, so that nothing is missed.
  /// - Returns: Whether it is so; false: the deadline came first.
  @LiveActor public static func wait(
    for path: String, until deadline: ContinuousClock.Instant?, isSo: @LiveActor () throws -> Bool
  ) async throws -> Bool {
    let watch = imprint_watch(path)
    defer { if watch >= 0 { close(watch) } }
    while true {
      if try isSo() { return true }
      if let deadline, deadline <= .now { return false }
      // Where inotify is not to be had, a look each second has to do.
      let next = watch >= 0 ? deadline : min(deadline ?? .now + .seconds(1), .now + .seconds(1))
      if try await ready(watch, until: next) { imprint_watch_clear(watch) }
    }
  }
}
