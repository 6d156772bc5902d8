internal import Documents
internal import Site
internal import Tree

/// The node's interfaces: addresses, prefixes, gateway and name servers as the site says, and nothing left that is the
/// original's own.
///
/// One file for each backend edits; this one goes through the networks and looks at what nobody edits.
struct InterfacesFixup: Fixup {
  let name = "interfaces"

  func propose(for situation: Situation) throws -> Proposal {
    let files = try InterfaceFiles(situation)
    var intents: [InterfaceIntent] = []
    var proposal = Proposal()
    for network in situation.node.addresses.networks {
      if let intent = InterfaceIntent(situation, network, files) {
        intents.append(intent)
      } else {
        proposal.findings.append(
          Finding(
            .warning, "the site does not say which interface of \(situation.node.name) is on \(network)",
            advice: "say interface = \"…\" under [networks.\(network)]"))
      }
    }
    try refuse(files.ports, intents, situation)
    try files.refuseShared(intents)
    try files.refuseUnnamed(intents, situation)
    let underlay = files.underlay(of: intents)
    try files.refuseTied(underlay, situation)
    try files.refuseNamesOfOthers(underlay, situation)
    var situation = situation
    situation.hostLocal = HostLocalInterfaces(files)
    let (shares, besides) = try files.shares(of: intents, situation)
    let elsewhere = files.connectionsElsewhere(situation)
    for (index, backend) in files.backends.enumerated() {
      var situation = situation
      situation.connectionsElsewhere = elsewhere[index]
      situation.unread = Set(besides.filter { $0.unread == index }.map(\.intent.interface.description))
      proposal += try backend.proposal(situation, shares[index], underlay)
    }
    proposal.findings += besides.map(\.finding) + (try files.unreachableRoutes(of: intents, situation))
    proposal.findings += try files.unreadServers(shares, situation) + files.lostServers(shares, situation)
    proposal.findings += files.doubles(of: intents)
    proposal +=
      try files.unread(shares) + files.overtaken(shares) + files.leftAlone(shares, situation)
    proposal.claims += files.originalsTies(situation) + files.othersNearEnds(situation)
    proposal.claims += try files.outranked(shares, situation) + files.secondReaders(shares, situation)
    proposal.claims +=
      try files.othersAddresses(besides: intents, situation) + files.aliasesOfOthers(intents, situation)
    return try proposal + HookScripts(situation, files).proposal(intents)
      + OtherNetworkFiles(situation).proposal(intents) + DHCPCDAddresses(situation).proposal(intents)
  }

  /// An address on a port counts for nothing, and the bridge would keep the original's.
  private func refuse(_ ports: [Port], _ intents: [InterfaceIntent], _ situation: Situation) throws {
    let problems = intents.compactMap { intent -> String? in
      guard let port = ports.top(of: intent.interface.description) else { return nil }
      let (network, master) = (intent.network.name, port.master.shown)
      return "\(port.place): \(intent.interface) is a port of \(master), which has the addresses"
        + " (say interfaces = { \(network) = \"\(master)\" } under [nodes.\(situation.node.name)],"
        + " or interface = \"\(master)\" under [networks.\(network)])"
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }
}

extension InterfaceFiles {
  /// Interfaces that no network of the site is on and that have an address of the node's all the same, as after the site has named
  /// another card: whichever of the two comes up first has it.
  fileprivate func doubles(of intents: [InterfaceIntent]) -> [Finding] {
    backends.flatMap { backend in
      backend.addressed.map { (backend: backend, interface: $0.interface, address: $0.address) }
    }.compactMap { backend, interface, address in
      guard let intent = intents.first(where: { $0.addresses.contains(address) }),
        let name = try? InterfaceName(interface), !intents.contains(where: { $0.interface == name }),
        !intents.contains(where: { backend.isSame(name, as: $0.interface, mac: $0.mac) })
      else { return nil }
      let others = backend.files(of: name, mac: nil)
      guard !others.isEmpty else { return nil }
      let places = others.map(\.description).joined(separator: ", ")
      return Finding(
        .warning,
        "\(places): \(name) has \(address) too, which the site gives \(intent.interface) on \(intent.network.name); it is left as it is",
        advice: "take it out there, or, where the interface is gone, remove its configuration")
    }
  }
}
