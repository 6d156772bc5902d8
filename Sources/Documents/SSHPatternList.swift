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

  /// Whether a host's key does.
  func matches(host: [UInt8]) -> Bool { matches([host]) }

  private static func host(_ name: String) -> String { String(decoding: HostPattern.key(name), as: UTF8.self) }

  /// Whether one of the names matches, and none a pattern with `!`. Letters count as they are (`match_pattern_list`).
  public func matches(any names: [String]) -> Bool { matches(names.map { Array($0.utf8) }) }

  private func matches(_ names: [[UInt8]]) -> Bool {
    func hits(_ pattern: [UInt8]) -> Bool { names.contains { HostPattern.matches($0, pattern) } }
    return !patterns.contains { $0.isNegated && hits($0.text) } && patterns.contains { !$0.isNegated && hits($0.text) }
  }
}
