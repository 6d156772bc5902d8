/// A public key as OpenSSH writes it: type, base64 blob, comment (sshd(8), AUTHORIZED_KEYS FILE FORMAT; RFC 4253 6.6).
///
/// Equal by type and blob: the comment is for people.
public struct SSHPublicKey: Sendable {
  /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, …
  public let type: String
  /// The blob in base64.
  public let base64: String
  public let comment: String

  /// Reads `type base64 comment`, one line. Nil where that isn't a key: bad base64, or a blob that isn't a key of the type.
  public init?(_ text: some StringProtocol) { self.init(Array(text.utf8)[...]) }

  public init?(_ text: ArraySlice<UInt8>) {
    var rest = text.drop { $0 == 0x20 || $0 == 0x09 }
    while let last = rest.last, last.isCBlank { rest = rest.dropLast() }
    guard !rest.contains(0x0A) else { return nil }
    func word() -> ArraySlice<UInt8> {
      let word = rest.prefix { $0 != 0x20 && $0 != 0x09 }
      rest = rest[word.endIndex...].drop { $0 == 0x20 || $0 == 0x09 }
      return word
    }
    let type = word()
    // OpenSSH's base64 reader steps over every blank, a CR or VT too.
    let base64 = word().filter { !$0.isCBlank }[...]
    guard let blob = Base64.decode(base64), Self.isBlob(blob, of: type) else { return nil }
    self.type = String(decoding: type, as: UTF8.self)
    self.base64 = String(decoding: base64, as: UTF8.self)
    self.comment = rest.text
  }

  /// `type base64`, without the comment.
  public var text: String { "\(type) \(base64)" }

  /// Whether a blob is a whole key of a type: strings with a length of four bytes each, the type's name first (RFC 4253
  /// section 6.6, RFC 5656, RFC 8709). Of a certificate, which has numbers among its strings, only the name counts.
  private static func isBlob(_ blob: [UInt8], of type: ArraySlice<UInt8>) -> Bool {
    var strings: [ArraySlice<UInt8>] = []
    var rest = blob[...]
    while rest.count >= 4 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else { break }
      strings.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    guard !type.isEmpty, strings.first == type else { return false }
    switch type.text {
    case "ssh-ed25519": return rest.isEmpty && strings.count == 2 && strings[1].count == 32
    case "ssh-rsa": return rest.isEmpty && strings.count == 3
    case let name where name.hasPrefix("ecdsa-sha2-") && !name.contains("-cert-"):
      return rest.isEmpty && strings.count == 3
    default: return true
    }
  }
}

extension SSHPublicKey: Hashable {
  public static func == (one: Self, other: Self) -> Bool { one.type == other.type && one.base64 == other.base64 }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(base64)
  }
}

/// RFC 4648 section 4, with its padding.
public enum Base64 {
  public static func encode(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0...3 {
        text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// nil for what is not base64, or empty.
  public static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard !text.isEmpty, text.count % 4 == 0 else { return nil }
    let digits = text.prefix { $0 != UInt8(ascii: "=") }
    let padding = text[digits.endIndex...]
    guard padding.count <= 2, padding.allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
    var isRight = true
    let bytes = [UInt8](unsafeUninitializedCapacity: digits.count * 6 / 8) { bytes, count in
      var buffer: UInt32 = 0
      var bits: UInt32 = 0
      for digit in digits {
        guard let value = value(of: digit) else {
          isRight = false
          return
        }
        buffer = buffer << 6 | value
        bits += 6
        if bits >= 8 {
          bits -= 8
          bytes[count] = UInt8(truncatingIfNeeded: buffer >> bits)
          count += 1
        }
      }
      // What is left over must be zero, so that one blob has one spelling.
      isRight = buffer & ((1 << bits) - 1) == 0
    }
    return isRight ? bytes : nil
  }

  private static func value(of digit: UInt8) -> UInt32? {
    switch digit {
    case 0x41...0x5A: UInt32(digit - 0x41)
    case 0x61...0x7A: UInt32(digit - 0x61 + 26)
    case 0x30...0x39: UInt32(digit - 0x30 + 52)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}

extension SSHPublicKey {
  /// The length of an RSA key's modulus (RFC 4253 section 6.6: type, exponent, modulus); nil for other types.
  public var rsaBits: Int? {
    guard type == "ssh-rsa", let blob = Base64.decode(Array(base64.utf8)[...]) else { return nil }
    var rest = blob[...]
    var parts: [ArraySlice<UInt8>] = []
    while rest.count >= 4 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard length <= rest.count - 4 else { return nil }
      parts.append(rest.dropFirst(4).prefix(length))
      rest = rest.dropFirst(4 + length)
    }
    guard parts.count == 3 else { return nil }
    let modulus = parts[2].drop { $0 == 0 }
    return modulus.first.map { modulus.count * 8 - $0.leadingZeroBitCount }
  }
}
