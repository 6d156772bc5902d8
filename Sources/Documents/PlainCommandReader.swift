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
  /// A compound command that goes on: what ends it, and what its own commands are.
  private struct Compound {
    let closer: String
    var isAlternative: Bool
    var isConditional: Bool
    /// Whether one behind `then` does something, for which those behind `else` stand in.
    var acts = false
  }

  private var open: [Compound] = []
  private var place = Place.command
  private var joint: String?
  private var isAlternative = false
  private var isConditional = false

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
      // What stands behind a test runs in some case only, as behind `then`.
      if commands.last.map({ Self.tests.contains(Self.program($0)) }) ?? false {
        isConditional = true
      } else {
        isAlternative = true
      }
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
          joint: joint, isAlternative: isAlternative, isConditional: isConditional, words: [word],
          end: word.range.upperBound))
      place = .word
    }
    if let command = commands.last, !Self.idle.contains(Self.program(command)) {
      for index in open.indices where open[index].isConditional { open[index].acts = true }
    }
    return true
  }

  private static let tests: Set = ["[", "test", "grep", "egrep", "fgrep"]
  private static let idle: Set = tests.union(["", "true", "false", ":", "echo", "logger", "sleep", "exit"])

  private static func program(_ command: Command) -> String {
    let name = command.words.first { $0.assignment == nil }?.bareText ?? ""
    return name.split(separator: "/").last.map(String.init) ?? ""
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
      if open[open.count - 1].acts { open[open.count - 1].isAlternative = true }
      join(";")
    case "fi", "done", "}": return leave(word)
    default: return false
    }
    return true
  }

  private mutating func join(_ joint: String) {
    (self.joint, place) = (joint, .command)
    (isAlternative, isConditional) = (open.last?.isAlternative ?? false, open.last?.isConditional ?? false)
  }

  private mutating func enter(until closer: String) {
    open.append(Compound(closer: closer, isAlternative: isAlternative, isConditional: isConditional))
    isCompound = true
  }

  private mutating func leave(_ closer: String) -> Bool {
    guard open.popLast()?.closer == closer else { return false }
    place = .joint
    return true
  }
}
