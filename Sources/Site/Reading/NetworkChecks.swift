extension NetworkDraft {
  func check(_ problems: Problems) {
    if !saysSubnet {
      problems.report(
        name.place, "network \(quoted(name.value)) has no subnet", "say subnet = \"192.168.10.0/24\", or whatever it is"
      )
    }
    var seen: Set<IPAddress> = []
    for gateway in gateways {
      if !seen.insert(gateway.value).inserted {
        problems.report(gateway.place, "gateway \(gateway.value) is said twice", "say it once")
      } else {
        checkRouter(gateway.value, "gateway", gateway.place, problems)
      }
    }
    seen = []
    for server in dns where !seen.insert(server.value).inserted || !server.value.isOfOneMachine {
      problems.report(
        server.place,
        server.value.isOfOneMachine
          ? "DNS server \(server.value) is said twice" : "\(server.value) is no DNS server's address",
        "list each server once, in the order of asking")
    }
    // RFC 8200 section 5: every IPv6 link carries packets of that size.
    if let mtu, mtu.value < 1280, subnets.contains(where: { $0.value.address.family == .v6 }) {
      problems.report(mtu.place, "mtu = \(mtu.value) is too small for IPv6", "it is at least 1280 there")
    }
    checkRoutes(problems)
  }

  /// What nodes send to: a gateway, or the router of a route.
  func checkRouter(_ router: IPAddress, _ noun: String, _ place: Place, _ problems: Problems) {
    // A router's link-local address is a common IPv6 gateway, and is in no subnet.
    if router.family == .v6, router.isLinkLocal { return }
    guard let subnet = subnets.first(where: { $0.value.contains(router) })?.value else {
      if saysSubnet, !subnets.isEmpty {
        problems.report(
          place, "\(noun) \(router) is outside \(list(subnets))", "nodes can reach a \(noun) in the subnet only")
      }
      return
    }
    if router == subnet.broadcast || router.family == .v4 && router == subnet.networkAddress {
      problems.report(
        place,
        "\(noun) \(router) is the \(router == subnet.broadcast ? "broadcast" : "network") address of \(subnet)",
        "no machine can have it")
    }
  }

  func list(_ subnets: [Placed<Subnet>]) -> String { subnets.map(\.value.description).joined(separator: " and ") }
}

extension SiteDraft {
  /// Two subnets are apart, or one holds the other: sorted, the holder comes first, and its like follow it.
  func checkOverlaps(_ problems: Problems) {
    let all = networks.flatMap { network in network.subnets.map { (network: network.name.value, subnet: $0) } }
    let sorted = all.sorted {
      let (left, right) = ($0.subnet.value, $1.subnet.value)
      if left.address != right.address { return left.address < right.address }
      if left.prefix.value != right.prefix.value { return left.prefix.value < right.prefix.value }
      return $0.subnet.place < $1.subnet.place
    }
    var holder: (network: String, subnet: Placed<Subnet>)?
    for current in sorted {
      guard let outer = holder, outer.subnet.value.overlaps(current.subnet.value) else {
        holder = current
        continue
      }
      // The one that was written later is the one to change.
      let (first, second) = outer.subnet.place < current.subnet.place ? (outer, current) : (current, outer)
      let other = first.network == second.network ? "" : " of network \(quoted(first.network))"
      problems.report(
        second.subnet.place, "subnet \(second.subnet.value) overlaps \(first.subnet.value)\(other)",
        "an address can be on one network only")
    }
  }
}
