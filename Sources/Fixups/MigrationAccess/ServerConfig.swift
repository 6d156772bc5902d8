internal import Documents
internal import Tree

/// sshd's own configuration, the drop-ins first as the distributions include them.
enum ServerConfig {
  private static let path: TreePath = "/etc/ssh/sshd_config"

  static func files(in tree: any TreeReading) throws -> [FileSnapshot] {
    let main = try ServerCommandLine(in: tree).file ?? path
    let places = try tree.places([dropIns, "\(path)"] + (main == path ? [] : ["\(main)"]))
    var files = try tree.regularFiles(places).files.compactMap { try tree.file($0.path) }
    // What one includes from elsewhere; sshd has no more files than that below each other either.
    var seen = Set(files.map(\.path))
    var index = 0
    while index < files.count, index < mostFiles {
      files += try included(by: files[index], in: tree).filter { seen.insert($0.path).inserted }
      index += 1
    }
    return files
  }

  private static let mostFiles = 1000
  private static let dropIns = "/etc/ssh/sshd_config.d/*.conf"

  /// Besides the drop-ins, which are looked at anyway.
  private static func included(by file: FileSnapshot, in tree: any TreeReading) throws -> [FileSnapshot] {
    guard file.bytes.mayContain(Array("nclude".utf8)) || file.bytes.mayContain(Array("NCLUDE".utf8)) else { return [] }
    let others = SSHClientConfig(file.bytes).directives.filter { $0.keyword == "include" }
      .flatMap { patterns(of: $0.arguments) }.filter { $0 != dropIns }
    return others.isEmpty ? [] : try tree.regularFiles(matching: others)
  }

  private static func patterns(of arguments: [String]) -> [String] {
    arguments.map { $0.hasPrefix("/") ? $0 : "/etc/ssh/\($0)" }
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
      return try tree.regularFiles(matching: patterns(of: directive.arguments)).flatMap {
        try directives($0, scope, depth: depth + 1, tree, &isEndless)
      }
    }
  }
}
