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
    let files = try InterfaceFiles(situation.platform, situation.tree)
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
    switch files {
    case .ifcfg(let files):
      proposal = proposal + (try IfcfgBackend(situation, files, intents).proposal())
    case .ifupdown(let files):
      proposal = proposal + (try IfupdownBackend(situation, files).proposal(intents))
    }
    proposal.findings += try OtherNetworkFiles(situation).findings()
    return proposal
  }
}
