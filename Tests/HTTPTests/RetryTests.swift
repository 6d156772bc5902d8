import Support
import Testing

@testable import HTTP

@Suite("HTTP, asked again")
struct RetryTests {
  static func ask(
    _ url: String, _ method: HTTPRequest.Method = .get, attempts: Int = 5, total: Duration = .seconds(20)
  ) async throws -> HTTPOutcome {
    let request = HTTPRequest(method, try HTTPURL(url))
    let retry = HTTPRetry(attempts: attempts, pause: .milliseconds(1), longestPause: .milliseconds(4), total: total)
    return try await onThread {
      let client = try HTTPClient()
      do throws(HTTPError) { return .success(try client.response(to: request, retrying: retry)) } catch {
        return .failure(error)
      }
    }
  }

  @Test("until the server is well") func untilWell() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let response = try await Self.ask(server.url("/after/3/0")).get()
    #expect(response.status == 200)
    #expect(String(decoding: response.body, as: UTF8.self) == "4")
  }

  @Test("as often as is said, and then the last answer stands") func attempts() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    #expect(try await Self.ask(server.url("/after/9/0"), attempts: 3).get().status == 503)
    let asked = try await HTTPTests.get(server.url("/asked/after/9/0")).get()
    #expect(String(decoding: asked.body, as: UTF8.self) == "3")
  }

  @Test("not longer than is said: a wait that ends after the limit is not begun") func limit() async throws {
    let began = ContinuousClock.now
    let outcome = try await Self.ask("http://127.0.0.1:1/", attempts: 1_000_000, total: .milliseconds(200))
    #expect(throws: HTTPError.self) { try outcome.get() }
    #expect(began.duration(to: .now) < .seconds(10))
  }

  @Test("but not what must not be done twice, and not what will not get better") func once() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    #expect(try await Self.ask(server.url("/after/1/0"), .post).get().status == 503)
    #expect(try await Self.ask(server.url("/status/404")).get().status == 404)
    let asked = try await HTTPTests.get(server.url("/asked/status/404")).get()
    #expect(String(decoding: asked.body, as: UTF8.self) == "1")
  }
}
