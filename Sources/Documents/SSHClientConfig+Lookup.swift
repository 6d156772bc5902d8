extension SSHClientConfig {
  /// What ssh takes for a host as it is given on the command line: the first directive of a keyword whose scope covers
  /// it. `Match all` covers every host; other `Match` blocks ask things that a file can't tell, and are passed over.
  public func value(of keyword: String, for host: String) -> [String]? {
    directives.first { $0.keyword == keyword.lowercased() && $0.scope.covers(host) }?.arguments
  }
}

extension SSHClientConfig.Scope {
  /// ssh_config(5), PATTERNS: any pattern, unless a negated one matches too.
  func covers(_ host: String) -> Bool {
    switch self {
    case .all: return true
    case .match(let words): return words.map { $0.lowercased() } == ["all"]
    case .host(let patterns):
      var isCovered = false
      for pattern in patterns {
        let isNegated = pattern.hasPrefix("!")
        let key = HostPattern.key(isNegated ? String(pattern.dropFirst()) : pattern)
        guard HostPattern.matches(HostPattern.key(host), key) else { continue }
        if isNegated { return false }
        isCovered = true
      }
      return isCovered
    }
  }
}
