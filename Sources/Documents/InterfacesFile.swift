/// Debian's /etc/network/interfaces as ifupdown reads it (interfaces(5); checked against ifupdown 0.8.41), lossless.
///
/// A line whose first character that isn't blank is `#` is a comment; comments don't continue, other lines do, by a
/// backslash at their very end. Blank lines and comments don't end a stanza. An option that is there twice reaches the
/// tools as two lines of one value, which no tool understands. An interface may have several stanzas, each of which adds
/// an address.
public struct InterfacesFile: Sendable {
  public enum Family: String, Sendable { case inet, inet6 }

  /// An option of a stanza, its value as ifupdown joins it from continued lines.
  public struct Option: Equatable, Sendable {
    public let name: String
    public let value: String
    /// Lines, counted from 0.
    public let lines: Range<Int>
  }

  /// One `iface` stanza.
  public struct Stanza: Equatable, Sendable {
    public let interface: String
    /// `inet`, `inet6`, `can`, …; what the iface line leaves out it has from whom it inherits, or from its first address: so read it
    /// ifupdown's successors, to which a name is enough. Empty where it has none of them.
    public internal(set) var family: String
    /// `static`, `dhcp`, `manual`, …; as the family.
    public internal(set) var method: String
    /// Other words of the iface line, such as `inherits NAME`.
    public let extra: [String]
    public internal(set) var options: [Option] = []
    /// The iface line's lines, counted from 0.
    public let header: Range<Int>
    /// Whether the iface line says the family: to ifupdown's successors one that does not may have addresses of several.
    public let saysFamily: Bool

    mutating func append(_ option: Option) {
      options.append(option)
      guard family.isEmpty, option.name == "address", base == nil, let address else { return }
      (family, method) = ((address.isIPv6 ? Family.inet6 : .inet).rawValue, "static")
    }

    /// The values of an option, one for each time that it is there.
    public func values(_ name: String) -> [String] { options.filter { $0.name == name }.map(\.value) }

    /// The servers that resolvconf takes from it: `dns-nameservers`, and `dns-nameserver` as often as it stands.
    public var nameServers: [String] {
      options.filter { $0.name == "dns-nameservers" || $0.name == "dns-nameserver" }
        .flatMap { $0.value.split { $0 == " " || $0 == "\t" }.map(String.init) }
    }

    /// The address without its prefix; nil where there is none.
    public var address: HostAddress? {
      values("address").first.flatMap { HostAddress(String($0.prefix { $0 != "/" })) }
    }

    /// Whether the stanza can be made static without taking a tunnel or the like apart.
    var canHoldAddress: Bool { ["static", "dhcp", "bootp", "auto", "manual"].contains(method) }

    /// Whose options it has besides its own (interfaces(5), `inherits`).
    public var base: String? { Header.base(of: extra) }

    /// The end of the stanza's last line: comments and blank lines behind it are nobody's.
    public var end: Int { options.last?.lines.upperBound ?? header.upperBound }
  }

  var lines: Lines
  /// Stanzas of other files, from which those of this one may inherit.
  public var others: [Stanza] = []

  public init(_ bytes: [UInt8]) { lines = Lines(bytes) }

  public var bytes: [UInt8] { lines.bytes }

  /// The `iface` stanzas in the order of the file. Those of sourced files are not among them.
  public var stanzas: [Stanza] {
    var stanzas: [Stanza] = []
    var isInStanza = false
    for statement in statements {
      if statement.words.first == "iface" {
        let header = Header(statement.words)
        let base = header.base.flatMap { name in
          Self.base(name, header.family, in: stanzas) ?? Self.base(name, header.family, in: others)
        }
        stanzas.append(
          Stanza(
            interface: header.interface, family: header.family ?? base?.family ?? "",
            method: header.method ?? base?.method ?? "", extra: header.extra, header: statement.lines,
            saysFamily: header.family != nil))
        isInStanza = true
      } else if statement.isKeyword {
        isInStanza = false
      } else if isInStanza {
        let option = Option(name: statement.words.first ?? "", value: statement.value, lines: statement.lines)
        stanzas[stanzas.count - 1].append(option)
      }
    }
    return stanzas
  }

  public func stanzas(for interface: String, family: Family) -> [Stanza] {
    stanzas.filter { $0.interface == interface && $0.family == family.rawValue }
  }

  /// What a `source` or `source-directory` line names.
  public struct Source: Equatable, Sendable {
    /// As wordexp(3) hands it to glob(3); a relative one starts from the file's folder.
    public let pattern: String
    public let isDirectory: Bool
    /// Counted from 0.
    public let line: Int

    /// Whether the environment of whoever runs ifup decides what it means.
    public var hasVariable: Bool { pattern.contains("$") || pattern.contains("`") }
  }

  public var sources: [Source] {
    statements.filter { $0.words.first == "source" || $0.words.first == "source-directory" }
      .flatMap { statement in
        SourcedWords.words(of: statement.value).map {
          Source(
            pattern: $0, isDirectory: statement.words.first == "source-directory", line: statement.lines.lowerBound)
        }
      }
  }

  /// The interfaces that `auto` and `allow-…` lines bring up.
  public var startedInterfaces: [String] {
    statements.filter { $0.words.first == "auto" || $0.words.first?.hasPrefix("allow-") ?? false }
      .flatMap { $0.words.dropFirst() }
  }
}

extension InterfacesFile {
  /// What the lines of one keyword bring up: `allow-hotplug`.
  public func interfaces(startedBy keyword: String) -> [String] {
    statements.filter { $0.words.first == keyword }.flatMap { $0.words.dropFirst() }
  }

  /// A line by which an interface comes up under another name than its own, counted from 0: `auto ens33=lan`, `mapping ens*`.
  public struct Renaming: Equatable, Sendable {
    public let line: Int
    /// Of the interface: a name, or a pattern of fnmatch(3).
    public let pattern: String
  }

  /// A word that knows a card by its address (interfaces(5), INTERFACE MATCHING): `rename mac/52:54:00:00:00:01=ens33`, what it is to be
  /// called, and `auto mac/52:54:00:00:00:01=lan`, whose stanza it comes up by.
  public struct CardWord: Equatable, Sendable {
    public let isRename: Bool
    /// As it is spelled.
    public let card: String
    /// nil: its own.
    public let name: String?
    /// Counted from 0.
    public let lines: Range<Int>
  }

  public var cardWords: [CardWord] {
    statements.flatMap { statement -> [CardWord] in
      guard let first = statement.words.first, ["auto", "rename"].contains(first) || first.hasPrefix("allow-") else {
        return []
      }
      return statement.words.dropFirst().compactMap { word in
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        let places = parts.first?.split(separator: "/", omittingEmptySubsequences: false).map(String.init) ?? []
        guard places.count > 1, ["mac", "address"].contains(places[0].lowercased()) else { return nil }
        return CardWord(
          isRename: first == "rename", card: places[1], name: parts.dropFirst().first, lines: statement.lines)
      }
    }
  }

  /// Has such a word know another card.
  public mutating func replace(_ word: CardWord, card: String) {
    for index in word.lines {
      guard let place = lines[index].content.firstRange(of: Array("/\(word.card)".utf8)) else { continue }
      lines.replace(place.lowerBound + 1..<place.upperBound, ofLine: index, with: Array(card.utf8))
      return
    }
  }

  public var renamings: [Renaming] {
    statements.flatMap { statement -> [Renaming] in
      let words = statement.words.dropFirst()
      switch statement.words.first {
      case "mapping": return words.map { Renaming(line: statement.lines.lowerBound, pattern: $0) }
      case let first? where first == "auto" || first.hasPrefix("allow-"):
        return words.compactMap { word in
          let parts = word.split(separator: "=", maxSplits: 1)
          guard parts.count == 2, parts[0] != parts[1] else { return nil }
          return Renaming(line: statement.lines.lowerBound, pattern: String(parts[0]))
        }
      default: return []
      }
    }
  }

  /// One logical line.
  struct Statement {
    let lines: Range<Int>
    let words: [String]
    /// What follows the first word, blanks inside kept.
    let value: String

    /// Whether this ends a stanza. Everything else is an option of it, known to anybody or not.
    var isKeyword: Bool {
      guard let first = words.first else { return false }
      let keywords = [
        "iface", "mapping", "auto", "source", "source-directory", "no-auto-down", "no-scripts", "rename",
      ]
      return keywords.contains(first) || first.hasPrefix("allow-") && first != "allow-"
    }
  }

  /// All logical lines but comments and blank ones.
  var statements: [Statement] {
    logicalLines.compactMap { range, text in
      let content = text.drop { $0.isCBlank }
      let words = content.split { $0.isCBlank }.map(\.text)
      guard let first = words.first else { return nil }
      var value = content.dropFirst(first.utf8.count).drop { $0.isCBlank }
      while let last = value.last, last.isCBlank { value = value.dropLast() }
      return Statement(lines: range, words: words, value: value.text)
    }
  }

  /// All but comments, as get_line of ifupdown's config.c joins them: what a backslash leaves behind may end in one again, and at the end of
  /// the file it continues in nothing.
  private var logicalLines: [(lines: Range<Int>, text: [UInt8])] {
    var found: [(lines: Range<Int>, text: [UInt8])] = []
    var index = 0
    while index < lines.count {
      let start = index
      var text = Array(lines[index].content)
      let isComment = text.first { !$0.isCBlank } == UInt8(ascii: "#")
      while !isComment, text.last == UInt8(ascii: "\\"), lines[index].ending != .crlf {
        text.removeLast()
        guard index + 1 < lines.count else { continue }
        index += 1
        text += lines[index].content
      }
      index += 1
      if !isComment { found.append((start..<index, text)) }
    }
    return found
  }

  /// Makes changes at many lines. A last line that a backslash would have continue in what is put behind it ends there.
  mutating func apply(_ rewrite: LineRewrite) {
    guard !rewrite.isEmpty else { return }
    var rewrite = rewrite
    if rewrite.insertions[lines.count]?.isEmpty == false, let last = logicalLines.last,
      last.lines.upperBound == lines.count,
      let content = rewrite.changes[lines.count - 1, default: Array(lines[lines.count - 1].content)],
      lines[lines.count - 1].ending != .crlf, content.last == UInt8(ascii: "\\")
    {
      rewrite.changes[lines.count - 1] = .some(
        Array(content.prefix(content.lastIndex { $0 != UInt8(ascii: "\\") }.map { $0 + 1 } ?? 0)))
    }
    lines = Lines(rewrite.applied(to: lines))
  }
}
