internal import CLinux
internal import Glibc
public import Site

/// One network interface as the kernel has it at this moment.
public struct KernelLink: Sendable, Hashable {
  public let name: String
  public let index: Int32
  /// Of Ethernet and its kin; nil where the link has none.
  public let mac: MACAddress?
  /// Set to be up (IFF_UP).
  public let isUp: Bool
  /// Able to send: up, and something at the other end (IFF_LOWER_UP).
  public let hasCarrier: Bool
  /// Whether addresses on it can be asked for: Ethernet (ARPHRD_ETHER) without IFF_NOARP.
  public let resolvesAddresses: Bool
  public let addresses: [KernelAddress]
}

/// One address of a link.
public struct KernelAddress: Sendable, Hashable {
  public let address: InterfaceAddress
  /// IPv6: not yet known to be free, so not yet usable.
  public let isTentative: Bool
  /// IPv6: somebody else has it (RFC 4862, section 5.4.5).
  public let isDuplicate: Bool
  /// Without an end: from a person's or a file's hand, and neither leased nor made up from a router's prefix.
  public let isPermanent: Bool
}

/// All links.
public enum KernelLinks {
  public static func read() throws(SystemFailure) -> [KernelLink] {
    let operation = "asking the kernel for its links"
    let socket = try Netlink()
    let addresses = try socket.dump(RTM_GETADDR, operation).compactMap(address)
    let links = try socket.dump(RTM_GETLINK, operation)
    let byLink = Dictionary(grouping: addresses, by: \.index)
    return links.compactMap { link($0, byLink) }
  }

  /// nil where there is none of that name.
  public static func link(_ name: InterfaceName) throws(SystemFailure) -> KernelLink? {
    try read().first { $0.name == name.description }
  }

  private static func link(
    _ message: Netlink.Message, _ addresses: [Int32: [(index: Int32, address: KernelAddress)]]
  ) -> KernelLink? {
    guard Int(message.type) == RTM_NEWLINK, let fixed = message.fixed(ifinfomsg.self) else { return nil }
    let attributes = message.attributes(after: MemoryLayout<ifinfomsg>.size)
    guard let name = attributes[Int(IFLA_IFNAME)] else { return nil }
    return KernelLink(
      name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self), index: fixed.ifi_index,
      mac: attributes[Int(IFLA_ADDRESS)].flatMap { MACAddress(octets: $0) },
      isUp: fixed.ifi_flags & UInt32(IFF_UP) != 0,
      // <linux/if.h>: IFF_LOWER_UP.
      hasCarrier: fixed.ifi_flags & 0x10000 != 0,
      resolvesAddresses: fixed.ifi_type == 1 && fixed.ifi_flags & UInt32(IFF_NOARP) == 0,
      addresses: addresses[fixed.ifi_index, default: []].map(\.address))
  }

  private static func address(_ message: Netlink.Message) -> (index: Int32, address: KernelAddress)? {
    guard Int(message.type) == RTM_NEWADDR, let fixed = message.fixed(ifaddrmsg.self) else { return nil }
    let attributes = message.attributes(after: MemoryLayout<ifaddrmsg>.size)
    // On a point-to-point link IFA_ADDRESS is the other end's.
    guard let bytes = attributes[Int(IFA_LOCAL)] ?? attributes[Int(IFA_ADDRESS)],
      let address = IPAddress(octets: bytes),
      let prefix = try? PrefixLength(Int(fixed.ifa_prefixlen), address.family),
      let interface = try? InterfaceAddress(address, prefix)
    else { return nil }
    let flags = Int32(fixed.ifa_flags)
    return (
      Int32(bitPattern: fixed.ifa_index),
      KernelAddress(
        address: interface, isTentative: flags & IFA_F_TENTATIVE != 0 && flags & IFA_F_OPTIMISTIC == 0,
        isDuplicate: flags & IFA_F_DADFAILED != 0, isPermanent: flags & IFA_F_PERMANENT != 0)
    )
  }
}

/// Changes.
extension KernelLinks {
  /// Takes one address off a link; what is not there is no error.
  public static func remove(_ address: InterfaceAddress, from link: KernelLink) throws(SystemFailure) {
    let family = address.address.family == .v4 ? AF_INET : AF_INET6
    let fixed = ifaddrmsg(
      ifa_family: UInt8(family), ifa_prefixlen: UInt8(address.prefix.value), ifa_flags: 0, ifa_scope: 0,
      ifa_index: UInt32(bitPattern: link.index))
    let body =
      withUnsafeBytes(of: fixed, Array.init) + Netlink.attribute(Int(IFA_LOCAL), address.address.octets)
    do {
      try Netlink().change(RTM_DELADDR, body, "removing \(address) from \(link.name)")
    } catch let failure {
      guard failure.errno == EADDRNOTAVAIL else { throw failure }
    }
  }

  /// What every Ethernet card begins with (<linux/if_ether.h>, ETH_DATA_LEN).
  static func restoreMTU(_ link: KernelLink) throws(SystemFailure) {
    let fixed = ifinfomsg(
      ifi_family: UInt8(AF_UNSPEC), __ifi_pad: 0, ifi_type: 0, ifi_index: link.index, ifi_flags: 0, ifi_change: 0)
    let body =
      withUnsafeBytes(of: fixed, Array.init)
      + Netlink.attribute(Int(IFLA_MTU), withUnsafeBytes(of: UInt32(1500), Array.init))
    try Netlink().change(RTM_NEWLINK, body, "giving \(link.name) its usual MTU")
  }

  /// Sets a link up or down, and nothing else of it.
  static func set(_ link: KernelLink, up isUp: Bool) throws(SystemFailure) {
    let flag = UInt32(IFF_UP)
    let fixed = ifinfomsg(
      ifi_family: UInt8(AF_UNSPEC), __ifi_pad: 0, ifi_type: 0, ifi_index: link.index, ifi_flags: isUp ? flag : 0,
      ifi_change: flag)
    try Netlink().change(
      RTM_NEWLINK, withUnsafeBytes(of: fixed, Array.init), "setting \(link.name) \(isUp ? "up" : "down")")
  }
}
