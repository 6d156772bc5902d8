/// ssh_config(5), for looking only: which directives a file has, and for whom. Edits go through ``MarkedBlock``.
///
/// Reads lines as OpenSSH's `readconf.c` does: a keyword without case, then blanks or one `=`, then words that may be
/// quoted; `#` starts a comment at the front of a line or word.
public struct SSHClientConfig: Sendable {
  /// What a directive stands under.
  public enum Scope: Equatable, Sendable {
    /// Before any `Host` or `Match`: for everybody.
    case all
    case host([String])
    case match([String])
  }

  public struct Directive: Equatable, Sendable {
    /// Counted from 1.
    public let line: Int
    /// In lower case.
    public let keyword: String
    public let arguments: [String]
    /// `Host` and `Match` themselves stand under the scope that they open.
    public let scope: Scope
  }

  public let directives: [Directive]
  /// The first line for which every version of ssh refuses the whole file, counted from 1. An option that one version
  /// knows and another does not is none.
  public let refusedLine: Int?

  public init(_ bytes: [UInt8]) {
    var scope = Scope.all
    var refused: Int?
    directives = Lines(bytes).enumerated().compactMap { index, line in
      guard let (keyword, arguments, isSound) = Self.words(of: line.content) else { return nil }
      if refused == nil, !isSound || keyword == "match" && SSHMatchLine(arguments) == nil { refused = index + 1 }
      if keyword == "host" { scope = .host(arguments) }
      if keyword == "match" { scope = .match(arguments) }
      return Directive(line: index + 1, keyword: keyword, arguments: arguments, scope: scope)
    }
    refusedLine = refused
  }

  /// All directives of a keyword, whatever their scope.
  public func directives(named keyword: String) -> [Directive] {
    directives.filter { $0.keyword == keyword.lowercased() }
  }

  private static func words(
    of content: ArraySlice<UInt8>
  ) -> (keyword: String, arguments: [String], isSound: Bool)? {
    var text = content.prefix { $0 != 0 }.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    while let last = text.last, last.isCBlank { text = text.dropLast() }
    guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
    let keyword = text.prefix { !isBlank($0) && $0 != UInt8(ascii: "=") }
    var rest = text[keyword.endIndex...].drop(while: isBlank)
    if rest.first == UInt8(ascii: "=") { rest = rest.dropFirst().drop(while: isBlank) }
    let (arguments, isClosed) = arguments(rest)
    let name = keyword.text.lowercased()
    // "extra arguments at end of line", or "garbage".
    let isLong = arguments.count > 1 && !arguments[1].isEmpty && single.contains(name)
    return (
      name, arguments,
      isClosed && !isLong && (!arguments.isEmpty || name == "host") && keyword.allSatisfy { $0 < 0x80 }
    )
  }

  /// Options of one word, those that one meets most: every version refuses a second.
  private static let single: Set = [
    "addressfamily", "batchmode", "bindaddress", "bindinterface", "canonicalizehostname", "certificatefile",
    "checkhostip", "ciphers",
    "compression", "connectionattempts", "connecttimeout", "controlmaster", "controlpath", "controlpersist",
    "forwardagent", "forwardx11",
    "gssapiauthentication", "hashknownhosts", "hostkeyalgorithms", "hostkeyalias", "hostname", "identitiesonly",
    "identityfile",
    "kexalgorithms", "loglevel", "macs", "numberofpasswordprompts", "passwordauthentication", "port",
    "preferredauthentications",
    "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes", "pubkeyauthentication", "requesttty", "serveralivecountmax",
    "serveraliveinterval", "stricthostkeychecking", "tcpkeepalive", "user", "verifyhostkeydns",
  ]

  /// OpenSSH's argv_split, ended by a comment. An open quote ends with the line.
  private static func arguments(_ text: ArraySlice<UInt8>) -> (words: [String], isClosed: Bool) {
    var arguments: [String] = []
    var isClosed = true
    var rest = text.drop(while: isBlank)
    while let first = rest.first, first != UInt8(ascii: "#") {
      var word: [UInt8] = []
      var quote: UInt8?
      while let byte = rest.first, quote != nil || !isBlank(byte) {
        rest = rest.dropFirst()
        if byte == UInt8(ascii: "\\"), let next = rest.first, escapes(next, inQuotes: quote != nil) {
          word.append(next)
          rest = rest.dropFirst()
        } else if byte == quote {
          quote = nil
        } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
          quote = byte
        } else {
          word.append(byte)
        }
      }
      arguments.append(String(decoding: word, as: UTF8.self))
      isClosed = isClosed && quote == nil
      rest = rest.drop(while: isBlank)
    }
    return (arguments, isClosed)
  }

  private static func escapes(_ byte: UInt8, inQuotes: Bool) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") || !inQuotes && byte == 0x20
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
