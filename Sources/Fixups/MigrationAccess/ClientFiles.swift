internal import Documents
internal import Tree

/// What ssh reads for an account, in its order; the first that says something counts (ssh_config(5)).
struct ClientFiles {
  /// What an option says, and the line that says it.
  struct Value {
    let text: String
    let place: String
  }

  /// Who runs ssh, and as whom it goes to a peer.
  private let user: String
  private var index = SSHClientIndex()
  /// In lower case.
  private var keywords: Set<String> = []
  /// Whether files include each other without end: ssh goes no further then, and refuses all.
  private var isEndless = false

  /// The account's own, then everybody's. What that includes stands in its place.
  init(_ own: SSHClientConfig, _ path: TreePath, _ account: MigrationAccount, _ tree: any TreeReading) throws {
    user = account.user
    let includes = ClientIncludes(tree: tree, home: account.home)
    try add(own.directives[...], of: path, includes, account.directory)
    if let file = try tree.glance("/etc/ssh/ssh_config") {
      try add(SSHClientConfig(file.bytes).directives[...], of: file.path, includes, "/etc/ssh")
    }
  }

  private mutating func add(
    _ directives: ArraySlice<SSHClientConfig.Directive>, of path: TreePath, _ includes: ClientIncludes,
    _ folder: TreePath, under outer: [SSHClientIndex.Scope] = []
  ) throws {
    keywords.formUnion(directives.map(\.keyword))
    var rest = directives
    var scope = SSHClientIndex.Scope.all
    while let place = rest.firstIndex(where: { $0.keyword == "include" }) {
      scope = index.add(rest[..<place], of: path.description, in: scope, under: outer)
      isEndless = isEndless || outer.count >= ClientIncludes.depth
      if !isEndless {
        for file in try includes.files(of: rest[place], in: folder) {
          let inner = SSHClientConfig(file.bytes).directives[...]
          try add(inner, of: file.path, includes, folder, under: outer + [scope])
        }
      }
      rest = rest[(place + 1)...]
    }
    _ = index.add(rest, of: path.description, in: scope, under: outer)
  }

  /// Whether anything is said of an option, for whatever host.
  func says(_ keyword: String) -> Bool { keywords.contains(keyword.lowercased()) }

  /// What counts for a host.
  func settings(for host: String) -> Settings { Settings(settings: index.settings(for: host, as: user)) }

  struct Settings {
    fileprivate let settings: SSHClientSettings

    func value(of keyword: String) -> Value? { settings.first(keyword).flatMap { value($0, keyword) } }

    /// What counts instead where a `Match` holds of which only a running ssh can tell whether it does.
    func possible(_ keyword: String) -> [Value] { settings.possible(keyword).compactMap { value($0, keyword) } }

    private func value(_ said: SSHClientIndex.Placed, _ keyword: String) -> Value? {
      guard let first = said.directive.arguments.first else { return nil }
      // Of a command all of it.
      let text = keyword == "ProxyCommand" ? said.directive.arguments.joined(separator: " ") : first
      return Value(text: text, place: "\(said.file):\(said.directive.line)")
    }
  }
}

/// What an Include of ssh_config(5) names.
struct ClientIncludes {
  let tree: any TreeReading
  let home: TreePath

  /// How deep one may stand in another (readconf.c, READCONF_MAX_DEPTH).
  static let depth = 16

  /// - Parameter folder: what a name without a directory is below: ~/.ssh, or /etc/ssh in everybody's file.
  func files(of include: SSHClientConfig.Directive, in folder: TreePath) throws -> [FileSnapshot] {
    try tree.regularFiles(matching: include.arguments.compactMap { pattern($0, folder) })
  }

  /// nil for what only a running ssh can tell.
  private func pattern(_ text: String, _ folder: TreePath) -> String? {
    if text.contains("%") || text.contains("${") { return nil }
    if text.hasPrefix("~/") { return "\(home)/\(text.dropFirst(2))" }
    return text.hasPrefix("/") ? text : "\(folder)/\(text)"
  }
}
