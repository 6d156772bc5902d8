/// A command line for sh(1) that can be told at a glance: simple commands, joined by `&&`, `||`, `;`, `|` or `&`, or within `(…)`, `{ …; }`,
/// `if`, `while` and `until`.
public enum PlainCommand {
  /// The words that are what they say, with their places; one with quotes around all of it stands for what is between them. Words with
  /// variables are not among them.
  ///
  /// nil for what does more: substitutions, functions, `for` and `case`, here-documents.
  public static func words(of command: [UInt8]) -> [PlacedWord]? {
    PlainCommandReader(command)?.commands.flatMap(\.words).compactMap { placed($0, in: command) }
  }

  /// Each with its words, variables among them; and whether they stand in something larger.
  static func commands(in line: [UInt8]) -> (commands: [CommandList.Command], isCompound: Bool)? {
    guard let read = PlainCommandReader(line) else { return nil }
    let commands = read.commands.map { command in
      let words = command.words.drop { $0.assignment != nil }.map { placed($0, in: line) ?? spelled($0, in: line) }
      return CommandList.Command(
        joint: command.joint, isAlternative: command.isAlternative, isConditional: command.isConditional, words: words,
        range: command.words[0].range.lowerBound..<command.end)
    }
    return (commands, read.isCompound)
  }

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
