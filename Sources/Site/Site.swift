/// The room of what users write: site.toml and platform profiles, decoded strictly into values that can't be wrong.
///
/// Bytes come in, values or a list of problems with their places go out. Nothing here opens a file, and the TOML library
/// stays behind TOMLDocument.

/// Every node, network and address of one cloud. Each node has the same copy of it.
public struct Site: Sendable, Equatable {
  /// The domain of all nodes. Without one, nodes have short names only.
  public var domain: DomainName?
  /// The platform profile of every node that doesn't say its own; without one it is detected.
  public var profile: String?
  /// In the order of the file.
  public var networks: [Network]
  /// In the order of the file; never empty in a site that was parsed.
  public var nodes: [Node]
  public var hosts: Hosts
  public var nova: Nova
  public var neutron: Neutron
  public var migration: Migration
  public var controller: Controller
  public var reset: Reset
  public var fence: Fence
  public var identity: Identity

  public init(
    domain: DomainName? = nil, profile: String? = nil, networks: [Network] = [], nodes: [Node] = [],
    hosts: Hosts = Hosts(), nova: Nova = Nova(), neutron: Neutron = Neutron(), migration: Migration = Migration(),
    controller: Controller = Controller(), reset: Reset = Reset(), fence: Fence = Fence(),
    identity: Identity = Identity()
  ) {
    self.domain = domain
    self.profile = profile
    self.networks = networks
    self.nodes = nodes
    self.hosts = hosts
    self.nova = nova
    self.neutron = neutron
    self.migration = migration
    self.controller = controller
    self.reset = reset
    self.fence = fence
    self.identity = identity
  }

  /// The host table: which of a node's addresses its name resolves to.
  public struct Hosts: Sendable, Equatable {
    public var network: NetworkName
    public init(network: NetworkName = .management) { self.network = network }
  }

  /// The network that nova's my_ip is on.
  public struct Nova: Sendable, Equatable {
    public var myIP: NetworkName
    public init(myIP: NetworkName = .management) { self.myIP = myIP }
  }

  /// Who is asked which node a machine is.
  public struct Identity: Sendable, Equatable {
    /// When the metadata service is asked, which is at an address that anybody could have outside of a cloud.
    public enum MetadataService: String, Sendable, Hashable, CaseIterable {
      /// Where the firmware says that the machine is OpenStack's guest.
      case openstack
      /// Wherever a machine does not know who it is.
      case ask
      case never
    }

    public var metadataService: MetadataService
    public init(metadataService: MetadataService = .openstack) { self.metadataService = metadataService }
  }

  /// The network that the tunnel endpoint of neutron's agents is on. None where the site has no network called tunnel
  /// and names no other: then local_ip is no business of ours.
  public struct Neutron: Sendable, Equatable {
    public var localIP: NetworkName?
    public init(localIP: NetworkName? = nil) { self.localIP = localIP }
  }
}

extension Site {
  public func node(_ name: NodeName) -> Node? { nodes.first { $0.name == name } }
  public func network(_ name: NetworkName) -> Network? { networks.first { $0.name == name } }

  /// The node's full name: with the domain of the site where it has one.
  public func hostname(of node: Node) -> Hostname? {
    try? Hostname(domain.map { "\(node.name).\($0)" } ?? node.name.description)
  }

  /// What the node calls its interface to a network, where the site says so.
  public func interface(of node: Node, _ network: NetworkName) -> InterfaceName? {
    node.interfaces[network] ?? self.network(network)?.interface
  }

  /// The profile that the site demands for a node. None: detect it.
  public func profile(of node: Node) -> String? { node.profile ?? profile }

  /// The addresses that a node's name resolves to.
  public func hostAddresses(of node: Node) -> [IPAddress] { node.addresses[hosts.network] ?? [] }

  /// nova's my_ip for a node: its first address on that network, of the family that it has already where there is one.
  public func myIP(of node: Node, insteadOf said: String? = nil) -> IPAddress? {
    address(of: node, on: nova.myIP, insteadOf: said)
  }

  /// The tunnel endpoint of a node's neutron agents, in the same way.
  public func localIP(of node: Node, insteadOf said: String? = nil) -> IPAddress? {
    neutron.localIP.flatMap { address(of: node, on: $0, insteadOf: said) }
  }

  private func address(of node: Node, on network: NetworkName, insteadOf said: String?) -> IPAddress? {
    let own = node.addresses[network] ?? []
    let family = said.flatMap { try? IPAddress($0) }?.family
    return own.first { $0.family == family } ?? own.first
  }

  /// Which node an address belongs to.
  public func owner(of address: IPAddress) -> Node? {
    nodes.first { node in node.addresses.contains { $0.value.contains(address) } }
  }
}
