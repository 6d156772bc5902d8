/// A server's certificate that nobody but itself vouches for.
public struct SelfSignedCertificate: Sendable {
  /// The key and the certificate, for a server.
  public let pair: String
  /// The certificate alone, for those who trust it.
  public let certificate: String

  /// - Parameter name: As in subjectAltName: `IP:127.0.0.1`, `DNS:controller.example.com`.
  public init(for name: String, in folder: Scratch) async throws {
    pair = "\(folder.path)/\(name.filter { $0.isLetter }).pem"
    certificate = "\(pair).certificate"
    try await RealProgram.needed("openssl").run([
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext",
      "subjectAltName=\(name)", "-keyout", pair, "-out", certificate,
    ]).succeeded("openssl req")
    try await RealProgram.needed("sh").run(["-c", "cat \"$1\" >> \"$2\"", "sh", certificate, pair]).succeeded("cat")
  }
}
