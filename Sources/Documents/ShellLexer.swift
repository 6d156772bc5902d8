/// Cuts a script into words and operators by bash's rules (bash(1), QUOTING and DEFINITIONS; `read_token` in parse.y).
struct ShellLexer {
  enum Token {
    case word(ShellWord)
    case op(String, Range<Int>)
    case newline(Int)
    case end(Int)

    var start: Int {
      switch self {
      case .word(let word): word.range.lowerBound
      case .op(_, let range): range.lowerBound
      case .newline(let position), .end(let position): position
      }
    }
  }

  struct Failure: Error {
    let position: Int
    let reason: String
  }

  let bytes: [UInt8]
  var position = 0
  /// How deep commands and substitutions stand in each other: a hostile file must not exhaust the stack.
  private(set) var nesting = 0
  /// Here-documents announced on this line: their bodies begin behind its newline.
  private var hereDocuments: [(delimiter: [UInt8], dropsTabs: Bool)] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func enter() throws(Failure) {
    guard nesting < 60 else { throw Failure(position: position, reason: "too deeply nested") }
    nesting += 1
  }

  mutating func leave() { nesting -= 1 }

  func byte(_ offset: Int = 0) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  func isAt(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

  mutating func next() throws(Failure) -> Token {
    skipBlanks()
    guard let first = byte() else { return .end(position) }
    if first == 0x0A {
      let start = position
      position += 1
      try skipHereDocuments()
      return .newline(start)
    }
    if let op = nextOperator() {
      let start = position
      position += op.utf8.count
      if op == "<<" || op == "<<-" { try readDelimiter(dropsTabs: op == "<<-") }
      return .op(op, start..<position)
    }
    return .word(try nextWord())
  }

  /// Blanks, continued lines and a comment.
  private mutating func skipBlanks() {
    while let next = byte() {
      if next == 0x20 || next == 0x09 {
        position += 1
      } else if next == UInt8(ascii: "\\"), byte(1) == 0x0A {
        position += 2
      } else if next == UInt8(ascii: "#") {
        skipComment()
      } else {
        return
      }
    }
  }

  mutating func skipComment() {
    while let skipped = byte(), skipped != 0x0A { position += 1 }
  }

  private static let operators = [
    ";;&", "<<<", "<<-", "&>>", "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "|&", ";", "&", "|",
    "(", ")", "<", ">",
  ]

  private func nextOperator() -> String? {
    guard let first = byte(), Self.isMetacharacter(first) else { return nil }
    if first == UInt8(ascii: "<") || first == UInt8(ascii: ">"), byte(1) == UInt8(ascii: "(") { return nil }
    return Self.operators.first { isAt($0) }
  }

  static func isMetacharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"),
      UInt8(ascii: "<"), UInt8(ascii: ">"):
      true
    default: false
    }
  }

  private mutating func readDelimiter(dropsTabs: Bool) throws(Failure) {
    let end = position
    guard case .word(let word) = try next() else {
      throw Failure(position: end, reason: "a here-document without a delimiter")
    }
    let raw = bytes[word.range].filter { !"'\"\\".utf8.contains($0) }
    hereDocuments.append((word.literal ?? Array(raw), dropsTabs))
  }

  private mutating func skipHereDocuments() throws(Failure) {
    let pending = hereDocuments
    hereDocuments = []
    for document in pending {
      let start = position
      var isClosed = false
      while !isClosed, position < bytes.count {
        let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
        var line = bytes[position..<end]
        if document.dropsTabs { line = line.drop { $0 == 0x09 } }
        isClosed = line.elementsEqual(document.delimiter)
        position = min(end + 1, bytes.count)
      }
      guard isClosed else { throw Failure(position: start, reason: "a here-document that doesn't end") }
    }
  }
}
