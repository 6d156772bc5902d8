/// One network of the site: its subnets, how to leave it, and what nodes call their interface to it.
public struct Network: Sendable, Equatable {
  public var name: NetworkName
  /// At least one, in the order of the file; they don't overlap each other or those of other networks.
  public var subnets: [Subnet]
  /// Each within one of the subnets.
  public var gateways: [IPAddress]
  public var dns: [IPAddress]
  /// In bytes, 68…65535.
  public var mtu: Int?
  /// Where else than to the gateway packets go; nil where that is not the site's business.
  public var routes: [Route]?
  /// What a node calls its interface to this network, unless the node says otherwise.
  public var interface: InterfaceName?

  public init(
    name: NetworkName, subnets: [Subnet], gateways: [IPAddress] = [], dns: [IPAddress] = [], mtu: Int? = nil,
    routes: [Route]? = nil, interface: InterfaceName? = nil
  ) {
    self.name = name
    self.subnets = subnets
    self.gateways = gateways
    self.dns = dns
    self.mtu = mtu
    self.routes = routes
    self.interface = interface
  }

  /// The subnet that an address is in.
  public func subnet(for address: IPAddress) -> Subnet? { subnets.first { $0.contains(address) } }

  /// Whether a machine can have an address here: it is neither a subnet's own nor its broadcast address.
  public func admits(_ address: IPAddress) -> Bool {
    subnet(for: address).map { address != $0.broadcast && address != $0.networkAddress } ?? false
  }

  public func prefix(for address: IPAddress) -> PrefixLength? { subnet(for: address)?.prefix }

  /// The gateway that an address can reach: one in its own subnet, or a router's link-local address.
  public func gateway(for address: IPAddress) -> IPAddress? {
    gateways.first { subnet(for: address)?.contains($0) ?? false } ?? gateways.first { reaches($0, from: address) }
  }

  /// Whether a machine with an address here can send to a router here.
  public func reaches(_ router: IPAddress, from address: IPAddress) -> Bool {
    guard let subnet = subnet(for: address), router.family == address.family else { return false }
    return subnet.contains(router) || router.family == .v6 && router.isLinkLocal
  }
}
