/// A private key, as far as it can be told without computing (PROTOCOL.key of OpenSSH; RFC 7468).
public enum SSHPrivateKey {
  public enum Fault: Sendable {
    /// No program reads it.
    case damaged
    /// It opens with a passphrase only.
    case encrypted
  }

  public static func fault(of bytes: [UInt8]) -> Fault? {
    // Of its own format OpenSSH takes nothing in front, nor lines with a CR (sshkey.c, private2_uudecode).
    let own = "-----BEGIN OPENSSH PRIVATE KEY-----"
    if Lines(bytes).contains(where: { $0.content.starts(with: own.utf8) }), !bytes.starts(with: "\(own)\n".utf8) {
      return .damaged
    }
    var lines = Lines(bytes).map(\.content)[...]
    guard let start = lines.firstIndex(where: { $0.starts(with: "-----BEGIN ".utf8) }) else { return .damaged }
    let label = String(decoding: lines[start], as: UTF8.self).dropFirst("-----BEGIN ".count)
    let end = Array("-----END \(label)".utf8)
    lines = lines[(start + 1)...]
    guard let last = lines.firstIndex(where: { $0.starts(with: end) }) else { return .damaged }
    lines = lines[..<last]
    if label.hasPrefix("ENCRYPTED ") { return .encrypted }
    if lines.contains(where: { $0.starts(with: "Proc-Type: 4,ENCRYPTED".utf8) }) { return .encrypted }
    guard let body = Base64.decode(Array(lines.joined().filter { !$0.isCBlank })[...]) else { return .damaged }
    return label.hasPrefix("OPENSSH ") ? fault(ofOpenSSH: body) : nil
  }

  private static func fault(ofOpenSSH body: [UInt8]) -> Fault? {
    let magic = Array("openssh-key-v1\0".utf8)
    guard body.starts(with: magic) else { return .damaged }
    var rest = body.dropFirst(magic.count)
    guard let cipher = SSHPublicKey.string(&rest), SSHPublicKey.string(&rest) != nil,
      SSHPublicKey.string(&rest) != nil, rest.count >= 4
    else { return .damaged }
    rest = rest.dropFirst(4)
    guard let half = SSHPublicKey.string(&rest), let secret = SSHPublicKey.string(&rest) else { return .damaged }
    guard cipher.elementsEqual("none".utf8) else { return .encrypted }
    // Two equal numbers tell that it was deciphered rightly; then the key, which begins as its public half does.
    guard secret.count > 8, secret.prefix(4).elementsEqual(secret.dropFirst(4).prefix(4)) else { return .damaged }
    var (own, other) = (secret.dropFirst(8), half)
    return SSHPublicKey.string(&own) == SSHPublicKey.string(&other) ? nil : .damaged
  }
}
