/// Why there is no answer. It holds nothing of a request but its method and its URL without the query.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// There is no libcurl on this machine.
    case unavailable
    case invalidRequest
    case cannotResolve
    /// Nobody listens there, or there is no way to it.
    case cannotConnect
    case timedOut
    /// The server's certificate, or the bundle that should vouch for it.
    case certificate
    /// Any other trouble of TLS.
    case insecure
    case tooLarge
    /// The connection ended before the answer did.
    case truncated
    case redirected
    /// What came is not HTTP.
    case notHTTP
    /// Another of the transfers side by side was enough.
    case abandoned
    case other
  }

  public let code: Code
  /// `GET http://controller:5000/v3`
  public let operation: String
  public let reason: String

  public init(_ code: Code, _ operation: String, _ reason: String) {
    self.code = code
    self.operation = operation
    self.reason = reason
  }

  public var description: String { "\(operation): \(reason)" }

  /// Whether it may go well a little later.
  public var isTransient: Bool {
    switch code {
    case .cannotResolve, .cannotConnect, .timedOut, .truncated: true
    case .unavailable, .invalidRequest, .certificate, .insecure, .tooLarge, .redirected, .notHTTP, .abandoned, .other:
      false
    }
  }
}
