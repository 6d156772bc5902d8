/// Writing names and values so that oslo.config reads them back.
enum OsloValue {
  /// Quotes are put around a value that begins or ends with blanks or has outer quotes of its own; a value of several
  /// lines is continued on indented lines, none of which may be blank or have blanks at its ends.
  static func written(
    _ value: String, key: String, quote: UInt8?, ending: [UInt8]
  ) throws(EditError) -> [UInt8] {
    let bytes = Array(value.utf8)
    guard !bytes.contains(0x0D) else { throw .notExpressible(key: key, reason: "it has a carriage return in it") }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    var written: [UInt8] = []
    for (number, line) in lines.enumerated() {
      let isPlain = OsloText.stripped(line) == line
      if number > 0 {
        guard isPlain, !line.isEmpty else {
          throw .notExpressible(key: key, reason: "a continued value has no blank lines and no blanks around its lines")
        }
        written += ending + [0x20, 0x20] + line
      } else if let quote {
        written += [quote] + line + [quote]
      } else if isPlain, !OsloText.isQuoted(line) {
        written += line
      } else {
        written += [UInt8(ascii: "\"")] + line + [UInt8(ascii: "\"")]
      }
    }
    return written
  }

  static func isKey(_ key: String) -> Bool {
    let bytes = Array(key.utf8)[...]
    guard let first = bytes.first, !"[#;".utf8.contains(first), OsloText.stripped(bytes) == bytes else { return false }
    return !bytes.contains { $0 == 0x0A || $0 == 0x0D || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }
  }

  static func isSection(_ section: String) -> Bool {
    !section.isEmpty && !section.utf8.contains { $0 == 0x0A || $0 == 0x0D }
  }
}
