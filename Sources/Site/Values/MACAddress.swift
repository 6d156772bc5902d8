/// The Ethernet address of one network card: six octets, lower case, colons between.
public struct MACAddress: TextValue, Comparable {
  public static var kind: String { "a MAC address" }
  public let description: String

  /// Takes 00:0c:29:aa:bb:cc, 00-0C-29-AA-BB-CC, 000c.29aa.bbcc and 000c29aabbcc.
  public init(_ text: String) throws(InvalidValue) {
    guard let octets = Self.octets(text) else {
      throw InvalidValue("\(quoted(text)) is not a MAC address", "write six octets, such as 00:0c:29:aa:bb:cc")
    }
    guard octets.contains(where: { $0 != 0 }) else {
      throw InvalidValue("\(quoted(text)) is all zeros", "no network card has it")
    }
    guard octets[0] & 1 == 0 else {
      throw InvalidValue("\(quoted(text)) is a group address", "no network card has an odd first octet")
    }
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for octet in octets {
      if !text.isEmpty { text.append(UInt8(ascii: ":")) }
      text += [digits[Int(octet >> 4)], digits[Int(octet & 15)]]
    }
    description = String(decoding: text, as: UTF8.self)
  }

  private static func octets(_ text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    // Where separators stand, by how long the text is.
    let group: Int
    let separators: [UInt8]
    switch bytes.count {
    case 17: (group, separators) = (2, [UInt8(ascii: ":"), UInt8(ascii: "-")])
    case 14: (group, separators) = (4, [UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "-")])
    case 12: (group, separators) = (12, [])
    default: return nil
    }
    var digits: [UInt8] = []
    var separator: UInt8?
    for (place, byte) in bytes.enumerated() {
      if place % (group + 1) == group {
        guard separators.contains(byte), separator ?? byte == byte else { return nil }
        separator = byte
      } else {
        guard let digit = hexDigit(byte) else { return nil }
        digits.append(digit)
      }
    }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

/// The UUID that the firmware gives a machine (SMBIOS type 1): lower case, in the usual groups.
public struct SystemUUID: TextValue, Comparable {
  public static var kind: String { "a UUID" }
  public let description: String

  /// Takes any case, with or without hyphens; VMware's blanks too. A beginning of at least four digits may stand for
  /// the whole, with an ellipsis after it: 564d… is how VMware's begin.
  public init(_ text: String) throws(InvalidValue) {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
    let values = digits.compactMap(hexDigit)
    if text.hasSuffix("…") {
      let start = Array(digits.dropLast("…".utf8.count))
      guard (4..<32).contains(start.count), start.allSatisfy({ hexDigit($0) != nil }) else {
        throw InvalidValue(
          "\(quoted(text)) is not the beginning of a UUID", "write at least four hex digits before the …")
      }
      description = String(decoding: start, as: UTF8.self).lowercased() + "…"
      return
    }
    guard digits.count == 32, values.count == 32 else {
      throw InvalidValue(
        "\(quoted(text)) is not a UUID", "write 32 hex digits, as /sys/class/dmi/id/product_uuid shows them")
    }
    // SMBIOS 7.2.1: all zeros is "not present", all ones "not set"; every machine without one shares it.
    guard values.contains(where: { $0 != 0 }), values.contains(where: { $0 != 15 }) else {
      throw InvalidValue("\(quoted(text)) is what firmware without a UUID says", "leave it out")
    }
    var result = ""
    for (place, value) in values.enumerated() {
      if [8, 12, 16, 20].contains(place) { result += "-" }
      result += String(value, radix: 16)
    }
    description = result
  }
}
