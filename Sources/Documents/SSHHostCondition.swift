/// A host as ssh(1) comes to know it on its way through the files: as it was called, and as `HostName` calls it from its line on.
struct SSHHostName {
  let given: [UInt8]
  private(set) var real: [UInt8]
  private(set) var isRenamed = false
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
    isRenamed = true
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
/// ssh_config(5), PATTERNS: any pattern, unless a negated one matches too. What CanonicalizeHostname would make of a name a file can't tell,
/// nor what a `Match` with `exec` or the like asks of the machine.
struct SSHHostCondition: Sendable {
  enum Coverage {
    case no
    /// Only a running ssh can tell.
    case maybe
    case yes

    init(_ holds: Bool) { self = holds ? .yes : .no }

    /// All of them hold.
    static func all(_ several: some Sequence<Coverage>) -> Coverage {
      several.reduce(.yes) { $0 == .no || $1 == .no ? .no : $0 == .maybe ? .maybe : $1 }
    }
  }

  private enum Subject {
    case given, real, user
    /// Whether ssh goes through its files again: `final`, and `canonical`, which is the same (readconf.c, match_cfg_line).
    case pass
    case everybody, machine
  }

  private struct Criterion {
    let subject: Subject
    var patterns = SSHPatternList([])
    var isNegated = false

    func holds(_ host: SSHHostName, isFinal: Bool) -> Coverage {
      switch subject {
      case .given: Coverage(patterns.matches(host: host.given) != isNegated)
      case .real: Coverage(patterns.matches(host: host.real) != isNegated)
      // Of nobody, nothing that asks for it holds.
      case .user: Coverage(host.user.map { patterns.matches(any: [$0]) != isNegated } ?? false)
      case .pass: Coverage(isFinal != isNegated)
      case .everybody: Coverage(!isNegated)
      case .machine: .maybe
      }
    }
  }

  /// All must hold.
  private let criteria: [Criterion]
  /// Whether it has ssh go through its files a second time.
  let asksForFinal: Bool

  init(_ scope: SSHClientConfig.Scope) {
    switch scope {
    case .all: (criteria, asksForFinal) = ([], false)
    case .host(let patterns):
      (criteria, asksForFinal) = ([Criterion(subject: .given, patterns: SSHPatternList(hosts: patterns))], false)
    case .match(let words):
      // A line that ssh refuses covers nobody.
      guard let line = SSHMatchLine(words) else {
        (criteria, asksForFinal) = ([Criterion(subject: .everybody, isNegated: true)], false)
        return
      }
      criteria = line.criteria.map(Self.criterion)
      asksForFinal = line.criteria.contains { $0.name == "final" && !$0.isNegated }
    }
  }

  /// readconf.c, match_cfg_line: `host` is what HostName has made of the name by then, `originalhost` the name as given.
  private static func criterion(_ said: SSHMatchLine.Criterion) -> Criterion {
    let hosts = { SSHPatternList(hosts: said.argument.split(separator: ",").map(String.init)) }
    return switch said.name {
    case "host": Criterion(subject: .real, patterns: hosts(), isNegated: said.isNegated)
    case "originalhost": Criterion(subject: .given, patterns: hosts(), isNegated: said.isNegated)
    case "user", "localuser":
      Criterion(subject: .user, patterns: SSHPatternList(said.argument), isNegated: said.isNegated)
    case "final", "canonical": Criterion(subject: .pass, isNegated: said.isNegated)
    case "all": Criterion(subject: .everybody, isNegated: said.isNegated)
    default: Criterion(subject: .machine)
    }
  }

  func covers(_ host: SSHHostName, isFinal: Bool) -> Coverage {
    Coverage.all(criteria.lazy.map { $0.holds(host, isFinal: isFinal) })
  }
}
