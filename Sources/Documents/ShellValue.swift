/// Writing values so that bash and NetworkManager's parser (`svUnescape` in shvar.c) read the same.
enum ShellValue {
  enum Quoting {
    case bare, single, double
  }

  /// How a value is quoted, as far as one pair of quotes does it all. Trailing carriage returns are not counted.
  static func quoting(of source: ArraySlice<UInt8>) -> Quoting {
    let end = source.lastIndex { $0 != 0x0D }.map { $0 + 1 } ?? source.startIndex
    let value = source[..<end]
    guard value.count >= 2, let first = value.first, first == value.last else { return .bare }
    let inner = value.dropFirst().dropLast()
    guard !inner.contains(first) else { return .bare }
    return first == UInt8(ascii: "'") ? .single : first == UInt8(ascii: "\"") ? .double : .bare
  }

  /// - Returns: nil where no quoting can hold the value: it has a NUL in it.
  static func written(_ text: String, as quoting: Quoting) -> [UInt8]? {
    let value = Array(text.utf8)
    guard !value.contains(0) else { return nil }
    if value.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return escaped(value) }
    let fitsSingle = !value.contains(UInt8(ascii: "'"))
    let fitsDouble = !value.contains { "$`\"\\".utf8.contains($0) }
    switch quoting {
    case .bare where value.allSatisfy(isPlain): return value
    case .single where fitsSingle: return wrapped(value, UInt8(ascii: "'"))
    default: break
    }
    if fitsDouble { return wrapped(value, UInt8(ascii: "\"")) }
    if fitsSingle { return wrapped(value, UInt8(ascii: "'")) }
    return wrapped(value.flatMap { "$`\"\\".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }, UInt8(ascii: "\""))
  }

  private static func wrapped(_ value: [UInt8], _ quote: UInt8) -> [UInt8] { [quote] + value + [quote] }

  private static func isPlain(_ byte: UInt8) -> Bool {
    ShellName.isPart(byte) || ".:/+@%,-".utf8.contains(byte)
  }

  /// `$'…'` with octal escapes, which both readers know.
  private static func escaped(_ value: [UInt8]) -> [UInt8] {
    var written = Array("$'".utf8)
    for byte in value {
      switch byte {
      case 0x0A: written += Array("\\n".utf8)
      case 0x27, 0x5C: written += [0x5C, byte]
      case 0..<0x20, 0x7F: written += [0x5C, 0x30 + (byte >> 6), 0x30 + (byte >> 3 & 7), 0x30 + (byte & 7)]
      default: written.append(byte)
      }
    }
    return written + [0x27]
  }
}
