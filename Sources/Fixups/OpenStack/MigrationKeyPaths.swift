internal import Documents
internal import Site
internal import Tree

/// Options of nova's that name the key of the account that moves guests by its path (`…?keyfile=/var/lib/nova/.ssh/id_rsa`), which the
/// pair of this node may not have.
enum MigrationKeyPaths {
  static func renew(in documents: inout OsloDocuments, _ situation: Situation) throws -> [Claim] {
    let named = documents.paths.filter { path in
      guard let document = documents[path], !document.isVendors else { return false }
      // Hardly any does.
      return document.config.mayMention("/.ssh/id_")
    }
    guard situation.movesGuests, !named.isEmpty, let account = try? MigrationAccount(in: situation) else { return [] }
    let keys = try MigrationKeyPair(account, in: situation)
    let gone = MigrationKeyPair.usualNames.filter { $0 != keys.name && !keys.has($0) }
    let own = account.directory.appending(keys.name).description
    var claims: [Claim] = []
    for path in named {
      for (position, option) in (documents[path]?.config.options ?? []).enumerated() {
        for name in gone {
          let former = account.directory.appending(name).description
          guard Token(former).occurs(in: option.value) else { continue }
          let subject = "\(option.key) in [\(option.section)]"
          try documents.edit(path, because: "\(subject) named \(former), and \(account.user)'s key is \(keys.name)") {
            config throws(EditError) in
            try config.replaceToken(former, with: own, inOptionAt: position)
          }
          claims.append(Claim("\(subject) (\(path))", expected: own, seen: former, holds: false))
        }
      }
    }
    return claims
  }
}
