/// One OpenSSH public key, as a line of a .pub file says it.
public struct SSHPublicKey: TextValue {
  public static var kind: String { "an OpenSSH public key" }
  /// ssh-ed25519, ecdsa-sha2-nistp256, …
  public let algorithm: String
  /// The key itself, in base64.
  public let blob: String
  public let comment: String

  static let algorithms = [
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
  ]

  public init(_ text: String) throws(InvalidValue) {
    guard !text.contains("PRIVATE KEY") else {
      throw InvalidValue(
        "this is a private key (its text is not shown here)", "write the line of the .pub file instead")
    }
    let isOneLine = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    let words = text.split(separator: " ", maxSplits: 2)
    guard isOneLine, words.count >= 2, Self.algorithms.contains(String(words[0])) else {
      throw InvalidValue(
        "\(quoted(text)) is not an OpenSSH public key",
        "write one line of a .pub file, such as ssh-ed25519 AAAA… nova@compute")
    }
    algorithm = String(words[0])
    blob = String(words[1])
    comment = words.count > 2 ? String(words[2]) : ""
    // The blob begins with the length and the name of its own algorithm (RFC 4253 6.6).
    let name = Array(algorithm.utf8)
    guard let decoded = decodeBase64(blob), decoded.count > name.count + 8,
      decoded.starts(with: [0, 0, 0, UInt8(name.count)] + name)
    else {
      throw InvalidValue("the key in \(quoted(text)) is damaged", "copy the whole line of the .pub file again")
    }
  }

  public var description: String { comment.isEmpty ? "\(algorithm) \(blob)" : "\(algorithm) \(blob) \(comment)" }
}

func decodeBase64(_ text: String) -> [UInt8]? {
  let bytes = Array(text.utf8)
  guard bytes.count % 4 == 0 else { return nil }
  let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
  guard padding <= 2 else { return nil }
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count / 4 * 3)
  var buffer: UInt32 = 0
  var bits = 0
  for byte in bytes.dropLast(padding) {
    let digit: UInt8
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): digit = 62
    case UInt8(ascii: "/"): digit = 63
    default: return nil
    }
    buffer = (buffer << 6 | UInt32(digit)) & 0xFFFF
    bits += 6
    if bits >= 8 {
      bits -= 8
      result.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
    }
  }
  return result
}
