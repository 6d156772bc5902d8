/// A command line for sh(1) that can be told at a glance: simple commands, joined by `&&`, `||` or `;`.
public enum PlainCommand {
  /// The words that are what they say, with their places; one with quotes around all of it stands for what is between them. Words with
  /// variables are not among them.
  ///
  /// nil for what does more: pipes, substitutions, compound commands, files that it reads or writes (but /dev/null).
  public static func words(of command: [UInt8]) -> [PlacedWord]? {
    read(command)?.flatMap(\.words).compactMap { placed($0, in: command) }
  }

  /// Each with its words, variables among them.
  static func commands(in line: [UInt8]) -> [CommandList.Command]? {
    read(line)?.filter { !$0.words.isEmpty }.map { command in
      let words = command.words.drop { $0.assignment != nil }.map { placed($0, in: line) ?? spelled($0, in: line) }
      return CommandList.Command(
        joint: command.joint, words: words, range: command.words[0].range.lowerBound..<command.end)
    }
  }

  /// One of them as the lexer has it.
  private struct Read {
    let joint: String?
    var words: [ShellWord] = []
    /// Of its last word, or of what that is sent to.
    var end = 0
  }

  private static func read(_ line: [UInt8]) -> [Read]? {
    var lexer = ShellLexer(line)
    var commands = [Read(joint: nil)]
    var isFirst = true
    do throws(ShellLexer.Failure) {
      while true {
        switch try lexer.next() {
        case .end: return commands
        case .newline: return nil
        case .op(let op, _) where ["&&", "||", ";"].contains(op):
          isFirst = true
          commands.append(Read(joint: op))
        case .op(let op, let place) where [">", ">>", "<", ">&", "<&"].contains(op):
          // The 2 of `2>&1` is no word.
          if let last = commands[commands.count - 1].words.last, last.range.upperBound == place.lowerBound,
            last.bareText?.allSatisfy(\.isNumber) ?? false
          {
            commands[commands.count - 1].words.removeLast()
          }
          guard case .word(let target) = try lexer.next(), let text = target.bareText,
            text == "/dev/null" || op.hasSuffix("&") && text.allSatisfy(\.isNumber)
          else { return nil }
          commands[commands.count - 1].end = target.range.upperBound
        case .op: return nil
        case .word(let word):
          guard !word.parts.contains(where: { if case .opaque = $0 { true } else { false } }) else { return nil }
          if isFirst, word.assignment == nil, let text = word.bareText, reserved.contains(text) { return nil }
          if word.assignment == nil { isFirst = false }
          commands[commands.count - 1].words.append(word)
          commands[commands.count - 1].end = word.range.upperBound
        }
      }
    } catch {
      return nil
    }
  }

  private static let reserved: Set = [
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "!", "[[",
    "function", "select", "time", "coproc", "eval",
  ]

  /// A word with more in it than text: `"$IFACE"` is `$IFACE`.
  private static func spelled(_ word: ShellWord, in line: [UInt8]) -> PlacedWord {
    let bytes = line[word.range]
    let isQuoted = bytes.count > 2 && bytes.first == UInt8(ascii: "\"") && bytes.last == UInt8(ascii: "\"")
    return PlacedWord(text: (isQuoted ? bytes.dropFirst().dropLast() : bytes).text, range: word.range)
  }

  /// As it stands there, or between its quotes.
  private static func placed(_ word: ShellWord, in command: [UInt8]) -> PlacedWord? {
    guard let literal = word.literal, !literal.isEmpty else { return nil }
    var range = word.range
    if let quote = command[range].first, "'\"".utf8.contains(quote), range.count > 2,
      command[range.upperBound - 1] == quote
    {
      range = range.lowerBound + 1..<range.upperBound - 1
    }
    guard command[range].elementsEqual(literal) else { return nil }
    return PlacedWord(text: literal[...].text, range: range)
  }
}
