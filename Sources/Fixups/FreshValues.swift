/// Values that must be unique: the only thing that two runs of a fixup may differ in.
///
/// The real source is the kernel (getrandom(2)) and fails loudly without it; tests give theirs.
public protocol FreshValues: Sendable {
  /// - Throws: where the kernel gives no randomness. Never returns fewer bytes, or weaker ones.
  func bytes(_ count: Int) throws -> [UInt8]
}

extension FreshValues {
  /// A random UUID, version 4, variant 1 (RFC 9562 section 5.4), lower-case.
  public func uuid() throws -> String {
    var bytes = try bytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let hex = Self.hexadecimal(bytes)
    var text = ""
    for (index, digit) in hex.enumerated() {
      if [8, 12, 16, 20].contains(index) { text.append("-") }
      text.append(digit)
    }
    return text
  }

  /// 32 lower-case hex digits: a version 4 UUID without its hyphens (machine-id(5)).
  public func machineID() throws -> String { try uuid().filter { $0 != "-" } }

  /// That many bytes as lower-case hex digits, two each.
  public func hexadecimal(bytes count: Int) throws -> String { Self.hexadecimal(try bytes(count)) }

  public static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
