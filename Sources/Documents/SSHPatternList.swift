/// Patterns of OpenSSH with commas between them (ssh_config(5), PATTERNS): `*,!root`, `192.168.10.*`.
public struct SSHPatternList: Sendable {
  private let patterns: [(text: [UInt8], isNegated: Bool)]

  public init(_ text: String) { self.init(text.split(separator: ",").map(String.init)) }

  public init(_ words: [String]) {
    patterns = words.map { word in
      let isNegated = word.hasPrefix("!")
      return (Array((isNegated ? word.dropFirst() : word[...]).utf8), isNegated)
    }
  }

  /// Of hosts, whose names have no case.
  public init(hosts words: [String]) { self.init(words.map(Self.host)) }

  public func matches(host: String) -> Bool { matches(any: [Self.host(host)]) }

  private static func host(_ name: String) -> String { String(decoding: HostPattern.key(name), as: UTF8.self) }

  /// Whether one of the names matches, and none a pattern with `!`. Letters count as they are (`match_pattern_list`).
  public func matches(any names: [String]) -> Bool {
    let names = names.map { Array($0.utf8) }
    func hits(_ pattern: [UInt8]) -> Bool { names.contains { HostPattern.matches($0, pattern) } }
    return !patterns.contains { $0.isNegated && hits($0.text) } && patterns.contains { !$0.isNegated && hits($0.text) }
  }
}
