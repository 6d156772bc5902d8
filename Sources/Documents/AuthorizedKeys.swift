/// ~/.ssh/authorized_keys as sshd reads it (sshd(8), AUTHORIZED_KEYS FILE FORMAT; `auth2-pubkeyfile.c`), lossless.
///
/// Comments, blank lines and lines with a key of unknown type or no key at all are kept and never returned.
public struct AuthorizedKeys: Sendable {
  public struct Entry: Equatable, Sendable {
    /// Counted from 1.
    public let line: Int
    /// The options as written; empty where there are none.
    public let options: String
    public let key: SSHPublicKey

    /// Whether the key lets in nobody itself, but whom it has certified.
    public var isAuthority: Bool { AuthorizedKeysLine.isAuthority(options) }

    /// What an option says, without its quotes, as often as it stands there (`opt_dequote`).
    public func values(of option: String) -> [String] {
      AuthorizedKeysLine.options(in: options).compactMap { $0.name == option ? $0.value : nil }
    }
  }

  private var lines: Lines { didSet { entries = Self.entries(of: lines) } }
  public private(set) var entries: [Entry]

  public init(_ bytes: [UInt8]) {
    lines = Lines(bytes)
    entries = Self.entries(of: lines)
  }

  public var bytes: [UInt8] { lines.bytes }

  private static func entries(of lines: Lines) -> [Entry] {
    lines.enumerated().compactMap { index, line in
      AuthorizedKeysLine(line.content).map { Entry(line: index + 1, options: $0.text, key: $0.key) }
    }
  }

  /// The entries of a key, whatever their options.
  public func entries(for key: SSHPublicKey) -> [Entry] { entries.filter { $0.key == key } }

  /// Sees to it that a key is there.
  ///
  /// - Parameter options: Nil takes the options that stand with the key, so that a restriction of the user's is never
  ///   lost; a new key gets none. Anything else (`""` is none) is what the key shall have and nothing more: the first
  ///   entry gets it, and later ones of the key with other options go, because sshd tries them where the first refuses.
  ///   An entry that trusts the key as an authority (`cert-authority`) is another thing than one that lets it in: only
  ///   its own kind counts.
  public mutating func ensure(_ key: SSHPublicKey, options: String? = nil) {
    let isAuthority = options.map { AuthorizedKeysLine.isAuthority($0) } ?? false
    var isThere = false
    var rewrite = LineRewrite()
    for (index, line) in lines.enumerated() {
      guard let parsed = AuthorizedKeysLine(line.content), parsed.key == key else { continue }
      guard AuthorizedKeysLine.isAuthority(parsed.text) == isAuthority else { continue }
      if let options, parsed.text != options {
        rewrite.changes[index] = isThere ? .some(.none) : .some(parsed.with(options: options))
      }
      isThere = true
    }
    if !isThere {
      let words = [options ?? "", key.text, key.comment].filter { !$0.isEmpty }
      rewrite.insertions[lines.count] = [Array(words.joined(separator: " ").utf8)]
    }
    if !rewrite.isEmpty { lines = Lines(rewrite.applied(to: lines)) }
  }

  /// Removes the entries that are of no use any more.
  public mutating func removeAll(where isUseless: (Entry) -> Bool) {
    let useless = entries.filter(isUseless)
    if !useless.isEmpty { lines.remove(numbers: Set(useless.map(\.line))) }
  }

  /// Removes every entry of a key.
  public mutating func remove(_ key: SSHPublicKey) {
    removeAll(where: { $0.key == key })
  }
}

/// One line with a key: where the options are, and what the key is.
private struct AuthorizedKeysLine {
  let content: ArraySlice<UInt8>
  let options: ArraySlice<UInt8>
  let keyStart: Int
  let key: SSHPublicKey

  var text: String { String(decoding: options, as: UTF8.self) }

  init?(_ content: ArraySlice<UInt8>) {
    let start = content.drop { Self.isBlank($0) }
    guard let first = start.first, first != UInt8(ascii: "#") else { return nil }
    self.content = content
    if let key = SSHPublicKey(start) {
      options = content[start.startIndex..<start.startIndex]
      keyStart = start.startIndex
      self.key = key
      return
    }
    options = start[..<Self.endOfOptions(start)]
    let rest = start[options.endIndex...].drop { Self.isBlank($0) }
    guard let key = SSHPublicKey(rest) else { return nil }
    keyStart = rest.startIndex
    self.key = key
  }

  /// Whether options say `cert-authority`, outside of quotes.
  static func isAuthority(_ text: String) -> Bool { options(in: text).contains { $0.name == "cert-authority" } }

  /// Names in lower case, and what stands behind `=`, out of its quotes (auth-options.c, `sshauthopt_parse`).
  static func options(in text: String) -> [(name: String, value: String?)] {
    var options: [(name: String, value: String?)] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      var (name, value) = ([UInt8](), [UInt8]?.none)
      var isQuoted = false
      while let byte = rest.popFirst(), isQuoted || byte != UInt8(ascii: ",") {
        if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "\"") {
          value?.append(UInt8(ascii: "\""))
          rest = rest.dropFirst()
        } else if byte == UInt8(ascii: "\"") {
          isQuoted.toggle()
        } else if byte == UInt8(ascii: "="), value == nil {
          value = []
        } else if value == nil {
          name.append(byte.lowercased)
        } else {
          value?.append(byte)
        }
      }
      options.append((String(decoding: name, as: UTF8.self), value.map { String(decoding: $0, as: UTF8.self) }))
    }
    return options
  }

  func with(options: String) -> [UInt8] {
    Array(content[..<self.options.startIndex]) + Array(options.utf8) + (options.isEmpty ? [] : [0x20])
      + content[keyStart...]
  }

  /// The first blank outside of quotes; `\"` doesn't end a quote (sshd's `sshkey_advance_past_options`).
  private static func endOfOptions(_ text: ArraySlice<UInt8>) -> Int {
    var isQuoted = false
    var index = text.startIndex
    while index < text.endIndex, isQuoted || !isBlank(text[index]) {
      let isEscape =
        text[index] == UInt8(ascii: "\\") && index + 1 < text.endIndex && text[index + 1] == UInt8(ascii: "\"")
      if isEscape {
        index += 1
      } else if text[index] == UInt8(ascii: "\"") {
        isQuoted.toggle()
      }
      index += 1
    }
    return index
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
