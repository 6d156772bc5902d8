internal import Documents
internal import Site
internal import Tree

/// One private host key of the tree, and what stands beside it.
struct HostKey {
  struct KeyType: Equatable { var type: KeyRequest.KeyType, bits: Int? }

  let place: Place
  let publicPlace: Place?
  /// Public halves beside links that lead to the key: sshd and ssh-keysign look beside the name that they know it by (OpenSSH's
  /// authfile.c, `sshkey_load_public`).
  let otherHalves: [Place]
  let publicKey: OpenSSHKey?
  /// The certificates that an authority gave the original.
  let certificates: [Place]
  /// Nil for what ssh-keygen makes no more, or what is no key at all.
  let type: KeyType?
  /// For people, where there is no type.
  let typeName: String

  /// - Parameter links: that lead to it.
  init(_ place: Place, links: [TreePath] = [], in tree: any TreeReading) throws {
    self.place = place
    let names = [place.path] + links
    var halves: [Place] = []
    for name in names {
      guard let half = try tree.place(name.sibling(".pub")).flatMap({ try tree.leadsTo($0) }),
        half.status.kind == .regular, !halves.contains(where: { $0.path == half.path })
      else { continue }
      halves.append(half)
    }
    publicPlace = halves.first
    otherHalves = Array(halves.dropFirst())
    publicKey = try publicPlace.flatMap { try tree.file($0.path) }.flatMap { OpenSSHKey($0.bytes[...]) }
    certificates = try names.compactMap { try tree.place($0.sibling("-cert.pub")) }.filter(\.isRemovable)
    let words = try Self.words(publicKey, place, tree)
    var known = words.lazy.compactMap { Self.type($0) }.first
    if known?.type == .rsa { known?.bits = try Self.rsaBits(publicKey, place, tree) }
    type = known
    typeName = words.contains { Self.isDSA($0) } ? "a DSA key" : "a key of unknown type"
  }

  /// What tells the type, most reliable first: the public half, the name, the private half itself.
  private static func words(_ publicKey: OpenSSHKey?, _ place: Place, _ tree: any TreeReading) throws -> [String] {
    if let publicKey { return [publicKey.type] }
    let name = place.path.name
    if let kind = ["ed25519", "ecdsa", "rsa", "dsa"].first(where: { name.contains("_\($0)_") }) { return [kind] }
    guard let file = try tree.file(place.path) else { return [] }
    return [
      OpenSSHKey.publicHalf(ofPrivateKey: file.bytes)?.type
        ?? String(decoding: file.bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    ]
  }

  /// As many as the key has that another takes the place of. Fewer than 2048, which is too few by now (NIST SP 800-131A), and what
  /// no key tells, are ssh-keygen's to choose.
  private static func rsaBits(_ publicKey: OpenSSHKey?, _ place: Place, _ tree: any TreeReading) throws -> Int? {
    var half = publicKey
    if half == nil, let file = try tree.glance(place.path) {
      half = OpenSSHKey.publicHalf(ofPrivateKey: file.bytes).flatMap {
        OpenSSHKey("\($0.type) \(Base64.encode($0.blob))")
      }
    }
    return half?.rsaBits.flatMap { KeyRequest.rsaBits.contains($0) ? $0 : nil }
  }

  private static func type(_ word: String) -> KeyType? {
    switch word {
    case "ssh-ed25519", "ed25519": KeyType(type: .ed25519, bits: nil)
    case "ssh-rsa", "rsa", "-----BEGIN RSA PRIVATE KEY-----": KeyType(type: .rsa, bits: nil)
    case "ecdsa-sha2-nistp384": KeyType(type: .ecdsa, bits: 384)
    case "ecdsa-sha2-nistp521": KeyType(type: .ecdsa, bits: 521)
    case "ecdsa-sha2-nistp256", "ecdsa", "-----BEGIN EC PRIVATE KEY-----": KeyType(type: .ecdsa, bits: nil)
    default: nil
    }
  }

  private static func isDSA(_ word: String) -> Bool {
    ["ssh-dss", "dsa", "-----BEGIN DSA PRIVATE KEY-----"].contains(word)
  }

  /// The key's own mode as far as sshd accepts it: nobody else may read it, except on Red Hat the group that its
  /// ssh-keysign runs in.
  func closedMode(for platform: Platform) -> FileMode {
    let allowed: UInt32 = platform.identity.hostKeysGroup == nil ? 0o600 : 0o640
    return FileMode(place.status.attributes.mode.bits & allowed | 0o600)
  }

  /// What `verify` says of a key that is the node's own.
  func claims(in tree: any TreeReading) throws -> [Claim] {
    let mode = place.status.attributes.mode
    let isClosed = mode.bits & 0o137 == 0
    let bytes = try tree.glance(place.path)?.bytes ?? []
    let fault = SSHPrivateKey.fault(of: bytes)
    let others = try otherHalves.map { try tree.file($0.path).flatMap { OpenSSHKey($0.bytes[...]) } }
    let isPair = ([publicKey] + others).allSatisfy { $0?.isHalf(ofPrivateKey: bytes) != false }
    var seen = publicKey.map(\.type) ?? typeName
    switch fault {
    case .damaged: seen += ", damaged"
    case .encrypted: seen += ", which only a passphrase opens"
    case nil: break
    }
    if fault != .damaged, !isPair { seen += ", and another key's public half" }
    if !isClosed { seen += ", open to others (\(mode))" }
    return [
      Claim(
        "SSH host key (\(place.path))", expected: "a key with its public half, closed to others", seen: seen,
        holds: isClosed && publicKey != nil && fault == nil && isPair)
    ]
  }
}
