internal import CLinux
internal import Glibc
internal import Synchronization

/// Ctrl-C and its like, where they must not end the program at once: something has to be cleaned up.
enum Interruption {
  private static let came = Atomic<Int32>(0)

  /// Becomes readable when it comes.
  static let event = imprint_event()

  static var hasCome: Bool { signal != nil }

  /// The first that came.
  static var signal: Int32? {
    let number = came.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Ignores all that ends a program, for a moment; and from then on, that nobody reads what it says.
  static func holdBack() {
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE] { Glibc.signal(number, SIG_IGN) }
  }

  static func letThrough() { for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { Glibc.signal(number, SIG_DFL) } }

  static func heed() {
    // Made here, and not in a handler.
    _ = event
    for number in [SIGINT, SIGTERM, SIGHUP] {
      Glibc.signal(number) { number in
        _ = Interruption.came.compareExchange(expected: 0, desired: number, ordering: .relaxed)
        imprint_event_signal(Interruption.event)
      }
    }
  }
}
