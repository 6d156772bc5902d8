import Foundation
import Support

/// ssh-keygen, asked about a private key: a copy of it, since it looks at none that others may read.
enum KeyOracle {
  static func publicKey(of file: String, _ scratch: Scratch) async throws -> String {
    let copy = try scratch.write(try String(contentsOfFile: file, encoding: .utf8), to: "asked-key", mode: 0o600)
    let outcome = try await RealProgram.needed("ssh-keygen").run(["-y", "-P", "", "-f", copy])
    guard outcome.status == 0 else { return "no key: \(outcome.error)" }
    return outcome.output.split(separator: " ").prefix(2).joined(separator: " ")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// What is wrong with a key; nil where it is one of that type and size, and its public half stands beside it.
  static func problem(_ file: String, type: String, bits: String?, _ scratch: Scratch) async throws -> String? {
    let key = try await publicKey(of: file, scratch)
    let half = try String(contentsOfFile: file + ".pub", encoding: .utf8)
    guard half.hasPrefix(key + " ") else { return "its public half is \(half), and should be \(key)" }
    let listed = try await RealProgram.needed("ssh-keygen").run(["-l", "-f", file + ".pub"])
      .succeeded("ssh-keygen -l \(file).pub").output
    guard listed.contains("(\(type.uppercased()))") else { return "it is \(listed)" }
    if let bits, !listed.hasPrefix("\(bits) ") { return "it is \(listed)" }
    return nil
  }
}
