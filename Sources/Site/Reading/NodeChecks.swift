extension NodeDraft {
  func check(networks: [String: NetworkDraft], known: [String], _ problems: Problems) {
    if addresses.isEmpty, !hasBrokenAddresses, awaitedAddresses == nil {
      problems.report(
        name.place, "node \(quoted(name.value)) has no addresses",
        "say addresses = { \(known.first ?? "NETWORK") = \"…\" }")
    }
    for entry in addresses {
      guard let network = networks[entry.network.value] else {
        problems.reportUnknown(network: entry.network, known)
        continue
      }
      for address in entry.value { check(address, on: network, problems) }
    }
    checkPlaces(interfaces.map(\.network), "interface", networks, known, problems)
    checkPlaces(macs.map(\.network), "mac", networks, known, problems)
    checkInterfaces(networks: networks, problems)
  }

  /// Whether the addresses have a mistake that was reported: what seems to be missing may be what is mistaken.
  func isUnsureOfAddresses(_ networks: Set<String>) -> Bool {
    addresses.isEmpty || addresses.contains { !networks.contains($0.network.value) }
  }

  private func check(_ address: Placed<IPAddress>, on network: NetworkDraft, _ problems: Problems) {
    let value = address.value
    guard let subnet = network.subnets.first(where: { $0.value.contains(value) })?.value else {
      if !network.subnets.isEmpty {
        problems.report(
          address.place, "\(value) is outside \(network.list(network.subnets))",
          "give the node an address of network \(quoted(network.name.value)), or add the subnet there")
      }
      return
    }
    if value == subnet.broadcast {
      problems.report(address.place, "\(value) is the broadcast address of \(subnet)", "no machine can have it")
    } else if value == subnet.networkAddress {
      problems.report(address.place, "\(value) is the address of \(subnet) itself", "no machine can have it")
    } else if network.gateways.contains(where: { $0.value == value }) {
      problems.report(
        address.place, "\(value) is the gateway of network \(quoted(network.name.value))",
        "give the node another address")
    } else if !value.isAssignable {
      problems.report(address.place, "\(value) is no machine's own address", "give the node another address")
    }
  }

  /// What a node says about its card on a network makes sense only where it has an address.
  private func checkPlaces(
    _ places: [Placed<String>], _ what: String, _ networks: [String: NetworkDraft], _ known: [String],
    _ problems: Problems
  ) {
    // Which networks it will be on is not known here.
    let attached = Set(awaitedAddresses == nil ? addresses.map(\.network.value) : known)
    for place in places where !attached.contains(place.value) {
      if networks[place.value] == nil {
        problems.reportUnknown(network: place, known)
      } else {
        problems.report(
          place.place, "node \(quoted(name.value)) has no address on \(quoted(place.value)), so no \(what) there",
          "give it an address, or leave this out")
      }
    }
  }

  /// Two networks of one node can't be on one interface.
  private func checkInterfaces(networks: [String: NetworkDraft], _ problems: Problems) {
    let own = Dictionary(interfaces.map { ($0.network.value, $0.value) }, uniquingKeysWith: { first, _ in first })
    var claims: [InterfaceName: String] = [:]
    for entry in addresses {
      let network = entry.network.value
      guard let interface = own[network] ?? networks[network]?.interface else { continue }
      guard let other = claims[interface.value] else {
        claims[interface.value] = network
        continue
      }
      // Two networks that say the same are the mistake, not each of the nodes that are on both.
      if own[network] == nil, own[other] == nil {
        problems.reportOnce(
          interface.place,
          "interface \(interface.value) is claimed by networks \(quoted(other)) and \(quoted(network)), and node \(quoted(name.value)) is on both",
          "name another interface, or put both subnets into one network")
      } else {
        problems.report(
          (own[network] ?? own[other] ?? interface).place,
          "interface \(interface.value) of node \(quoted(name.value)) is claimed by \(quoted(other)) and \(quoted(network))",
          "give each network an interface of its own, or put both subnets into one network")
      }
    }
  }
}
