internal import Documents
internal import Site
internal import Tree

/// What in sshd's own configuration would make all of it useless. It is said, not changed: it is the operator's policy.
enum ServerObstacles {
  static func proposal(_ account: MigrationAccount, _ situation: Situation) throws -> Proposal {
    let directives = try ServerConfig.directives(in: situation.tree)
    var findings = SSHRefusal.ofServer(directives)
    let found = try SSHPolicies.all(account, situation).map { peer, policies in
      (peer: peer, findings: try unread(policies, account, situation) + policies.findings)
    }
    let counts = found.flatMap(\.findings).reduce(into: [:]) { $0[$1.text, default: 0] += 1 }
    for (peer, ofPeer) in found {
      for var finding in ofPeer where !findings.contains(where: { $0.text.hasPrefix(finding.text) }) {
        // What is not so for each is said with the first of whom it is.
        if let peer, let count = counts[finding.text], count < found.count {
          finding.text += ", when it comes from \(peer)"
        }
        findings.append(finding)
      }
    }
    let pam = directives.first { $0.scope == .all && $0.keyword == "usepam" }?.arguments.first?.lowercased()
    findings += try shadow(account, hasPAM: pam.map { $0 == "yes" }, situation)
    findings += try nologin(account, hasPAM: pam == "yes", situation.tree)
    let claim = Claim(
      "sshd and \(account.user)", expected: "lets it in", seen: findings.map(\.text).joined(separator: "; "),
      holds: false)
    return Proposal(findings: findings, claims: findings.isEmpty ? [] : [claim])
  }

  private static func unread(
    _ policies: SSHPolicies, _ account: MigrationAccount, _ situation: Situation
  ) throws -> [Finding] {
    guard let said = policies.first("authorizedkeysfile"),
      try !said.arguments.contains(where: { try reaches($0, account, situation.tree) })
    else { return [] }
    return [
      Finding(
        .warning, "sshd reads no authorized_keys in \(account.directory) (\(said.place))",
        advice: "add .ssh/authorized_keys to AuthorizedKeysFile, for \(account.user) at least")
    ]
  }

  /// What etc/shadow says against the account; nothing where it cannot be read, as by an ordinary user.
  ///
  /// - Parameter hasPAM: nil where sshd's configuration does not say; then it has none (sshd_config(5), UsePAM).
  private static func shadow(_ account: MigrationAccount, hasPAM: Bool?, _ situation: Situation) throws -> [Finding] {
    let file: FileSnapshot?
    do throws(TreeError) {
      file = try situation.tree.glance("/etc/shadow")
    } catch {
      guard error.code == .notPermitted else { throw error }
      return []
    }
    guard let file else { return [] }
    guard let record = ShadowFile(file.bytes).record(named: account.user) else {
      guard hasPAM == true, account.isShadowed else { return [] }
      return [
        Finding(
          .warning,
          "\(account.user) has no line in /etc/shadow, which /etc/passwd refers to: with UsePAM sshd refuses it",
          advice: "pwconv adds one")
      ]
    }
    var findings: [Finding] = []
    let isLocked = record[.password].first == UInt8(ascii: "!") && situation.site.migration.passwordHash == nil
    // auth.c of OpenSSH, allowed_user: with PAM the lock is PAM's business, which lets keys in.
    if isLocked, hasPAM != true, try !ServerConfig.files(in: situation.tree).isEmpty {
      findings.append(
        Finding(
          .warning, "sshd without UsePAM refuses \(account.user), whose password in /etc/shadow is locked",
          advice: "say UsePAM yes in /etc/ssh/sshd_config, or usermod -p '*' \(account.user)"))
    }
    // Where there is no file of sshd's it is whatever the package brings, and each of them has UsePAM.
    let isHeeded = try hasPAM ?? ServerConfig.files(in: situation.tree).isEmpty
    findings += PasswordAge(record: record, today: situation.today).findings(of: account.user, isHeeded: isHeeded)
    return findings
  }

  /// While etc/nologin is there, whatever it is, sshd lets in root alone: by itself, and with PAM by pam_nologin(8), where its service
  /// asks that module.
  private static func nologin(
    _ account: MigrationAccount, hasPAM: Bool, _ tree: any TreeReading
  ) throws -> [Finding] {
    let path: TreePath = "/etc/nologin"
    guard try tree.target(path) != nil else { return [] }
    let service = hasPAM ? try tree.glance("/etc/pam.d/sshd") : nil
    if let service, !Lines(service.bytes).contains(where: { $0.text.prefix { $0 != "#" }.contains("pam_nologin") }) {
      return []
    }
    return [
      Finding(
        .warning, "\(path) is there: sshd lets in nobody but root, and \(account.user) not either",
        advice: "rm \(path) once the maintenance is over")
    ]
  }

  /// Whether a word of AuthorizedKeysFile leads, over whatever links, to the file that imprint writes.
  private static func reaches(
    _ text: String, _ account: MigrationAccount, _ tree: any TreeReading
  ) throws -> Bool {
    let expanded = expanded(text, account)
    guard let path = TreePath(expanded.hasPrefix("/") ? expanded : "\(account.home)/\(expanded)") else { return false }
    return try tree.resolve(path) == tree.resolve(account.directory.appending("authorized_keys"))
  }

  /// sshd_config(5), TOKENS.
  private static func expanded(_ text: String, _ account: MigrationAccount) -> String {
    var result = ""
    var rest = text[...]
    while let first = rest.popFirst() {
      guard first == "%", let token = rest.popFirst() else {
        result.append(first)
        continue
      }
      switch token {
      case "h": result += account.home.description
      case "u": result += account.user
      case "U": result += String(account.uid)
      default: result.append(token)
      }
    }
    return result
  }
}
