/// An absolute URL with the scheme http or https, a host, and neither user nor password.
public struct HTTPURL: Sendable, Hashable {
  /// All of it, as it is asked for.
  public let text: String

  public init(_ text: String) throws(HTTPError) {
    guard let rest = Self.afterScheme(text) else {
      throw HTTPError(.invalidRequest, "a URL", "it does not begin with http:// or https://")
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw HTTPError(.invalidRequest, "a URL", "it has a blank or another character that must be written with %")
    }
    let authority = rest.prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else {
      throw HTTPError(.invalidRequest, "a URL", "it has a user or a password in it")
    }
    guard !authority.isEmpty, authority.first != ":" else {
      throw HTTPError(.invalidRequest, "a URL", "it names no host")
    }
    self.text = text
  }

  private static func afterScheme(_ text: String) -> Substring? {
    for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
      return text.dropFirst(scheme.count)
    }
    return nil
  }

  public var isSecure: Bool { text.lowercased().hasPrefix("https:") }

  /// A further part of the path, with one slash between.
  public func appending(_ path: String) throws(HTTPError) -> HTTPURL {
    let base = text.hasSuffix("/") ? text.dropLast() : text[...]
    return try HTTPURL("\(base)/\(path.drop { $0 == "/" })")
  }
}

extension HTTPURL: CustomStringConvertible, CustomReflectable {
  /// Without its query: there may be a token in it.
  public var description: String { Self.shown(text) }
  public var customMirror: Mirror { Mirror(self, children: []) }

  static func shown(_ text: String) -> String {
    String(text.prefix { $0 != "?" && $0 != "#" }.prefix(512).filter { $0.isASCII && $0 > " " && $0 != "\u{7F}" })
  }
}
