/// Why the cloud gave no answer that can be used. What a service said is in none of these words: it may quote a secret.
public struct CloudFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// A library that is not on this machine.
    case noLibrary
    /// No connection, or one that broke.
    case unreachable
    /// A certificate that nobody trusted here vouches for.
    case untrusted
    /// 401: these are not the right credentials.
    case wrongCredentials
    /// 403: they are, and this account may not ask that.
    case notAllowed
    /// It said that it cannot now (503, 429), or did not answer in time.
    case unavailable
    /// The catalog has no such service, region or interface.
    case noEndpoint
    /// 404.
    case absent
    /// 409: not in this state.
    case conflict
    /// Another status, a redirect, or no answer that this service would give.
    case unexpected
    /// The service is too old or too new.
    case version
    /// Somebody wants this to end.
    case interrupted
  }

  public let code: Code
  public let reason: String
  public let advice: String?

  public init(_ code: Code, _ reason: String, advice: String? = nil) {
    self.code = code
    self.reason = reason
    self.advice = advice
  }

  public var description: String { advice.map { "\(reason) (\($0))" } ?? reason }
}

/// A service of the cloud, by its type in Keystone's catalog.
public enum CloudService: String, Sendable, Hashable {
  case identity, compute, placement, image

  public var name: String {
    switch self {
    case .identity: "keystone"
    case .compute: "nova"
    case .placement: "placement"
    case .image: "glance"
    }
  }
}
