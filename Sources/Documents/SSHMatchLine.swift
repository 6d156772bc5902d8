/// What a `Match` line asks for (ssh_config(5), sshd_config(5); `match_cfg_line` in readconf.c and servconf.c). Versions differ in what
/// can be asked: what one of them knows may stand there. For a line that none of them reads all of the configuration is refused.
public struct SSHMatchLine: Sendable {
  public enum Reader: Sendable { case client, server }

  struct Criterion: Sendable {
    /// In lower case.
    let name: String
    let isNegated: Bool
    /// Empty where it takes none.
    let argument: String
  }

  let criteria: [Criterion]

  /// nil where every version refuses it.
  public init?(_ words: [String], for reader: Reader = .client) {
    var criteria: [Criterion] = []
    var rest = words[...]
    while let word = rest.popFirst(), !word.isEmpty {
      let isNegated = reader == .client && word.hasPrefix("!")
      let parts = word.dropFirst(isNegated ? 1 : 0).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts[0].lowercased()
      var argument = ""
      if name == "all" {
        // One other may stand before it for ssh (`attributes > 1`), and nothing behind it.
        guard parts.count == 1, rest.first?.isEmpty ?? true, criteria.count <= (reader == .client ? 1 : 0) else {
          return nil
        }
        rest = []
      } else if parts.count > 1 || !Self.alone(reader).contains(name) {
        guard Self.asking(reader).contains(name),
          let said = Self.argument(parts.dropFirst().first.map(String.init), &rest),
          !said.isEmpty || Self.mayBeEmpty.contains(name)
        else { return nil }
        argument = said
      }
      criteria.append(Criterion(name: name, isNegated: isNegated, argument: argument))
    }
    guard !criteria.isEmpty else { return nil }
    self.criteria = criteria
  }

  /// `host=x`, `host x`, and with blanks around the `=` (misc.c, strdelim).
  private static func argument(_ joined: String?, _ rest: inout ArraySlice<String>) -> String? {
    var said = joined
    if said == nil, let next = rest.popFirst() {
      guard next.hasPrefix("=") else { return next }
      said = String(next.dropFirst())
    }
    return said == "" ? rest.popFirst() : said
  }

  private static func alone(_ reader: Reader) -> [String] {
    reader == .client ? ["canonical", "final"] : ["invalid-user"]
  }

  private static func asking(_ reader: Reader) -> [String] {
    switch reader {
    case .client:
      [
        "host", "originalhost", "user", "localuser", "exec", "localnetwork", "tagged", "command", "version",
        "sessiontype",
      ]
    case .server: ["user", "group", "host", "address", "localaddress", "localport", "rdomain", "version"]
    }
  }

  private static let mayBeEmpty = ["tagged", "command"]
}
