import Foundation
import Support
import Testing

@testable import HTTP

@Suite("HTTP")
struct HTTPTests {
  static func get(
    _ url: String, _ change: @escaping @Sendable (inout HTTPRequest) -> Void = { _ in }
  ) async throws -> HTTPOutcome {
    var request = HTTPRequest(.get, try HTTPURL(url))
    request.limits = HTTPLimits(connect: .seconds(5), total: .seconds(10))
    change(&request)
    let asked = request
    return try await onThread { try HTTPClient().responses(to: [asked])[0] }
  }

  static func failure(
    _ url: String, _ change: @escaping @Sendable (inout HTTPRequest) -> Void = { _ in }
  ) async throws -> HTTPError? {
    if case .failure(let error) = try await get(url, change) { error } else { nil }
  }

  @Test("any status is an answer, with its body", arguments: [200, 204, 401, 404, 409, 500, 503])
  func statuses(_ status: Int) async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let response = try await Self.get(server.url("/status/\(status)")).get()
    #expect(response.status == status)
    #expect(response.body == (status == 204 ? [] : Array("the body".utf8)))
    #expect(response["content-length"] == "8")
  }

  @Test("each method carries its headers and its body", arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
  func methods(_ name: String) async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let method = try #require(HTTPRequest.Method(rawValue: name))
    let body = method == .get ? [] : Array("{\"a\": 1}".utf8)
    let response = try await Self.get(server.url("/echo?limit=1")) {
      $0.method = method
      $0.headers = [HTTPHeader("X-Auth-Token", "geheim"), HTTPHeader("Content-Type", "application/json")]
      $0.body = body
    }.get()
    let said = try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    #expect(said["method"] as? String == name)
    #expect(said["path"] as? String == "/echo?limit=1")
    #expect(said["body"] as? String == String(decoding: body, as: UTF8.self))
    let fields = try #require(said["headers"] as? [[String]])
    #expect(fields.contains(["X-Auth-Token", "geheim"]))
    #expect(fields.contains(["User-Agent", "imprint"]))
    #expect(!fields.contains { $0[0] == "Expect" })
  }

  @Test("a body with zeros and every byte arrives as it is") func anyBytes() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let bytes = (0...255).map { UInt8($0) }
    let response = try await Self.get(server.url("/echo")) {
      $0.method = .post
      $0.body = bytes
    }.get()
    let said = try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    #expect(
      said["body"] as? String
        == String(decoding: bytes.flatMap { Array(String(UnicodeScalar($0)).utf8) }, as: UTF8.self))
  }

  @Test("a redirect is refused, and its query is not shown; a list of choices is an answer") func redirects()
    async throws
  {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let error = try #require(await Self.failure(server.url("/redirect")))
    #expect(error.code == .redirected)
    #expect(
      error.description
        == "GET \(server.url("/redirect")): it redirects to /redirect/again, and redirects are not followed")
    #expect(try await Self.get(server.url("/choices")).get().status == 300)
  }

  @Test(
    "what comes broken is an error of its kind",
    arguments: [
      ("/truncated", HTTPError.Code.truncated, "the connection ended in the middle of the answer"),
      ("/hangup", .truncated, "the connection ended without an answer"),
      ("/large/2000000", .tooLarge, "the answer is larger than 1000000 bytes"),
      ("/headers/300000", .tooLarge, "the answer's header is larger than 262144 bytes"),
      ("/drip/50", .timedOut, "no whole answer came within 0.3 seconds"),
      ("/silence", .timedOut, "no whole answer came within 0.3 seconds"),
      ("/nonsense", .notHTTP, "that is no HTTP"),
    ])
  func broken(_ path: String, _ code: HTTPError.Code, _ words: String) async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let error = try #require(
      await Self.failure(server.url(path)) {
        $0.limits.body = 1_000_000
        if code == .timedOut { $0.limits.total = .milliseconds(300) }
      })
    #expect(error.code == code, "\(error)")
    #expect(error.description.hasPrefix("GET \(server.url(path)): \(words)"), "\(error)")
  }

  @Test("an answer that drips is ended for its rate, long before its time is up") func tooSlow() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let error = try #require(
      await Self.failure(server.url("/drip/100")) {
        $0.limits = HTTPLimits(total: .seconds(60), slowest: .init(bytesPerSecond: 1000, seconds: 1))
      })
    #expect(error.code == .timedOut)
    #expect(error.reason == "the answer comes slower than 1000 bytes a second")
  }

  @Test("where nobody listens, and where nobody knows the host") func nobody() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let closed = try #require(await Self.failure("http://127.0.0.1:1/"))
    #expect(closed.code == .cannotConnect)
    #expect(closed.description == "GET http://127.0.0.1:1/: cannot connect: Connection refused")
    let unknown = try #require(await Self.failure("http://nobody.invalid:\(server.port)/"))
    #expect(unknown.code == .cannotResolve)
    #expect(unknown.isTransient)
  }

  @Test("a proxy of the environment is asked only where that is wanted") func proxies() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    // The environment is the process's own: the program itself is asked in ImprintTests.
    #expect(try await Self.get(server.url("/status/200")) { $0.proxy = .never }.get().status == 200)
  }

  @Test(
    "what is no URL, or would smuggle a line into the header, is not asked",
    arguments: [
      "ftp://host/", "file:///etc/passwd", "host/path", "http://", "http://:80/", "http://user:password@host/",
      "http://host/a b", "http://host/\r\nX: y", "http://host/\u{0}", "http://höst/",
    ])
  func noURL(_ text: String) {
    #expect(throws: HTTPError.self) { try HTTPURL(text) }
  }

  @Test("a header with a line break is refused, and not shown") func smuggling() async throws {
    let error = try #require(
      await Self.failure("http://127.0.0.1:1/") { $0.headers = [HTTPHeader("X-Auth-Token", "geheim\r\nX-Other: 1")] })
    #expect(error.code == .invalidRequest)
    #expect(!error.description.contains("geheim"))
  }

  @Test("nothing that is printed of a request or response shows a value") func secrets() throws {
    let request = HTTPRequest(
      .post, try HTTPURL("http://host/v3?token=geheim"), headers: [HTTPHeader("X-Auth-Token", "geheim")],
      body: Array("geheim".utf8))
    let response = HTTPResponse(status: 200, headers: [HTTPHeader("X-Subject-Token", "geheim")], body: request.body)
    var said = "\(request) \(response) \(String(reflecting: request)) \(String(reflecting: response))"
    dump(request, to: &said)
    dump(response, to: &said)
    dump(request.headers, to: &said)
    #expect(!said.contains("geheim"))
    #expect(!said.contains("103"), "the body's bytes")
  }

  @Test("several go side by side, each with its own outcome") func sideBySide() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let urls = ["/status/200", "/truncated", "/status/404"].map { server.url($0) } + ["http://127.0.0.1:1/"]
    let requests = try urls.map { HTTPRequest(.get, try HTTPURL($0)) }
    let outcomes = try await onThread { try HTTPClient().responses(to: requests) }
    #expect(outcomes.map(Self.word) == ["200", "truncated", "404", "cannotConnect"])
  }

  @Test("where one is enough, the others are left") func enough() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let requests = try ["/silence", "/status/200"].map { HTTPRequest(.get, try HTTPURL(server.url($0))) }
    let began = ContinuousClock.now
    let outcomes = try await onThread { try HTTPClient().responses(to: requests) { number, _ in number == 1 } }
    #expect(outcomes.map(Self.word) == ["abandoned", "200"])
    #expect(began.duration(to: .now) < .seconds(20), "the silent one would take 30 s")
  }

  static func word(_ outcome: HTTPOutcome) -> String {
    switch outcome {
    case .success(let response): "\(response.status)"
    case .failure(let error): "\(error.code)"
    }
  }
}
