import Support
import Testing

@testable import HTTP

@Suite("HTTPS")
struct CertificateTests {
  /// A certificate for `name`, its own authority, and its key, in one file.
  static func certificate(for name: String, in folder: Scratch) async throws -> String {
    let file = "\(folder.path)/\(name.filter { $0.isLetter }).pem"
    try await RealProgram.needed("openssl").run([
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext",
      "subjectAltName=\(name)", "-keyout", file, "-out", "\(file).certificate",
    ]).succeeded("openssl req")
    try await RealProgram.needed("sh").run(["-c", "cat \"$1.certificate\" >> \"$1\"", "sh", file]).succeeded("cat")
    return file
  }

  @Test("is refused where nobody vouches for the certificate, and answers where the named bundle does")
  func authorities() async throws {
    let folder = try Scratch()
    let file = try await Self.certificate(for: "IP:127.0.0.1", in: folder)
    let server = try await LoopbackServer("HTTPTests/server.py", [file], in: folder)
    let url = server.url("/status/200", scheme: "https")
    let error = try #require(await HTTPTests.failure(url))
    #expect(error.code == .certificate)
    #expect(error.description.hasPrefix("GET \(url): the server's certificate is not to be trusted"), "\(error)")
    #expect(try await HTTPTests.get(url) { $0.authorities = "\(file).certificate" }.get().status == 200)
  }

  @Test("is refused where the certificate is another host's") func otherHost() async throws {
    let folder = try Scratch()
    let file = try await Self.certificate(for: "DNS:controller.example.com", in: folder)
    let server = try await LoopbackServer("HTTPTests/server.py", [file], in: folder)
    let error = try #require(
      await HTTPTests.failure(server.url("/status/200", scheme: "https")) { $0.authorities = "\(file).certificate" })
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
}
