internal import Documents
internal import Tree

/// sshd's own configuration, the drop-ins first as the distributions include them.
enum ServerConfig {
  private static let path: TreePath = "/etc/ssh/sshd_config"

  static func files(in tree: any TreeReading) throws -> [FileSnapshot] {
    let main = try ServerCommandLine(in: tree).file ?? path
    let places = try tree.places(["\(path).d/*.conf", "\(path)"] + (main == path ? [] : ["\(main)"]))
    return try tree.regularFiles(places).files.compactMap { try tree.file($0.path) }
  }

  /// What sshd reads, in its order: its command line, then its file, with what is included in the place where that is said
  /// (sshd_config(5), Include). What an Include below a `Match` brings in is for those that it matches.
  static func directives(in tree: any TreeReading) throws -> [Directive] {
    let commandLine = try ServerCommandLine(in: tree)
    let told = commandLine.options.map {
      Directive(keyword: $0.keyword, arguments: $0.arguments, scope: .all, place: $0.place)
    }
    guard let main = try tree.glance(commandLine.file ?? path) else { return told }
    var isEndless = false
    return try told + directives(main, .all, depth: 0, tree, &isEndless)
  }

  struct Directive {
    let keyword: String
    let arguments: [String]
    let scope: SSHClientConfig.Scope
    /// `/etc/ssh/sshd_config, line 3`
    let place: String
  }

  /// sshd's own limit is sixteen (servconf.c, SERVCONF_MAX_DEPTH).
  private static let mostDepth = 16

  /// - Parameter isEndless: Whether the limit was met: sshd goes no further then.
  private static func directives(
    _ file: FileSnapshot, _ outer: SSHClientConfig.Scope, depth: Int, _ tree: any TreeReading, _ isEndless: inout Bool
  ) throws -> [Directive] {
    isEndless = isEndless || depth > mostDepth
    guard !isEndless else { return [] }
    return try SSHClientConfig(file.bytes).directives.flatMap { directive -> [Directive] in
      let scope = directive.scope == .all ? outer : directive.scope
      guard directive.keyword == "include" else {
        return [
          Directive(
            keyword: directive.keyword, arguments: directive.arguments, scope: scope,
            place: "\(file.path), line \(directive.line)")
        ]
      }
      let patterns = directive.arguments.map { $0.hasPrefix("/") ? $0 : "/etc/ssh/\($0)" }
      return try tree.regularFiles(matching: patterns).flatMap {
        try directives($0, scope, depth: depth + 1, tree, &isEndless)
      }
    }
  }
}
