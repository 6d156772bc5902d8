internal import Documents
internal import Site
internal import Tree

/// By what a definition knows its card, and NetworkManager the connection that netplan makes of it.
extension NetplanEdit {
  /// `match.macaddress` ties the definition to a card, `macaddress` gives the card another address.
  mutating func convergeCard(_ definition: NetplanDefinition, _ mac: MACAddress?, of interface: InterfaceName) throws {
    try convergePassthrough(definition) { connection in
      connection.convergeCard(mac)
      connection.freeDevice()
    }
    for part in definition.parts {
      if let said = part.node[["match", "macaddress"]]?.text {
        if let mac {
          if (try? MACAddress(said)) != mac {
            try set(
              definition, part.file, ["match", "macaddress"], to: mac.description,
              because: "macaddress of match said another card than the site")
          }
        } else if situation.isOriginals(try? MACAddress(said)) {
          let reason = "macaddress of match is the original's card: the definition would match no other"
          let path = definition.path + ["match"]
          let isNamed = part.node[["match", "name"]] != nil
          try change(part.file, because: reason) { document throws(EditError) in
            if !isNamed { try document.set(path + ["name"], to: .scalar(interface.description)) }
            try document.remove(path + ["macaddress"])
          }
        }
      }
      guard let said = part.node["macaddress"]?.text else { continue }
      let card = try? MACAddress(said)
      guard situation.isOriginals(card) || mac.map({ card != $0 }) ?? false else { continue }
      let reason = "macaddress is the original's: two machines would share one MAC address"
      try change(part.file, because: reason) { document throws(EditError) in
        try document.remove(definition.path + ["macaddress"])
      }
    }
  }

  /// `other-config: hwaddr:` gives a bridge of Open vSwitch's an address (ovs-vswitchd.conf.db(5), Bridge table): that of the one card below
  /// where the site says it, and else none. What cannot be taken out without the bridge's ceasing to be one is told.
  mutating func convergeSwitchedCard(_ definition: NetplanDefinition, _ bottom: MACAddress?) throws {
    let keys = ["openvswitch", "other-config"]
    for part in definition.parts {
      guard let table = part.node[keys], let said = table["hwaddr"]?.text.flatMap({ try? MACAddress($0) }),
        situation.isOriginals(said), said != bottom
      else { continue }
      let reason = "hwaddr of openvswitch is the original's: two machines would share one MAC address"
      let path = keys + ["hwaddr"]
      if let bottom {
        try set(definition, part.file, path, to: bottom.description, because: reason)
      } else if table.pairs.count > 1 || part.node["openvswitch"]?.pairs.count ?? 0 > 1 {
        try change(part.file, because: reason) { document throws(EditError) in
          try document.remove(definition.path + path)
        }
      }
    }
  }

  /// `networkmanager: uuid:` becomes the UUID of the connection (nm.c, `write_nm_conf`), which in a copy has to differ as a keyfile's.
  /// The definitions of NetworkManager's own writing have it in their names too, where it is a word like any other.
  mutating func renewIdentities() throws {
    var renewed = RenewedUUIDs()
    for definition in files.definitions {
      for part in definition.parts where files.all[part.file].snapshot.path.description.hasPrefix("/etc/") {
        let networks = (part.node["access-points"]?.pairs ?? []).map { ["access-points", $0.key] }
        for path in [[]] + networks {
          let key = path + ["networkmanager", "uuid"]
          guard let said = documents[part.file].root[definition.path + key]?.text, situation.isOriginals(said) else {
            continue
          }
          try set(
            definition, part.file, key, to: try renewed.renew(said, from: situation.fresh),
            because: "uuid of networkmanager was the original's, and a connection's own has to differ")
        }
      }
    }
    for definition in files.definitions { try convergePassthrough(definition) { $0.follow(renewed) } }
  }
}
