/// What looks like commands of ip(8), ifconfig(8) and nmcli(1) anywhere in lines for a shell, and at the place of a command like those that
/// give the machine a name, whatever the shell makes of them: in loops, in substitutions, between quotes. A variable is what a line before it,
/// or a `for`, says; their places are not known.
public struct ScatteredCommands: Sendable {
  /// Scripts that one of the lines runs, by their paths.
  public private(set) var scripts: [String] = []
  /// Whether one of the lines asks what the machine is called.
  public var asksForHost: Bool { choices.hasAsked }
  private var values: [String: [String]] = [:]
  private var choices = HostChoices()
  /// The end of a here-document, and what is done with its lines, of which none is a command.
  private var document: (delimiter: String, writers: [CommandList.Command])?
  private let isListed: Bool

  /// - Parameter isListed: Whether words may stand in lists of YAML's: `[ip, addr, add]`, `- ip`.
  public init(isListed: Bool = false) { self.isListed = isListed }

  /// Those of a line. What is sent into a file that the name is read from is told as a command of tee(1), with the words of whoever says it
  /// behind the file: `echo compute >/etc/hostname` as `tee /etc/hostname echo compute`.
  public mutating func commands(in line: String) -> [CommandList.Command] {
    if let document {
      if line.drop(while: { $0 == "\t" }) == document.delimiter { self.document = nil }
      return self.document?.writers.map { Self.command($0.words.map(\.text) + [expanded(line, 0)], $0.choice) } ?? []
    }
    let cut = ScatteredWords(isListed ? line.utf8.map(Self.unlisted) : Array(line.utf8))
    var found: [CommandList.Command] = []
    var piped: [String] = []
    choices.beginLine()
    for piece in cut.pieces {
      switch piece {
      case .op(let op):
        choices.take(op)
        if !op.hasPrefix("|") || op == "||" { piped = [] }
      case .part(var part):
        if isListed { part.words.removeAll { $0 == "-" } }
        choices.take(part)
        found += read(part, piped)
        piped += part.words
      }
    }
    if let delimiter = cut.delimiter { document = (delimiter, found.filter { $0.program == "tee" }) }
    return found
  }

  private static func unlisted(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "["), UInt8(ascii: "]"): UInt8(ascii: ";")
    case UInt8(ascii: ","): 0x20
    default: byte
    }
  }

  private static let programs: Set = ["ip", "ifconfig", "nmcli"]
  /// What these are told to do is done elsewhere, or only said.
  static let others: Set = [
    "ssh", "rsh", "pdsh", "ansible", "echo", "printf", "logger", "grep", "egrep", "fgrep", "expr", "awk", "sed",
  ]
  static let shells: Set = ["sh", "bash", "dash"]
  private static let leading: Set = [
    "export", "local", "readonly", "declare", "then", "do", "else", "elif", "if", "while", "until", "!",
  ]

  private mutating func read(_ part: ScatteredWords.Part, _ piped: [String]) -> [CommandList.Command] {
    var rest = part.words[...].drop { Self.leading.contains($0) }
    if rest.first == "for", rest.count > 3 {
      values[rest[rest.startIndex + 1]] = rest.dropFirst(3).map { expanded($0, 0) }
      return []
    }
    let assignments = Self.assignments(of: rest)
    for (name, value) in assignments { values[String(name), default: []].append(expanded(value, 0)) }
    rest = rest.dropFirst(assignments.count)
    if let script = script(rest) { scripts.append(script) }
    var commands = [naming(rest, piped)].compactMap(\.self)
    if let file = part.written.map({ expanded($0, 0) }).first(where: Self.nameFiles.contains) {
      commands.append(["tee", file] + piped + rest)
    }
    if let start = rest.firstIndex(where: { Self.programs.contains(Self.name($0)) }),
      !rest[..<start].contains(where: { Self.others.contains(Self.name($0)) })
    {
      commands.append(Array(rest[start...]))
    }
    return commands.flatMap { command in
      let ways = command.reduce(1) { most, word in
        max(most, Self.names(in: word).compactMap { values[$0]?.count }.max() ?? 1)
      }
      return (0..<min(ways, 16)).map { way in Self.command(command.map { expanded($0, way) }, choices.choice) }
    }
  }

  private static func command(_ words: [String], _ choice: CommandList.Command.Choice) -> CommandList.Command {
    CommandList.Command(
      joint: nil, isAlternative: false, isConditional: false, words: words.map { PlacedWord(text: $0, range: 0..<0) },
      range: 0..<0, choice: choice)
  }

  /// The `NAME=value` before a command, or alone.
  static func assignments(of words: ArraySlice<String>) -> [(name: Substring, value: String)] {
    var found: [(name: Substring, value: String)] = []
    for word in words {
      guard let equals = word.firstIndex(of: "="), isName(word[..<equals]) else { break }
      found.append((word[..<equals], String(word[word.index(after: equals)...])))
    }
    return found
  }

  /// Not one of the system's own.
  private func script(_ words: ArraySlice<String>) -> String? {
    let callers = Self.shells.union(["exec", ".", "source", "sudo", "nohup", "env", "-e", "-x", "-ex"])
    guard let word = words.first(where: { !callers.contains(Self.name($0)) }), word.hasPrefix("/"), !word.contains("$")
    else { return nil }
    let own = ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/lib/", "/usr/lib/", "/dev/", "/proc/", "/sys/", "/run/"]
    return own.contains(where: word.hasPrefix) ? nil : word
  }

  static func name(_ word: String) -> String { word.split(separator: "/").last.map(String.init) ?? word }

  private static func isName(_ word: Substring) -> Bool {
    !word.isEmpty && word.utf8.allSatisfy(ScatteredWords.isOfName) && !(0x30...0x39).contains(word.utf8.first ?? 0x30)
  }

  static func names(in word: String) -> [String] {
    guard word.utf8.contains(UInt8(ascii: "$")) else { return [] }
    return word.split(separator: "$", omittingEmptySubsequences: false).dropFirst().map { part in
      String(decoding: part.utf8.prefix(while: ScatteredWords.isOfName), as: UTF8.self)
    }
  }

  private static let longest = 4096

  /// - Parameter way: which of several values a variable has.
  func expanded(_ word: String, _ way: Int) -> String {
    guard word.utf8.contains(UInt8(ascii: "$")) else { return word }
    let parts = word.split(separator: "$", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts[0])) { text, part in
      let name = String(decoding: part.utf8.prefix(while: ScatteredWords.isOfName), as: UTF8.self)
      // Names that double from one to the next fill no memory, and no address is that long.
      guard let known = values[name], !known.isEmpty, text.utf8.count < Self.longest else { return "\(text)$\(part)" }
      return text + known[min(way, known.count - 1)] + part.dropFirst(name.count)
    }
  }
}

extension CommandList.Command {
  /// The same with other words in the places of its own.
  public func saying(_ text: (String) -> String) -> Self {
    CommandList.Command(
      joint: joint, isAlternative: isAlternative, isConditional: isConditional,
      words: words.map { PlacedWord(text: text($0.text), range: $0.range) }, range: range, choice: choice)
  }
}
