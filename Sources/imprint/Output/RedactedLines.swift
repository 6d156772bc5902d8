internal import Documents

/// The lines of a file, one after the other, as they may be shown: what continues a secret goes with it.
struct RedactedLines {
  private let path: String
  private let bytes: [UInt8]
  /// Where the next line begins, and how many come before it.
  private var position = 0
  private var count = 0
  /// Lines that one with a deeper indent belongs to or continues, outermost first (oslo.config's iniparser.py, `parse`; YAML 1.2.2,
  /// section 8.1).
  private var parents: [(indent: Int, isSecret: Bool)] = []
  /// Whether a secret goes on behind a backslash at the end of the line (systemd.syntax(7), interfaces(5)).
  private var isContinued = false
  private var commands = CommandCredentials()

  init(_ bytes: [UInt8], of path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// Goes to a line, counted from 0: those before it say whether it continues a secret.
  mutating func skip(to line: Int) {
    while count < line, let end = bytes[position...].firstIndex(of: 0x0A) {
      position = end + 1
      count += 1
    }
    (parents, isContinued, commands) = ([], false, CommandCredentials())
    var start = position
    while let before = lineStart(before: start), continues(at: start) || continues(before: start) { start = before }
    guard start < position else { return }
    for line in bytes[start..<position].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
      _ = shown(UnifiedDiff.printable(Array(line)))
    }
  }

  private func lineStart(before start: Int) -> Int? {
    guard start > 0 else { return nil }
    return bytes[..<(start - 1)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
  }

  /// Whether the line that begins there may belong to one above it.
  private func continues(at start: Int) -> Bool {
    start >= bytes.count || [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: "-")].contains(bytes[start])
  }

  private func continues(before start: Int) -> Bool { start > 1 && bytes[start - 2] == UInt8(ascii: "\\") }

  /// The next line, without its ending.
  mutating func shown(_ text: String) -> String {
    let indent = text.prefix { $0 == " " || $0 == "\t" || $0 == "-" }.count
    let isRemark = indent == text.count || "#;".contains(text[text.index(text.startIndex, offsetBy: indent)])
    if !isRemark { parents.removeAll { $0.indent >= indent } }
    let isPart = parents.contains { $0.isSecret && $0.indent < indent }
    let isMasked = isPart || isContinued
    let result = Redaction.line(commands.masked(text), of: path)
    let isSecret = isMasked || Redaction.isSecret(text) || result.hasSuffix(Redaction.mask)
    isContinued = isSecret && text.last == "\\"
    if !isRemark { parents.append((indent, isSecret)) }
    return isMasked ? "  " + Redaction.mask : result
  }
}
