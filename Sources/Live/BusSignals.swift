internal import CSystemd

/// One signal, as it came.
public struct BusSignal: Sendable {
  public let path: String
  public let arguments: [BusValue]
}

/// The signals of one match rule, kept from when the rule is in force until somebody asks for them. The rule goes with this.
///
/// Not an `AsyncStream`: that one resumes who waits on a thread of the pool, ends for good when one wait is cancelled, and
/// would cost every live job those threads.
@LiveActor
public final class BusSignals {
  private let match: BusMatch
  private let connection: BusConnection

  init(_ match: BusMatch, of connection: BusConnection) {
    self.match = match
    self.connection = connection
  }

  isolated deinit { connection.forget(match) }

  /// The next one, for one task at a time; nil where the connection has ended, or the task is cancelled.
  public func next() async -> BusSignal? { await match.next() }
}
