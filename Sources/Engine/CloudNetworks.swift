internal import Fixups
internal import Identity
internal import Metadata
internal import Site
internal import Tree

/// What network_data.json tells of a node on the networks of the site.
struct CloudNetworks {
  private let data: NetworkData
  private let source: String
  private let facts: MachineFacts
  private let root: String
  /// What the node's interface to a network stands on; nil where nobody says which it is.
  private let stack: (NetworkName) throws -> InterfaceStack?

  init(
    _ data: NetworkData, _ source: String, _ facts: MachineFacts, root: String,
    stack: @escaping (NetworkName) throws -> InterfaceStack?
  ) {
    (self.data, self.source, self.facts, self.root, self.stack) = (data, source, facts, root, stack)
  }

  /// Each address on the network whose subnet it is in, with what is told beside it. An address on no network of the site is
  /// none of its business.
  func told(of node: Node, in site: Site) throws -> PerNetwork<ToldNetwork> {
    var told: PerNetwork<ToldNetwork> = [:]
    for network in data.networks where data.link(network.link) == nil {
      guard let address = network.address, site.networks.contains(where: { $0.subnet(for: address) != nil }) else {
        continue
      }
      throw EngineError(
        .invalid,
        "\(source) has \(address) on the link \(network.link.debugDescription), and does not describe that link")
    }
    for placement in data.placements {
      guard let address = placement.network.address,
        let network = site.networks.first(where: { $0.subnet(for: address) != nil })
      else { continue }
      try check(placement, address, network, node)
      var all = told[network.name] ?? ToldNetwork()
      try add(placement, address, to: &all)
      told[network.name] = all
    }
    guard !told.isEmpty else { throw EngineError(.invalid, nothing(of: node)) }
    for (network, servers) in commonServers(told) { told[network]?.dns += servers }
    return told
  }

  private func nothing(of node: Node) -> String {
    let dynamic = data.networks.filter(\.isDynamic).map { "\($0.id) (\($0.type))" }.joined(separator: ", ")
    return "\(source) tells no address of \(node.name) on any network of the site"
      + (dynamic.isEmpty ? "" : ": those of \(dynamic) are not written there")
  }

  private func add(_ placement: NetworkPlacement, _ address: IPAddress, to told: inout ToldNetwork) throws {
    func add<Value: Equatable>(_ values: [Value], to list: inout [Value]) {
      for value in values where !list.contains(value) { list.append(value) }
    }
    let network = placement.network
    add([address], to: &told.addresses)
    add(network.dns, to: &told.dns)
    if let mtu = placement.link.mtu {
      if let other = told.mtu, other != mtu {
        throw EngineError(.invalid, "\(source) tells an MTU of \(other) and one of \(mtu) for one network of the site")
      }
      told.mtu = mtu
    }
    for route in network.routes {
      guard let gateway = route.gateway, !gateway.isUnspecified else {
        throw EngineError(
          .invalid, "\(source) tells a route to \(route.destination)/\(route.prefix) that goes through no router",
          advice: "a site cannot say one; write the addresses of the node into it")
      }
      guard !route.isDefault else {
        add([gateway], to: &told.gateways)
        continue
      }
      if let destination = Subnet(containing: route.destination, route.prefix) {
        add([Route(to: destination, via: gateway)], to: &told.routes)
      }
    }
  }

  /// Name servers that are told for no network: they go to the one by which the node leaves, else to the first.
  private func commonServers(_ told: PerNetwork<ToldNetwork>) -> PerNetwork<[IPAddress]> {
    let known = data.networks.flatMap(\.dns)
    let servers = data.dns.filter { !known.contains($0) }
    guard let home = told.first(where: { !$0.value.gateways.isEmpty }) ?? told.first, !servers.isEmpty else {
      return [:]
    }
    return [home.network: servers]
  }

  // MARK: Is it this machine's, and which interface

  private func check(
    _ placement: NetworkPlacement, _ address: IPAddress, _ network: Network, _ node: Node
  ) throws {
    if let prefix = placement.network.prefix, let wanted = network.prefix(for: address), prefix != wanted {
      throw EngineError(
        .invalid, "\(source) tells \(address)/\(prefix), and the site's network \(network.name) has /\(wanted)")
    }
    guard !placement.cards.isEmpty else {
      throw EngineError(
        .invalid, "\(source) has \(address) on \(placement), which has no MAC address: nothing tells which card it is")
    }
    for card in placement.cards where !facts.macs.contains(card) {
      throw EngineError(
        .invalid, "\(source) has \(address) on the card \(card), and this machine has none with that address",
        advice: "it may be another machine's, copied with the disk")
    }
    if let card = node.macs[network.name], !placement.cards.contains(card) {
      throw EngineError(
        .invalid,
        "\(source) has \(address) on \(placement), and the site ties the interface to \(network.name) to the card \(card)"
      )
    }
    guard let stack = try stack(network.name) else { return }
    try check(placement, address, network, stack)
  }

  /// The cards have to be those below the interface, and the VLANs too: on any other link the address would be lost.
  private func check(
    _ placement: NetworkPlacement, _ address: IPAddress, _ network: Network, _ stack: InterfaceStack
  ) throws {
    let names = placement.cards.map { MachineFacts.interface(of: $0, root: root) ?? "\($0)" }
    guard Set(names) != Set(stack.cards) || placement.vlans != stack.vlans else { return }
    let isPlain = placement.vlans.isEmpty && !placement.isBond
    guard isPlain, let name = names.first, stack.cards == [stack.interface.description], stack.vlans.isEmpty else {
      throw EngineError(
        .invalid,
        "\(source) has \(address) on \(placement) (\(names.joined(separator: ", "))), and the interface to "
          + "\(network.name), \(stack.interface), is \(stack) in this tree",
        advice: "configure that device, and say it as the interface to \(network.name)")
    }
    throw EngineError(
      .invalid,
      "\(source) has \(address) on the card \(placement.cards[0]), which is \(name), and the site calls the interface to \(network.name) \(stack.interface)",
      advice: "say interfaces = { \(network.name) = \"\(name)\" } for this node")
  }
}
