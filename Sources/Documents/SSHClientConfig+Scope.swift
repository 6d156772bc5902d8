extension SSHClientConfig.Scope {
  /// ssh_config(5), PATTERNS: any pattern, unless a negated one matches too. `Match all` covers every host, and one that asks for the
  /// host and the user alone those that it names; other `Match` blocks ask things that a file can't tell, and are passed over.
  ///
  /// - Parameter user: who runs ssh, and as whom it logs in; of nil, nothing that asks for it covers anything.
  public func covers(_ host: String, as user: String? = nil) -> Bool {
    switch self {
    case .all: return true
    case .match(let words):
      return words.map { $0.lowercased() } == ["all"] || Self.matches(words[...], host, user)
    case .host(let patterns): return SSHPatternList(hosts: patterns).matches(host: host)
    }
  }

  /// Whether all criteria ask for the host or the user, and it is one (readconf.c, match_cfg_line).
  private static func matches(_ words: ArraySlice<String>, _ host: String, _ user: String?) -> Bool {
    var rest = words
    guard !rest.isEmpty else { return false }
    while let word = rest.popFirst() {
      let isNegated = word.hasPrefix("!")
      let parts = word.drop { $0 == "!" }.split(separator: "=", maxSplits: 1)
      guard let criterion = parts.first?.lowercased(),
        let list = parts.dropFirst().first.map(String.init) ?? rest.popFirst()
      else { return false }
      let isOne: Bool
      switch criterion {
      case "host", "originalhost":
        isOne = SSHPatternList(hosts: list.split(separator: ",").map(String.init)).matches(host: host)
      case "user", "localuser":
        guard let user else { return false }
        isOne = SSHPatternList(list).matches(any: [user])
      default: return false
      }
      guard isOne != isNegated else { return false }
    }
    return true
  }
}
