/// A site as it was read: each value right in itself and with its place, so that what doesn't fit together can be shown
/// where it stands.
struct SiteDraft {
  var domain: Placed<DomainName>?
  var profile: Placed<String>?
  var networks: [NetworkDraft] = []
  var nodes: [NodeDraft] = []
  /// Where the table of nodes stands, if there is one.
  var nodesPlace: Place?
  var hosts = NetworkChoice(table: "hosts", key: "network")
  var nova = NetworkChoice(table: "nova", key: "my-ip")
  var neutron = NetworkChoice(table: "neutron", key: "local-ip")
  var migration = Migration()
  var controller = Controller()
  var reset = Reset()
  var fence = Fence()
  var identity = Site.Identity()
}

/// A setting that names a network.
struct NetworkChoice {
  var table: String
  var key: String
  /// Where the setting would go, if it isn't said.
  var place = Place.start
  var said: Placed<NetworkName>?
  /// Something was said that can't be a name; it was reported already.
  var isBroken = false
}

struct NetworkDraft {
  var name: Placed<String>
  /// None where the name is not a valid one.
  var validName: NetworkName?
  var subnets: [Placed<Subnet>]
  var gateways: [Placed<IPAddress>]
  var dns: [Placed<IPAddress>]
  var mtu: Placed<Int>?
  /// None where nothing is said of them.
  var routes: [RouteDraft]?
  var interface: Placed<InterfaceName>?
  /// Whether anything was said for the subnet, right or wrong.
  var saysSubnet: Bool
  /// Where the key stands.
  var subnetPlace: Place?
  /// Whether anything was said, be it that there is none.
  var saysGateway: Bool
  var saysDNS: Bool
}

struct RouteDraft {
  var place: Place
  var destination: Placed<Subnet>
  var gateway: Placed<IPAddress>
  var metric: Placed<Int>?

  var route: Route { Route(to: destination.value, via: gateway.value, metric: metric?.value) }
}

struct NodeDraft {
  var name: Placed<String>
  /// None where the name is not a valid one.
  var validName: NodeName?
  var role: Node.Role?
  var addresses: [PerNetworkDraft<[Placed<IPAddress>]>]
  var interfaces: [PerNetworkDraft<Placed<InterfaceName>>]
  var macs: [PerNetworkDraft<Placed<MACAddress>>]
  /// Addresses were said, but not as a table; it was reported.
  var hasBrokenAddresses: Bool
  var profile: Placed<String>?
  var matchMACs: [Placed<MACAddress>] = []
  var uuid: Placed<SystemUUID>?
  var serial: Placed<String>?
  var assetTag: Placed<String>?
  /// Where the text stands in place of a table of addresses.
  var awaitedAddresses: Place?
  var migrationKeys: [Placed<SSHPublicKey>]
  var hostKeys: [Placed<SSHPublicKey>]
}

/// What a node says for one network, whose name was not looked up yet.
struct PerNetworkDraft<Value> {
  var network: Placed<String>
  var value: Value
}

extension SiteDraft {
  /// The site, once everything was checked.
  func site() -> Site {
    Site(
      domain: domain?.value, profile: profile?.value, networks: networks.compactMap { $0.network() },
      nodes: nodes.compactMap { $0.node() }, hosts: Site.Hosts(network: hosts.said?.value ?? .management),
      nova: Site.Nova(myIP: nova.said?.value ?? .management),
      neutron: Site.Neutron(localIP: neutron.said?.value ?? (hasNetwork(.tunnel) ? .tunnel : nil)),
      migration: migration, controller: controller, reset: reset, fence: fence, identity: identity)
  }

  func hasNetwork(_ name: NetworkName) -> Bool { networks.contains { $0.validName == name } }
}

extension NetworkDraft {
  fileprivate func network() -> Network? {
    validName.map { name in
      Network(
        name: name, subnets: subnets.map(\.value), gateways: gateways.map(\.value), dns: dns.map(\.value),
        mtu: mtu?.value, routes: routes?.map(\.route), interface: interface?.value)
    }
  }
}

extension NodeDraft {
  fileprivate func node() -> Node? {
    guard let validName, let role else { return nil }
    var node = Node(
      name: validName, role: role, addresses: perNetwork(addresses) { $0.map(\.value) },
      interfaces: perNetwork(interfaces, \.value), macs: perNetwork(macs, \.value), profile: profile?.value,
      match: Node.Match(
        macs: matchMACs.map(\.value), uuid: uuid?.value, serial: serial?.value, assetTag: assetTag?.value),
      migrationKeys: migrationKeys.map(\.value), hostKeys: hostKeys.map(\.value))
    node.awaitsAddresses = awaitedAddresses != nil
    return node
  }

  private func perNetwork<Draft, Value>(
    _ drafts: [PerNetworkDraft<Draft>], _ value: (Draft) -> Value
  ) -> PerNetwork<Value> {
    PerNetwork(
      unique: drafts.compactMap { draft in
        (try? NetworkName(draft.network.value)).map { ($0, value(draft.value)) }
      })
  }
}
