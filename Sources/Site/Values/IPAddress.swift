/// An IPv4 or IPv6 address, without a zone and without a prefix.
public enum IPAddress: Sendable, Hashable {
  /// In host byte order: 192.168.10.2 is 0xC0A80A02.
  case v4(UInt32)
  /// The upper and the lower 64 bits, in host byte order.
  case v6(UInt64, UInt64)

  public enum Family: Sendable, Hashable {
    case v4, v6
    /// The bits of an address: 32 or 128.
    public var bitCount: Int { self == .v4 ? 32 : 128 }
  }

  public var family: Family {
    switch self {
    case .v4: .v4
    case .v6: .v6
    }
  }

  /// The address as one number.
  public var bits: UInt128 {
    switch self {
    case .v4(let value): UInt128(value)
    case .v6(let high, let low): UInt128(high) << 64 | UInt128(low)
    }
  }

  init(_ family: Family, bits: UInt128) {
    switch family {
    case .v4: self = .v4(UInt32(truncatingIfNeeded: bits))
    case .v6: self = .v6(UInt64(truncatingIfNeeded: bits >> 64), UInt64(truncatingIfNeeded: bits))
    }
  }

  public var isLoopback: Bool {
    switch self {
    case .v4(let value): value >> 24 == 127
    case .v6(let high, let low): high == 0 && low == 1
    }
  }

  public var isUnspecified: Bool { bits == 0 }

  public var isMulticast: Bool {
    switch self {
    case .v4(let value): value >> 28 == 0xE
    case .v6(let high, _): high >> 56 == 0xFF
    }
  }

  /// 169.254.0.0/16 or fe80::/10.
  public var isLinkLocal: Bool {
    switch self {
    case .v4(let value): value >> 16 == 0xA9FE
    case .v6(let high, _): high >> 54 == 0x3FA
    }
  }
}

extension IPAddress: Comparable {
  public static func < (left: IPAddress, right: IPAddress) -> Bool {
    left.family == right.family ? left.bits < right.bits : left.family == .v4
  }
}

extension IPAddress: TextValue {
  public static var kind: String { "an IP address" }

  public init(_ text: String) throws(InvalidValue) {
    let bytes = Array(text.utf8)
    if bytes.contains(UInt8(ascii: ":")) {
      guard let value = parseIPv6(bytes[...]) else { throw Self.notIPv6(text) }
      self = .v6(UInt64(truncatingIfNeeded: value >> 64), UInt64(truncatingIfNeeded: value))
    } else {
      guard let value = parseIPv4(bytes[...]) else { throw Self.notIPv4(text) }
      self = .v4(value)
    }
  }

  private static func notIPv4(_ text: String) -> InvalidValue {
    if text.utf8.contains(UInt8(ascii: "/")) {
      return InvalidValue(
        "\(quoted(text)) is not an IP address", "leave the prefix out: it comes from the network's subnet")
    }
    return InvalidValue(
      "\(quoted(text)) is not an IP address",
      "write four numbers from 0 to 255 without leading zeros, or an IPv6 address")
  }

  private static func notIPv6(_ text: String) -> InvalidValue {
    if text.utf8.contains(UInt8(ascii: "%")) {
      return InvalidValue("\(quoted(text)) is not an IP address", "leave the zone (%…) out")
    }
    return InvalidValue("\(quoted(text)) is not an IP address", "write an IPv6 address such as 2001:db8::20")
  }

  /// Dotted quad, or the canonical text of RFC 5952.
  public var description: String {
    switch self {
    case .v4(let value): dottedQuad(value)
    case .v6(let high, let low): canonicalIPv6(high, low)
    }
  }
}
