internal import CLinux
internal import Glibc

/// A system call that failed, and what it was for.
public struct SystemFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was being done, to what: `asking the kernel for its links`.
  public let operation: String
  public let errno: CInt

  public init(_ operation: String, errno: CInt) {
    self.operation = operation
    self.errno = errno
  }

  /// With the errno that the last call of this thread left.
  init(_ operation: String) { self.init(operation, errno: imprint_errno()) }

  /// The system's own words.
  var reason: String { String(cString: strerror(errno)) }

  public var description: String { "\(operation) failed: \(reason)" }
}
