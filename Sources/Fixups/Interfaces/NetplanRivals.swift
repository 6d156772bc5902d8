internal import Documents
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

/// What NetworkManager would rather take for an interface than its own definition: netplan makes a connection of each, and those for
/// whatever matches name no interface (nm.c, `write_nm_conf_access_point`).
extension NetplanFiles {
  /// Whether NetworkManager brings up the card of a definition; nil: of one that is still to be made.
  func isManagers(_ id: String?) -> Bool {
    let own =
      definitions.first { $0.id == id } ?? NetplanDefinition(type: "ethernets", id: id ?? "", parts: [])
    return own.type == "ethernets" && renderer(of: own) == "NetworkManager"
  }

  func general(for name: String, mac: MACAddress?, beside id: String? = nil) -> [(place: String, priority: Int)] {
    definitions.filter { other in
      other.id != id && other.type == "ethernets" && renderer(of: other) == "NetworkManager"
        && (other.matches(name) || other.isForDrivers) && (other.card == nil || other.card == mac)
        && settings(of: other)["autoconnect"] != "false"
    }.map { other in
      let place = other.parts.last.map { "\(all[$0.file].snapshot.path)" } ?? ""
      return ("\(other.id.shown) of \(place)", settings(of: other)["autoconnect-priority"].flatMap { Int($0) } ?? 0)
    }
  }

  /// What is handed on to `[connection]` of the keyfile.
  func settings(of definition: NetplanDefinition) -> [String: String] {
    definition.passthroughs(all.map(\.snapshot)).reduce(into: [:]) { found, passthrough in
      for key in passthrough.settings.connection.document.keys("connection") {
        found[key] = passthrough.settings.connection.document.value("connection", key)
      }
    }
  }
}

extension NetplanDefinition {
  /// Whether a `match` says neither name nor card.
  fileprivate var isForDrivers: Bool {
    parts.contains { $0.node["match"] != nil } && last(["match", "name"]) == nil
      && last(["match", "macaddress"]) == nil
  }
}

extension NetplanEdit {
  /// Goes before the rivals, where a priority does it.
  ///
  /// - Returns: what is to be said where none does.
  mutating func goBefore(_ rivals: [(place: String, priority: Int)], _ definition: NetplanDefinition) throws -> Proposal
  {
    let said = files.settings(of: definition)["autoconnect-priority"].flatMap { Int($0) } ?? 0
    let rivals = KeyfileRivals(rivals, against: said)
    if let remedy = rivals.remedy {
      let key = NetplanPassthrough.path + ["connection.autoconnect-priority"]
      let part = definition.parts.last { $0.node[key] != nil } ?? definition.parts[0]
      try set(definition, part.file, key, to: String(remedy.priority), because: remedy.reason)
    }
    return rivals.obstacle(of: definition.interface ?? definition.id, expected: definition.id)
  }
}
