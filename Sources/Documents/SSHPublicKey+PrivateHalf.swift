extension SSHPublicKey {
  /// Whether this is the public half of a private key in OpenSSH's own format, which carries it in the clear even where
  /// the key itself is encrypted (PROTOCOL.key); nil for other formats, which don't tell.
  public func isHalf(ofPrivateKey bytes: [UInt8]) -> Bool? {
    guard let blob = Self.blob(insidePrivateKey: bytes) else { return nil }
    return Base64.decode(Array(base64.utf8)[...]) == Array(blob)
  }

  /// The type that such a private key has, `ssh-ed25519`, and the blob of its public half; nil for other formats.
  public static func publicHalf(ofPrivateKey bytes: [UInt8]) -> (type: String, blob: [UInt8])? {
    guard let blob = blob(insidePrivateKey: bytes) else { return nil }
    var rest = blob
    return string(&rest).map { ($0.text, Array(blob)) }
  }

  /// Takes a length and as many bytes from the front (RFC 4251, section 5, `string`).
  static func string(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard rest.count >= 4 else { return nil }
    let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard length <= rest.count - 4 else { return nil }
    defer { rest = rest.dropFirst(4 + length) }
    return rest.dropFirst(4).prefix(length)
  }

  private static func blob(insidePrivateKey bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var body: [UInt8] = []
    var isInside = false
    for line in Lines(bytes) {
      if line.content.starts(with: "-----END ".utf8) { break }
      if isInside { body += line.content.filter { !$0.isCBlank } }
      if line.content.elementsEqual("-----BEGIN OPENSSH PRIVATE KEY-----".utf8) { isInside = true }
    }
    let magic = Array("openssh-key-v1\0".utf8)
    guard let decoded = Base64.decode(body[...]), decoded.starts(with: magic) else { return nil }
    var rest = decoded.dropFirst(magic.count)
    // Cipher, key derivation and its options, then how many keys follow.
    guard string(&rest) != nil, string(&rest) != nil, string(&rest) != nil, rest.count >= 4 else { return nil }
    rest = rest.dropFirst(4)
    return string(&rest)
  }
}
