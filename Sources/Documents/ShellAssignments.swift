/// A file of shell assignments as bash's `source` reads it: ifcfg-*, etc/sysconfig/network, os-release and their kin.
///
/// Values are what bash gives the variables (bash(1), QUOTING, PARAMETERS, SIMPLE COMMANDS). What only running the file
/// can tell (`$(…)`, variables from elsewhere, commands that set variables, branches) is `.unknown`, never guessed.
/// Edits keep every other byte; they are read back before they are taken, and refused where bash would not get the
/// intended value.
public struct ShellAssignments: Equatable, Sendable {
  public enum Value: Equatable, Sendable {
    case literal(String)
    /// The value's source text.
    case unknown(String)
  }

  /// Where bash gives up: it runs what stands on the lines before, and nothing after.
  public struct Problem: Equatable, Sendable {
    /// Counted from 1.
    public let line: Int
    public let reason: String
  }

  public internal(set) var bytes: [UInt8]
  let commands: [ShellCommand]
  let evaluation: ShellEvaluation
  /// The first construct that bash cannot read: an unterminated quote, say.
  public let problem: Problem?

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let parser = ShellParser(bytes)
    commands = parser.commands
    evaluation = ShellEvaluation(parser.commands, of: bytes)
    problem = parser.failure.map {
      Problem(line: ShellAssignments.line(of: $0.position, in: bytes), reason: $0.reason)
    }
  }

  public static func == (left: ShellAssignments, right: ShellAssignments) -> Bool { left.bytes == right.bytes }

  /// Every name that the file assigns, each once, in the order of their first assignments.
  public var keys: [String] { evaluation.names }

  /// What the variable holds after bash read the file; nil where it is not set, by this file at least.
  public func value(_ key: String) -> Value? {
    switch evaluation.value(key) {
    case .literal(let value):
      if value.allSatisfy({ $0 < 0x80 }) { return .literal(String(decoding: value, as: UTF8.self)) }
      if let text = String(validating: value, as: UTF8.self) { return .literal(text) }
      return .unknown(source(of: key))
    case .unknown(let source): return .unknown(source)
    case .unset, nil: return nil
    }
  }

  /// The value as text where it is known.
  public func literal(_ key: String) -> String? {
    if case .literal(let text)? = value(key) { text } else { nil }
  }

  /// Whether it is one assignment that gives the variable what it holds: that can be told of a text with substitutions, too.
  public func isRewritable(_ key: String) -> Bool { literal(key) != nil || evaluation.effective(key) != nil }

  /// Names whose value ends with a carriage return, since their line ends with CR LF: bash keeps it, and NetworkManager
  /// trims it.
  public var keysEndingInCarriageReturn: [String] {
    keys.filter { if case .literal(let value)? = evaluation.value($0) { value.last == 0x0D } else { false } }
  }

  /// The line of the assignment that counts, or of the last one where nobody can tell; counted from 1.
  public func line(of key: String) -> Int? {
    let site = evaluation.effective(key).map { evaluation.plainSites[$0] }
    let word =
      site.map { commands[$0.command].words[$0.word] }
      ?? commands.last { $0.words.contains { $0.assignment?.name == key } }?.words.last { $0.assignment?.name == key }
    return word.map { Self.line(of: $0.range.lowerBound, in: bytes) }
  }

  private func source(of key: String) -> String {
    evaluation.effective(key).flatMap(sourceRange).map { String(decoding: bytes[$0], as: UTF8.self) } ?? ""
  }

  /// Where the value of an assignment stands.
  func sourceRange(ofSite index: Int) -> Range<Int>? {
    let site = evaluation.plainSites[index]
    let word = commands[site.command].words[site.word]
    return word.assignment.map { $0.valueStart..<word.range.upperBound }
  }

  static func line(of position: Int, in bytes: [UInt8]) -> Int {
    1 + bytes.prefix(position).count { $0 == 0x0A }
  }
}
