internal import HTTP
internal import JSON
internal import Site

/// One conversation with a cloud: a token, and questions with it. For one thread; it ends at its deadline, whatever happens.
public final class CloudSession {
  public let credentials: CloudCredentials
  private let client: HTTPClient
  private let deadline: ContinuousClock.Instant
  private var token: CloudToken?
  private var addresses: [CloudService: String] = [:]
  private var nova: NovaAddress?

  /// For one request; a service that works answers in a second or two.
  static let requestLimit = Duration.seconds(30)

  public init(_ credentials: CloudCredentials, until deadline: ContinuousClock.Instant) throws(CloudFailure) {
    self.credentials = credentials
    self.deadline = deadline
    do throws(HTTPError) { client = try HTTPClient() } catch { throw CloudFailure(error, .identity) }
  }

  func get(
    _ service: CloudService, _ path: String, _ query: [(String, String)] = [], microversion: Microversion? = nil
  ) throws(CloudFailure) -> JSONNode {
    try send(.get, service, path, query, microversion: microversion).body(service.name)
  }

  /// The newest that nova speaks, but none newer than this.
  func novaMicroversion(upTo version: Microversion) throws(CloudFailure) -> Microversion {
    _ = try address(of: .compute, Nova.microversion)
    return min(nova?.latest ?? version, version)
  }

  @discardableResult
  func post(
    _ service: CloudService, _ path: String, _ body: JSONValue, microversion: Microversion? = nil
  ) throws(CloudFailure) -> CloudAnswer {
    try send(.post, service, path, body: body, microversion: microversion)
  }

  func delete(_ service: CloudService, _ path: String) throws(CloudFailure) {
    _ = try send(.delete, service, path)
  }

  /// - Throws: also for every status that is no success.
  private func send(
    _ method: HTTPRequest.Method, _ service: CloudService, _ path: String, _ query: [(String, String)] = [],
    body: JSONValue? = nil, microversion: Microversion? = nil
  ) throws(CloudFailure) -> CloudAnswer {
    let wasOld = token != nil
    let url = try address(of: service, microversion ?? Nova.microversion) + path + query.encoded
    var answer = try exchange(method, service, url, body: body, microversion)
    // Tokens end; one that was just made and is refused is something else.
    if answer.response.status == 401, wasOld {
      token = nil
      answer = try exchange(method, service, url, body: body, microversion)
    }
    return try answer.successful(credentials)
  }

  private func exchange(
    _ method: HTTPRequest.Method, _ service: CloudService, _ url: String, body: JSONValue?,
    _ microversion: Microversion?
  ) throws(CloudFailure) -> CloudAnswer {
    var headers = [
      HTTPHeader("X-Auth-Token", try authenticated().token.reveal), HTTPHeader("Accept", "application/json"),
    ]
    if service == .compute {
      headers.append(HTTPHeader("OpenStack-API-Version", "compute \(microversion ?? Nova.microversion)"))
    }
    if body != nil { headers.append(HTTPHeader("Content-Type", "application/json")) }
    return try carryOut(method, service, url, headers, body: body, isRepeatable: method == .get || method == .delete)
  }

  private func authenticated() throws(CloudFailure) -> CloudToken {
    if let token { return token }
    let keystone = Keystone(credentials: credentials)
    let headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader("Accept", "application/json")]
    let answer = try carryOut(.post, .identity, keystone.url, headers, body: keystone.body, isRepeatable: true)
    let token = try keystone.token(from: try answer.successful(credentials))
    self.token = token
    return token
  }

  private func address(of service: CloudService, _ version: Microversion) throws(CloudFailure) -> String {
    if service == .compute {
      if nova == nil { nova = try findNova() }
      try nova?.require(version, for: "what imprint asks for")
      return nova?.url ?? ""
    }
    if let known = addresses[service] { return known }
    var url = try authenticated().catalog.url(of: service, credentials)
    // Glance's may name the version or not.
    if service == .image, !url.hasSuffix("/v2") { url += "/v2" }
    addresses[service] = url
    return url
  }

  private func findNova() throws(CloudFailure) -> NovaAddress {
    let token = try authenticated()
    let url = NovaAddress.withoutProject(try token.catalog.url(of: .compute, credentials), token.projectID)
    let answer = try exchange(.get, .compute, "\(url)/", body: nil, Microversion(2, 1))
    // 300: here are several versions, choose.
    let document = answer.response.status == 300 ? answer : try answer.successful(credentials)
    return try NovaAddress(url, document.body("nova"))
  }

  private func carryOut(
    _ method: HTTPRequest.Method, _ service: CloudService, _ url: String, _ headers: [HTTPHeader], body: JSONValue?,
    isRepeatable: Bool
  ) throws(CloudFailure) -> CloudAnswer {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else {
      throw CloudFailure(.unavailable, "there was no time left to ask \(service.name)", advice: "try again")
    }
    do throws(HTTPError) {
      let request = HTTPRequest(
        method, try HTTPURL(url), headers: headers, body: body.map { Array($0.text.utf8) } ?? [],
        limits: HTTPLimits(
          connect: min(.seconds(10), left), total: min(Self.requestLimit, left),
          slowest: .init(bytesPerSecond: 50, seconds: 10)),
        proxy: .environment, authorities: credentials.authorities, isRepeatable: isRepeatable)
      let retry = HTTPRetry(attempts: 4, pause: .milliseconds(500), longestPause: .seconds(30), total: left)
      return CloudAnswer(
        service: service, url: request.url.description, response: try client.response(to: request, retrying: retry))
    } catch {
      throw CloudFailure(error, service)
    }
  }
}

extension [(String, String)] {
  fileprivate var encoded: String {
    isEmpty ? "" : "?" + map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&")
  }
}

extension String {
  /// As part of a path or a query (RFC 3986, unreserved characters).
  var percentEncoded: String {
    utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        return String(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }.joined()
  }
}
