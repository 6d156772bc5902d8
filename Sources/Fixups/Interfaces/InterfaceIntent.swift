internal import Site
internal import Tree

/// What one interface of the node shall be, worked out from the site once for every backend.
struct InterfaceIntent {
  let interface: InterfaceName
  let network: Network
  let addresses: [IPAddress]
  let mac: MACAddress?

  init?(_ situation: Situation, _ network: NetworkName, _ files: InterfaceFiles) {
    guard let interface = files.interface(of: situation.node, network, in: situation.site),
      let network = situation.site.network(network), let addresses = situation.node.addresses[network.name]
    else { return nil }
    self.interface = interface
    self.network = network
    self.addresses = addresses
    mac = situation.node.macs[network.name]
  }

  func addresses(_ family: IPAddress.Family) -> [IPAddress] { addresses.filter { $0.family == family } }

  /// The site has checked that each address is in one of the network's subnets.
  func prefix(_ address: IPAddress) -> PrefixLength { network.prefix(for: address) ?? .host(address.family) }

  /// Those that its addresses are in.
  var subnets: [Subnet] { addresses.compactMap { network.subnet(for: $0) } }

  func withPrefix(_ address: IPAddress) -> String { "\(address)/\(prefix(address))" }

  func gateway(_ family: IPAddress.Family) -> IPAddress? {
    addresses(family).lazy.compactMap { network.gateway(for: $0) }.first
  }

  /// The further routes that the node can take; nil where the site says none, and those that are there stay.
  var routes: [Route]? {
    network.routes?.filter { route in
      // The router itself sends through somebody else.
      !addresses.contains(route.gateway) && addresses.contains { network.reaches(route.gateway, from: $0) }
    }
  }

  func routes(_ family: IPAddress.Family) -> [Route]? { routes?.filter { $0.gateway.family == family } }

  var dns: [String] { network.dns.map(\.description) }
}
