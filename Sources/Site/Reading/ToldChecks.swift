extension SiteDraft {
  /// What the networks of a node leave open, of what a cloud tells of them. What a network says counts: the cloud may tell
  /// the same, and where it tells another thing, that is a problem. An empty list is said too: none, whatever the cloud tells.
  func open(
    _ told: PerNetwork<ToldNetwork>, _ source: String, _ problems: Problems
  ) -> PerNetwork<ToldNetwork> {
    let own = networks.filter { network in network.validName.map { told[$0] != nil } ?? false }
    var open = told
    for network in own {
      guard let name = network.validName, let said = told[name] else { continue }
      open[name] = network.open(said, source, problems)
    }
    for family in [IPAddress.Family.v4, .v6] { settleGateway(family, own, &open, source, problems) }
    return open
  }

  /// A node leaves its networks by one of them: by that of which the site says it, else by the only one of which the cloud does.
  private func settleGateway(
    _ family: IPAddress.Family, _ own: [NetworkDraft], _ open: inout PerNetwork<ToldNetwork>, _ source: String,
    _ problems: Problems
  ) {
    let isSaid = own.contains { $0.gateways.contains { $0.value.family == family } }
    let offers = open.flatMap { entry in
      entry.value.gateways.filter { $0.family == family }.map { (network: entry.network, gateway: $0) }
    }
    guard isSaid || Set(offers.map(\.network)).count > 1 else { return }
    for network in open.networks { open[network]?.gateways.removeAll { $0.family == family } }
    guard !isSaid, let place = own.last?.name.place else { return }
    let ways = offers.map { "\($0.gateway) on \(quoted($0.network.description))" }.joined(separator: " and ")
    problems.report(
      place, "\(source) tells \(ways) for gateways, and a node has one",
      "say gateway = \"…\" under the network by which it leaves")
  }
}

extension NetworkDraft {
  fileprivate func open(_ told: ToldNetwork, _ source: String, _ problems: Problems) -> ToldNetwork {
    var open = told
    if saysGateway {
      open.gateways = []
      compare("gateway", gateways, told.gateways, source, problems)
    }
    if saysDNS {
      open.dns = []
      compare("dns", dns, told.dns, source, problems)
    }
    if let mtu {
      open.mtu = nil
      compare("mtu", [mtu], told.mtu.map { [$0] } ?? [], source, problems)
    }
    if let routes {
      open.routes = []
      compare("routes", routes.map { Placed($0.route, $0.place) }, told.routes, source, problems)
    }
    return open
  }

  /// The site may know more than the cloud.
  private func compare<Value: Equatable & CustomStringConvertible>(
    _ key: String, _ said: [Placed<Value>], _ told: [Value], _ source: String, _ problems: Problems
  ) {
    guard let first = said.first, let other = told.first(where: { told in !said.contains { $0.value == told } }) else {
      return
    }
    let list = said.map(\.value.description).joined(separator: ", ")
    problems.report(
      first.place, "\(key) of network \(quoted(name.value)) is \(list) here, and \(source) tells \(other)",
      "mend the one that is wrong, or leave \(key) out here to take the cloud's")
  }
}
