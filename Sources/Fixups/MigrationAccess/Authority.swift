internal import Documents
internal import Site
internal import Tree

/// Who certifies the keys of migration users and of hosts: one line in authorized_keys and one in known_hosts, on every node the
/// same and whatever number of nodes there are. What a certificate is good for stands in the certificate.
struct Authority {
  /// By which imprint knows its own line in known_hosts.
  static let comment = "imprint-authority"
  private static let mark = "cert-authority,principals=\"\(Migration.principal)\","

  let key: OpenSSHKey

  /// As the site says it; else as an earlier join has left it in authorized_keys, here or on the disk that this one was
  /// copied from. nil where nobody has said it, or the site wants keys.
  init?(in situation: Situation, _ keys: AuthorizedKeys) {
    guard situation.site.migration.access == .certificate else { return nil }
    let said = situation.site.migration.authority.map { "\($0.algorithm) \($0.blob)" }
    let learned = keys.entries.first { Self.isOwn($0) }?.key.text
    guard let text = said ?? learned, let key = OpenSSHKey("\(text) \(Self.comment)") else { return nil }
    self.key = key
  }

  init?(in situation: Situation, _ account: MigrationAccount) throws {
    self.init(in: situation, AuthorizedKeys(try account.file("authorized_keys", situation.tree).snapshot?.bytes ?? []))
  }

  // MARK: authorized_keys

  static func isOwn(_ entry: AuthorizedKeys.Entry) -> Bool { entry.options.hasPrefix(mark) }

  /// A certificate says itself from which addresses its own node may use it; the line, from which networks anybody may.
  static func options(in situation: Situation) throws -> String {
    let sources: [Subnet] =
      switch situation.site.migration.restriction {
      case .peerAddresses: situation.site.computeSubnets
      case .anywhere: []
      case .sources(let subnets): subnets
      }
    return mark + (try AuthorizedPeers.options(from: sources.map(\.description), situation))
  }

  func authorize(in file: inout AuthorizedKeys, _ situation: Situation) throws {
    let key = key
    file.removeAll { Self.isOwn($0) && $0.key != key }
    file.ensure(key, options: try Self.options(in: situation))
  }

  // MARK: known_hosts

  static func isOwn(_ entry: KnownHosts.Entry) -> Bool {
    entry.marker == .certAuthority && entry.hosts == ["*"] && entry.key.comment == comment
  }

  func trust(in file: inout KnownHosts) {
    let key = key
    file.removeAll { Self.isOwn($0) && $0.key != key }
    file.ensureAuthority(key)
  }
}
