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
    let files = try InterfaceFiles(situation.platform, situation.tree, situation.configurations)
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
    try files.refuseTied(intents, underlay, situation)
    let (shares, fights) = files.shares(of: intents)
    for (backend, own) in zip(files.backends, shares) {
      proposal = proposal + (try backend.proposal(situation, own, underlay))
    }
    proposal.findings += fights + (try files.unreachableRoutes(of: intents, situation))
    proposal.findings += try files.unreadServers(shares, situation)
    return try proposal + OtherNetworkFiles(situation).proposal() + DHCPCDAddresses(situation).proposal(intents)
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
