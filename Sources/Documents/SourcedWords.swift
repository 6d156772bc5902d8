/// What wordexp(3), which runs no commands for ifupdown (`WRDE_NOCMD`), makes of a `source` line: words that are still patterns of
/// glob(3).
enum SourcedWords {
  /// Quotes are gone: with glibc what stands between them is a pattern all the same. A backslash outside of them stays before its
  /// letter, as fnmatch(3) takes it. None where it refuses the line, and then nothing is read.
  static func words(of text: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for letter in text {
      if isEscaped {
        word = (word ?? "") + "\\\(letter)"
        isEscaped = false
      } else if letter == quote {
        quote = nil
      } else if letter == "\\", quote != "'" {
        isEscaped = true
      } else if quote != nil {
        word = (word ?? "") + "\(letter)"
      } else if letter == "'" || letter == "\"" {
        quote = letter
        word = word ?? ""
      } else if letter == " " || letter == "\t" {
        if let word { words.append(word) }
        word = nil
      } else if "|&;<>(){}".contains(letter) {
        return []
      } else {
        word = (word ?? "") + "\(letter)"
      }
    }
    guard quote == nil, !isEscaped else { return [] }
    return words + (word.map { [$0] } ?? [])
  }
}
