extension ShellAssignments {
  /// The names that it assigns by a builtin: `declare NAME=…`, `command export NAME=…`, `eval NAME=…`. With the line, counted from 1, and
  /// what does it.
  public var declared: [(name: String, line: Int, builtin: String)] {
    commands.filter { !$0.definesFunction }.flatMap { command -> [(name: String, line: Int, builtin: String)] in
      let words = command.words.drop { $0.assignment != nil }
      let called = words.drop { $0.assignment == nil && Self.callers.contains(Self.text(of: $0)) }
      guard let builtin = called.first.map(Self.text), Self.declaring.contains(builtin) else { return [] }
      // Behind an `export` that calls itself they are assignments like any other.
      let isPlain = builtin == "export" && called.count == words.count
      let arguments = called.dropFirst().filter { !isPlain || $0.assignment == nil }
      let names =
        builtin == "eval"
        ? ShellAssignments(Array(arguments.map(Self.text).joined(separator: " ").utf8)).keys
        : arguments.compactMap { Self.name(assignedBy: Self.text(of: $0)) }
      return names.map { ($0, Self.line(of: command.range.lowerBound, in: bytes), builtin) }
    }
  }

  /// They run the builtin that follows (bash(1), SHELL BUILTIN COMMANDS).
  private static let callers: Set = ["command", "builtin", "--", "-p"]
  private static let declaring: Set = ["declare", "typeset", "readonly", "local", "export", "eval"]

  /// Without what a shell alone can tell.
  private static func text(of word: ShellWord) -> String {
    let known = word.parts.map { if case .text(let bytes) = $0 { bytes } else { [UInt8]() } }
    return String(decoding: known.joined(), as: UTF8.self)
  }

  private static func name(assignedBy text: String) -> String? {
    guard let end = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    // `NAME+=…`
    let name = text[..<end].utf8.last == UInt8(ascii: "+") ? text[..<end].dropLast() : text[..<end]
    return ShellName.isName(Array(name.utf8)) ? String(name) : nil
  }
}
