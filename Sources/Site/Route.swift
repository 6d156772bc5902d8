/// A way to addresses that are not on the link: through a router of the network.
public struct Route: Sendable, Hashable {
  /// Never everything: that is a gateway.
  public var destination: Subnet
  /// On the network itself.
  public var gateway: IPAddress
  /// Of several ways to one range the one with the lowest is taken; nil for what the system takes by itself.
  public var metric: Int?

  public init(to destination: Subnet, via gateway: IPAddress, metric: Int? = nil) {
    self.destination = destination
    self.gateway = gateway
    self.metric = metric
  }

  /// The kernel's: 32 bits (rtnetlink(7), RTA_PRIORITY), of which 0 is none.
  public static let metrics = 1...Int(UInt32.max)
}

extension Route: CustomStringConvertible {
  /// As ip-route(8) takes it: `10.0.0.0/8 via 192.168.10.1 metric 100`
  public var description: String { "\(destination) via \(gateway)" + (metric.map { " metric \($0)" } ?? "") }
}
