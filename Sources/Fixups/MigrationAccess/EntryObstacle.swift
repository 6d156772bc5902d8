internal import Documents
internal import Site
internal import Tree

/// Why sshd does not let a peer in by a line of authorized_keys, or runs something else for it (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Such
/// a line is somebody's choice, and stays.
struct EntryObstacle {
  /// The option, as sshd takes it.
  let said: String
  /// Whether nova cannot move a guest from there, whatever else.
  let isCertain: Bool
  /// Whether a join wrote the line, for other addresses of the peer's.
  let isOfJoin: Bool
  private let line: Int

  /// The first line's, where none of the peer's lets it in: sshd goes on to the next one. nil where there is no line either.
  init?(in entries: [AuthorizedKeys.Entry], for peer: Peers.Peer, _ situation: Situation) {
    let obstacles = entries.compactMap { EntryObstacle(of: $0, for: peer, situation) }
    guard let first = obstacles.first, obstacles.count == entries.count else { return nil }
    self = obstacles.first { !$0.isCertain } ?? first
  }

  /// Whether options begin as a join writes them.
  static func isOfJoin(_ entry: AuthorizedKeys.Entry) -> Bool { entry.options.hasPrefix("restrict,from=") }

  /// nil where nothing keeps the peer out.
  private init?(of entry: AuthorizedKeys.Entry, for peer: Peers.Peer, _ situation: Situation) {
    line = entry.line
    let refusing = entry.values(of: "from").first { !Self.admits($0, peer, situation) }
    isOfJoin = refusing != nil && Self.isOfJoin(entry)
    if let list = refusing {
      (said, isCertain) = ("from=\(list.shown)", true)
    } else if let end = entry.values(of: "expiry-time").first(where: { Self.isPast($0, situation.today) }) {
      (said, isCertain) = ("expiry-time=\(end.shown)", true)
    } else if let command = entry.values(of: "command").first(where: { !$0.contains(MigrationCommand.gate) }) {
      (said, isCertain) = ("command=\(command.shown)", LoginRecords.runsNothing(command))
    } else {
      return nil
    }
  }

  /// Names and addresses, with patterns and ranges in CIDR notation: one by which the peer may come will do, but what takes out the
  /// address that nova comes from leaves no other (match.c, match_host_and_ip).
  private static func admits(_ list: String, _ peer: Peers.Peer, _ situation: Situation) -> Bool {
    if let usual = situation.site.myIP(of: peer.node)?.description, SSHPolicies.verdict(of: list, on: [usual]) == false
    {
      return false
    }
    let patterns = SSHPatternList(list.lowercased())
    return peer.addresses.contains { address in
      guard let isIn = SSHPolicies.verdict(of: list, on: [address]) else {
        // With UseDNS it comes by its name.
        return peer.names.contains { patterns.matches(any: [$0]) }
      }
      return isIn
    }
  }

  /// `YYYYMMDD[HHMM[SS]]`, in UTC with a `Z` and else in the node's own time (misc.c, parse_absolute_time): a day is let pass, so that
  /// no zone is too early.
  private static func isPast(_ text: String, _ today: Int?) -> Bool {
    let digits = text.utf8.prefix { (0x30...0x39).contains($0) }.map { Int($0) - 0x30 }
    guard let today, digits.count >= 8 else { return false }
    func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
    return days(number(0..<4), number(4..<6), number(6..<8)) + 1 < today
  }

  /// Since 1970, by the rule of Fliegel and Van Flandern.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shift = (month - 14) / 12
    let years = 1461 * (year + 4800 + shift) / 4
    let months = 367 * (month - 2 - 12 * shift) / 12
    let centuries = 3 * ((year + 4900 + shift) / 100) / 4
    return years + months - centuries + day - 32_075 - 2_440_588
  }

  func finding(_ peer: Peers.Peer, _ path: TreePath) -> Finding {
    let effect =
      said.hasPrefix("command=") ? "runs that, and not what \(peer.name) asks for" : "does not let \(peer.name) in"
    return Finding(
      .warning, "\(path):\(line): by \(said) sshd \(effect)",
      advice: isCertain ? "take the option out, or correct it" : "see whether it lets nova move guests from there")
  }
}
