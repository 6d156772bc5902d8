extension ShellLexer {
  /// `$'…'`, `$"…"`, `$name`, `${…}`, `$(…)`, `$((…))`, `$[…]`, or a dollar sign.
  mutating func readDollar(into word: inout ShellWord, isQuoted: Bool) throws(Failure) {
    try enter()
    defer { leave() }
    let start = position
    guard let next = byte(1) else { return readLiteralDollar(into: &word) }
    if !isQuoted, next == UInt8(ascii: "'") {
      word.isBare = false
      return try readANSIQuotes(into: &word)
    }
    if !isQuoted, next == UInt8(ascii: "\"") {
      position += 1
      word.isBare = false
      return try readDoubleQuotes(into: &word)
    }
    switch next {
    case UInt8(ascii: "("):
      position += 2
      if byte() == UInt8(ascii: "(") {
        try skipBalanced(open: UInt8(ascii: "("), close: UInt8(ascii: ")"), from: start)
        // Unlike commands, arithmetic runs in this shell.
        noteSideEffects(of: bytes[start..<position], in: &word)
      } else {
        position = try ShellParser.endOfSubstitution(in: self)
      }
    case UInt8(ascii: "["):
      position += 2
      try skipBalanced(open: UInt8(ascii: "["), close: UInt8(ascii: "]"), from: start)
      noteSideEffects(of: bytes[start..<position], in: &word)
    case UInt8(ascii: "{"):
      position += 2
      // Outside of POSIX mode single quotes count in here even between double quotes (`parse_matched_pair`).
      try skipBalanced(open: UInt8(ascii: "{"), close: UInt8(ascii: "}"), from: start)
      let body = Array(bytes[(start + 2)..<(position - 1)])
      word.isBare = false
      if ShellName.isName(body) {
        return word.parts.append(.variable(String(decoding: body, as: UTF8.self)))
      }
      if !Self.isPlainDefault(body) { noteSideEffects(of: body[...], in: &word) }
      if !Self.isUnderstoodExpansion(body) { word.mayStop = true }
    case _ where ShellName.isStart(next):
      position += 1
      while let part = byte(), ShellName.isPart(part) { position += 1 }
      word.isBare = false
      return word.parts.append(.variable(String(decoding: bytes[(start + 1)..<position], as: UTF8.self)))
    case _ where ShellName.isDigit(next) || "@*#?-$!".utf8.contains(next):
      position += 2
    default:
      return readLiteralDollar(into: &word)
    }
    word.isBare = false
    word.appendOpaque()
  }

  private mutating func readLiteralDollar(into word: inout ShellWord) {
    word.append(UInt8(ascii: "$"))
    word.isBare = false
    position += 1
  }

  /// Stands behind the opening bracket; afterwards behind the closing one.
  mutating func skipBalanced(open: UInt8, close: UInt8, from start: Int) throws(Failure) {
    var depth = 1
    while let next = byte() {
      switch next {
      case UInt8(ascii: "\\"): position += 1
      case UInt8(ascii: "'"):
        _ = try quoted(until: next, from: 1)
        continue
      case UInt8(ascii: "\""):
        var ignored = ShellWord(at: position)
        try readDoubleQuotes(into: &ignored)
        continue
      case UInt8(ascii: "`"):
        var ignored = ShellWord(at: position)
        try readBackquotes(into: &ignored)
        continue
      case UInt8(ascii: "$") where "({[".utf8.contains(byte(1) ?? 0) || byte(1) == UInt8(ascii: "'"):
        var ignored = ShellWord(at: position)
        try readDollar(into: &ignored, isQuoted: false)
        continue
      case UInt8(ascii: "#") where open == UInt8(ascii: "(") && isWordStart:
        skipComment()
        continue
      case open: depth += 1
      case close:
        depth -= 1
        if depth == 0 {
          position += 1
          return
        }
      default: break
      }
      position += 1
    }
    throw Failure(position: start, reason: "a bracket that doesn't close")
  }

  private var isWordStart: Bool {
    position > 0 && (" \t\n;&|(".utf8.contains(bytes[position - 1]))
  }

  /// `${name=word}`, `${name?word}` and arithmetic can assign, or end the shell.
  func noteSideEffects(of source: ArraySlice<UInt8>, in word: inout ShellWord) {
    if source.contains(UInt8(ascii: "=")) || source.contains(UInt8(ascii: "+")) || source.contains(UInt8(ascii: "-")) {
      word.mayAssign = true
    }
    if source.contains(UInt8(ascii: "?")) || source.contains(UInt8(ascii: "/")) { word.mayStop = true }
  }

  /// `${name:-text}` and `${name:+text}`, with text that expands to itself: they assign nothing and cannot fail.
  private static func isPlainDefault(_ body: [UInt8]) -> Bool {
    let tail = body.drop(while: ShellName.isPart)
    let text = tail.first == UInt8(ascii: ":") ? tail.dropFirst() : tail
    guard tail.startIndex > 0, ShellName.isStart(body[0]), text.first.map({ "-+".utf8.contains($0) }) ?? false else {
      return false
    }
    return !text.contains { "$`".utf8.contains($0) }
  }

  /// A name and an operator that can't fail.
  private static func isUnderstoodExpansion(_ body: [UInt8]) -> Bool {
    let rest = body.drop { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "!") }
    let tail = rest.drop(while: ShellName.isPart)
    guard tail.startIndex > rest.startIndex else { return false }
    return tail.isEmpty || ":-+#%^,".utf8.contains(tail.first ?? 0)
  }

  /// ANSI-C quoting (bash(1), QUOTING; `ansicstr` in lib/sh/strtrans.c). A NUL ends the text, not the quotes.
  private mutating func readANSIQuotes(into word: inout ShellWord) throws(Failure) {
    let start = position
    position += 2
    var decoded: [UInt8] = []
    var isEnded = false
    while let next = byte() {
      if next == UInt8(ascii: "'") {
        position += 1
        return word.append(decoded)
      }
      position += 1
      var produced = [next]
      if next == UInt8(ascii: "\\") {
        guard byte() != nil else { break }
        guard let escape = ANSIEscape.decode(bytes, &position) else {
          word.appendOpaque()
          continue
        }
        produced = escape
      }
      if produced == [0] { isEnded = true }
      if !isEnded { decoded += produced }
    }
    throw Failure(position: start, reason: "a quote that doesn't end")
  }
}

/// The escapes of `$'…'`.
enum ANSIEscape {
  private static let single: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "e"): 0x1B, UInt8(ascii: "E"): 0x1B,
    UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    UInt8(ascii: "v"): 0x0B, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "'"): 0x27, UInt8(ascii: "\""): 0x22,
    UInt8(ascii: "?"): 0x3F,
  ]

  /// The bytes that an escape stands for; nil where that depends on the locale. `position` is behind the backslash.
  static func decode(_ bytes: [UInt8], _ position: inout Int) -> [UInt8]? {
    let letter = bytes[position]
    position += 1
    if let byte = single[letter] { return [byte] }
    switch letter {
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      position -= 1
      let (value, _) = number(bytes, &position, radix: 8, maximum: 3)
      return [UInt8(truncatingIfNeeded: value)]
    case UInt8(ascii: "x"):
      if position < bytes.count, bytes[position] == UInt8(ascii: "{") { return nil }
      let (value, digits) = number(bytes, &position, radix: 16, maximum: 2)
      return digits == 0 ? Array("\\x".utf8) : [UInt8(truncatingIfNeeded: value)]
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let (value, digits) = number(bytes, &position, radix: 16, maximum: letter == UInt8(ascii: "u") ? 4 : 8)
      if digits == 0 { return [UInt8(ascii: "\\"), letter] }
      return value < 0x80 ? [UInt8(value)] : nil
    case UInt8(ascii: "c"): return nil
    default: return [UInt8(ascii: "\\"), letter]
    }
  }

  private static func number(
    _ bytes: [UInt8], _ position: inout Int, radix: UInt32, maximum: Int
  ) -> (value: UInt32, digits: Int) {
    var value: UInt32 = 0
    var digits = 0
    while digits < maximum, position < bytes.count,
      let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue, digit < radix
    {
      value = value &* radix &+ UInt32(digit)
      position += 1
      digits += 1
    }
    return (value, digits)
  }
}
