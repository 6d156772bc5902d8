import Documents
import Foundation
import Support
import Testing

/// What ssh-keygen makes, and what is left of it.
@Suite("Private keys")
struct SSHPrivateKeyTests {
  @Test(
    "whole, damaged and encrypted ones are told apart, in both formats",
    arguments: [
      ["-t", "ed25519"], ["-t", "rsa", "-b", "2048"], ["-t", "ecdsa"], ["-t", "rsa", "-b", "2048", "-m", "PEM"],
    ])
  func made(_ words: [String]) async throws {
    let scratch = try Scratch()
    let keygen = try RealProgram.needed("ssh-keygen")
    for (name, passphrase) in [("plain", ""), ("closed", "a long one")] {
      try await keygen.run(["-q", "-N", passphrase, "-C", "x", "-f", "\(scratch.path)/\(name)"] + words)
        .succeeded("ssh-keygen")
    }
    func bytes(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/\(name)")))
    }
    let plain = try bytes("plain")
    #expect(SSHPrivateKey.fault(of: plain) == nil)
    #expect(try SSHPrivateKey.fault(of: bytes("closed")) == .encrypted)
    #expect(SSHPrivateKey.fault(of: Array(plain.prefix(40))) == .damaged)
    #expect(SSHPrivateKey.fault(of: Array(plain.dropLast(60))) == .damaged)
    // What ssh-keygen itself makes of lines with a CR, and of a word in front.
    for (name, text) in [
      ("cr", plain.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }), ("front", Array("a word\n".utf8) + plain),
    ] {
      let path = try scratch.write(String(decoding: text, as: UTF8.self), to: name, mode: 0o600)
      let isRead = try await keygen.run(["-y", "-P", "", "-f", path]).status == 0
      #expect((SSHPrivateKey.fault(of: text) == nil) == isRead, "\(name)")
    }
    #expect(SSHPrivateKey.fault(of: Array("none".utf8)) == .damaged)
  }
}
