internal import Documents
internal import Tree

/// What in sshd's own configuration would make all of it useless. It is said, not changed: it is the operator's policy.
enum ServerObstacles {
  static func proposal(_ account: MigrationAccount, _ situation: Situation) throws -> Proposal {
    let directives = try ServerConfig.files(in: situation.tree).flatMap { file in
      SSHClientConfig(file.bytes).directives.filter { $0.scope == .all }.map { ($0, file.path) }
    }
    var findings: [Finding] = []
    if let (directive, path) = directives.first(where: { $0.0.keyword == "authorizedkeysfile" }),
      !directive.arguments.contains(where: { reaches($0, account) })
    {
      findings.append(
        Finding(
          .warning, "sshd reads no authorized_keys in \(account.directory) (\(path), line \(directive.line))",
          advice: "add .ssh/authorized_keys to AuthorizedKeysFile, for \(account.user) at least"))
    }
    for (directive, path) in directives
    where directive.keyword == "denyusers" && directive.arguments.contains(account.user) {
      findings.append(
        Finding(
          .warning, "sshd refuses \(account.user) (\(path), line \(directive.line))", advice: "take it out of DenyUsers"
        ))
    }
    let allowed = directives.filter { $0.0.keyword == "allowusers" }
    if let (directive, path) = allowed.first, !allowed.flatMap(\.0.arguments).contains(where: { allows($0, account) }) {
      findings.append(
        Finding(
          .warning,
          "sshd lets only some users in, and \(account.user) is none of them (\(path), line \(directive.line))",
          advice: "add \(account.user) to AllowUsers"))
    }
    return Proposal(findings: findings)
  }

  /// sshd_config(5): relative to the home directory; %h, %u and %% stand for it, the user and a percent sign.
  private static func reaches(_ text: String, _ account: MigrationAccount) -> Bool {
    let home = account.home.description
    let expanded = text.split(separator: "%h", omittingEmptySubsequences: false).joined(separator: home)
      .split(separator: "%u", omittingEmptySubsequences: false).joined(separator: account.user)
    let path = expanded.hasPrefix("/") ? expanded : "\(home)/\(expanded)"
    return TreePath(path) == account.directory.appending("authorized_keys")
  }

  /// `user`, `user@host`, or a pattern that may well match.
  private static func allows(_ pattern: String, _ account: MigrationAccount) -> Bool {
    pattern.split(separator: "@").first.map { $0 == account.user || $0.contains("*") || $0.contains("?") } ?? false
  }
}
