extension SecretSetting {
  /// What stands in place of a secret.
  public static let mask = "(not shown)"

  /// A text without what its URLs and commands give away: users and passwords, `rabbit://openstack:secret@controller`, and what stands
  /// behind `?password=` and the like.
  public static func masked(_ text: String) -> String {
    var commands = CommandCredentials()
    let text = commands.masked(text)
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "=") }) else { return text }
    return withoutParameters(withoutCredentials(text))
  }

  private static func withoutParameters(_ text: String) -> String {
    let starts = "?&;".utf8
    guard text.utf8.contains(where: { starts.contains($0) }) else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.utf8.firstIndex(where: { starts.contains($0) }) {
      let parameter = rest[rest.index(after: start)...].prefix { $0 != "&" && $0 != ";" && !$0.isWhitespace }
      result += rest[...start]
      rest = rest[parameter.endIndex...]
      let name = parameter.prefix { $0 != "=" }
      result += isSecret(name) && name.endIndex < parameter.endIndex ? "\(name)=\(mask)" : parameter
    }
    return result + rest
  }

  private static func withoutCredentials(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
    var result = ""
    var rest = text[...]
    while let scheme = rest.firstRange(of: "://") {
      result += rest[..<scheme.upperBound]
      rest = rest[scheme.upperBound...]
      guard let at = endOfCredentials(rest.prefix { !$0.isWhitespace }) else { continue }
      result += mask + "@"
      rest = rest[rest.index(after: at)...]
    }
    return result + rest
  }

  /// The last @ of the authority ends them: a password may hold one. SQLAlchemy's may hold a slash, too (engine/url.py, `_parse_url`), also
  /// behind digits as of a port: where an @ follows, too much is masked rather than too little.
  private static func endOfCredentials(_ word: Substring) -> String.Index? {
    let authority = word.prefix { $0 != "/" && $0 != "?" }
    if let at = authority.lastIndex(of: "@") { return authority[..<at].contains(":") ? at : nil }
    guard authority.contains(":"), authority.last != "]" else { return nil }
    return word.prefix { $0 != "?" }.lastIndex(of: "@")
  }

  /// A line that may continue a list of hosts: `openstack:secret@controller2:5672/`. Of a URL it has no opinion.
  public static func maskedHosts(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
    var result = ""
    var rest = text[...]
    while !rest.isEmpty {
      let word = rest.prefix { !$0.isWhitespace && $0 != "," }
      rest = rest[word.endIndex...]
      let at = word.lastIndex(of: "@")
      let scheme = word.firstRange(of: "://").map { word[..<$0.lowerBound] }
      if let at, word[..<at].contains(":"), scheme?.contains(":") ?? true {
        result += mask + word[at...]
      } else {
        result += word
      }
      if let separator = rest.popFirst() { result.append(separator) }
    }
    return result
  }
}
