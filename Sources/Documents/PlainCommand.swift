/// A command line for sh(1) that can be told at a glance: simple commands, joined by `&&`, `||` or `;`.
public enum PlainCommand {
  /// The words that are what they say, with their places; one with quotes around all of it stands for what is between them. Words with
  /// variables are not among them.
  ///
  /// nil for what does more: pipes, substitutions, compound commands, files that it reads or writes (but /dev/null).
  public static func words(of command: [UInt8]) -> [PlacedWord]? {
    var lexer = ShellLexer(command)
    var words: [PlacedWord] = []
    var isFirst = true
    do throws(ShellLexer.Failure) {
      while true {
        switch try lexer.next() {
        case .end: return words
        case .newline: return nil
        case .op(let op, _) where ["&&", "||", ";"].contains(op): isFirst = true
        case .op(let op, let place) where [">", ">>", "<", ">&", "<&"].contains(op):
          // The 2 of `2>&1` is no word.
          if let last = words.last, last.range.upperBound == place.lowerBound, last.text.allSatisfy(\.isNumber) {
            words.removeLast()
          }
          guard case .word(let target) = try lexer.next(), let text = target.bareText,
            text == "/dev/null" || op.hasSuffix("&") && text.allSatisfy(\.isNumber)
          else { return nil }
        case .op: return nil
        case .word(let word):
          guard !word.parts.contains(where: { if case .opaque = $0 { true } else { false } }) else { return nil }
          if isFirst, word.assignment == nil, let text = word.bareText, reserved.contains(text) { return nil }
          if word.assignment == nil { isFirst = false }
          if let placed = placed(word, in: command) { words.append(placed) }
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
