/// An address as a link has it: with the length of its network's prefix.
public struct InterfaceAddress: Sendable, Hashable, CustomStringConvertible {
  public let address: IPAddress
  public let prefix: PrefixLength

  /// - Throws: where the two are of different families.
  public init(_ address: IPAddress, _ prefix: PrefixLength) throws(InvalidValue) {
    guard address.family == prefix.family else {
      throw InvalidValue("\(address)/\(prefix) mixes IPv4 and IPv6")
    }
    self.address = address
    self.prefix = prefix
  }

  /// 192.168.10.21/24
  public init(_ text: String) throws(InvalidValue) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let length = Int(parts[1]) else {
      throw InvalidValue("\"\(text)\" is not an address with a prefix", "write one such as 192.168.10.21/24")
    }
    let address = try IPAddress(String(parts[0]))
    try self.init(address, try PrefixLength(length, address.family))
  }

  public var description: String { "\(address)/\(prefix)" }
}
