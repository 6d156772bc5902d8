internal import Documents
internal import Site
internal import Tree

/// Certificates beside the keys that they are for, and sshd told to show those of its host keys. They come from the authority,
/// whom only a joining node goes to, and go when a node has joined with keys again; an apply keeps what is there.
public struct Certificates: Fixup {
  public let name = "certificates"
  private let fresh: [SSHCertificate: String]
  private let withdraws: Bool

  /// - Parameters:
  ///   - lines: As the authority has just signed them for this node.
  ///   - withdraws: Whether every peer knows this node's keys, so that certificates may go where the site wants none.
  public init(_ lines: [String] = [], withdraws: Bool = false) {
    self.withdraws = withdraws
    fresh = Dictionary(lines.compactMap { line in SSHCertificate(line).map { ($0, line) } }, uniquingKeysWith: { $1 })
  }

  public func propose(for situation: Situation) throws -> Proposal {
    guard situation.movesGuests else { return Proposal() }
    guard situation.site.migration.access == .certificate else {
      return withdraws ? try withdrawal(situation) : Proposal()
    }
    let server = try ServerCertificates(in: situation)
    let keys: [OwnKey]
    let authority: OpenSSHKey?
    do {
      keys = try OwnKeys(of: situation).keys
      authority = try situation.authority()
    } catch is FixupError {
      // Migration access has said it already.
      return Proposal()
    }
    var proposal = Proposal()
    var shown: [TreePath] = []
    for key in keys where SSHCertificate.certifies(key.key.type) {
      guard !server.isForeign(key, to: authority) else {
        proposal.findings.append(foreign(key))
        continue
      }
      let line = fresh.first { $0.key.key == key.key && $0.key.isHost == key.isHost }?.value
      if let line { proposal.changes += try change(key, line, situation) }
      if key.isHost, line != nil || key.certificate != nil { shown.append(key.certificatePath) }
    }
    let isWhole = !keys.isEmpty && keys.allSatisfy { $0.certificate != nil || !SSHCertificate.certifies($0.key.type) }
    if !isWhole, fresh.isEmpty {
      proposal.findings.append(
        Finding(
          .note, "keys of this node are not certified yet, without which no guest can be moved from or to it",
          advice: "imprint join has the authority on the controller sign them"))
    }
    return proposal + (try server.proposal(showing: shown, situation))
  }

  private func foreign(_ key: OwnKey) -> Finding {
    Finding(
      .warning, "\(key.certificatePath) is not the site's authority's, and is left as it is: peers do not know it",
      advice: "remove it, and imprint join has \(key.path.name) certified")
  }

  private func change(_ key: OwnKey, _ line: String, _ situation: Situation) throws -> [Change] {
    let bytes = Array((line + "\n").utf8)
    let reasons = ["the authority has certified this key"]
    if let there = key.certificateFile { return Change.edit(there, to: bytes, because: reasons).map { [$0] } ?? [] }
    guard let half = try situation.tree.status(key.path) else { return [] }
    let attributes = half.attributes.with(mode: FileMode(0o644))
    return [.create(key.certificatePath, .bytes(bytes), attributes, because: reasons)]
  }

  /// What imprint has brought goes, anybody else's stays.
  private func withdrawal(_ situation: Situation) throws -> Proposal {
    let server = try ServerCertificates(in: situation)
    let users = try OwnKeys(of: situation).keys.filter { $0.certificate?.principals == [Migration.principal] }
    let removals = try (server.shown + users.map(\.certificatePath)).compactMap { try situation.tree.place($0) }
      .filter(\.isRemovable).map { $0.removal(because: ["the site wants keys, and no certificates"]) }
    return Proposal(changes: removals) + (try server.proposal(showing: [], situation))
  }
}

extension Situation {
  /// Keys of this node that the authority may sign: of a type that it can, and where nobody else's certificate stands.
  public func keysToCertify() throws -> [OwnKey] {
    let server = try ServerCertificates(in: self)
    let authority = try authority()
    return try OwnKeys(of: self).keys.filter {
      SSHCertificate.certifies($0.key.type) && !server.isForeign($0, to: authority)
    }
  }
}

/// sshd's HostCertificate lines (sshd_config(5)): in a file of their own where sshd_config includes such, else at its top, before a
/// Match could stand.
private struct ServerCertificates {
  private static let own: TreePath = "/etc/ssh/sshd_config.d/imprint-certificates.conf"
  private static let head = "# Kept by imprint: what the site's authority has certified."

  private let config: FileSnapshot?
  private let dropIn: FileSnapshot?
  private let isIncluded: Bool
  private var block: MarkedBlock

  init(in situation: Situation) throws {
    config = try situation.tree.file("/etc/ssh/sshd_config")
    dropIn = try situation.tree.file(Self.own)
    isIncluded = SSHClientConfig(config?.bytes ?? []).directives(named: "Include").contains { directive in
      directive.scope == .all
        && directive.arguments.contains { ["/etc/ssh/sshd_config.d/*.conf", "sshd_config.d/*.conf"].contains($0) }
    }
    do throws(MarkedBlockError) {
      block = try MarkedBlock(config?.bytes ?? [], name: "certificates")
    } catch {
      throw FixupError(
        "/etc/ssh/sshd_config:\(error.line): the lines between imprint's markers cannot be told: \(error.reason); put the markers right, or remove them"
      )
    }
  }

  private static func line(_ path: TreePath) -> String { "HostCertificate \(path)" }

  /// What sshd shows because imprint said so.
  var shown: [TreePath] {
    let lines = (block.content ?? []) + Lines(dropIn?.bytes ?? []).map(\.text)
    return lines.compactMap { $0.hasPrefix("HostCertificate ") ? TreePath(String($0.dropFirst(16))) : nil }
  }

  /// Whether somebody else put a host's certificate there. ssh has one place for a user's.
  func isForeign(_ key: OwnKey, to authority: OpenSSHKey?) -> Bool {
    key.isHost && key.certificateFile != nil && !shown.contains(key.certificatePath)
      && (authority == nil || key.certificate?.authority != authority)
  }

  func proposal(showing paths: [TreePath], _ situation: Situation) throws -> Proposal {
    // Without a server there is nobody to show anything.
    guard let config else { return Proposal() }
    let lines = paths.map(Self.line)
    let usesDropIn = isIncluded && !lines.isEmpty
    var block = block
    if usesDropIn || lines.isEmpty { block.remove() } else { block.set(lines, at: .top) }
    let reason = lines.isEmpty ? "there is no certificate to show" : "sshd has to show its certificates"
    var changes = Change.edit(config, to: block.bytes, because: [reason]).map { [$0] } ?? []
    changes += try dropInChange(usesDropIn ? lines : [], reason, situation)
    let seen = SSHClientConfig(block.bytes).directives + SSHClientConfig(dropIn?.bytes ?? []).directives
    let claims = zip(paths, lines).map { path, line in
      Claim(
        "certificates that sshd shows", expected: line,
        seen: seen.contains { $0.keyword == "hostcertificate" && $0.arguments == [path.description] } ? line : nil)
    }
    return Proposal(changes: changes, claims: claims)
  }

  private func dropInChange(_ lines: [String], _ reason: String, _ situation: Situation) throws -> [Change] {
    guard !lines.isEmpty else {
      return try situation.tree.place(Self.own).map { [$0.removal(because: [reason])] } ?? []
    }
    let bytes = Array(([Self.head] + lines).joined(separator: "\n").utf8) + [0x0A]
    if let dropIn { return Change.edit(dropIn, to: bytes, because: [reason]).map { [$0] } ?? [] }
    let parents = try situation.missingParents(of: Self.own, because: "sshd_config includes it")
    let new = try situation.newFile(Self.own, mode: 0o644)
    return parents + [.create(new.path, .bytes(bytes), new.attributes, because: [reason])]
  }
}
