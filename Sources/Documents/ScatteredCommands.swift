/// What looks like commands of ip(8), ifconfig(8) and nmcli(1) anywhere in lines for a shell, whatever that makes of them: in loops, in
/// substitutions, between quotes. A variable is what a line before it, or a `for`, says; their places are not known.
public struct ScatteredCommands: Sendable {
  /// Scripts that one of the lines runs, by their paths.
  public private(set) var scripts: [String] = []
  private var values: [String: [String]] = [:]
  /// The end of a here-document, of which nothing is a command.
  private var delimiter: String?
  private let isListed: Bool

  /// - Parameter isListed: Whether words may stand in lists of YAML's: `[ip, addr, add]`, `- ip`.
  public init(isListed: Bool = false) { self.isListed = isListed }

  public mutating func commands(in line: String) -> [CommandList.Command] {
    if let delimiter {
      if line.drop(while: { $0 == "\t" }) == delimiter { self.delimiter = nil }
      return []
    }
    let cutter = Cutter(isListed ? line.utf8.map { "[],".utf8.contains($0) ? 0x20 : $0 } : Array(line.utf8))
    delimiter = cutter.delimiter
    return cutter.parts.flatMap { part in read(isListed ? part.filter { $0 != "-" } : part) }
  }

  private static let programs: Set = ["ip", "ifconfig", "nmcli"]
  /// What these are told to do is done elsewhere, or only said.
  fileprivate static let others: Set = [
    "ssh", "rsh", "pdsh", "ansible", "echo", "printf", "logger", "grep", "egrep", "fgrep", "expr", "awk", "sed",
  ]
  fileprivate static let shells: Set = ["sh", "bash", "dash"]
  private static let leading: Set = [
    "export", "local", "readonly", "declare", "then", "do", "else", "if", "while", "!",
  ]

  private mutating func read(_ words: [String]) -> [CommandList.Command] {
    var rest = words[...].drop { Self.leading.contains($0) }
    if rest.first == "for", rest.count > 3 {
      values[rest[rest.startIndex + 1]] = rest.dropFirst(3).map { expanded($0, 0) }
      return []
    }
    while let word = rest.first, let equals = word.firstIndex(of: "="), Self.isName(word[..<equals]) {
      let value = expanded(String(word[word.index(after: equals)...]), 0)
      values[String(word[..<equals]), default: []].append(value)
      rest.removeFirst()
    }
    if let script = script(rest) { scripts.append(script) }
    guard let start = rest.firstIndex(where: { Self.programs.contains(Self.name($0)) }),
      !rest[..<start].contains(where: { Self.others.contains(Self.name($0)) })
    else { return [] }
    let command = rest[start...]
    let ways = command.reduce(1) { most, word in
      max(most, Self.names(in: word).compactMap { values[$0]?.count }.max() ?? 1)
    }
    return (0..<min(ways, 16)).map { way in
      let placed = command.map { PlacedWord(text: expanded($0, way), range: 0..<0) }
      return CommandList.Command(joint: nil, isAlternative: false, isConditional: false, words: placed, range: 0..<0)
    }
  }

  /// Not one of the system's own.
  private func script(_ words: ArraySlice<String>) -> String? {
    let callers = Self.shells.union(["exec", ".", "source", "sudo", "nohup", "env", "-e", "-x", "-ex"])
    guard let word = words.first(where: { !callers.contains(Self.name($0)) }), word.hasPrefix("/"), !word.contains("$")
    else { return nil }
    let own = ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/lib/", "/usr/lib/", "/dev/", "/proc/", "/sys/", "/run/"]
    return own.contains(where: word.hasPrefix) ? nil : word
  }

  private static func name(_ word: String) -> String { word.split(separator: "/").last.map(String.init) ?? word }

  private static func isName(_ word: Substring) -> Bool {
    !word.isEmpty && word.utf8.allSatisfy(Cutter.isOfName) && !(0x30...0x39).contains(word.utf8.first ?? 0x30)
  }

  private static func names(in word: String) -> [String] {
    guard word.utf8.contains(UInt8(ascii: "$")) else { return [] }
    return word.split(separator: "$", omittingEmptySubsequences: false).dropFirst().map { part in
      String(decoding: part.utf8.prefix(while: Cutter.isOfName), as: UTF8.self)
    }
  }

  private static let longest = 4096

  /// - Parameter way: which of several values a variable has.
  private func expanded(_ word: String, _ way: Int) -> String {
    guard word.utf8.contains(UInt8(ascii: "$")) else { return word }
    let parts = word.split(separator: "$", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts[0])) { text, part in
      let name = String(decoding: part.utf8.prefix(while: Cutter.isOfName), as: UTF8.self)
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
      words: words.map { PlacedWord(text: text($0.text), range: $0.range) }, range: range)
  }
}

/// Cuts a line into the words of what may be commands. Quotes part nothing, for there may be commands between them.
private struct Cutter {
  private(set) var parts: [[String]] = []
  private(set) var delimiter: String?
  private var words: [String] = []
  private var word: [UInt8]?
  /// Where the next word is a file's name.
  private var isTarget = false

  static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }

  init(_ line: [UInt8]) {
    var quote: UInt8?
    var isSubstituted = false
    var at = 0
    func byte(_ offset: Int) -> UInt8? { at + offset < line.count ? line[at + offset] : nil }
    while at < line.count {
      let byte0 = line[at]
      switch byte0 {
      case UInt8(ascii: "\\"):
        at += 1
        if at < line.count { word = (word ?? []) + [line[at]] }
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        if quote == byte0 {
          quote = nil
        } else if words.contains(where: {
          ScatteredCommands.others.contains($0.split(separator: "/").last.map(String.init) ?? "")
        }) {
          at = line[(at + 1)...].firstIndex(of: byte0) ?? line.count
        } else if quote == nil {
          quote = byte0
        }
      case UInt8(ascii: "#") where word == nil:
        // Up to the end of what the quotes have, or of the line.
        at = (quote.flatMap { line[at...].firstIndex(of: $0) } ?? line.count) - 1
      case UInt8(ascii: "$") where byte(1) == UInt8(ascii: "{"):
        let name = line[(at + 2)...].prefix(while: Self.isOfName)
        word = (word ?? []) + [byte0] + name
        at = line[name.endIndex...].firstIndex(of: UInt8(ascii: "}")) ?? line.count
      case UInt8(ascii: "<") where byte(1) == UInt8(ascii: "<") && byte(2) != UInt8(ascii: "<"):
        let rest = line[(at + 2)...].drop { $0 == UInt8(ascii: "-") || $0 == 0x20 }
        let end = rest.prefix { !" \t;&|<>".utf8.contains($0) }.filter { !"'\"\\".utf8.contains($0) }
        // In `$((1 << 8))` it shifts.
        let isShift = end.first.map { (0x30...0x39).contains($0) } ?? true
        // A shell would run what is in it.
        let program = words.first.flatMap { $0.split(separator: "/").last.map(String.init) } ?? ""
        if !isShift, !ScatteredCommands.shells.contains(program) { delimiter = String(decoding: end, as: UTF8.self) }
        endWord()
        at = rest.startIndex + rest.prefix { !" \t;&|<>".utf8.contains($0) }.count - 1
      case UInt8(ascii: "<"), UInt8(ascii: ">"):
        // The 2 of `2>&1` is no word.
        if let said = word, said.allSatisfy({ (0x30...0x39).contains($0) }) { word = nil }
        endWord()
        isTarget = true
        while let next = byte(1), "<>&|".utf8.contains(next) { at += 1 }
      case UInt8(ascii: "`"):
        // As `$(`.
        isSubstituted.toggle()
        if isSubstituted { word = (word ?? []) + [UInt8(ascii: "$")] }
        endPart()
      case _ where ";&|(){}".utf8.contains(byte0), 0x0A: endPart()
      case 0x20, 0x09, 0x0D: endWord()
      default: word = (word ?? []) + [byte0]
      }
      at += 1
    }
    endPart()
  }

  private mutating func endWord() {
    guard let word else { return }
    if !isTarget { words.append(String(decoding: word, as: UTF8.self)) }
    self.word = nil
    isTarget = false
  }

  private mutating func endPart() {
    endWord()
    if !words.isEmpty { parts.append(words) }
    (words, isTarget) = ([], false)
  }
}
