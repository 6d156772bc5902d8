internal import Fixups
internal import Site

/// The networks of a site, made of one node's interfaces: only what a site can say, and the rest said in words.
struct NetworkDraft {
  private(set) var networks: [Network] = []
  private(set) var addresses = PerNetwork<[IPAddress]>()
  /// The network of neutron's local_ip.
  private(set) var tunnel: NetworkName?
  private(set) var remarks: [String] = []

  /// Whether the management network is not among them.
  private(set) var lacksManagement = false

  /// - Parameters:
  ///   - management: the node's address on that network, as nova's my_ip or the host table says it; without it, the first network with a
  ///     gateway is it.
  ///   - tunnel: neutron's local_ip; without it, the other one of two networks is it.
  ///   - isAsking: whether another interface has its address by DHCP, so that it may be that one.
  init(_ interfaces: [SurveyedInterface], management: IPAddress?, tunnel: IPAddress?, isAsking: Bool) {
    var usable: [SurveyedInterface] = []
    for interface in interfaces {
      let usual = self.usable(interface, beside: usable)
      if !usual.addresses.isEmpty { usable.append(usual) }
    }
    let first: Int? =
      if let management {
        usable.firstIndex { $0.has(management) }
          ?? usable.firstIndex { $0.addresses.contains { $0.subnet.contains(management) } }
      } else {
        usable.firstIndex { !$0.usableGateways.isEmpty } ?? (isAsking ? nil : usable.startIndex)
      }
    lacksManagement = first == nil
    let second =
      usable.firstIndex { $0.has(tunnel) }
      ?? (first != nil && tunnel == nil && usable.count == 2 ? usable.indices.first { $0 != first } : nil)
    for (index, interface) in usable.enumerated() {
      let name =
        index == first ? NetworkName.management : index == second ? .tunnel : freeName(interface.name.description)
      networks.append(interface.network(named: name))
      addresses[name] = interface.addresses.map(\.address)
      for router in interface.unusableGateways {
        remarks.append(
          "gateway \(router) of \(interface.name) is left out: it is in no subnet of its addresses, and an apply of this site takes the "
            + "default route away; give the network a subnet with it first")
      }
      for (router, other) in interface.furtherGateways {
        remarks.append(
          "gateway \(router) of \(interface.name) is left out: a site has one for a node, here \(other), and an apply of this site takes the "
            + "default route through \(router) away")
      }
      if index == second { self.tunnel = name }
    }
    for index in networks.indices { addRoutes(of: usable[index], to: index) }
  }

  /// All of an interface's routes or none: with some of them alone, the site would have the others taken away.
  private mutating func addRoutes(of interface: SurveyedInterface, to index: Int) {
    guard !interface.routes.isEmpty else { return }
    do throws(NoRoute) {
      networks[index].routes = try routes(of: interface, on: networks[index])
    } catch {
      remarks.append("the routes of \(interface.name) are left out, and stay as they are: \(error.reason)")
    }
  }

  private struct NoRoute: Error { let reason: String }

  private func routes(of interface: SurveyedInterface, on network: Network) throws(NoRoute) -> [Route] {
    var routes: [Route] = []
    for route in interface.routes where !routes.contains(route) {
      let (destination, router) = (route.destination, route.gateway)
      guard interface.addresses.contains(where: { network.reaches(router, from: $0.address) }),
        network.subnet(for: router) == nil || network.admits(router) || router.family == .v6, !interface.has(router)
      else { throw NoRoute(reason: "\(destination) goes by \(router), which is no router on its network") }
      guard !network.subnets.contains(destination) else {
        throw NoRoute(reason: "\(destination) is the network itself")
      }
      guard !routes.contains(where: { $0.destination == destination && $0.metric == route.metric }) else {
        throw NoRoute(reason: "\(destination) is reached in two ways that nothing tells apart")
      }
      routes.append(route)
    }
    guard routes.count <= 256 else { throw NoRoute(reason: "there are \(routes.count), and a site says 256") }
    return routes
  }

  /// An interface without the addresses that no site takes: on two networks at once, or no machine's own.
  private mutating func usable(
    _ interface: SurveyedInterface, beside others: [SurveyedInterface]
  ) -> SurveyedInterface {
    var usable = interface
    usable.addresses = []
    for (address, subnet) in interface.addresses where !address.isUnspecified {
      let place = "\(address) of \(interface.name) is left out"
      let rivals = (others + [usable]).flatMap { other in other.addresses.map { (other.name, $0.subnet) } }
      if address == subnet.broadcast || address == subnet.networkAddress || !address.isAssignable {
        remarks.append("\(place): it is no machine's own address")
      } else if address.isLinkLocal {
        remarks.append("\(place): it counts on its link alone, and stays as it is")
      } else if let rival = rivals.first(where: {
        $0.1.overlaps(subnet) && ($0.0 != interface.name || $0.1 != subnet)
      }) {
        remarks.append("\(place): \(subnet) overlaps \(rival.1) of \(rival.0)")
      } else {
        usable.addresses.append((address, subnet))
      }
    }
    return usable
  }

  private func freeName(_ interface: String) -> NetworkName {
    let plain = String(
      interface.unicodeScalars.map {
        $0.properties.isAlphabetic && $0.isASCII || ("0"..."9").contains($0) || $0 == "_" ? Character($0) : "-"
      })
    let reserved = [NetworkName.management, .tunnel]
    for number in 1... {
      let text = number == 1 ? plain : "\(plain)-\(number)"
      if let name = try? NetworkName(text), !reserved.contains(name), !networks.contains(where: { $0.name == name }) {
        return name
      }
    }
    return .management
  }
}

extension SurveyedInterface {
  fileprivate func has(_ address: IPAddress?) -> Bool { addresses.contains { $0.address == address } }

  /// One of each family, for a node has no more.
  fileprivate var usableGateways: [IPAddress] {
    [IPAddress.Family.v4, .v6].compactMap { family in reachableGateways.first { $0.family == family } }
  }

  /// The others, each with the one that goes before it.
  fileprivate var furtherGateways: [(router: IPAddress, other: IPAddress)] {
    let usable = usableGateways
    return reachableGateways.compactMap { router in
      usable.first { $0.family == router.family && $0 != router }.map { (router, $0) }
    }
  }

  /// Routers that the addresses can reach, and that the node is not itself.
  private var reachableGateways: [IPAddress] {
    distinct(gateways).filter { gateway in
      if gateway.family == .v6, gateway.isLinkLocal { return addresses.contains { $0.address.family == .v6 } }
      guard let subnet = addresses.first(where: { $0.subnet.contains(gateway) })?.subnet else { return false }
      return gateway != subnet.broadcast && gateway != subnet.networkAddress && !has(gateway)
    }
  }

  fileprivate var unusableGateways: [IPAddress] {
    let reachable = reachableGateways
    return distinct(gateways).filter { !reachable.contains($0) && !has($0) }
  }

  fileprivate func network(named name: NetworkName) -> Network {
    let isIPv6 = addresses.contains { $0.address.family == .v6 }
    return Network(
      name: name, subnets: distinct(addresses.map(\.subnet)), gateways: usableGateways,
      dns: distinct(dns).filter(\.isOfOneMachine),
      mtu: mtu.flatMap { ((isIPv6 ? 1280 : 68)...65535).contains($0) ? $0 : nil }, interface: self.name)
  }

  private func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}
