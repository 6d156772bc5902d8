extension SSHClientConfig.Scope {
  /// ssh_config(5), PATTERNS: any pattern, unless a negated one matches too. `Match all` covers every host; other `Match`
  /// blocks ask things that a file can't tell, and are passed over.
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
