extension ShellLexer {
  mutating func nextWord() throws(Failure) -> ShellWord {
    var word = ShellWord(at: position)
    while let next = byte(), next != 0x20, next != 0x09, next != 0x0A {
      if Self.isOrdinary(next) {
        readOrdinary(into: &word)
        continue
      }
      if Self.isMetacharacter(next) {
        guard try readParentheses(into: &word, next) else { break }
        continue
      }
      switch next {
      case UInt8(ascii: "\\"): readEscape(into: &word)
      case UInt8(ascii: "'"):
        word.isBare = false
        word.append(try quoted(until: UInt8(ascii: "'"), from: 1))
      case UInt8(ascii: "\""):
        word.isBare = false
        try readDoubleQuotes(into: &word)
      case UInt8(ascii: "$"): try readDollar(into: &word, isQuoted: false)
      case UInt8(ascii: "`"): try readBackquotes(into: &word)
      default: readPlain(next, into: &word)
      }
    }
    word.range = word.range.lowerBound..<position
    return word
  }

  /// `name=(…)`, `<(…)` and `>(…)` belong to the word; any other metacharacter ends it.
  private mutating func readParentheses(into word: inout ShellWord, _ next: UInt8) throws(Failure) -> Bool {
    let isArray = next == UInt8(ascii: "(") && word.assignment?.valueStart == position
    let isProcess = next != UInt8(ascii: "(") && byte(1) == UInt8(ascii: "(") && (isAt("<(") || isAt(">("))
    guard isArray || isProcess else { return false }
    let start = position
    position += isArray ? 1 : 2
    try skipBalanced(open: UInt8(ascii: "("), close: UInt8(ascii: ")"), from: start)
    word.isBare = false
    noteSideEffects(of: bytes[start..<position], in: &word)
    word.appendOpaque()
    return true
  }

  private mutating func readEscape(into word: inout ShellWord) {
    guard let escaped = byte(1) else {
      // At the very end of a file the backslash stands for itself.
      word.append(UInt8(ascii: "\\"))
      word.isBare = false
      position += 1
      return
    }
    position += 2
    guard escaped != 0x0A else { return }
    word.isBare = false
    word.append(escaped)
  }

  /// Most bytes of most files: they mean themselves wherever they stand.
  private static func isOrdinary(_ byte: UInt8) -> Bool {
    switch byte {
    // From `-` to `:` are . / and the digits, too.
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: "-")...UInt8(ascii: ":"):
      true
    default: false
    }
  }

  private mutating func readOrdinary(into word: inout ShellWord) {
    let start = position
    while position < bytes.count, Self.isOrdinary(bytes[position]) { position += 1 }
    word.append(bytes[start..<position])
  }

  private mutating func readPlain(_ next: UInt8, into word: inout ShellWord) {
    if next == UInt8(ascii: "="), word.assignment == nil { noteAssignment(in: &word) }
    if next == UInt8(ascii: "~"), isTildePrefix(in: word) {
      word.appendOpaque()
      word.isBare = false
    } else {
      if "*?[{~".utf8.contains(next) { word.hasPattern = true }
      word.append(next)
    }
    position += 1
  }

  /// Bash expands `~` behind the `=` of an assignment and behind every `:` of its value.
  private func isTildePrefix(in word: ShellWord) -> Bool {
    guard let assignment = word.assignment, position > 0 else { return false }
    let before = bytes[position - 1]
    return assignment.valueStart == position || before == UInt8(ascii: ":") || before == UInt8(ascii: "=")
  }

  private func noteAssignment(in word: inout ShellWord) {
    let raw = bytes[word.range.lowerBound..<position]
    if word.isBare, var name = word.literal {
      let isAppending = name.last == UInt8(ascii: "+")
      if isAppending { name.removeLast() }
      if ShellName.isName(name) {
        word.assignment = .init(
          name: String(decoding: name, as: UTF8.self), isAppending: isAppending, isElement: false,
          valueStart: position + 1)
        return
      }
    }
    guard let bracket = raw.firstIndex(of: UInt8(ascii: "[")), ShellName.isName(Array(raw[..<bracket])),
      raw.last == UInt8(ascii: "]") || raw.suffix(2).elementsEqual("]+".utf8)
    else { return }
    word.assignment = .init(
      name: String(decoding: raw[..<bracket], as: UTF8.self), isAppending: false, isElement: true,
      valueStart: position + 1)
  }

  /// The bytes up to a closing quote, without escapes; stands behind it afterwards.
  mutating func quoted(until quote: UInt8, from offset: Int) throws(Failure) -> [UInt8] {
    let start = position
    guard let end = bytes[(position + offset)...].firstIndex(of: quote) else {
      throw Failure(position: start, reason: "a quote that doesn't end")
    }
    position = end + 1
    return Array(bytes[(start + offset)..<end])
  }

  mutating func readDoubleQuotes(into word: inout ShellWord) throws(Failure) {
    let start = position
    position += 1
    word.append([])
    while let next = byte() {
      switch next {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"):
        guard let escaped = byte(1) else { throw Failure(position: start, reason: "a quote that doesn't end") }
        position += 2
        if escaped == 0x0A { continue }
        if !"$`\"\\".utf8.contains(escaped) { word.append(next) }
        word.append(escaped)
      case UInt8(ascii: "$"): try readDollar(into: &word, isQuoted: true)
      case UInt8(ascii: "`"): try readBackquotes(into: &word)
      default:
        let run = position
        while position < bytes.count, !Self.isSpecialInQuotes(bytes[position]) { position += 1 }
        word.append(bytes[run..<position])
      }
    }
    throw Failure(position: start, reason: "a quote that doesn't end")
  }

  /// bash(1), QUOTING.
  private static func isSpecialInQuotes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"): true
    default: false
    }
  }

  mutating func readBackquotes(into word: inout ShellWord) throws(Failure) {
    let start = position
    position += 1
    while let next = byte(), next != UInt8(ascii: "`") { position += next == UInt8(ascii: "\\") ? 2 : 1 }
    guard byte() != nil else { throw Failure(position: start, reason: "a backquote that doesn't end") }
    position += 1
    word.isBare = false
    word.appendOpaque()
  }
}

/// What a variable may be called.
enum ShellName {
  static func isName(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, isStart(first) else { return false }
    return bytes.allSatisfy(isPart)
  }

  static func isStart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
    default: false
    }
  }

  static func isPart(_ byte: UInt8) -> Bool { isStart(byte) || isDigit(byte) }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  /// Variables that bash computes or protects itself (bash(1), Shell Variables): assigning one need not give it a value.
  static func isSpecial(_ name: String) -> Bool {
    name.hasPrefix("BASH") || name.hasPrefix("COMP_") || special.contains(name)
  }

  static func isReadOnly(_ name: String) -> Bool {
    ["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"].contains(name)
  }

  private static let special: Set<String> = [
    "_", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "LINENO", "MAPFILE",
    "OPTARG", "OPTIND", "PIPESTATUS", "POSIXLY_CORRECT", "PPID", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL", "SRANDOM",
    "UID", "IGNOREEOF", "HISTCONTROL", "LANG", "LANGUAGE", "IFS",
  ]
}
