/// The program's only door to HTTP: for the metadata service, and for a cloud's services.
///
/// What may enter this room: one request and one response as values, and the transfers in between. It knows nothing of
/// OpenStack, JSON or tokens. The library is libcurl, loaded when it is first needed.
public struct HTTPRequest: Sendable, Hashable {
  public enum Method: String, Sendable, Hashable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether doing it twice is as good as doing it once (RFC 9110, 9.2.2).
    var isIdempotent: Bool {
      switch self {
      case .get, .head, .put, .delete: true
      case .post, .patch: false
      }
    }
  }

  public enum Proxy: Sendable, Hashable {
    /// Whatever the environment says: a link-local address has no business with one.
    case never
    /// As http_proxy, https_proxy, all_proxy and no_proxy say.
    case environment
  }

  public var method: Method
  public var url: HTTPURL
  public var headers: [HTTPHeader]
  public var body: [UInt8]
  public var limits: HTTPLimits
  public var proxy: Proxy
  /// A file with the certificates of those authorities that are trusted; nil for the system's own.
  public var authorities: String?
  /// Leave the machine by this network interface only.
  public var interface: String?
  /// The index of the interface that an IPv6 link-local address is meant on.
  public var scope: UInt32?
  /// Whether doing it twice is as good as doing it once; what its method says where nobody knows better.
  public var isRepeatable: Bool

  public init(
    _ method: Method = .get, _ url: HTTPURL, headers: [HTTPHeader] = [], body: [UInt8] = [],
    limits: HTTPLimits = HTTPLimits(), proxy: Proxy = .never,
    authorities: String? = nil, interface: String? = nil, scope: UInt32? = nil,
    isRepeatable: Bool? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.limits = limits
    self.proxy = proxy
    self.authorities = authorities
    self.interface = interface
    self.scope = scope
    self.isRepeatable = isRepeatable ?? method.isIdempotent
  }
}

/// How long a transfer may take, and how much may come.
public struct HTTPLimits: Sendable, Hashable {
  /// Until the connection stands, with its TLS.
  public var connect: Duration
  /// From the beginning to the last byte of the answer.
  public var total: Duration
  /// What is slower than that is ended.
  public var slowest: Rate?
  /// Bytes of the answer's body.
  public var body: Int

  /// Fewer bytes a second than these, for so many seconds.
  public struct Rate: Sendable, Hashable {
    public var bytesPerSecond: Int
    public var seconds: Int

    public init(bytesPerSecond: Int, seconds: Int) {
      self.bytesPerSecond = bytesPerSecond
      self.seconds = seconds
    }
  }

  public init(
    connect: Duration = .seconds(5), total: Duration = .seconds(30), slowest: Rate? = nil, body: Int = 16 << 20
  ) {
    self.connect = connect
    self.total = total
    self.slowest = slowest
    self.body = body
  }
}

/// One field of a header. Its value is never shown: it may be a token.
public struct HTTPHeader: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  public let name: String
  public let value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  public var description: String { "\(name): (not shown)" }
  public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

extension HTTPRequest: CustomStringConvertible, CustomReflectable {
  /// Neither header values nor the body, which may hold what is secret.
  public var description: String { "\(method.rawValue) \(url)" }
  public var customMirror: Mirror { Mirror(self, children: ["method": method, "url": url]) }
}
