internal import Site
internal import Tree

/// What one interface of the node shall be, worked out from the site once for every backend.
final class InterfaceIntent: Sendable {
  let interface: InterfaceName
  let network: Network
  let addresses: [IPAddress]
  let mac: MACAddress?
  private let situation: Situation

  init?(_ situation: Situation, _ network: NetworkName, _ files: InterfaceFiles) {
    guard let interface = files.interface(of: situation.node, network, in: situation.site),
      let network = situation.site.network(network), let addresses = situation.node.addresses[network.name]
    else { return nil }
    self.interface = interface
    self.network = network
    self.addresses = addresses
    mac = situation.node.macs[network.name]
    self.situation = situation
  }

  func addresses(_ family: IPAddress.Family) -> [IPAddress] { addresses.filter { $0.family == family } }

  /// The site has checked that each address is in one of the network's subnets.
  func prefix(_ address: IPAddress) -> PrefixLength { network.prefix(for: address) ?? .host(address.family) }

  /// Those that its addresses are in.
  var subnets: [Subnet] { addresses.compactMap { network.subnet(for: $0) } }

  func withPrefix(_ address: IPAddress) -> String { "\(address)/\(prefix(address))" }

  func gateway(_ family: IPAddress.Family) -> IPAddress? {
    addresses(family).lazy.compactMap { self.network.gateway(for: $0) }.first
  }

  /// Whether the site says all that the interface has of a family: those of `addresses`, also where they are none. In a copy what
  /// else stands there is the original's.
  func decides(on family: IPAddress.Family) -> Bool {
    situation.provenance.isCopy || !addresses(family).isEmpty
      || network.subnets.contains { $0.address.family == family }
  }

  /// Whether the site decides on an address that the files give this interface. Of a family that it is silent about it is another
  /// node's alone.
  func decides(on address: IPAddress) -> Bool {
    if situation.provenance.isCopy || !addresses(address.family).isEmpty { return true }
    // Every interface has one.
    if address.isLinkLocal { return false }
    return situation.isOtherNodes(address) || decides(on: address.family)
  }

  /// Whether the site decides on a router of a default route: one of a family without an address here goes with the addresses.
  ///
  /// - Parameter there: the addresses that the files give the interface.
  func decides(onRouter router: IPAddress, of there: [IPAddress]) -> Bool {
    if situation.provenance.isCopy || !addresses(router.family).isEmpty { return true }
    let others = there.filter { $0.family == router.family && !$0.isLinkLocal }
    return network.subnet(for: router) != nil || !others.isEmpty && others.allSatisfy { decides(on: $0) }
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
