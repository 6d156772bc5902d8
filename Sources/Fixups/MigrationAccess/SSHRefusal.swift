internal import Documents
internal import Tree

/// A line for which ssh or sshd refuses its whole configuration, and with that everything. What one version knows and another does not
/// is none, nor is a value that is not allowed, but for lists of algorithms.
struct SSHRefusal {
  enum Reason {
    /// "Bad configuration option"
    case unknown(String)
    /// "Bad SSH2 cipher spec", and so on: what the option is, and the name in its list.
    case algorithm(String, of: String)
    /// Without an argument, with one too many, with an open quote, no text, or a `Match` that no version reads.
    case broken
    /// "Too many recursive configuration includes"
    case endless
  }

  let path: TreePath
  let line: Int
  let reason: Reason

  /// What keeps sshd from starting, in its own configuration and what that includes.
  static func ofServer(_ directives: [ServerConfig.Directive]) -> [Finding] {
    directives.compactMap { directive in
      let text: String
      if !SSHKeywords.isServers(directive.keyword) {
        text = "sshd knows no option \(directive.keyword.shown) and does not start (\(directive.place))"
      } else if directive.arguments.isEmpty, !mayBeEmpty.contains(directive.keyword) {
        text = "sshd does not start, since \(directive.keyword.shown) says nothing (\(directive.place))"
      } else if directive.keyword == "match", SSHMatchLine(directive.arguments, for: .server) == nil {
        text = "sshd does not start, since no version of it reads that Match (\(directive.place))"
      } else if let name = SSHAlgorithms.unknown(in: directive.arguments, of: directive.keyword) {
        text = "sshd knows no \(name.shown) for \(directive.keyword) and does not start (\(directive.place))"
      } else {
        return nil
      }
      return Finding(.warning, text, advice: "correct the line, or take it out; sshd -t says when all is well")
    }
  }

  /// Lists, which versions before 8.5 took without a word in them (servconf.c).
  private static let mayBeEmpty: Set<String> = [
    "acceptenv", "allowusers", "denyusers", "allowgroups", "denygroups", "authorizedkeysfile", "authenticationmethods",
  ]

  /// The first that ssh meets when it runs for an account.
  ///
  /// - Parameter own: The account's file, as it is.
  static func ofClient(
    _ own: FileSnapshot?, _ account: MigrationAccount, _ tree: any TreeReading
  ) throws -> SSHRefusal? {
    var reading = ClientReading(ClientIncludes(tree: tree, home: account.home))
    if let own, let found = try reading.refusal(in: own, account.directory) { return found }
    guard let file = try tree.glance("/etc/ssh/ssh_config") else { return nil }
    return try reading.refusal(in: file, "/etc/ssh")
  }
}

/// ssh, as it goes through files: whatever the host, each line has to be one that it knows (readconf.c, process_config_line).
private struct ClientReading {
  let includes: ClientIncludes
  /// What IgnoreUnknown said so far.
  private var ignored: [SSHPatternList] = []
  private var seen: Set<TreePath> = []
  /// From the first file to the one that is read.
  private var chain: [TreePath] = []

  init(_ includes: ClientIncludes) { self.includes = includes }

  mutating func refusal(in file: FileSnapshot, _ folder: TreePath) throws -> SSHRefusal? {
    guard seen.insert(file.path).inserted else { return nil }
    chain.append(file.path)
    defer { chain.removeLast() }
    let config = SSHClientConfig(file.bytes)
    for directive in config.directives {
      if directive.line == config.refusedLine {
        return SSHRefusal(path: file.path, line: directive.line, reason: .broken)
      }
      switch directive.keyword {
      case "include":
        for included in try includes.files(of: directive, in: folder) {
          if chain.contains(included.path) {
            return SSHRefusal(path: file.path, line: directive.line, reason: .endless)
          }
          if let found = try refusal(in: included, folder) { return found }
        }
      case "ignoreunknown": ignored += directive.arguments.prefix(1).map { SSHPatternList($0.lowercased()) }
      case let keyword:
        if let name = SSHAlgorithms.unknown(in: directive.arguments, of: keyword) {
          return SSHRefusal(path: file.path, line: directive.line, reason: .algorithm(name, of: keyword))
        }
        guard !SSHKeywords.isClients(keyword), !ignored.contains(where: { $0.matches(any: [keyword]) }) else {
          continue
        }
        return SSHRefusal(path: file.path, line: directive.line, reason: .unknown(keyword))
      }
    }
    return nil
  }
}
