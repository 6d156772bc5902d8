/// Keeps what is secret out of diffs: a changed file may hold passwords in the lines around the change.
enum Redaction {
  static let mask = "(not shown)"

  /// Parts of an option's name whose value is a secret, in nova, neutron, ifcfg and cloud configuration.
  private static let secretWords = [
    "password", "passwd", "passphrase", "secret", "token", "_psk", "wpa_psk", "private_key", "auth_key",
    "encryption_key",
    "hmac_key", "apikey", "api_key", "credential",
  ]

  /// One line of `path` as it may be shown.
  static func line(_ text: String, of path: String) -> String {
    if path.hasSuffix("/passwd") || path.hasSuffix("/passwd-") { return accountLine(text) }
    return withoutCredentials(withoutSecretValue(text))
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
    let name = text[..<separator].lowercased()
    guard secretWords.contains(where: name.contains) || name.hasSuffix("_key") else { return text }
    let value = text[text.index(after: separator)...]
    guard value.contains(where: { !$0.isWhitespace }) else { return text }
    return text[...separator] + " " + mask
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
