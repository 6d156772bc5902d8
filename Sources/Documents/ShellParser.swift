/// One simple command of a script.
struct ShellCommand: Sendable {
  var words: [ShellWord]
  /// It may run never, more than once, or in a shell of its own.
  var isConditional: Bool
  /// Defines a function of this name rather than running anything.
  var definesFunction = false
  var hasRedirection = false

  var range: Range<Int> {
    (words.first?.range.lowerBound ?? 0)..<(words.last?.range.upperBound ?? 0)
  }
}

/// Finds the simple commands of a script, as far as bash would read it (bash(1), SHELL GRAMMAR).
struct ShellParser {
  /// Executed in order up to the problem, if there is one.
  private(set) var commands: [ShellCommand] = []
  private(set) var failure: ShellLexer.Failure?

  private var lexer: ShellLexer
  private var token: ShellLexer.Token = .end(0)
  private var depth = 0

  init(_ bytes: [UInt8]) {
    lexer = ShellLexer(bytes)
    if let position = bytes.firstIndex(of: 0) {
      failure = ShellLexer.Failure(position: position, reason: "a NUL byte, which shells read differently")
      return
    }
    var committed = 0
    do throws(ShellLexer.Failure) {
      try advance()
      while !isAtEnd {
        if case .newline = token {
          try advance()
          continue
        }
        // Bash runs what it has read at each newline: a line that it can't read takes only itself and the rest away.
        try parseUnit()
        committed = commands.count
      }
    } catch {
      failure = error
      commands.removeSubrange(committed...)
    }
  }

  /// Behind the `)` of a `$(` at which the lexer stands.
  static func endOfSubstitution(in lexer: ShellLexer) throws(ShellLexer.Failure) -> Int {
    var parser = ShellParser(continuing: lexer)
    try parser.advance()
    try parser.skipNewlines()
    if !parser.isOperator(")") {
      parser.depth = 1
      try parser.parseList(until: [")"])
    }
    return parser.lexer.position
  }

  private init(continuing lexer: ShellLexer) {
    self.lexer = lexer
  }

  private var isAtEnd: Bool { if case .end = token { true } else { false } }

  private mutating func advance() throws(ShellLexer.Failure) { token = try lexer.next() }

  private func isOperator(_ op: String) -> Bool { if case .op(op, _) = token { true } else { false } }

  /// An assignment, which most words of most files are, is never a reserved word.
  private var bareWord: String? {
    if case .word(let word) = token, word.assignment == nil { word.bareText } else { nil }
  }

  private func unexpected(_ reason: String = "something that can't stand here") -> ShellLexer.Failure {
    ShellLexer.Failure(position: token.start, reason: reason)
  }

  private mutating func skipNewlines() throws(ShellLexer.Failure) {
    while case .newline = token { try advance() }
  }

  private mutating func parseUnit() throws(ShellLexer.Failure) {
    while true {
      try parseAndOr()
      switch token {
      case .newline, .end: return
      default: break
      }
    }
  }

  /// Pipelines joined by `&&` and `||`, and the separator behind them.
  private mutating func parseAndOr() throws(ShellLexer.Failure) {
    let first = commands.count
    var isChain = false
    while true {
      try parseCommand()
      guard isOperator("&&") || isOperator("||") || isOperator("|") || isOperator("|&") else { break }
      isChain = true
      try advance()
      try skipNewlines()
    }
    if isOperator("&") { isChain = true }
    if isChain { for index in first..<commands.count { commands[index].isConditional = true } }
    if isOperator(";") || isOperator("&") { return try advance() }
    switch token {
    case .newline, .end: return
    default:
      if depth > 0, isOperator(")") || isOperator(";;") || isOperator(";&") || isOperator(";;&") { return }
      throw unexpected()
    }
  }

  /// Commands up to one of these reserved words or operators, which is left standing.
  private mutating func parseList(until closers: Set<String>) throws(ShellLexer.Failure) {
    try skipNewlines()
    var isEmpty = true
    while true {
      if let word = bareWord, closers.contains(word) { break }
      if case .op(let op, _) = token, closers.contains(op) { break }
      guard !isAtEnd else {
        throw unexpected("the end of the file inside '\(closers.sorted().joined(separator: "/"))'")
      }
      try parseAndOr()
      isEmpty = false
      try skipNewlines()
    }
    if isEmpty, !closers.contains(";;") { throw unexpected() }
  }

  private mutating func parseCommand() throws(ShellLexer.Failure) {
    try lexer.enter()
    defer { lexer.leave() }
    if isOperator("(") { return try parseCompound("(") }
    let word = bareWord
    if let word, Self.openers.contains(word) { return try parseCompound(word) }
    if let word, word == "!" || word == "time" || word == "coproc" {
      let first = commands.count
      try advance()
      try parseCommand()
      for index in first..<commands.count { commands[index].isConditional = true }
      return
    }
    if let word, Self.closers.contains(word) { throw unexpected() }
    try parseSimple()
  }

  private static let openers: Set<String> = [
    "if", "while", "until", "for", "select", "case", "{", "[[", "function",
  ]
  private static let closers: Set<String> = ["then", "elif", "else", "fi", "do", "done", "esac", "}"]

  private mutating func parseSimple() throws(ShellLexer.Failure) {
    var command = ShellCommand(words: [], isConditional: depth > 0)
    while true {
      switch token {
      case .word(let word):
        command.words.append(word)
        try advance()
      case .op(let op, _) where op.first == "<" || op.first == ">" || op.hasPrefix("&>"):
        command.hasRedirection = true
        try advance()
        if op.hasPrefix("<<"), op != "<<<" { continue }
        guard case .word = token else { throw unexpected() }
        try advance()
      case .op("(", _) where command.words.count == 1 && !command.hasRedirection:
        return try parseFunction(command)
      default:
        guard !command.words.isEmpty || command.hasRedirection else { throw unexpected() }
        return commands.append(command)
      }
    }
  }

  private mutating func parseFunction(_ command: ShellCommand) throws(ShellLexer.Failure) {
    try advance()
    guard isOperator(")") else { throw unexpected() }
    try advance()
    try parseFunctionBody(command.words)
  }

  private mutating func parseFunctionBody(_ name: [ShellWord]) throws(ShellLexer.Failure) {
    try skipNewlines()
    commands.append(ShellCommand(words: name, isConditional: true, definesFunction: true))
    if isOperator("(") { return try parseCompound("(") }
    guard let opener = bareWord, Self.openers.contains(opener), opener != "function" else { throw unexpected() }
    try parseCompound(opener)
  }

  private mutating func expect(_ text: String) throws(ShellLexer.Failure) {
    guard bareWord == text || isOperator(text) else { throw unexpected() }
    try advance()
  }

  private mutating func parseCompound(_ opener: String) throws(ShellLexer.Failure) {
    depth += 1
    defer { depth -= 1 }
    let isArithmetic = opener == "(" && lexer.byte() == UInt8(ascii: "(")
    let start = token.start
    if opener != "[[", !isArithmetic { try advance() }
    switch opener {
    case "if":
      try parseList(until: ["then"])
      repeat {
        try advance()
        try parseList(until: ["elif", "else", "fi", "then"])
      } while bareWord != "fi"
      try advance()
    case "while", "until":
      try parseList(until: ["do"])
      try parseBody("do", "done")
    case "for", "select": try parseLoop()
    case "case": try parseCase()
    case "{": try parseBody(nil, "}")
    case "function":
      guard case .word(let name) = token else { throw unexpected() }
      try advance()
      if isOperator("(") {
        try advance()
        try expect(")")
      }
      return try parseFunctionBody([name])
    case "[[": try skipTest(from: start)
    default:
      if isArithmetic {
        try skipArithmetic(from: start)
      } else {
        try parseBody(nil, ")")
      }
    }
    try skipRedirections()
  }

  private mutating func parseBody(_ opener: String?, _ closer: String) throws(ShellLexer.Failure) {
    if let opener { try expect(opener) }
    try parseList(until: [closer])
    try advance()
  }

  private mutating func parseLoop() throws(ShellLexer.Failure) {
    let start = token.start
    if isOperator("(") {
      try skipArithmetic(from: start)
    } else {
      guard case .word(let name) = token else { throw unexpected() }
      noteOpaque(at: name.range)
      try advance()
      try skipNewlines()
      if bareWord == "in" {
        try advance()
        while case .word = token { try advance() }
      }
    }
    if isOperator(";") { try advance() }
    try skipNewlines()
    if bareWord == "{" { return try parseCompound("{") }
    try parseBody("do", "done")
  }

  private mutating func parseCase() throws(ShellLexer.Failure) {
    guard case .word = token else { throw unexpected() }
    try advance()
    try skipNewlines()
    try expect("in")
    try skipNewlines()
    while bareWord != "esac" {
      if isOperator("(") { try advance() }
      while true {
        guard case .word = token else { throw unexpected() }
        try advance()
        guard isOperator("|") else { break }
        try advance()
      }
      try expect(")")
      try parseList(until: [";;", ";&", ";;&", "esac"])
      if bareWord != "esac" { try advance() }
      try skipNewlines()
    }
    try advance()
  }

  /// `[[ … ]]`: nothing in it runs a command, but a match and arithmetic set variables.
  private mutating func skipTest(from start: Int) throws(ShellLexer.Failure) {
    noteOpaque(at: start..<start + 2)
    while bareWord != "]]" {
      guard !isAtEnd else { throw unexpected("the end of the file inside '[['") }
      try advance()
    }
    try advance()
  }

  private mutating func skipArithmetic(from start: Int) throws(ShellLexer.Failure) {
    noteOpaque(at: start..<start + 1)
    lexer.position = start + 1
    try lexer.skipBalanced(open: UInt8(ascii: "("), close: UInt8(ascii: ")"), from: start)
    try advance()
  }

  private mutating func skipRedirections() throws(ShellLexer.Failure) {
    while case .op(let op, _) = token, op.first == "<" || op.first == ">" || op.hasPrefix("&>") {
      try advance()
      if op.hasPrefix("<<"), op != "<<<" { continue }
      guard case .word = token else { throw unexpected() }
      try advance()
    }
  }

  /// Something that may set any variable.
  private mutating func noteOpaque(at range: Range<Int>) {
    var word = ShellWord(at: range.lowerBound)
    word.range = range
    word.appendOpaque()
    word.mayAssign = true
    commands.append(ShellCommand(words: [word], isConditional: true))
  }
}
