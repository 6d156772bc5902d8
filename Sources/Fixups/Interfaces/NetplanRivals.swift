internal import Site
internal import Tree

extension InterfaceFiles {
  /// Of the files for one interface systemd-networkd takes the first by name, and netplan's are called 10-netplan-…; of one name that
  /// of the first directory, and netplan's are below /run (systemd.network(5)).
  func overtaken(_ shares: [[InterfaceIntent]]) -> Proposal {
    guard let networkd = backends.lazy.compactMap({ $0 as? NetworkdFiles }).first else { return Proposal() }
    return zip(backends, shares).reduce(into: Proposal()) { proposal, share in
      guard let netplan = share.0 as? NetplanFiles else { return }
      for intent in share.1 {
        let definition = netplan.definition(of: intent.interface, mac: intent.mac)
        if let definition, netplan.renderer(of: definition) != "networkd" { continue }
        let usual = NetplanDropIns.file(of: definition?.id ?? netplan.freeID(for: intent.interface))
        if let mask = networkd.masks[usual] {
          proposal.findings.append(
            Finding(
              .warning, "\(mask) hides the file that netplan makes for \(intent.interface): it gets no address",
              advice: "remove it"))
          proposal.claims.append(Claim("the file of \(intent.interface)", expected: "netplan's", seen: "\(mask)"))
          continue
        }
        let kind = definition.flatMap { ["bridges": "bridge", "bonds": "bond", "vlans": "vlan"][$0.type] }
        // One of that name takes the place of netplan's whatever it matches.
        let namesake = networkd.names[usual].flatMap { NetworkdFiles.isGenerated($0) ? nil : $0 }
        let first = networkd.first(for: intent.interface, mac: intent.mac, kind: kind).flatMap { unit in
          NetworkdFiles.isGenerated(unit.path) || unit.name > usual ? nil : unit.path
        }
        guard let other = namesake ?? first else { continue }
        proposal.claims.append(Claim("the file of \(intent.interface)", expected: "netplan's", seen: "\(other)"))
      }
    }
  }
}
