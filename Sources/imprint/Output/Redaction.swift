internal import Documents

/// Keeps what is secret out of diffs: a changed file may hold passwords in the lines around the change.
enum Redaction {
  static let mask = SecretSetting.mask

  /// One line of `path` as it may be shown.
  static func line(_ text: String, of path: String) -> String {
    if path.hasSuffix("/passwd") || path.hasSuffix("/passwd-") { return accountLine(text) }
    let hosts = SecretSetting.maskedHosts(SecretSetting.masked(text))
    return withoutArguments(withoutSecretValue(hosts), of: path)
  }

  /// Whether what a line sets is secret, with a value in this line or not.
  static func isSecret(_ text: String) -> Bool {
    text.firstIndex(where: isSeparator).map { SecretSetting.isSecret(text[..<$0]) } ?? false
  }

  /// A hash that stands in passwd itself, where it should not (passwd(5)).
  private static func accountLine(_ text: String) -> String {
    var fields = text.split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count > 2, fields[1].utf8.count > 1 else { return text }
    fields[1] = Substring(mask)
    return fields.joined(separator: ":")
  }

  /// What the line sets, and whatever it sets inside: `Environment=A=1 "B_PASSWORD=…"`, `auth: {password: …}`. Where a value ends
  /// is its reader's business: all of the line goes.
  private static func withoutSecretValue(_ text: String) -> String {
    var start = text.startIndex
    while let separator = text[start...].firstIndex(where: isSeparator) {
      let before = text[start..<separator]
      let name = start == text.startIndex ? before : lastName(in: before)
      start = text.index(after: separator)
      let value = text[start...].drop(while: \.isWhitespace)
      if !value.isEmpty, !value.hasPrefix(mask), SecretSetting.isSecret(name) || isAuthorization(name, value) {
        return text[..<start] + " " + mask
      }
    }
    return text
  }

  /// A header of HTTP's (RFC 9110, section 11.6.2), which some call a setting of theirs, too.
  private static func isAuthorization(_ name: Substring, _ value: Substring) -> Bool {
    name.lowercased().hasSuffix("authorization")
      && ["basic ", "bearer ", "digest ", "token "].contains(where: value.lowercased().hasPrefix)
  }

  private static func isSeparator(_ character: Character) -> Bool { character == "=" || character == ":" }

  private static func lastName(in text: Substring) -> Substring {
    text.split { $0.isWhitespace || "{[,(".contains($0) }.last ?? ""
  }

  /// What stands behind a name and a blank: `--my-password …` of a command line, `wpa-psk …` of ifupdown.
  private static func withoutArguments(_ text: String, of path: String) -> String {
    var rest = text[...]
    var isOption = path.contains("/network/interfaces")
    guard isOption || text.firstRange(of: "--") != nil else { return text }
    while let start = rest.firstIndex(where: { !isEndOfWord($0) }) {
      let word = rest[start...].prefix { !isEndOfWord($0) }
      rest = rest[word.endIndex...]
      let value = rest.drop(while: \.isWhitespace)
      if isOption || word.hasPrefix("--"), rest.first?.isWhitespace == true, !value.isEmpty, !value.hasPrefix(mask),
        SecretSetting.isSecret(word)
      {
        return text[..<word.endIndex] + " " + mask
      }
      isOption = false
    }
    return text
  }

  private static func isEndOfWord(_ character: Character) -> Bool {
    character.isWhitespace || "=\"'".contains(character)
  }
}
