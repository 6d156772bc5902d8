/// What a cloud tells of a node on one network of the site.
public struct ToldNetwork: Sendable, Equatable {
  /// The node's own.
  public var addresses: [IPAddress]
  /// Default routes.
  public var gateways: [IPAddress]
  public var dns: [IPAddress]
  /// In bytes.
  public var mtu: Int?
  /// All but default routes.
  public var routes: [Route]

  public init(
    addresses: [IPAddress] = [], gateways: [IPAddress] = [], dns: [IPAddress] = [], mtu: Int? = nil,
    routes: [Route] = []
  ) {
    self.addresses = addresses
    self.gateways = gateways
    self.dns = dns
    self.mtu = mtu
    self.routes = routes
  }
}
