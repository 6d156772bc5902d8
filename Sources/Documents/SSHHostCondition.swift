/// A host as ssh(1) comes to know it on its way through the files: as it was called, and as `HostName` calls it from its line on.
struct SSHHostName {
  let given: [UInt8]
  private(set) var real: [UInt8]
  /// Who runs ssh, and as whom it logs in; nil where that is not known.
  let user: String?

  init(_ name: String, as user: String? = nil) {
    given = HostPattern.key(name)
    real = given
    self.user = user
  }

  /// - Parameter text: What the first HostName says, `%h` for the name as it was given (ssh_config(5), TOKENS).
  mutating func rename(_ text: String) {
    var rest = text.utf8[...]
    real = []
    while let byte = rest.popFirst() {
      switch byte == UInt8(ascii: "%") ? rest.first : nil {
      case UInt8(ascii: "h"): real += given
      case UInt8(ascii: "%"): real.append(byte)
      default:
        real.append(byte.lowercased)
        continue
      }
      rest.removeFirst()
    }
  }
}

/// Whom a scope covers, parsed once: hosts of a site are asked for by the thousand.
///
/// ssh_config(5), PATTERNS: any pattern, unless a negated one matches too. `Match all` covers every host, and one that asks for the
/// host and the user alone those that it names; other `Match` blocks ask things that a file can't tell, and are passed over. Nor can it tell what
/// CanonicalizeHostname would make of a name.
struct SSHHostCondition: Sendable {
  private enum Subject { case given, real, user }

  private struct Criterion {
    let subject: Subject
    let patterns: SSHPatternList
    var isNegated = false

    func holds(_ host: SSHHostName) -> Bool {
      switch subject {
      case .given: patterns.matches(host: host.given) != isNegated
      case .real: patterns.matches(host: host.real) != isNegated
      // Of nobody, nothing that asks for it holds.
      case .user: host.user.map { patterns.matches(any: [$0]) != isNegated } ?? false
      }
    }
  }

  /// All must hold; nil for what covers nobody that a file can tell.
  private let criteria: [Criterion]?

  init(_ scope: SSHClientConfig.Scope) {
    switch scope {
    case .all: criteria = []
    case .host(let patterns): criteria = [Criterion(subject: .given, patterns: SSHPatternList(hosts: patterns))]
    case .match(let words): criteria = words.map { $0.lowercased() } == ["all"] ? [] : Self.criteria(words[...])
    }
  }

  private static let subjects: [String: Subject] = [
    "host": .real, "originalhost": .given, "user": .user, "localuser": .user,
  ]

  /// readconf.c, match_cfg_line: `host` is what HostName has made of the name by then, `originalhost` the name as given.
  private static func criteria(_ words: ArraySlice<String>) -> [Criterion]? {
    var rest = words
    var criteria: [Criterion] = []
    while let word = rest.popFirst() {
      let parts = word.drop { $0 == "!" }.split(separator: "=", maxSplits: 1)
      guard let name = parts.first?.lowercased(), let subject = subjects[name],
        let list = parts.dropFirst().first.map(String.init) ?? rest.popFirst()
      else { return nil }
      let patterns =
        subject == .user ? SSHPatternList(list) : SSHPatternList(hosts: list.split(separator: ",").map(String.init))
      criteria.append(Criterion(subject: subject, patterns: patterns, isNegated: word.hasPrefix("!")))
    }
    return criteria.isEmpty ? nil : criteria
  }

  func covers(_ host: SSHHostName) -> Bool { criteria?.allSatisfy { $0.holds(host) } ?? false }
}
