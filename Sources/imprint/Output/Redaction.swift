internal import Documents

/// Keeps what is secret out of diffs: a changed file may hold passwords in the lines around the change.
enum Redaction {
  static let mask = "(not shown)"

  /// One line of `path` as it may be shown.
  static func line(_ text: String, of path: String) -> String {
    if path.hasSuffix("/passwd") || path.hasSuffix("/passwd-") { return accountLine(text) }
    return withoutParameters(withoutCredentials(withoutSecretValue(text)))
  }

  /// A hash that stands in passwd itself, where it should not (passwd(5)).
  private static func accountLine(_ text: String) -> String {
    var fields = text.split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count > 2, fields[1].utf8.count > 1 else { return text }
    fields[1] = Substring(mask)
    return fields.joined(separator: ":")
  }

  private static func withoutSecretValue(_ text: String) -> String {
    guard let separator = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return text }
    guard SecretSetting.isSecret(text[..<separator]) else { return text }
    let value = text[text.index(after: separator)...]
    guard value.contains(where: { !$0.isWhitespace }) else { return text }
    return text[...separator] + " " + mask
  }

  /// What a URL says behind `?password=` and the like.
  private static func withoutParameters(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(where: { $0 == "?" || $0 == "&" || $0 == ";" }) {
      let parameter = rest[rest.index(after: start)...].prefix { $0 != "&" && $0 != ";" && !$0.isWhitespace }
      result += rest[...start]
      rest = rest[parameter.endIndex...]
      let name = parameter.prefix { $0 != "=" }
      result += SecretSetting.isSecret(name) && name.endIndex < parameter.endIndex ? "\(name)=\(mask)" : parameter
    }
    return result + rest
  }

  /// The user and password of URLs: `rabbit://openstack:secret@controller`.
  private static func withoutCredentials(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let scheme = rest.range(of: "://") {
      result += rest[..<scheme.upperBound]
      rest = rest[scheme.upperBound...]
      let authority = rest.prefix { $0 != "/" && $0 != "?" && !$0.isWhitespace }
      // The last @ ends the credentials: a password may hold one.
      guard let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") else { continue }
      result += mask + "@"
      rest = rest[authority.index(after: at)...]
    }
    return result + rest
  }
}

extension Substring {
  /// The first occurrence of `pattern`; the standard library has none without regular expressions' cost.
  fileprivate func range(of pattern: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(pattern) {
        return start..<(index(start, offsetBy: pattern.count))
      }
      start = index(after: start)
    }
    return nil
  }
}
