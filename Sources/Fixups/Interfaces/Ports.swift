internal import Documents
internal import Site
internal import Tree

/// An interface that is part of a bridge, a bond or a team: the addresses are its master's.
struct Port {
  let interface: String
  /// The bridge, bond or team.
  let master: String
  /// File and line that say so.
  let place: String
  /// Whether its reader gives it addresses of its own all the same, where somebody left them.
  var keepsAddresses = true
  /// Whether the master is a port of Open vSwitch's in NetworkManager's words, by its name or its UUID.
  var isBehindSwitchPort = false

  /// The same port of another master.
  func of(_ master: String) -> Port {
    Port(interface: interface, master: master, place: place, keepsAddresses: keepsAddresses)
  }
}

extension [Port] {
  /// What an interface is a port of in the end: of the bridge, where it is in a bond that is in a bridge.
  func top(of interface: String) -> Port? {
    guard var port = first(where: { $0.interface == interface }) else { return nil }
    for _ in indices {
      guard let next = first(where: { $0.interface == port.master }), next.master != interface else { break }
      port = port.of(next.master)
    }
    return port
  }
}

extension IfcfgFiles {
  var ports: [Port] {
    all.filter(\.isCurrent).flatMap { file -> [Port] in
      // An internal port of Open vSwitch is where the node's address belongs.
      let type = file.value("TYPE") ?? ""
      let isSwitched =
        (type.hasPrefix("OVS") || file.value("DEVICETYPE") == "ovs")
        && !["OVSIntPort", "OVSBridge", "OVSUserBridge", "OVSDHCPBridge"].contains(type)
      let keys = ["BRIDGE", "MASTER", "TEAM_MASTER", "BRIDGE_UUID", "MASTER_UUID", "TEAM_MASTER_UUID"]
      let managers = ["OVS_PORT_UUID", "OVS_PORT"]
      let key = (keys + managers + (isSwitched ? ["OVS_BRIDGE"] : [])).first { file.value($0) != nil }
      let own = key.map { key in
        // ifup-eth puts a port into its bridge, bond or team and ends there, but ifup-ovs calls it first; NetworkManager's ports have
        // no addresses (nms-ifcfg-rh-reader.c).
        Port(
          interface: file.device, master: device(named: file.value(key) ?? ""), place: file.place(of: key),
          keepsAddresses: key == "OVS_BRIDGE", isBehindSwitchPort: managers.contains(key))
      }
      let bonded = (file.value("BOND_IFACES") ?? "").split(separator: " ").map {
        Port(interface: String($0), master: file.device, place: file.place(of: "BOND_IFACES"), keepsAddresses: false)
      }
      return (own.map { [$0] } ?? []) + bonded
    }
  }

  /// By its name, or by the UUID of its file, as NetworkManager writes it; the UUID of another kind of file stays.
  func device(named text: String) -> String {
    all.first { $0.isCurrent && $0.value("UUID")?.lowercased() == text.lowercased() }?.device ?? text
  }
}

extension IfupdownFiles {
  var ports: [Port] {
    let stanzas = all.flatMap { file in file.document.stanzas.map { (path: file.snapshot.path, stanza: $0) } }
    let internalPorts = Set(
      stanzas.filter { $0.stanza.values("ovs_type").contains("OVSIntPort") }.map(\.stanza.interface))
    return stanzas.flatMap { path, stanza in
      stanza.options.flatMap { option -> [Port] in
        let place = "\(path):\(option.lines.lowerBound + 1)"
        let words = option.value.split { $0 == " " || $0 == "\t" }.map(String.init)
        switch option.name {
        case "bond-master", "bond_master":
          return words.map { Port(interface: stanza.interface, master: $0, place: place) }
        case "ovs_bridge" where !internalPorts.contains(stanza.interface):
          return words.map { Port(interface: stanza.interface, master: $0, place: place) }
        case "bridge_ports", "bridge-ports", "bond-slaves", "bond_slaves", "slaves", "ovs_ports", "ovs_bonds":
          return words.filter { $0 != "none" && !internalPorts.contains($0) }
            .map { Port(interface: $0, master: stanza.interface, place: place) }
        default: return []
        }
      }
    }
  }
}
