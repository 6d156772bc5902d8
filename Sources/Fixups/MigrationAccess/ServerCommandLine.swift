internal import Documents
internal import Tree

/// What sshd is started with (sshd(8)): `-o`, `-h`, `-p` and `-f` go before its files, and so before all that those say.
///
/// Words come from the variables that the packages' units name, out of the files that these read, and from `ExecStart=` of a unit of the
/// machine's own. What a package's unit says is not read: that starts sshd with these variables and nothing more.
struct ServerCommandLine {
  /// An option as its file would have it.
  struct Option: Hashable {
    /// In lower case.
    let keyword: String
    let arguments: [String]
    let path: TreePath
    /// Counted from 0.
    let line: Int
    /// Where the first argument stands in that line.
    let range: Range<Int>

    /// `/etc/default/ssh, line 3`
    var place: String { "\(path), line \(line + 1)" }
  }

  private(set) var options: [Option] = []
  /// What is read in the place of etc/ssh/sshd_config.
  private(set) var file: TreePath?

  init(in tree: any TreeReading) throws {
    let units = try Self.ownUnits(in: tree)
    var environment = ServerEnvironment()
    for unit in units { environment.set(unit, .unit) }
    for file in try tree.regularFiles(matching: ServerEnvironment.usualFiles(in: tree) + environment.files) {
      environment.set(file, .variables)
    }
    let own = Self.commands(of: units)
    // What starts sshd for a single connection (`ssh@.service`) leaves the package's own unit as it was.
    let isReplaced = own.contains { $0.unit.hasPrefix("ssh.service") || $0.unit.hasPrefix("sshd.service") }
    for words in own.map(\.words) + (isReplaced ? [] : [environment.usual]) {
      read(words.flatMap { environment.expanded($0) })
    }
  }

  /// Paths that `-h` and `-o HostKey=` name.
  var hostKeys: [String] { options.filter { $0.keyword == "hostkey" }.compactMap { $0.arguments.first } }

  // MARK: units

  private static let names = ["ssh.service", "sshd.service", "ssh@.service", "sshd@.service"]

  /// Of the machine's own, each unit before its drop-ins. One of these names may be a link to the package's.
  private static func ownUnits(in tree: any TreeReading) throws -> [FileSnapshot] {
    let directory: TreePath = "/etc/systemd/system"
    let there = Set((try tree.listing(directory) ?? []).filter { $0.kind != .symbolicLink }.map(\.name))
    let patterns = names.flatMap { name in
      (there.contains(name) ? ["\(directory)/\(name)"] : [])
        + (there.contains("\(name).d") ? ["\(directory)/\(name).d/*.conf"] : [])
    }
    return patterns.isEmpty ? [] : try tree.regularFiles(matching: patterns)
  }

  /// The words of each `ExecStart=` that counts: an empty one takes back those before it (systemd.service(5)).
  private static func commands(of units: [FileSnapshot]) -> [(unit: String, words: [ServerWord])] {
    var commands: [TreePath: [[ServerWord]]] = [:]
    for unit in units {
      let key = unit.path.parent.name.hasSuffix(".d") ? unit.path.parent : unit.path.sibling(".d")
      for setting in ServerWord.settings(of: unit) where setting.name == "ExecStart" {
        if setting.words.isEmpty { commands[key] = [] } else { commands[key, default: []].append(setting.words) }
      }
    }
    return commands.sorted { $0.key.description < $1.key.description }.flatMap { unit, commands in
      commands.map { words in
        // Also behind `/bin/sh -c exec`.
        let program = words.firstIndex { $0.text.hasSuffix("sshd") } ?? words.startIndex
        return (unit.name, Array(words[(program + 1)...]))
      }
    }
  }

  // MARK: options

  /// sshd.c, getopt: `C:E:b:c:f:g:h:k:o:p:u:46DGQRTdeiqrtV`.
  private static let withArgument = Set("CEbcfghkopu")

  private mutating func read(_ words: [ServerWord]) {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.text.hasPrefix("-") else { continue }
      guard let place = word.text.dropFirst().firstIndex(where: Self.withArgument.contains) else { continue }
      let start = word.text.index(after: place)
      guard let argument = start == word.text.endIndex ? rest.popFirst() : word.from(start) else { return }
      switch word.text[place] {
      case "f": file = file ?? TreePath(argument.text)
      case "h": add("hostkey", [argument])
      case "p": add("port", [argument])
      case "o": addOption(argument, &rest)
      default: break
      }
    }
  }

  /// `Keyword=value`, or with blanks in quotes `Keyword value`.
  private mutating func addOption(_ word: ServerWord, _ rest: inout ArraySlice<ServerWord>) {
    let end = word.text.firstIndex(of: "=") ?? word.text.endIndex
    let keyword = word.text[..<end].lowercased()
    var arguments = end == word.text.endIndex ? [] : [word.from(word.text.index(after: end))]
    // No word of a command line stands for itself.
    while let next = rest.first, !next.text.hasPrefix("-") {
      rest.removeFirst()
      if next.text != "=" { arguments.append(next) }
    }
    add(keyword, arguments.filter { !$0.text.isEmpty })
  }

  private mutating func add(_ keyword: String, _ arguments: [ServerWord]) {
    guard let first = arguments.first else { return }
    options.append(
      Option(
        keyword: keyword, arguments: arguments.map(\.text), path: first.path, line: first.line, range: first.range))
  }
}

/// A word of a file that sshd's command line is made of, without quotes.
struct ServerWord {
  let text: String
  let path: TreePath
  /// Counted from 0.
  let line: Int
  /// In that line, as its content's indices count.
  let range: Range<Int>

  func from(_ index: String.Index) -> ServerWord {
    let skipped = text.utf8.distance(from: text.startIndex, to: index)
    return ServerWord(
      text: String(text[index...]), path: path, line: line, range: range.lowerBound + skipped..<range.upperBound)
  }

  /// `NAME=words` of a unit, or of a file of variables: over several lines where a backslash ends one.
  static func settings(of file: FileSnapshot) -> [(name: String, words: [ServerWord])] {
    var settings: [(name: String, words: [ServerWord])] = []
    var continues = false
    for (index, line) in Lines(file.bytes).enumerated() {
      var value = line.content
      defer { continues = line.content.last == UInt8(ascii: "\\") }
      if !continues {
        let start = value.drop { $0 == 0x20 || $0 == 0x09 }
        guard let first = start.first, !"#;[".utf8.contains(first), let equals = start.firstIndex(of: UInt8(ascii: "="))
        else { continue }
        settings.append((String(decoding: start[..<equals], as: UTF8.self).trimmingBlanks, []))
        value = start[(equals + 1)...]
      }
      guard !settings.isEmpty else { continue }
      settings[settings.count - 1].words += value.split { " \t\"'\\".utf8.contains($0) }.map { word in
        ServerWord(
          text: String(decoding: word, as: UTF8.self), path: file.path, line: index,
          range: word.startIndex..<word.endIndex)
      }
    }
    return settings
  }
}

/// The variables of sshd's command line.
private struct ServerEnvironment {
  /// Of Red Hat's package (8 has its policy here, and from 9 on sshd_config includes it), SUSE's and Debian's. A later one goes before an
  /// earlier (systemd.exec(5), EnvironmentFile).
  ///
  /// Directories that are listed anyway tell which there are.
  static func usualFiles(in tree: any TreeReading) throws -> [String] {
    let settings = try tree.listing("/etc/sysconfig")?.map(\.name) ?? []
    let policies = settings.isEmpty ? [] : ["/etc/crypto-policies/back-ends/opensshserver.config"]
    let others = try tree.listing("/etc/default")?.map(\.name) ?? []
    return policies + ["sshd", "ssh"].filter(settings.contains).map { "/etc/sysconfig/\($0)" }
      + (others.contains("ssh") ? ["/etc/default/ssh"] : [])
  }
  private static let names = ["OPTIONS", "CRYPTO_POLICY", "SSHD_OPTS"]

  enum Kind { case unit, variables }

  private var values: [String: [ServerWord]] = [:]
  /// What units of the machine's own read besides.
  private(set) var files: [String] = []

  mutating func set(_ file: FileSnapshot, _ kind: Kind) {
    for (name, words) in ServerWord.settings(of: file) {
      switch (kind, name) {
      case (.variables, _): values[name] = words
      case (.unit, "EnvironmentFile"):
        files += words.map { String($0.text.drop { $0 == "-" }) }.filter { $0.hasPrefix("/") }
      case (.unit, "Environment"):
        var name: String?
        for word in words {
          if let equals = word.text.firstIndex(of: "="), Self.isVariable(word.text[..<equals]) {
            name = String(word.text[..<equals])
            values[name ?? ""] = [word.from(word.text.index(after: equals))]
          } else if let name {
            values[name]?.append(word)
          }
        }
      default: continue
      }
    }
  }

  /// Among words, of which `ListenAddress=` is one too.
  private static func isVariable(_ name: Substring) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
  }

  /// What the packages' units name.
  var usual: [ServerWord] { Self.names.flatMap { values[$0] ?? [] } }

  /// What a word of `ExecStart=` stands for.
  func expanded(_ word: ServerWord) -> [ServerWord] {
    guard word.text.hasPrefix("$") else { return [word] }
    return values[String(word.text.dropFirst().filter { $0 != "{" && $0 != "}" })] ?? []
  }
}
