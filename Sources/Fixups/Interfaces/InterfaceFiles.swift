internal import Site
internal import Tree

/// The files that say which interface has which address, whoever reads them: every backend of the platform, in its order; those
/// that nobody reads come last.
struct InterfaceFiles {
  private(set) var backends: [any NetworkBackend]
  /// Without those whose reader nothing can start: what stands there counts for nothing.
  private(set) var live: [any NetworkBackend] = []
  let services: NetworkServices

  /// As a plan leaves them.
  init(_ situation: Situation) throws {
    try self.init(situation.platform, situation.tree, situation.configurations) { try NetworkdHosts(situation) }
  }

  /// - Parameters:
  ///   - cache: may know some of them already.
  ///   - hosts: whose machine it is; nil: the tree says it.
  init(
    _ platform: Platform, _ tree: any TreeReading, _ cache: ConfigurationCache? = nil,
    _ hosts: (() throws -> NetworkdHosts)? = nil
  ) throws {
    services = NetworkServices(tree)
    backends = try platform.networks.map { kind in
      switch kind {
      case .ifcfg(let directory, let global): try IfcfgFiles(tree, directory, global: global, cache)
      case .ifupdown(let file, _): try IfupdownFiles(tree, file, kind)
      case .keyfile: try KeyfileFiles(tree)
      case .networkd:
        try NetworkdFiles(tree) { try hosts?() ?? NetworkdHosts(platform, tree, cache) }
      case .netplan: try NetplanFiles(tree)
      case .wicked(let directory): try WickedFiles(tree, directory, cache)
      }
    }
    live = backends
    guard backends.filter(\.isInUse).count > 1 else { return }
    let obstacles = try backends.map { try obstacle(to: $0) }
    let read = zip(backends, obstacles).filter { $0.1?.isCertain != true }.map(\.0)
    if read.contains(where: \.isInUse) { live = read }
    let started = zip(backends, obstacles).filter { $0.1 == nil }.map(\.0)
    backends = started + zip(backends, obstacles).filter { $0.1 != nil }.map(\.0)
  }

  /// What the tree gives an interface now.
  func addresses(of interface: InterfaceName, mac: MACAddress? = nil) -> [IPAddress] {
    var found: [IPAddress] = []
    for address in backends.flatMap({ $0.addresses(of: interface, mac: mac) }) where !found.contains(address) {
      found.append(address)
    }
    return found
  }

  var ports: [Port] { live.ports }

  func underlay(of intents: [InterfaceIntent]) -> Underlay { Underlay(ports, live.vlans, intents) }

  /// What a node calls its interface to a network: as the site says, else the only one in the tree that has an address
  /// there.
  func interface(of node: Node, _ network: NetworkName, in site: Site) -> InterfaceName? {
    if let said = site.interface(of: node, network) { return said }
    guard let network = site.network(network) else { return nil }
    let ports = Set(ports.map(\.interface))
    let addressed = backends.flatMap(\.addressed).filter { network.subnet(for: $0.address) != nil }
    let names = Set(addressed.map(\.interface)).subtracting(ports)
    return names.count == 1 ? names.first.flatMap { try? InterfaceName($0) } : nil
  }
}
