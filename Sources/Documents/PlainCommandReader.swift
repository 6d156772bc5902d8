/// Reads a line for ``PlainCommand``, token by token (XCU, Shell Grammar).
struct PlainCommandReader {
  /// One simple command as the lexer has it.
  struct Command {
    let joint: String?
    let isAlternative: Bool
    let isConditional: Bool
    var words: [ShellWord]
    /// Of its last word, or of what that is sent to.
    var end: Int
  }

  /// What may stand next.
  private enum Place { case command, word, joint }

  private(set) var commands: [Command] = []
  /// Whether they stand in something larger, or beside each other: `(…)`, `if`, `|`, `&`.
  private(set) var isCompound = false
  private var lexer: ShellLexer
  /// What ends each compound command that goes on, and whether what stands in it is an alternative, or runs in some case only.
  private var open: [(closer: String, isAlternative: Bool, isConditional: Bool)] = []
  private var place = Place.command
  private var joint: String?
  private var isAlternative = false

  /// nil for a line that does more than such commands do.
  init?(_ line: [UInt8]) {
    lexer = ShellLexer(line)
    do throws(ShellLexer.Failure) {
      while true {
        let isTaken: Bool
        switch try lexer.next() {
        case .end:
          guard open.isEmpty else { return nil }
          return
        case .newline: return nil
        case .op(let op, _): isTaken = try take(op)
        case .word(let word): isTaken = take(word)
        }
        guard isTaken else { return nil }
      }
    } catch {
      return nil
    }
  }

  private mutating func take(_ op: String) throws(ShellLexer.Failure) -> Bool {
    switch op {
    case "&&", ";": join(op)
    case "||":
      join(op)
      isAlternative = true
    case "&":
      join(op)
      isCompound = true
    case "|":
      (joint, place, isCompound) = (op, .command, true)
    case "(":
      // Two begin what is calculated, and one behind a word makes a function of it.
      guard place == .command, lexer.byte() != UInt8(ascii: "(") else { return false }
      enter(until: ")")
    case ")": return leave(op)
    case ">", ">>", ">|", "<", ">&", "<&":
      guard place != .command, case .word(let target) = try lexer.next(), target.bareText != nil else { return false }
      if place == .word { commands[commands.count - 1].end = target.range.upperBound }
    default: return false
    }
    return true
  }

  private mutating func take(_ word: ShellWord) -> Bool {
    guard !word.parts.contains(where: { if case .opaque = $0 { true } else { false } }) else { return false }
    // The 2 of `2>&1` is no word.
    let isDescriptor =
      lexer.byte().map { "<>".utf8.contains($0) } ?? false && word.bareText?.allSatisfy(\.isNumber) ?? false
    switch place {
    case .joint: return isDescriptor
    case .word where isDescriptor: break
    case .word:
      commands[commands.count - 1].words.append(word)
      commands[commands.count - 1].end = word.range.upperBound
    case .command:
      if word.assignment == nil, let text = word.bareText, Self.reserved.contains(text) { return takeReserved(text) }
      commands.append(
        Command(
          joint: joint, isAlternative: isAlternative, isConditional: open.contains { $0.isConditional }, words: [word],
          end: word.range.upperBound))
      place = .word
    }
    return true
  }

  // MARK: What they stand in

  private static let reserved: Set = [
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "!", "[[",
    "function", "select", "time", "coproc", "eval",
  ]

  private mutating func takeReserved(_ word: String) -> Bool {
    switch word {
    case "!": isCompound = true
    case "{": enter(until: "}")
    case "if": enter(until: "fi")
    case "while", "until": enter(until: "done")
    case "then", "do":
      guard open.last?.closer == (word == "do" ? "done" : "fi") else { return false }
      open[open.count - 1].isConditional = true
      join(";")
    case "elif", "else":
      guard open.last?.closer == "fi" else { return false }
      open[open.count - 1].isAlternative = true
      join(";")
    case "fi", "done", "}": return leave(word)
    default: return false
    }
    return true
  }

  private mutating func join(_ joint: String) {
    (self.joint, place, isAlternative) = (joint, .command, open.last?.isAlternative ?? false)
  }

  private mutating func enter(until closer: String) {
    open.append((closer, isAlternative, false))
    isCompound = true
  }

  private mutating func leave(_ closer: String) -> Bool {
    guard open.popLast()?.closer == closer else { return false }
    place = .joint
    return true
  }
}
