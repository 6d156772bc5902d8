extension String {
  /// The text on one line that does nothing to a terminal: controls as `^M`, marks that turn the direction of writing as `<U+202E>`.
  /// Tabs stay.
  public var printable: String {
    guard steersTerminal else { return self }
    var shown = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x09: shown.unicodeScalars.append(scalar)
      case 0..<0x20, 0x7F:
        shown.append("^")
        shown.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value) ^ 0x40))
      case 0x80..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0x061C, 0xFEFF:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        shown += "<U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)>"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// The same of several lines.
  public var printableLines: String {
    guard steersTerminal else { return self }
    return split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
  }

  /// Whether a byte is a control's, or the first of a mark's; few others begin with these.
  private var steersTerminal: Bool {
    utf8.contains { byte in
      switch byte {
      case 0x20..<0x7F, 0x09: false
      case 0..<0x20, 0x7F, 0xC2, 0xD8, 0xE2, 0xEF: true
      default: false
      }
    }
  }
}
