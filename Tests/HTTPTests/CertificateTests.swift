import Support
import Testing

@testable import HTTP

@Suite("HTTPS")
struct CertificateTests {
  @Test("is refused where nobody vouches for the certificate, and answers where the named bundle does")
  func authorities() async throws {
    let folder = try Scratch()
    let own = try await SelfSignedCertificate(for: "IP:127.0.0.1", in: folder)
    let server = try await LoopbackServer("HTTPTests/server.py", [own.pair], in: folder)
    let url = server.url("/status/200", scheme: "https")
    let error = try #require(await HTTPTests.failure(url))
    #expect(error.code == .certificate)
    #expect(error.description.hasPrefix("GET \(url): the server's certificate is not to be trusted"), "\(error)")
    #expect(try await HTTPTests.get(url) { $0.authorities = own.certificate }.get().status == 200)
  }

  @Test("is refused where the certificate is another host's") func otherHost() async throws {
    let folder = try Scratch()
    let own = try await SelfSignedCertificate(for: "DNS:controller.example.com", in: folder)
    let server = try await LoopbackServer("HTTPTests/server.py", [own.pair], in: folder)
    let error = try #require(
      await HTTPTests.failure(server.url("/status/200", scheme: "https")) { $0.authorities = own.certificate })
    #expect(error.code == .certificate, "\(error)")
  }

  @Test("is refused where the bundle cannot be read, and where the server speaks no TLS") func noTLS() async throws {
    let server = try await LoopbackServer("HTTPTests/server.py")
    let url = server.url("/status/200", scheme: "https")
    let absent = try #require(await HTTPTests.failure(url) { $0.authorities = "/nonexistent/ca.pem" })
    #expect(absent.code == .certificate, "\(absent)")
    #expect(absent.description == "GET \(url): the bundle of authorities /nonexistent/ca.pem cannot be read")
    #expect(try await HTTPTests.failure(url)?.code == .insecure)
  }

  @Test("are looked for where each distribution keeps them, unless libcurl finds its own")
  func places() {
    let debian = "/etc/ssl/certs/ca-certificates.crt"
    for place in SystemAuthorities.places.dropFirst() {
      #expect(SystemAuthorities.bundle(insteadOf: debian) { $0 == place } == place)
      #expect(SystemAuthorities.bundle(insteadOf: debian) { $0 == place || $0 == debian } == nil)
    }
    #expect(SystemAuthorities.bundle(insteadOf: debian) { _ in false } == nil)
    #expect(SystemAuthorities.bundle(insteadOf: nil) { _ in true } == nil)
  }
}
