internal import Documents
internal import Site
internal import Tree

/// What sshd says to the account when it comes from one place (sshd_config(5)): of an option the first value counts, and what a `Match`
/// says goes before what is said for all.
struct SSHPolicies {
  private let account: MigrationAccount
  private let groups: [String]
  /// The names and addresses of whoever comes; none: from anywhere.
  private let origin: [String]
  /// Where it comes to.
  private let own: [String]
  /// What its keys, or their certificates, are for.
  private let kinds: KeyAlgorithms
  private var directives: [ServerConfig.Directive] = []

  /// One for all peers, or one for each where sshd tells them apart.
  static func all(_ account: MigrationAccount, _ situation: Situation) throws -> [(
    peer: String?, policies: SSHPolicies
  )] {
    let directives = try ServerConfig.directives(in: situation.tree)
    let groups = try groups(of: account, situation.tree)
    func policies(_ origin: [String]) -> SSHPolicies { SSHPolicies(account, groups, origin, situation, directives) }
    guard directives.contains(where: tellsApart) else { return [(nil, policies([]))] }
    return Peers(of: situation).all.map { ($0.name, policies($0.names)) }
  }

  private static func tellsApart(_ directive: ServerConfig.Directive) -> Bool {
    switch directive.keyword {
    case "match": directive.arguments.contains { ["address", "host"].contains($0.lowercased()) }
    case "allowusers", "denyusers": directive.arguments.contains { $0.contains("@") }
    default: false
    }
  }

  private init(
    _ account: MigrationAccount, _ groups: [String], _ origin: [String], _ situation: Situation,
    _ all: [ServerConfig.Directive]
  ) {
    self.account = account
    self.groups = groups
    self.origin = origin
    own = situation.node.allAddresses.map(\.description)
    kinds = KeyAlgorithms(
      of: [situation.site.migration.keyType == .ed25519 ? "ssh-ed25519" : "ssh-rsa"],
      isCertified: situation.site.migration.access == .certificate)
    var known: [[String]: Bool] = [:]
    let matched = all.filter { directive in
      guard case .match(let words) = directive.scope, directive.keyword != "match" else { return false }
      if let isHeld = known[words] { return isHeld }
      let isHeld = holds(words)
      known[words] = isHeld
      return isHeld
    }
    directives = matched + all.filter { $0.scope == .all }
  }

  /// The account's own group, and those that list it.
  private static func groups(of account: MigrationAccount, _ tree: any TreeReading) throws -> [String] {
    guard let file = try tree.glance("/etc/group") else { return [] }
    return Lines(file.bytes).compactMap { line in
      let fields = line.content.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard fields.count > 3 else { return nil }
      let isIn =
        UInt32(String(decoding: fields[2], as: UTF8.self)) == account.gid
        || fields[3].split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual(account.user.utf8) }
      return isIn ? String(decoding: fields[0], as: UTF8.self) : nil
    }
  }

  func first(_ keyword: String) -> (arguments: [String], place: String)? {
    directives.first { $0.keyword == keyword }.map { ($0.arguments, $0.place) }
  }

  // MARK: Match

  /// Of what nobody here can tell, such as an address of who comes from anywhere, nothing holds.
  private func holds(_ said: [String]) -> Bool {
    // `User=nova` too.
    let words = said.flatMap { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    if words.count == 1, words[0].lowercased() == "all" { return true }
    guard !words.isEmpty, words.count.isMultiple(of: 2) else { return false }
    return stride(from: 0, to: words.count, by: 2).allSatisfy { place in
      let list = words[place + 1]
      return switch words[place].lowercased() {
      case "user": SSHPatternList(list).matches(any: [account.user])
      case "group": SSHPatternList(list).matches(any: groups)
      case "address": Self.isAddress(in: list, of: origin)
      case "host": SSHPatternList(list.lowercased()).matches(any: origin)
      case "localaddress": Self.isAddress(in: list, of: own)
      case "localport": list.split(separator: ",").contains("22")
      default: false
      }
    }
  }

  /// Whether a list takes in one of the addresses, and takes none of them out.
  static func isAddress(in list: String, of names: [String]) -> Bool { verdict(of: list, on: names) == true }

  /// Patterns, and ranges in CIDR notation (addrmatch.c, addr_match_list): false where one with `!` holds, or one is a mistake, for
  /// which sshd takes the list to hold nobody; nil where none says anything of the addresses.
  static func verdict(of list: String, on names: [String]) -> Bool? {
    let addresses = names.compactMap { try? IPAddress($0) }
    func hits(_ item: Substring) -> Bool {
      if item.contains("/"), let subnet = try? Subnet(String(item)) {
        return addresses.contains(where: subnet.contains)
      }
      // However it is spelled.
      if let address = try? IPAddress(String(item)) { return addresses.contains(address) }
      return SSHPatternList([String(item)]).matches(any: addresses.map(\.description))
    }
    let items = list.split(separator: ",", omittingEmptySubsequences: false)
    if items.contains(where: { $0.hasPrefix("!") && hits($0.dropFirst()) || isMistake($0.drop { $0 == "!" }) }) {
      return false
    }
    return items.contains { !$0.hasPrefix("!") && hits($0) } ? true : nil
  }

  /// Nothing, or a range that its address is not the first of (addr.c, addr_pton_cidr).
  private static func isMistake(_ item: Substring) -> Bool {
    let parts = item.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, (try? IPAddress(String(parts[0]))) != nil, let length = Int(parts[1]) else {
      return item.isEmpty
    }
    return (0...128).contains(length) && (try? Subnet(String(item))) == nil
  }

  // MARK: What keeps it out

  var findings: [Finding] {
    [denied, allowed, deniedGroup, allowedGroups, publicKeys, algorithms, methods, command, root].compactMap(\.self)
  }

  private func warning(_ text: String, advice: String) -> Finding { Finding(.warning, text, advice: advice) }

  /// Lists add up, and one of a `Match` takes the place of those for all.
  private func all(_ keyword: String) -> [ServerConfig.Directive] {
    let found = directives.filter { $0.keyword == keyword }
    let matched = found.filter { $0.scope != .all }
    return matched.isEmpty ? found : matched
  }

  /// `user`, `user@host`, with patterns in both.
  private func isMeant(_ word: String) -> Bool {
    guard let at = word.lastIndex(of: "@") else { return SSHPatternList([word]).matches(any: [account.user]) }
    let host = String(word[word.index(after: at)...])
    return SSHPatternList([String(word[..<at])]).matches(any: [account.user])
      && (Self.isAddress(in: host, of: origin) || SSHPatternList([host.lowercased()]).matches(any: origin))
  }

  private var denied: Finding? {
    guard let found = all("denyusers").first(where: { $0.arguments.contains(where: isMeant) }) else {
      return nil
    }
    return warning(
      "sshd refuses \(account.user) (\(found.place))", advice: "take it out of DenyUsers")
  }

  private var allowed: Finding? {
    let found = all("allowusers")
    guard let first = found.first, !found.flatMap(\.arguments).contains(where: isMeant) else { return nil }
    return warning(
      "sshd lets only some users in, and \(account.user) is none of them (\(first.place))",
      advice: "add \(account.user) to AllowUsers")
  }

  private var deniedGroup: Finding? {
    let found = all("denygroups").first { SSHPatternList($0.arguments).matches(any: groups) }
    return found.map {
      warning(
        "sshd refuses a group that \(account.user) is in (\($0.place))",
        advice: "take \(account.user) out of that group, or the group out of DenyGroups")
    }
  }

  private var allowedGroups: Finding? {
    let found = all("allowgroups")
    guard let first = found.first, !SSHPatternList(found.flatMap(\.arguments)).matches(any: groups) else {
      return nil
    }
    return warning(
      "sshd lets only some groups in, and \(account.user) is in none of them (\(first.place))",
      advice: "add a group of \(account.user)'s to AllowGroups")
  }

  private var publicKeys: Finding? {
    guard let said = first("pubkeyauthentication"), said.arguments.first?.lowercased() == "no" else { return nil }
    return warning(
      "sshd takes no keys from \(account.user): PubkeyAuthentication no (\(said.place))",
      advice: "say PubkeyAuthentication yes, in a Match User \(account.user) at least")
  }

  /// A list of its own, or the default without some.
  private var algorithms: Finding? {
    let names = ["pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"]
    guard let said = names.lazy.compactMap({ first($0) }).first, let list = said.arguments.first,
      !kinds.areTaken(by: list)
    else { return nil }
    return warning(
      "sshd takes no key of the kind that \(account.user) has: \(list.shown) (\(said.place))",
      advice: "add \(kinds.names[0]) to PubkeyAcceptedAlgorithms")
  }

  private var methods: Finding? {
    guard let said = first("authenticationmethods"), !said.arguments.isEmpty,
      !said.arguments.contains(where: { ["any", "publickey"].contains($0.lowercased()) })
    else { return nil }
    return warning(
      "sshd asks \(account.user) for more than a key: AuthenticationMethods (\(said.place))",
      advice: "say AuthenticationMethods publickey in a Match User \(account.user)")
  }

  private var command: Finding? {
    guard let said = first("forcecommand"), said.arguments.first?.lowercased() != "none" else { return nil }
    return warning(
      "sshd runs something else than what \(account.user) asks for: ForceCommand (\(said.place))",
      advice: "say ForceCommand none in a Match User \(account.user)")
  }

  private var root: Finding? {
    guard let said = first("chrootdirectory"), said.arguments.first?.lowercased() != "none" else { return nil }
    return warning(
      "sshd shuts \(account.user) into \(said.arguments.first?.shown ?? "a directory"): ChrootDirectory (\(said.place))",
      advice: "say ChrootDirectory none in a Match User \(account.user)")
  }
}
