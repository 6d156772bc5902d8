internal import Site
internal import Tree

extension InterfaceFiles {
  /// Other nodes' addresses on interfaces that no network of the site is on, ports of the node's own among them. They are left as they
  /// are, and told; where one comes up at boot, two machines have the address.
  func othersAddresses(besides intents: [InterfaceIntent], _ situation: Situation) throws -> [Claim] {
    let own = Set(intents.map(\.interface.description))
    // Hardly any tree has one, and asking what comes up is asking everything.
    guard
      backends.flatMap(\.addressed).contains(where: {
        !own.contains($0.interface) && situation.isOtherNodes($0.address)
      })
    else {
      return []
    }
    let onPorts = try onPorts(besides: own, situation)
    return try ConfiguredInterface.all(of: situation.platform, in: situation.tree)
      .filter { interface in
        let reader = backends.first { $0.kind == interface.backend }
        let isRead = try reader.map { try obstacle(to: $0, interface.name)?.isCertain != true } ?? false
        return isRead && !own.contains(interface.name.description)
      }.flatMap { interface in
        interface.addresses.map(\.address).filter(situation.isOtherNodes).map { address in
          situation.othersAddress(address, of: interface.name.description)
        }
      } + onPorts
  }

  private func onPorts(besides own: Set<String>, _ situation: Situation) throws -> [Claim] {
    let ports = Set(ports.filter(\.keepsAddresses).map(\.interface)).subtracting(own)
    guard !ports.isEmpty else { return [] }
    var seen: Set<String> = []
    return try backends.flatMap { backend in
      try backend.addressed.filter { interface, address in
        guard ports.contains(interface), situation.isOtherNodes(address),
          seen.insert("\(interface) \(address)").inserted,
          let name = try? InterfaceName(interface), backend.startsAtBoot(name, mac: nil)
        else { return false }
        return try obstacle(to: backend, name)?.isCertain != true
      }.map { situation.othersAddress($0.address, of: $0.interface) }
    }
  }
}

extension Situation {
  /// What `verify` says of another node's address that an interface comes up with.
  ///
  /// - Parameter place: Where it is said, to follow the address.
  func othersAddress(_ address: IPAddress, of interface: String, _ place: String = "") -> Claim {
    Claim(
      "addresses of \(interface)", expected: "none of another node", seen: "\(address), \(whose(address))\(place)",
      holds: false)
  }
}
