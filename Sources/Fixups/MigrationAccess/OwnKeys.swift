public import Documents
public import Site
public import Tree

/// The public halves of a node's own keys: what it tells its peers of itself.
public struct OwnKeys: Sendable {
  /// One line each, as their files have them.
  public var hostKeys: [String] { keys.filter(\.isHost).map(\.line) }
  /// Empty where the node moves no guests, or has no key for that yet.
  public var migrationKeys: [String] { keys.filter { !$0.isHost }.map(\.line) }
  public private(set) var keys: [OwnKey] = []

  public init(of situation: Situation) throws {
    for half in try KnownPeers.hostKeyFiles(situation.tree, situation) {
      if let key = try OwnKey(half, isHost: true, situation.tree) { keys.append(key) }
    }
    guard situation.movesGuests else { return }
    let account = try MigrationAccount(in: situation)
    let pair = try MigrationKeyPair(account, in: situation)
    guard let half = try account.file("\(pair.name).pub", situation.tree).snapshot,
      let key = try OwnKey(half, isHost: false, situation.tree)
    else { return }
    keys.append(key)
  }
}

/// One of them, and what an authority has signed for it.
public struct OwnKey: Sendable {
  public let key: Documents.SSHPublicKey
  public let isHost: Bool
  /// The public half.
  public let path: TreePath
  /// Where its certificate is, or would be: KEY-cert.pub, as ssh-keygen names it, and where ssh looks for it.
  public let certificatePath: TreePath
  /// What stands there, if that is a certificate for this very key.
  public let certificate: SSHCertificate?
  public let certificateLine: String?
  /// The file there, whatever it is.
  let certificateFile: FileSnapshot?

  /// nil where the file is no key.
  init?(_ half: FileSnapshot, isHost: Bool, _ tree: any TreeReading) throws {
    guard let key = OpenSSHKey(half.bytes[...]), half.path.name.hasSuffix(".pub") else { return nil }
    self.key = key
    self.isHost = isHost
    path = half.path
    certificatePath = try tree.resolve(half.path.parent.appending("\(half.path.name.dropLast(4))-cert.pub"))
    certificateFile = try tree.file(certificatePath)
    let line = certificateFile.map { String(decoding: $0.bytes, as: UTF8.self).prefix { !$0.isNewline } }
    let certificate = line.flatMap { SSHCertificate($0) }
    let isForKey = certificate?.key == key && certificate?.isHost == isHost
    self.certificate = isForKey ? certificate : nil
    certificateLine = isForKey ? line.map(String.init) : nil
  }

  var line: String { key.comment.isEmpty ? key.text : "\(key.text) \(key.comment)" }
}

extension Situation {
  /// What the migration user's ssh knows; nothing where the node moves no guests.
  public func knownHosts() throws -> KnownHosts {
    guard movesGuests else { return KnownHosts([]) }
    return KnownHosts(try MigrationAccount(in: self).file("known_hosts", tree).snapshot?.bytes ?? [])
  }

  /// Whose signature on a host key counts here by now: also where the site wants keys again, until all of those are known.
  public func authorities() throws -> [Documents.SSHPublicKey] {
    guard movesGuests else {
      return site.migration.authority.flatMap { Documents.SSHPublicKey($0.description) }.map { [$0] } ?? []
    }
    return try knownHosts().entries.filter { Authority.isOwn($0) }.map(\.key) + [authority()].compactMap(\.self)
  }

  /// Who certifies keys, where the site wants certificates and it is known who.
  public func authority() throws -> Documents.SSHPublicKey? {
    guard movesGuests else { return nil }
    return try Authority(in: self, MigrationAccount(in: self))?.key
  }
}

extension Site {
  /// Short and full name of a node, then every address: what others call it.
  public func names(of node: Node) -> [String] { Peers.names(of: node, in: self) }
}
