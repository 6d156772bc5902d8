internal import Documents

/// What a command gives the machine for a name, whoever runs it: ifup(8), a script, cloud-init. What only reads the name, or a file with it,
/// gives none.
enum GivenName {
  /// The words that it stands in.
  static func words(by command: CommandList.Command) -> [String] {
    let words = command.words.dropFirst().map(\.text)
    let plain = words.filter { !$0.hasPrefix("-") }
    switch command.program {
    // hostname(1); that of a file is the file's.
    case "hostname": return words.contains { ["-F", "--file"].contains($0) || $0.hasPrefix("--file=") } ? [] : plain
    case "hostnamectl": return ofHostnamectl(words, plain)
    // `nmcli general hostname compute`, and no word of it need be whole (nmcli(1)).
    case "nmcli":
      guard let start = words.firstIndex(where: { IPVerb.isShort($0, for: "general") }),
        IPVerb.isShort(words.dropFirst(start + 1).first, for: "hostname")
      else { return [] }
      return Array(words.dropFirst(start + 2))
    // sysctl(8); a slash does for the dot.
    case "sysctl":
      return plain.filter { $0.replacing("/", with: ".").hasPrefix("kernel.hostname=") }
        .map { String($0.dropFirst("kernel.hostname=".count)) }
    case "tee": return plain
    case "cp", "mv", "install", "ln":
      return plain.last.map(ScatteredCommands.isNameFile) ?? false ? plain.dropLast() : []
    case "sed": return ofSed(words)
    default: return []
    }
  }

  /// hostnamectl(1): another machine's is not this one's, and the pretty name is for people.
  private static func ofHostnamectl(_ words: [String], _ plain: [String]) -> [String] {
    let isElsewhere = words.contains { word in
      ["-H", "-M"].contains { word.hasPrefix($0) } || ["--host", "--machine"].contains { word.hasPrefix($0) }
    }
    let isPretty = words.contains("--pretty") && !words.contains("--static") && !words.contains("--transient")
    guard !isElsewhere, !isPretty, ["set-hostname", "hostname"].contains(plain.first) else { return [] }
    return Array(plain.dropFirst())
  }

  /// What `sed -i` puts into the file; what `s` looks for goes.
  private static func ofSed(_ words: [String]) -> [String] {
    let isInPlace = words.contains { word in
      word.hasPrefix("--in-place")
        || word.hasPrefix("-") && !word.hasPrefix("--") && word.prefix { $0 != "." }.contains("i")
    }
    guard isInPlace else { return [] }
    return words.filter { !$0.hasPrefix("-") && !ScatteredCommands.isNameFile($0) }.map { script in
      guard script.first == "s", let mark = script.dropFirst().first else { return script }
      return script.split(separator: mark, omittingEmptySubsequences: false).dropFirst(2).first.map(String.init) ?? ""
    }
  }
}

extension Situation {
  /// What `verify` says of commands that call the machine what it was called before; one that goes by what it is called may be another's.
  func othersNames(by commands: [(line: Int, command: CommandList.Command, isForHost: Bool)], in path: String)
    -> [Claim]
  {
    guard !commands.isEmpty else { return [] }
    let names = formerNameTokens
    var seen: Set<String> = []
    return commands.filter { !$0.isForHost }.flatMap { line, command, _ in
      let words = GivenName.words(by: command)
      return names.filter { name in words.contains { name.token.occurs(in: $0) } }.map(\.name).filter {
        seen.insert("\(line) \($0)").inserted
      }.map { Claim.anothers("host name (\(path):\(line))", $0, "what this machine was called before") }
    }
  }

  /// What the machine was called before.
  var formerNameTokens: [(name: String, token: Token)] {
    (provenance.isCopy ? provenance.formerNames : provenance.pastNames).map { ($0, Token($0)) }
  }
}
