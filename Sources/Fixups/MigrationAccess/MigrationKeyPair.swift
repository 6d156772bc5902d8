internal import Documents
internal import Site
internal import Tree

/// The account's own key pair. A copied one is replaced, never kept: the original goes on using it.
struct MigrationKeyPair {
  /// Where ssh looks for keys by itself (ssh(1), -i).
  static let usualNames = ["id_ed25519", "id_rsa", "id_ecdsa", "id_dsa"]

  let account: MigrationAccount
  /// `id_ed25519` or `id_rsa`.
  let name: String
  /// The public halves of private keys that came with the copy.
  private(set) var copied: [OpenSSHKey] = []
  private let situation: Situation
  private let algorithm: String
  private let keepsRSA: Bool
  private let path: TreePath
  private let place: Place?
  private let snapshot: FileSnapshot?
  private let publicPath: TreePath
  private let publicSnapshot: FileSnapshot?
  /// Other private keys in .ssh, with their public halves.
  private var others: [(place: Place, half: Place?)] = []
  /// What an authority has signed of these keys, by the private halves.
  private var certificates: [TreePath: Place] = [:]
  /// One beside the key that is for another: a template's whose key went without it.
  private var strangers: Place?

  init(_ account: MigrationAccount, in situation: Situation) throws {
    self.account = account
    self.situation = situation
    let tree = situation.tree
    keepsRSA = try Self.hasRSAOfItsOwn(account, situation)
    let isRSA = if case .rsa = situation.site.migration.keyType { true } else { keepsRSA }
    name = isRSA ? "id_rsa" : "id_ed25519"
    algorithm = isRSA ? "ssh-rsa" : "ssh-ed25519"
    let link = account.directory.appending(name)
    let place = try tree.place(link)
    if let place, !place.isRemovable {
      throw FixupError("\(link) is a \(place.status.kind.rawValue), not a key: move it away")
    }
    // A link that leads nowhere is replaced itself.
    let target = try place.flatMap { try tree.leadsTo($0) }
    self.place = target ?? place
    path = target?.path ?? link
    snapshot = try target.flatMap { try tree.file($0.path) }
    publicPath = try tree.resolve(link.sibling(".pub"))
    publicSnapshot = try tree.file(publicPath)
    try findOthers()
    for key in [path] + others.map(\.place.path) {
      certificates[key] = try tree.place(key.sibling("-cert.pub")).flatMap { $0.isRemovable ? $0 : nil }
    }
    let certificate = try certificates[path].flatMap { try tree.glance($0.path) }.flatMap {
      SSHCertificate(String(decoding: $0.bytes, as: UTF8.self))
    }
    if let certificate, let publicKey, certificate.key != publicKey { strangers = certificates[path] }
  }

  private mutating func findOthers() throws {
    let tree = situation.tree
    for entry in try tree.listing(account.directory) ?? [] where !entry.name.hasSuffix(".pub") {
      let isCandidate = situation.provenance.isCopy || Self.usualNames.contains(entry.name)
      guard isCandidate, let place = try tree.place(account.directory.appending(entry.name)), place.isRemovable,
        let target = try tree.leadsTo(place), target.status.kind == .regular, target.status.identity.size < 64 << 10,
        let file = try tree.file(place.path), Self.isPrivateKey(file.bytes)
      else { continue }
      let half = try tree.place(place.path.sibling(".pub")).flatMap { $0.isRemovable ? $0 : nil }
      if situation.provenance.isCopy, let half, let file = try tree.file(half.path),
        let key = OpenSSHKey(file.bytes[...]), Peers.isOriginals(key, situation)
      {
        copied.append(key)
      }
      if entry.name != name { others.append((place, half)) }
    }
  }

  /// Whether a node of its own moves guests with an rsa key already, and the site asks for nothing but the default: its
  /// peers know that key, and no other. A site that says rsa, or a node with both, is another matter.
  private static func hasRSAOfItsOwn(_ account: MigrationAccount, _ situation: Situation) throws -> Bool {
    let tree = situation.tree
    let directory = account.directory
    guard !situation.provenance.isCopy, situation.site.migration.keyType == .ed25519,
      try tree.status(directory.appending("id_ed25519")) == nil,
      let half = try tree.glance(directory.appending("id_rsa")), isPrivateKey(half.bytes),
      let key = try tree.glance(directory.appending("id_rsa.pub")).flatMap({ OpenSSHKey($0.bytes[...]) })
    else { return false }
    return key.type == "ssh-rsa" && key.isHalf(ofPrivateKey: half.bytes) != false
  }

  /// Whether a key of another name, such as `id_rsa`, is there when all is done.
  func has(_ other: String) -> Bool {
    others.contains { $0.place.path.name == other } && !(situation.provenance.isCopy || fault != nil && snapshot == nil)
  }

  static func isPrivateKey(_ bytes: [UInt8]) -> Bool {
    let mark = Array("PRIVATE KEY-----".utf8)
    return bytes.indices.contains { bytes[$0] == mark[0] && bytes[$0...].starts(with: mark) }
  }

  private var publicKey: OpenSSHKey? { publicSnapshot.flatMap { OpenSSHKey($0.bytes[...]) } }

  /// Whether what is there came with the copy, or came back.
  private var isOriginals: Bool {
    situation.provenance.isCopy || situation.returned["migration-keys"]?.contains(path) ?? false
  }

  /// Why the pair that is there won't do; nil where it does.
  private var fault: String? {
    if isOriginals, snapshot != nil { return "a copied key is the original's, which goes on using it" }
    guard let snapshot else { return "nova copies disks to its peers over ssh, and there is no key for that" }
    switch Self.isPrivateKey(snapshot.bytes) ? SSHPrivateKey.fault(of: snapshot.bytes) : .damaged {
    case .damaged: return "the key is damaged"
    case .encrypted: return "the key has a passphrase, and nova has nobody to ask for it"
    case nil: break
    }
    guard let publicKey else { return "the public half is missing or damaged" }
    guard publicKey.type == algorithm else { return "the site asks for another type of key" }
    guard publicKey.isHalf(ofPrivateKey: snapshot.bytes) != false else {
      return "the two halves do not belong together"
    }
    if case .rsa(let bits) = situation.site.migration.keyType, let found = publicKey.rsaBits, found < bits {
      return "the site asks for \(bits) bits, and this key has \(found)"
    }
    return nil
  }

  func proposal() -> Proposal {
    var proposal = Proposal(claims: claims)
    if keepsRSA {
      proposal.findings.append(
        Finding(
          .note, "\(account.user) keeps its rsa key, which its peers know",
          advice: "for an ed25519 key, remove \(path) and apply again; then the peers need the new one"))
    }
    if let fault {
      proposal.changes = renewal(because: fault)
      proposal.findings += replacements
    } else if let snapshot, let publicSnapshot {
      proposal.changes = [
        Change.edit(
          snapshot, to: snapshot.bytes, attributes: account.attributes(0o600, keeping: snapshot.attributes),
          because: ["ssh refuses a private key that others can read"], isSecret: true),
        account.edit((publicPath, publicSnapshot), to: publicSnapshot.bytes, newMode: 0o644, because: ""),
      ].compactMap(\.self)
      if let strangers { proposal.changes.append(strangers.removal(because: ["it certifies another key"])) }
    }
    return proposal
  }

  private func renewal(because reason: String) -> [Change] {
    let isEdwards = situation.site.migration.keyType == .ed25519
    let bits: Int? = if case .rsa(let bits) = situation.site.migration.keyType { bits } else { nil }
    let request = KeyRequest(
      name: path.description, type: isEdwards ? .ed25519 : .rsa, bits: bits,
      comment: "\(account.user)@\(situation.node.name)")
    let half: Before = publicSnapshot.map { .file($0) } ?? .absent
    var changes = [
      Change(
        path, .write(.privateKey(request), account.attributes(0o600, keeping: snapshot?.attributes)),
        before: place.map { .unread($0.status) } ?? .absent, reasons: [reason], isSecret: true),
      Change(
        publicPath, .write(.publicKey(request), account.attributes(0o644, keeping: publicSnapshot?.attributes)),
        before: half, reasons: ["the public half of the new key"]),
    ]
    let why =
      situation.provenance.isCopy
      ? "a copied key is the original's, which goes on using it" : "a new key takes its place"
    changes += withoutCertificate(beside: path)
    // A node's own other keys go only where the site asked for another type: then this one takes their place.
    for other in others where situation.provenance.isCopy || snapshot == nil {
      changes.append(other.place.removal(because: [why], isSecret: true))
      if let half = other.half { changes.append(half.removal(because: ["its private half goes"])) }
      changes += withoutCertificate(beside: other.place.path)
    }
    return changes
  }

  /// ssh would go on showing it (ssh_config(5), IdentityFile).
  private func withoutCertificate(beside key: TreePath) -> [Change] {
    certificates[key].map { [$0.removal(because: ["it certifies the key that goes"])] } ?? []
  }

  /// What leads out of .ssh to a key that stays where it is.
  private var replacements: [Finding] {
    guard situation.provenance.isCopy else { return [] }
    return others.filter { $0.place.status.kind == .symbolicLink }.map {
      Finding(
        .warning, "\($0.place.path) was a link to a private key of the original, which stays where it is",
        advice: "remove that key too, or make a new one in its place")
    }
  }

  private var claims: [Claim] {
    let subject = "key of \(account.user) (\(path))"
    if isOriginals, snapshot != nil {
      return [Claim(subject, expected: "the node's own", seen: "the original's", holds: false)]
    }
    guard let snapshot, let publicKey else { return [Claim(subject, expected: algorithm, seen: nil)] }
    let isClosed = snapshot.attributes.mode.bits & 0o077 == 0 && account.isTrusted(snapshot.attributes)
    let seen = publicKey.type + (isClosed ? "" : ", \(snapshot.attributes)")
    let certified = strangers.map {
      Claim(
        "certificate of \(account.user) (\($0.path))", expected: "for the key beside it", seen: "for another",
        holds: false)
    }
    return [Claim(subject, expected: algorithm, seen: seen, holds: isClosed && fault == nil)]
      + [certified].compactMap(\.self)
  }
}
