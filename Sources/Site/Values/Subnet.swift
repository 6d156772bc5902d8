/// The length of a network prefix, within its address family: 0…32 or 0…128.
public struct PrefixLength: Sendable, Hashable, CustomStringConvertible {
  public let value: Int
  public let family: IPAddress.Family

  public init(_ value: Int, _ family: IPAddress.Family) throws(InvalidValue) {
    guard (0...family.bitCount).contains(value) else {
      throw InvalidValue("/\(value) is not a prefix length", "it is 0 to \(family.bitCount)")
    }
    self.value = value
    self.family = family
  }

  /// From a mask such as 255.255.255.0; nil where its ones have gaps.
  public init?(netmask text: String) {
    guard let mask = try? IPAddress(text), mask.family == .v4,
      let prefix = try? PrefixLength(mask.bits.nonzeroBitCount, .v4), prefix.mask == mask.bits
    else { return nil }
    self = prefix
  }

  /// From a mask of either family, as OpenStack writes them; nil where its ones have gaps.
  public init?(mask text: String) {
    guard let mask = try? IPAddress(text),
      let prefix = try? PrefixLength(mask.bits.nonzeroBitCount, mask.family), prefix.mask == mask.bits
    else { return nil }
    self = prefix
  }

  /// The prefix that covers every address.
  public static func none(_ family: IPAddress.Family) -> PrefixLength { PrefixLength(empty: family) }

  private init(empty family: IPAddress.Family) {
    value = 0
    self.family = family
  }

  /// The prefix that covers one address and no other.
  public static func host(_ family: IPAddress.Family) -> PrefixLength { PrefixLength(full: family) }

  private init(full family: IPAddress.Family) {
    value = family.bitCount
    self.family = family
  }

  /// The ones of the prefix, as wide as an address of the family.
  var mask: UInt128 {
    let all = UInt128.max >> UInt128(128 - family.bitCount)
    return value == 0 ? 0 : all & (all << UInt128(family.bitCount - value))
  }

  /// The mask as an address: 255.255.255.0. Old network scripts say this for IPv4.
  public var netmask: String { IPAddress(family, bits: mask).description }

  public var description: String { "\(value)" }
}

/// An address range in CIDR notation. Its address has no host bits.
public struct Subnet: Sendable, Hashable {
  public let address: IPAddress
  public let prefix: PrefixLength

  public init(_ address: IPAddress, _ prefix: PrefixLength) throws(InvalidValue) {
    guard address.family == prefix.family else {
      throw InvalidValue("\(address)/\(prefix) mixes IPv4 and IPv6")
    }
    let network = IPAddress(address.family, bits: address.bits & prefix.mask)
    guard network == address else {
      throw InvalidValue(
        "\(quoted("\(address)/\(prefix)")) is an address with a prefix, not a subnet", "write \(network)/\(prefix)")
    }
    self.address = address
    self.prefix = prefix
  }

  /// The range of this length that an address is in; nil where the two are of different families.
  public init?(containing address: IPAddress, _ prefix: PrefixLength) {
    guard address.family == prefix.family else { return nil }
    self.address = IPAddress(address.family, bits: address.bits & prefix.mask)
    self.prefix = prefix
  }

  /// The range that holds this address only.
  public init(_ address: IPAddress) {
    self.address = address
    prefix = .host(address.family)
  }

  public func contains(_ other: IPAddress) -> Bool {
    other.family == address.family && other.bits & prefix.mask == address.bits
  }

  public func overlaps(_ other: Subnet) -> Bool { contains(other.address) || other.contains(address) }

  public var netmask: String { prefix.netmask }

  /// The last address of the range.
  public var last: IPAddress {
    IPAddress(address.family, bits: address.bits | (~prefix.mask & PrefixLength.host(address.family).mask))
  }

  /// The IPv4 broadcast address, where the range is large enough to have one (RFC 3021: not in a /31).
  public var broadcast: IPAddress? { address.family == .v4 && prefix.value < 31 ? last : nil }

  /// The address that names the network itself: in IPv6 the routers' anycast address (RFC 4291 2.6.1; RFC 6164: not in
  /// a /127).
  public var networkAddress: IPAddress? { prefix.value < prefix.family.bitCount - 1 ? address : nil }
}

extension Subnet: TextValue {
  public static var kind: String { "a subnet" }

  public init(_ text: String) throws(InvalidValue) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      if parts.count == 1, let address = try? IPAddress(text) {
        throw InvalidValue(
          "\(quoted(text)) has no prefix", "write \(address)/\(address.family == .v4 ? 24 : 64), or as long as it is")
      }
      throw InvalidValue("\(quoted(text)) is not a subnet", "write an address and a prefix, such as 192.168.10.0/24")
    }
    let address = try IPAddress(String(parts[0]))
    try self.init(address, try Subnet.prefix(parts[1], of: address, in: text))
  }

  /// `192.168.10.5/24`: the subnet that the address is in.
  public static func meant(by text: String) -> Subnet? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = try? IPAddress(String(parts[0])) else { return nil }
    let netmask = address.family == .v4 ? parseIPv4(Array(parts[1].utf8)[...])?.nonzeroBitCount : nil
    guard let length = netmask ?? Int(parts[1]), let prefix = try? PrefixLength(length, address.family) else {
      return nil
    }
    return Subnet(containing: address, prefix)
  }

  private static func prefix(
    _ part: Substring, of address: IPAddress, in text: String
  ) throws(InvalidValue) -> PrefixLength {
    if address.family == .v4, let mask = parseIPv4(Array(part.utf8)[...]) {
      let length = mask.nonzeroBitCount
      guard let prefix = try? PrefixLength(length, .v4), prefix.mask == UInt128(mask) else {
        throw InvalidValue("\(quoted(text)) has a netmask with gaps", "write the length of the prefix, such as /24")
      }
      throw InvalidValue("\(quoted(text)) says its prefix as a netmask", "write \(address)/\(length)")
    }
    let isNumber = (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
    guard isNumber, part == "0" || part.first != "0", let length = Int(part),
      let prefix = try? PrefixLength(length, address.family)
    else {
      throw InvalidValue(
        "\(quoted(text)) has no valid prefix length", "it is a number from 0 to \(address.family.bitCount)")
    }
    return prefix
  }

  public var description: String { "\(address)/\(prefix)" }
}
