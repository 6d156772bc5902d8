internal import Documents
internal import Site
internal import Tree

/// The account's records: its login shell in /etc/passwd, and its password in /etc/shadow where the site gives one.
enum LoginRecords {
  static func proposal(_ account: MigrationAccount, _ situation: Situation) throws -> Proposal {
    try shell(account, situation) + password(account, situation)
  }

  private static func shell(_ account: MigrationAccount, _ situation: Situation) throws -> Proposal {
    let shell = situation.platform.migration.shell.description
    try check(shell, account, situation)
    var passwd = PasswdFile(account.passwd.bytes)
    let seen = passwd.record(named: account.user)?.loginShell
    do {
      if seen != shell { try passwd.setField(.shell, of: account.user, to: Array(shell.utf8)) }
    } catch {
      throw FixupError("/etc/passwd: the shell of \(account.user) cannot be set to \(shell)")
    }
    let change = Change.edit(
      account.passwd, to: passwd.bytes,
      because: [
        "sshd runs every command of a peer through this shell"
          + (runsNothing(seen) ? ", and \(seen ?? "") runs none" : "")
      ])
    return Proposal(
      changes: change.map { [$0] } ?? [], claims: [Claim("login shell of \(account.user)", expected: shell, seen: seen)]
    )
  }

  static func runsNothing(_ program: String?) -> Bool {
    program.map { $0.hasSuffix("/nologin") || $0.hasSuffix("/false") } ?? false
  }

  /// A shell that isn't there would lock the account out, and one that isn't listed is no login shell to PAM.
  private static func check(_ shell: String, _ account: MigrationAccount, _ situation: Situation) throws {
    let tree = situation.tree
    guard let path = TreePath(shell), let status = try tree.target(path) else {
      throw FixupError("\(shell), the shell that \(account.user) shall have, is not in the tree: install it first")
    }
    guard status.kind == .regular, status.attributes.mode.bits & 0o111 != 0 else {
      throw FixupError("\(shell), the shell that \(account.user) shall have, is not an executable file")
    }
    guard let shells = try tree.file("/etc/shells"), !ShellsFile(shells.bytes).contains(shell) else { return }
    throw FixupError(
      "\(shell), the shell that \(account.user) shall have, is not listed in /etc/shells: add it there first")
  }

  private static func password(_ account: MigrationAccount, _ situation: Situation) throws -> Proposal {
    guard let hash = situation.site.migration.passwordHash?.reveal else { return Proposal() }
    guard let file = try situation.tree.file("/etc/shadow") else {
      throw FixupError("there is no /etc/shadow for the password hash that the site gives \(account.user)")
    }
    var shadow = ShadowFile(file.bytes)
    guard let record = shadow.record(named: account.user) else {
      if let line = shadow.refusedLine(named: account.user) {
        throw FixupError.unreadableRecord(account.user, file, line)
      }
      throw FixupError("\(account.user) has no record in /etc/shadow for the password hash that the site gives")
    }
    let isSet = record.text(.password) == hash
    do {
      try shadow.setField(.password, of: account.user, to: Array(hash.utf8))
    } catch {
      throw FixupError("/etc/shadow: the password hash of \(account.user) cannot be written")
    }
    let change = Change.edit(
      file, to: shadow.bytes, because: ["the site gives this account a password"], isSecret: true)
    let claim = Claim(
      "password of \(account.user)", expected: "as the site says", seen: isSet ? "as the site says" : "another",
      holds: isSet)
    return Proposal(changes: change.map { [$0] } ?? [], claims: [claim])
  }
}

extension FixupError {
  /// A record that the C library passes over, as if it were not there.
  static func unreadableRecord(_ user: String, _ file: FileSnapshot, _ line: Int) -> FixupError {
    FixupError(
      "\(file.path):\(line): no program can read this record of \(user): a field is missing, is no number, or has a stray character such as a carriage return or a byte order mark; correct the line"
    )
  }
}
