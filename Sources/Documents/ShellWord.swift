/// One word of a shell script: where it stands and what it expands to.
struct ShellWord: Sendable {
  enum Part: Sendable {
    case text([UInt8])
    /// `$name` or `${name}`.
    case variable(String)
    /// A substitution whose result only a shell knows.
    case opaque
  }

  /// `name=` or `name+=` in front of a value; `name[…]=` names an element.
  struct Assignment: Sendable {
    var name: String
    var isAppending: Bool
    var isElement: Bool
    var valueStart: Int
  }

  var range: Range<Int>
  var parts: [Part] = []
  /// No quotes, escapes or substitutions: only such a word is a reserved word.
  var isBare = true
  /// Holds characters that would be matched against file names in a command's words.
  var hasPattern = false
  var assignment: Assignment?
  /// Its expansion may assign a variable.
  var mayAssign = false
  /// Its expansion may end the shell.
  var mayStop = false

  init(at start: Int) {
    range = start..<start
  }

  /// The word's text where no expansion stands in it.
  var literal: [UInt8]? {
    var joined: [UInt8] = []
    for part in parts {
      guard case .text(let bytes) = part else { return nil }
      joined += bytes
    }
    return joined
  }

  /// The text of a bare word.
  var bareText: String? { isBare ? literal.map { String(decoding: $0, as: UTF8.self) } : nil }

  mutating func append(_ byte: UInt8) {
    append(CollectionOfOne(byte))
  }

  mutating func append(_ bytes: some Collection<UInt8>) {
    guard case .text(var text)? = parts.last else {
      parts.append(.text(Array(bytes)))
      return
    }
    // Out of the array first, so that growing it copies nothing.
    parts.removeLast()
    text.append(contentsOf: bytes)
    parts.append(.text(text))
  }

  mutating func appendOpaque() { parts.append(.opaque) }
}
