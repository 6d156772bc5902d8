/// An address as inet_pton(3) reads it: what glibc accepts at the start of a line of /etc/hosts, compared by value.
///
/// glibc's rules, not everybody's: four decimal octets without leading zeros, or IPv6 without a zone. Everything else
/// (`10.1`, `010.0.0.1`, `fe80::1%eth0`) makes glibc ignore the whole line.
public struct HostAddress: Hashable, Sendable {
  /// 4 or 16 bytes, in network order.
  public let octets: [UInt8]

  public var isIPv6: Bool { octets.count == 16 }

  /// 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    isIPv6 ? octets.dropLast().allSatisfy { $0 == 0 } && octets.last == 1 : octets.first == 127
  }

  public init?(_ text: String) { self.init(Array(text.utf8)[...]) }

  /// Of IPv4.
  init(_ bits: UInt32) { octets = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) } }

  public init?(_ text: ArraySlice<UInt8>) {
    guard let octets = Self.fourOctets(text) ?? Self.sixteenOctets(text) else { return nil }
    self.octets = octets
  }

  private static func fourOctets(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard text.count >= 7, text.count <= 15 else { return nil }
    var octets: [UInt8] = []
    // The number that is being read; nil in front of its first digit.
    var value: Int?
    for byte in text {
      if byte == UInt8(ascii: ".") {
        guard let whole = value else { return nil }
        octets.append(UInt8(whole))
        value = nil
        continue
      }
      // No zero leads a number, and none is above 255.
      guard (0x30...0x39).contains(byte), value != 0 else { return nil }
      value = (value ?? 0) * 10 + Int(byte - 0x30)
      guard value ?? 0 <= 255 else { return nil }
    }
    guard octets.count == 3, let last = value else { return nil }
    return octets + [UInt8(last)]
  }

  private static func sixteenOctets(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    let colon = UInt8(ascii: ":")
    guard text.count >= 2, text.count <= 45, text.contains(colon) else { return nil }
    let gap = text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
    guard let gap else {
      return groups(text).flatMap { $0.count == 16 ? $0 : nil }
    }
    guard let head = groups(text[..<gap], mayEndInIPv4: false), let tail = groups(text[(gap + 2)...]) else {
      return nil
    }
    let missing = 16 - head.count - tail.count
    return missing >= 2 ? head + Array(repeating: 0, count: missing) + tail : nil
  }

  /// Colon-separated groups of up to four hexadecimal digits, the last one perhaps a dotted IPv4 address.
  private static func groups(_ text: ArraySlice<UInt8>, mayEndInIPv4: Bool = true) -> [UInt8]? {
    if text.isEmpty { return [] }
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    var octets: [UInt8] = []
    for (position, part) in parts.enumerated() {
      if mayEndInIPv4, position == parts.count - 1, part.contains(UInt8(ascii: ".")) {
        guard let four = fourOctets(part) else { return nil }
        octets += four
        continue
      }
      guard (1...4).contains(part.count) else { return nil }
      var value: UInt16 = 0
      for byte in part {
        guard let digit = hexDigit(byte) else { return nil }
        value = value << 4 | digit
      }
      octets += [UInt8(value >> 8), UInt8(value & 0xFF)]
    }
    return octets
  }

  static func hexDigit(_ byte: UInt8) -> UInt16? {
    switch byte {
    case 0x30...0x39: UInt16(byte - 0x30)
    case 0x41...0x46: UInt16(byte - 0x41 + 10)
    case 0x61...0x66: UInt16(byte - 0x61 + 10)
    default: nil
    }
  }
}

extension HostAddress: CustomStringConvertible {
  /// As inet_ntop(3) writes it, which is what `getent ahosts` prints.
  public var description: String {
    guard isIPv6 else { return dotted(from: 0) }
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]) }
    let gap = longestZeros(groups)
    if gap.lowerBound == 0, gap.count == 6 || gap.count == 5 && groups[5] == 0xFFFF {
      return (gap.count == 6 ? "::" : "::ffff:") + dotted(from: 12)
    }
    func hex(_ range: Range<Int>) -> String {
      groups[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    return gap.isEmpty ? hex(0..<8) : hex(0..<gap.lowerBound) + "::" + hex(gap.upperBound..<8)
  }

  private func dotted(from place: Int) -> String {
    "\(octets[place]).\(octets[place + 1]).\(octets[place + 2]).\(octets[place + 3])"
  }

  /// The first of the longest runs of two or more zero groups; empty where there is none.
  private func longestZeros(_ groups: [UInt16]) -> Range<Int> {
    var longest = 0..<0
    var start = 0
    for index in 0...groups.count where index == groups.count || groups[index] != 0 {
      if index - start >= 2, index - start > longest.count { longest = start..<index }
      start = index + 1
    }
    return longest
  }
}
