/// Cuts a line for a shell into the words of what may be commands. Quotes part nothing, for there may be commands between them.
struct ScatteredWords {
  /// The words of what may be one command.
  struct Part {
    var words: [String] = []
    /// The files that it is sent into, and those that it reads.
    var written: [String] = []
    var read: [String] = []

    var isEmpty: Bool { words.isEmpty && written.isEmpty && read.isEmpty }
  }

  enum Piece {
    case part(Part)
    /// `;`, `&`, `;;`, `&&`, `|`, `||`, `(`, `)`, `{`, `}`. Backticks are parentheses.
    case op(String)
  }

  private(set) var pieces: [Piece] = []
  /// The end of a here-document that begins behind the line.
  private(set) var delimiter: String?
  private var part = Part()
  private var word: [UInt8]?
  /// Where the next word is a file's name, what is done with it.
  private var target: WritableKeyPath<Part, [String]>?

  static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }

  init(_ line: [UInt8]) {
    var quote: UInt8?
    // Around what is only said, or done elsewhere: no commands are in it.
    var said: UInt8?
    var isSubstituted = false
    var at = 0
    func byte(_ offset: Int) -> UInt8? { at + offset < line.count ? line[at + offset] : nil }
    while at < line.count {
      let byte0 = line[at]
      switch byte0 {
      case _ where byte0 == said: said = nil
      case UInt8(ascii: "\\") where said != UInt8(ascii: "'"):
        if said != nil { append([byte0]) }
        at += 1
        if at < line.count { append([line[at]]) }
      case UInt8(ascii: "$") where byte(1) == UInt8(ascii: "{") && said != UInt8(ascii: "'"):
        let name = line[(at + 2)...].prefix(while: Self.isOfName)
        append([byte0])
        append(name)
        at = line[name.endIndex...].firstIndex(of: UInt8(ascii: "}")) ?? line.count
      case _ where said != nil: append([byte0])
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        if quote == byte0 {
          quote = nil
        } else if part.words.contains(where: { ScatteredCommands.others.contains(ScatteredCommands.name($0)) }) {
          said = byte0
        } else if quote == nil {
          quote = byte0
        }
      case UInt8(ascii: "#") where word == nil:
        // Up to the end of what the quotes have, or of the line.
        at = (quote.flatMap { line[at...].firstIndex(of: $0) } ?? line.count) - 1
      case UInt8(ascii: "(") where byte(1) == byte0 && Self.end(ofCalculation: line[at...]) != nil:
        // It has no commands, and `<<` in it shifts.
        at = Self.end(ofCalculation: line[at...]) ?? at
      case UInt8(ascii: "<") where byte(1) == UInt8(ascii: "<") && byte(2) != UInt8(ascii: "<"):
        let rest = line[(at + 2)...].drop { $0 == UInt8(ascii: "-") || $0 == 0x20 }
        let end = rest.prefix { !" \t;&|<>".utf8.contains($0) }.filter { !"'\"\\".utf8.contains($0) }
        let isShift = end.first.map { (0x30...0x39).contains($0) } ?? true
        // A shell would run what is in it.
        let program = part.words.first.map(ScatteredCommands.name) ?? ""
        if !isShift, !ScatteredCommands.shells.contains(program) { delimiter = String(decoding: end, as: UTF8.self) }
        endWord()
        at = rest.startIndex + rest.prefix { !" \t;&|<>".utf8.contains($0) }.count - 1
      case UInt8(ascii: "<"), UInt8(ascii: ">"):
        // The 2 of `2>&1` is no word.
        if let said = word, said.allSatisfy({ (0x30...0x39).contains($0) }) { word = nil }
        endWord()
        let isText = byte0 == UInt8(ascii: "<") && byte(1) == byte0
        target = isText ? nil : byte0 == UInt8(ascii: ">") ? \.written : \.read
        while let next = byte(1), "<>&|".utf8.contains(next) { at += 1 }
      case UInt8(ascii: "`"):
        // As `$(`.
        isSubstituted.toggle()
        if isSubstituted { append([UInt8(ascii: "$")]) }
        endPart(isSubstituted ? "(" : ")")
      case _ where ";&|".utf8.contains(byte0):
        let run = line[at...].prefix { ";&|".utf8.contains($0) }
        endPart(String(decoding: run, as: UTF8.self))
        at = run.endIndex - 1
      case _ where "(){}".utf8.contains(byte0): endPart(String(decoding: [byte0], as: UTF8.self))
      case 0x0A: endPart(";")
      case 0x20, 0x09, 0x0D: endWord()
      default: append([byte0])
      }
      at += 1
    }
    endPart(nil)
  }

  /// The last byte of `((…))`, which begins there.
  private static func end(ofCalculation text: ArraySlice<UInt8>) -> Int? {
    var depth = 0
    for (index, byte) in zip(text.indices, text) {
      depth += byte == UInt8(ascii: "(") ? 1 : byte == UInt8(ascii: ")") ? -1 : 0
      if depth == 0 { return text[index - 1] == UInt8(ascii: ")") ? index : nil }
    }
    return nil
  }

  private mutating func append(_ bytes: some Collection<UInt8>) {
    word = word ?? []
    word?.append(contentsOf: bytes)
  }

  private mutating func endWord() {
    guard let word else { return }
    part[keyPath: target ?? \.words].append(String(decoding: word, as: UTF8.self))
    self.word = nil
    target = nil
  }

  private mutating func endPart(_ op: String?) {
    endWord()
    if !part.isEmpty { pieces.append(.part(part)) }
    if let op { pieces.append(.op(op)) }
    (part, target) = (Part(), nil)
  }
}
