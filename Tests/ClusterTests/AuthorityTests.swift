import Documents
import Foundation
import Site
import Support
import Testing

@testable import Cluster

private typealias OpenSSHKey = Documents.SSHPublicKey

/// The authority's script by a real shell and the real ssh-keygen, and what is read of what it signs.
@Suite struct AuthorityTests {
  private static func request(sources: [String] = ["192.168.10.21", "fd00::21"]) throws -> AuthorityScript.Request {
    AuthorityScript.Request(
      node: try NodeName("compute2"), names: ["compute2", "192.168.10.21", "fd00::21"], sources: sources, validity: 30)
  }

  private static func words(_ request: AuthorityScript.Request, _ scratch: Scratch) -> String {
    AuthorityScript.words(request).replacing("/etc/imprint", with: "\(scratch.path)/imprint")
  }

  private func sign(
    _ scratch: Scratch, _ input: String, _ request: AuthorityScript.Request
  ) async throws -> RealProgram.Outcome {
    let words = Self.words(request, scratch)
    return try await RealProgram.needed("sh").run(["-c", words], input: input)
  }

  private func key(_ type: String, _ scratch: Scratch, isHost: Bool) async throws -> KeyToCertify {
    let path = "\(scratch.path)/key-\(type)"
    if !FileManager.default.fileExists(atPath: path) {
      try await RealProgram.needed("ssh-keygen").run(["-q", "-t", type, "-N", "", "-C", "x y", "-f", path])
        .succeeded("ssh-keygen")
    }
    let text = try String(contentsOfFile: "\(path).pub", encoding: .utf8)
    return KeyToCertify(try #require(OpenSSHKey(text.trimmingCharacters(in: .newlines))), isHost: isHost)
  }

  /// What ssh-keygen itself makes of a certificate.
  private func listing(_ line: String, _ scratch: Scratch) async throws -> String {
    let path = try scratch.write("\(line)\n", to: "read-cert.pub")
    return try await RealProgram.needed("ssh-keygen").run(["-L", "-f", path]).succeeded("ssh-keygen -L").output
  }

  @Test(arguments: ["ed25519", "rsa", "ecdsa"])
  func `a host's key is certified for its names, as ssh-keygen reads it too`(_ type: String) async throws {
    let scratch = try Scratch()
    let key = try await key(type, scratch, isHost: true)
    let request = try Self.request()
    let answer = try await sign(scratch, key.line, request).succeeded("signing").output
    let certification = try #require(Certification(answer, of: [key], for: request))
    let line = try #require(certification.certificates.first)
    let certificate = try #require(SSHCertificate(line))
    #expect(certificate.key == key.key && certificate.isHost && certificate.identifier == "compute2")
    #expect(certificate.principals == request.names && certificate.authority == certification.authority)
    #expect(certificate.serial == 1 && certificate.sources.isEmpty)
    let now = UInt64(Date().timeIntervalSince1970)
    #expect(certificate.validFrom < now && (29 * 86400...30 * 86400).contains(certificate.validUntil - now))
    let read = try await listing(line, scratch)
    #expect(read.contains("host certificate") && read.contains("Key ID: \"compute2\"") && read.contains("Serial: 1"))
    for name in request.names { #expect(read.contains("                \(name)\n"), "\(read)") }
    // Torn, or for somebody else, it is none.
    for cut in stride(from: 0, to: answer.count - 1, by: 53) {
      #expect(Certification(String(answer.prefix(cut)), of: [key], for: request) == nil)
    }
    let stranger = AuthorityScript.Request(node: request.node, names: ["other"], sources: [], validity: 30)
    #expect(Certification(answer, of: [key], for: stranger) == nil)
    #expect(Certification(answer, of: [KeyToCertify(key.key, isHost: false)], for: request) == nil)
    #expect(Certification(answer, of: [], for: request) == nil)
    let words = line.split(separator: " ")
    for cut in stride(from: 0, to: words[1].count - 1, by: 4) {
      #expect(SSHCertificate("\(words[0]) \(words[1].prefix(cut))") == nil)
    }
  }

  @Test func `a user's key may run a command from its node's addresses, and the authority and its count go on`()
    async throws
  {
    let scratch = try Scratch()
    let user = try await key("ed25519", scratch, isHost: false)
    let host = try await key("ecdsa", scratch, isHost: true)
    let request = try Self.request()
    let asked = try #require(Certification(try await sign(scratch, "", request).output, of: [], for: request))
    let answer = try await sign(scratch, user.line + host.line, request).succeeded("signing").output
    let certification = try #require(Certification(answer, of: [user, host], for: request))
    #expect(asked.certificates.isEmpty && asked.authority == certification.authority)
    let certificates = certification.certificates.compactMap { SSHCertificate($0) }
    #expect(certificates.map(\.serial) == [1, 2] && certificates.map(\.isHost) == [false, true])
    #expect(certificates[0].sources == request.sources && certificates[0].principals == [Migration.principal])
    let read = try await listing(certification.certificates[0], scratch)
    #expect(read.contains("user certificate") && read.contains("Extensions: (none)"))
    #expect(read.contains("source-address 192.168.10.21,fd00::21"))
    let anywhere = try Self.request(sources: [])
    let open = try #require(
      Certification(try await sign(scratch, user.line, anywhere).output, of: [user], for: anywhere))
    #expect(try await listing(open.certificates[0], scratch).contains("Critical Options: (none)"))
  }

  @Test func `the private half is closed and stays where it is, and what was signed is on record`() async throws {
    let scratch = try Scratch()
    let user = try await key("ed25519", scratch, isHost: false)
    let place = "\(scratch.path)/imprint/authority"
    let answer = try await sign(scratch, user.line, Self.request()).succeeded("signing")
    let modes = try [place, "\(place)/key", "\(place)/issued"].map {
      try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
    }
    #expect(modes == [0o700, 0o600, 0o600])
    let secret = try String(contentsOfFile: "\(place)/key", encoding: .utf8)
    for line in secret.split(separator: "\n").dropFirst().dropLast() { #expect(!answer.said.contains(line)) }
    let issued = try String(contentsOfFile: "\(place)/issued", encoding: .utf8).split(separator: " ")
    #expect(issued[0] == "1" && issued[2] == "compute2" && issued[3] == "user" && issued[4].hasPrefix("SHA256:"))
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: place)) == [
        "key", "key.pub", "serial", "issued", "lock",
      ])
  }

  @Test(arguments: ["else ssh-ed25519 AAAA\n", "user AAAA\n", "host\n", "user -----BEGIN OPENSSH PRIVATE KEY-----\n"])
  func `what is no key is not signed, and that is said`(_ input: String) async throws {
    let scratch = try Scratch()
    let answer = try await sign(scratch, input, Self.request())
    #expect(
      answer.status == 1 && answer.error.contains("imprint: ") && !answer.output.contains("certificate"),
      "\(answer.said)")
  }

  @Test func `an account that the directory was made for does it without root`() async throws {
    guard geteuid() == 0, let runuser = RealProgram.find("runuser") else { return RealProgram.missing("root") }
    let scratch = try Scratch()
    let place = "\(scratch.path)/imprint/authority"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    #expect(chown(place, 65534, 65534) == 0 && chmod(place, 0o700) == 0)
    let user = try await key("ed25519", scratch, isHost: false)
    let request = try Self.request()
    // Root goes over to it, and it needs nobody.
    try await sign(scratch, user.line, request).succeeded("as root")
    let words = Self.words(request, scratch)
    let itself = try await runuser.run(["-u", "nobody", "--", "sh", "-c", words], input: user.line)
    #expect(Certification(itself.output, of: [user], for: request) != nil, "\(itself.said)")
    #expect(try FileManager.default.attributesOfItem(atPath: "\(place)/key")[.ownerAccountID] as? Int == 65534)
  }
}
