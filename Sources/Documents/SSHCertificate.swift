/// What an authority has signed, as ssh-keygen writes it into KEY-cert.pub (OpenSSH's PROTOCOL.certkeys).
///
/// It is read what it says; whether the signature is right is for OpenSSH's own programs to see.
public struct SSHCertificate: Sendable, Hashable {
  /// The key that it is for, and the one that signed it.
  public let key: SSHPublicKey
  public let authority: SSHPublicKey
  public let isHost: Bool
  public let serial: UInt64
  public let identifier: String
  public let principals: [String]
  /// From where it may be used, addresses and subnets (`source-address`); none: from anywhere.
  public let sources: [String]
  /// Seconds since the epoch; `UInt64.max` is for ever.
  public let validFrom: UInt64
  public let validUntil: UInt64

  private static let suffix = "-cert-v01@openssh.com"

  /// How many fields the public key of each type has after its name (RFC 4253 section 6.6, RFC 5656, RFC 8709).
  private static let fields = [
    "ssh-ed25519": 1, "ssh-rsa": 2, "ecdsa-sha2-nistp256": 2, "ecdsa-sha2-nistp384": 2, "ecdsa-sha2-nistp521": 2,
  ]

  /// Whether a key of this type can be certified in a way that is read here.
  public static func certifies(_ type: String) -> Bool { fields[type] != nil }

  /// nil where the line is no certificate of a type that is known here, or not a whole one.
  public init?(_ line: some StringProtocol) {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count >= 2, words[0].hasSuffix(Self.suffix), let blob = Base64.decode(Array(words[1].utf8)[...])
    else { return nil }
    let type = String(words[0].dropLast(Self.suffix.count))
    guard let count = Self.fields[type] else { return nil }
    var wire = Wire(blob[...])
    // The name of the type, a nonce, and the key's own fields.
    guard let name = wire.string(), name.elementsEqual(words[0].utf8), wire.string() != nil else { return nil }
    let keyFields = (0..<count).compactMap { _ in wire.string() }
    guard keyFields.count == count, let serial = wire.number(bytes: 8), let kind = wire.number(bytes: 4),
      let identifier = wire.string(), let list = wire.string(), let from = wire.number(bytes: 8),
      let until = wire.number(bytes: 8)
    else { return nil }
    // Extensions and what is reserved between them; then who signed, and the signature.
    guard let options = wire.string(), wire.string() != nil, wire.string() != nil, let signer = wire.string(),
      wire.string() != nil, wire.isAtEnd, [1, 2].contains(kind)
    else { return nil }
    let body = ([Array(type.utf8)[...]] + keyFields).flatMap(Wire.string)
    guard let key = SSHPublicKey("\(type) \(Base64.encode(body))"), let authority = Self.key(signer),
      let principals = Wire.strings(list), let sources = Self.sources(options)
    else { return nil }
    self.key = key
    self.authority = authority
    isHost = kind == 2
    self.serial = serial
    self.identifier = identifier.text
    self.principals = principals.map(\.text)
    self.sources = sources
    validFrom = from
    validUntil = until
  }

  /// Critical options are names and values in turns, a value being a string in a string.
  private static func sources(_ options: ArraySlice<UInt8>) -> [String]? {
    guard let words = Wire.strings(options), words.count.isMultiple(of: 2) else { return nil }
    for place in stride(from: 0, to: words.count, by: 2) where words[place].text == "source-address" {
      var value = Wire(words[place + 1])
      return value.string()?.text.split(separator: ",").map(String.init)
    }
    return []
  }

  private static func key(_ blob: ArraySlice<UInt8>) -> SSHPublicKey? {
    var wire = Wire(blob)
    return wire.string().flatMap { SSHPublicKey("\($0.text) \(Base64.encode(Array(blob)))") }
  }
}

/// Data types of the SSH protocol (RFC 4251, section 5).
private struct Wire {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func number(bytes size: Int) -> UInt64? {
    guard rest.count >= size else { return nil }
    defer { rest = rest.dropFirst(size) }
    return rest.prefix(size).reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func string() -> ArraySlice<UInt8>? {
    guard let length = number(bytes: 4), length <= UInt64(rest.count) else { return nil }
    defer { rest = rest.dropFirst(Int(length)) }
    return rest.prefix(Int(length))
  }

  /// Strings one behind the other, and nothing else; else nil.
  static func strings(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
    var wire = Wire(bytes)
    var strings: [ArraySlice<UInt8>] = []
    while !wire.isAtEnd {
      guard let next = wire.string() else { return nil }
      strings.append(next)
    }
    return strings
  }

  static func string(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (24 - 8 * $0)) } + bytes
  }
}
