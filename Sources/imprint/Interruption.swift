internal import CLinux
internal import Glibc
internal import Synchronization

/// Ctrl-C, where it must not end the program at once: something has to be cleaned up.
enum Interruption {
  private static let came = Atomic<Bool>(false)

  /// Becomes readable when it comes.
  static let event = imprint_event()

  static var hasCome: Bool { came.load(ordering: .relaxed) }

  /// Ignores all that ends a program, for a moment; and from then on, that nobody reads what it says.
  static func holdBack() { for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE] { signal(number, SIG_IGN) } }

  static func letThrough() { for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { signal(number, SIG_DFL) } }

  static func heed() {
    // Made here, and not in a handler.
    _ = event
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in
        Interruption.came.store(true, ordering: .relaxed)
        imprint_event_signal(Interruption.event)
      }
    }
  }
}
