internal import CLinux
internal import Glibc

/// Waits for cards whose drivers are late (rtnetlink(7), RTMGRP_LINK).
public struct CardArrival: ~Copyable {
  private let socket: CInt

  /// From now on nothing is missed.
  public init() { socket = imprint_netlink(1) }

  deinit { if socket >= 0 { close(socket) } }

  /// Returns when a link came or changed, or at the end of the time.
  ///
  /// - Returns: Whether one did; false at the end of the time, or where the kernel tells nothing.
  public func wait(until end: ContinuousClock.Instant) -> Bool {
    guard socket >= 0 else { return false }
    var wanted = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    while true {
      let (seconds, attoseconds) = max(.zero, ContinuousClock.now.duration(to: end)).components
      let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
      let count = poll(&wanted, 1, CInt(clamping: milliseconds))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      var buffer = [UInt8](repeating: 0, count: 32 << 10)
      while recv(socket, &buffer, buffer.count, CInt(MSG_DONTWAIT)) > 0 {}
      return true
    }
  }
}
