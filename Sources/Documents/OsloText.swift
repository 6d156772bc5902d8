internal import Glibc

/// Lines and blanks as Python sees them, for `OsloConfig`.
enum OsloText {
  /// Where the line's text ends, and where the next line begins.
  struct LineEnd {
    let contentEnd: Int
    let end: Int
  }

  /// The line that begins at `start`. Python opens text files with universal newlines: LF, CR LF and a lone CR.
  static func line(in bytes: [UInt8], at start: Int) -> LineEnd {
    bytes.withUnsafeBytes { lineEnd(in: $0, at: start) }
  }

  /// The same in a file without a single CR, where memchr(3) finds the end.
  @inline(__always)
  static func lineFeed(in buffer: UnsafeRawBufferPointer, at start: Int) -> LineEnd {
    let position = first(0x0A, in: buffer, from: start)
    return LineEnd(contentEnd: position, end: min(position + 1, buffer.count))
  }

  /// Where a byte stands at or after `start`; the end where it does not.
  @inline(__always)
  static func first(_ byte: CInt, in buffer: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard let base = buffer.baseAddress, start < buffer.count,
      let found = memchr(base + start, byte, buffer.count - start)
    else { return buffer.count }
    return UnsafeRawPointer(found) - base
  }

  /// Whether no byte is above 0x7F, 32 at a time.
  static func isASCII(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { buffer in
      func word(_ position: Int) -> UInt64 { buffer.loadUnaligned(fromByteOffset: position, as: UInt64.self) }
      var seen: UInt64 = 0
      var position = 0
      while position + 32 <= buffer.count {
        seen |= word(position) | word(position + 8) | word(position + 16) | word(position + 24)
        position += 32
      }
      return seen & 0x8080_8080_8080_8080 == 0 && buffer[position...].allSatisfy { $0 < 0x80 }
    }
  }

  @inline(__always)
  static func lineEnd(in buffer: UnsafeRawBufferPointer, at start: Int) -> LineEnd {
    let position = nextTerminator(in: buffer, from: start)
    guard position < buffer.count else { return LineEnd(contentEnd: position, end: position) }
    let isCRLF = buffer[position] == 0x0D && position + 1 < buffer.count && buffer[position + 1] == 0x0A
    return LineEnd(contentEnd: position, end: position + (isCRLF ? 2 : 1))
  }

  /// The first LF or CR at or after `start`, eight bytes at a time.
  @inline(__always)
  private static func nextTerminator(in buffer: UnsafeRawBufferPointer, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var position = start
    while position + 8 <= buffer.count {
      let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      let lf = word ^ (ones &* 0x0A)
      let cr = word ^ (ones &* 0x0D)
      // The lowest marked byte is exact; only marks above it may be false.
      let found = (((lf &- ones) & ~lf) | ((cr &- ones) & ~cr)) & (ones &* 0x80)
      if found != 0 { return position + found.trailingZeroBitCount / 8 }
      position += 8
    }
    while position < buffer.count, buffer[position] != 0x0A, buffer[position] != 0x0D { position += 1 }
    return position
  }

  /// `str.strip()`: what Python takes for blank goes from both ends.
  static func stripped(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = strippedAtEnd(slice)
    while let length = blankLength(atStartOf: rest) { rest = rest.dropFirst(length) }
    return rest
  }

  /// `str.rstrip()`.
  static func strippedAtEnd(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = slice
    while let length = blankLength(atEndOf: rest) { rest = rest.dropLast(length) }
    return rest
  }

  static func startsWithBlank(_ slice: ArraySlice<UInt8>) -> Bool { blankLength(atStartOf: slice) != nil }

  static func endsInBlank(_ slice: ArraySlice<UInt8>) -> Bool { blankLength(atEndOf: slice) != nil }

  /// One pair of equal outer quotes dropped; a lone quote is such a pair by itself (`_split_key_value`).
  static func unquoted(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    isQuoted(value) ? value.dropFirst().dropLast() : value
  }

  static func isQuoted(_ value: ArraySlice<UInt8>) -> Bool {
    guard let first = value.first, first == value.last else { return false }
    return first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
  }

  private static func blankLength(atStartOf slice: ArraySlice<UInt8>) -> Int? {
    guard let first = slice.first else { return nil }
    if first < 0x80 { return isASCIIBlank(first) ? 1 : nil }
    return (2...3).first { $0 <= slice.count && isWideBlank(slice.prefix($0)) }
  }

  private static func blankLength(atEndOf slice: ArraySlice<UInt8>) -> Int? {
    guard let last = slice.last else { return nil }
    if last < 0x80 { return isASCIIBlank(last) ? 1 : nil }
    return (2...3).first { $0 <= slice.count && isWideBlank(slice.suffix($0)) }
  }

  @inline(__always)
  static func isASCIIBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F)
  }

  /// The characters beyond ASCII for which `str.isspace()` holds, in UTF-8.
  private static func isWideBlank(_ sequence: ArraySlice<UInt8>) -> Bool {
    let code = sequence.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    switch code {
    case 0xC285, 0xC2A0, 0xE19A80, 0xE28080...0xE2808A, 0xE280A8, 0xE280A9, 0xE280AF, 0xE2819F, 0xE38080: return true
    default: return false
    }
  }
}
