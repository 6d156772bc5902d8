internal import Documents
internal import Site
internal import Tree

/// What of sshd's configuration keeps an account out, or from running what it came for, whatever its keys are (sshd_config(5)). Of an
/// option the first value counts, and what is for this user goes before what is for all.
struct SSHPolicies {
  private let account: MigrationAccount
  private let directives: [(directive: SSHClientConfig.Directive, path: TreePath)]
  private let groups: Set<String>

  init(_ account: MigrationAccount, _ situation: Situation) throws {
    self.account = account
    let all = try ServerConfig.files(in: situation.tree).flatMap { file in
      SSHClientConfig(file.bytes).directives.map { ($0, file.path) }
    }
    let own = all.filter { directive, _ in
      guard case .match(let words) = directive.scope, words.count == 2, words[0].lowercased() == "user" else {
        return false
      }
      return words[1].split(separator: ",").contains { $0 == account.user }
    }
    directives = own + all.filter { $0.0.scope == .all }
    groups = try Self.groups(of: account, situation.tree)
  }

  /// The account's own group, and those that list it.
  private static func groups(of account: MigrationAccount, _ tree: any TreeReading) throws -> Set<String> {
    guard let file = try tree.glance("/etc/group") else { return [] }
    let named = Lines(file.bytes).compactMap { line -> String? in
      let fields = line.text.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count > 3 else { return nil }
      let isIn = UInt32(fields[2]) == account.gid || fields[3].split(separator: ",").contains { $0 == account.user }
      return isIn ? String(fields[0]) : nil
    }
    return Set(named)
  }

  private func first(_ keyword: String) -> (arguments: [String], place: String)? {
    directives.first { $0.directive.keyword == keyword }
      .map { ($0.directive.arguments, "\($0.path), line \($0.directive.line)") }
  }

  var findings: [Finding] { [publicKeys, methods, command, allowed, denied].compactMap(\.self) }

  private var publicKeys: Finding? {
    guard let said = first("pubkeyauthentication"), said.arguments.first?.lowercased() == "no" else { return nil }
    return Finding(
      .warning, "sshd takes no keys from \(account.user): PubkeyAuthentication no (\(said.place))",
      advice: "say PubkeyAuthentication yes, in a Match User \(account.user) at least")
  }

  private var methods: Finding? {
    guard let said = first("authenticationmethods"), !said.arguments.isEmpty,
      !said.arguments.contains(where: { ["any", "publickey"].contains($0.lowercased()) })
    else { return nil }
    return Finding(
      .warning, "sshd asks \(account.user) for more than a key: AuthenticationMethods (\(said.place))",
      advice: "say AuthenticationMethods publickey in a Match User \(account.user)")
  }

  private var command: Finding? {
    guard let said = first("forcecommand"), said.arguments.first?.lowercased() != "none" else { return nil }
    return Finding(
      .warning, "sshd runs something else than what \(account.user) asks for: ForceCommand (\(said.place))",
      advice: "say ForceCommand none in a Match User \(account.user)")
  }

  private var allowed: Finding? {
    let patterns = directives.filter { $0.directive.keyword == "allowgroups" }.flatMap(\.directive.arguments)
    guard let said = first("allowgroups"), !patterns.contains(where: mayMatch) else { return nil }
    return Finding(
      .warning, "sshd lets only some groups in, and \(account.user) is in none of them (\(said.place))",
      advice: "add a group of \(account.user)'s to AllowGroups")
  }

  private var denied: Finding? {
    guard
      let found = directives.first(where: { directive, _ in
        directive.keyword == "denygroups" && directive.arguments.contains(where: groups.contains)
      })
    else { return nil }
    return Finding(
      .warning, "sshd refuses a group that \(account.user) is in (\(found.path), line \(found.directive.line))",
      advice: "take \(account.user) out of that group, or the group out of DenyGroups")
  }

  /// A name, or a pattern that may well match.
  private func mayMatch(_ pattern: String) -> Bool {
    groups.contains(pattern) || (!pattern.hasPrefix("!") && pattern.contains { $0 == "*" || $0 == "?" })
  }
}
