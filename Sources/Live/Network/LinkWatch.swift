internal import CLinux
internal import Glibc

/// Hears when anything about links or their addresses changes.
@LiveActor struct LinkWatch {
  private let socket: Netlink

  init() throws(SystemFailure) {
    socket = try Netlink(groups: UInt32(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR))
  }

  /// Looks, and looks again after every change, until there is an answer or the deadline has passed.
  ///
  /// - Returns: nil after the deadline, or where the task is cancelled.
  func first<Answer>(
    by deadline: ContinuousClock.Instant, _ look: () throws(SystemFailure) -> Answer?
  ) async throws(SystemFailure) -> Answer? {
    while true {
      // Before the look: what changes after it is heard.
      socket.drain()
      if let answer = try look() { return answer }
      guard (try? await LiveActor.ready(socket.descriptor, until: deadline)) == true else { return nil }
    }
  }
}
