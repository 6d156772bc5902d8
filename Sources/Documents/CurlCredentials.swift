/// Lines of commands, one after the other, without the users and passwords that they have for curl(1): `-u`, `-U`, `--user`,
/// `--proxy-user`.
public struct CurlCredentials: Sendable {
  private enum Place { case elsewhere, arguments, value }

  private static let program = Array("curl".utf8)

  /// Where the next word stands: a command may go on behind a backslash at the end of the line.
  private var place = Place.elsewhere

  public init() {}

  public mutating func masked(_ line: String) -> String {
    guard place != .elsewhere || line.utf8.mayContain(Self.program) else { return line }
    defer { if line.last != "\\" { place = .elsewhere } }
    var result = ""
    var rest = line[...]
    while let start = rest.firstIndex(where: { !$0.isWhitespace }) {
      let word = rest[start...].prefix { !$0.isWhitespace }
      result += rest[..<start]
      rest = rest[word.endIndex...]
      let value = word == "\\" ? nil : value(in: word)
      guard let value, Self.isQuoted(value) || value.contains(":") else {
        result += word
        continue
      }
      result += word[..<value.startIndex] + SecretSetting.mask
      // Where it ends is the shell's business.
      if Self.isQuoted(value) { return result }
    }
    return result + rest
  }

  /// What of the next word may be a user and a password; nil for nothing of it.
  private mutating func value(in word: Substring) -> Substring? {
    switch place {
    case .elsewhere:
      if Self.isCurl(word) { place = .arguments }
      return nil
    case .value:
      place = .arguments
      return word
    case .arguments:
      let value = Self.attached(to: word)
      if value?.isEmpty == true { place = .value } else if ";|&".contains(word.last ?? " ") { place = .elsewhere }
      return value
    }
  }

  private static func isCurl(_ word: Substring) -> Bool {
    word.split { "/\"'`([{=,;|&@-".contains($0) }.last == "curl"
  }

  /// What an option for credentials has behind it in its word, empty where the next word is meant; nil for any other. Short options may be
  /// drawn together: `-su admin:secret`.
  private static func attached(to word: Substring) -> Substring? {
    let option = word.drop { "\"'[,".contains($0) }
    guard option.hasPrefix("--") else {
      guard option.hasPrefix("-"), let letter = option.firstIndex(where: { "uU".contains($0) }) else { return nil }
      return option[option.index(after: letter)...]
    }
    let name = option.prefix { $0 == "-" || $0.isLetter }
    guard ["--user", "--proxy-user"].contains(name) else { return nil }
    return option[name.endIndex...].drop { $0 == "=" }
  }

  private static func isQuoted(_ word: Substring) -> Bool { word.contains { "\"'\\".contains($0) } }
}
