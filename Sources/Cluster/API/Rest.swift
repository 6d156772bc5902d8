internal import Glibc

/// Waiting for what has no event: a cloud that will know more in a while.
public enum Rest {
  /// - Returns: Whether the time passed without a signal.
  public static func of(_ time: Duration) -> Bool {
    let (seconds, attoseconds) = time.components
    var rest = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    return nanosleep(&rest, nil) == 0
  }
}
