internal import Documents
internal import Site
internal import Tree

/// A VLAN as a tree makes it: an interface that is tagged traffic of another one.
struct VLANDevice: Hashable {
  let interface: String
  /// 1 to 4094.
  let id: Int
  let parent: String

  /// `ens33.101`, as every tool names one by itself.
  init?(named name: String, parent: String? = nil, id: Int? = nil) {
    let dot = name.lastIndex(of: ".")
    let said = dot.flatMap { Int(name[name.index(after: $0)...]) }
    // `vlan0101` names it after its number.
    let digits = name.hasPrefix("vlan") ? Int(name.dropFirst("vlan".count)) : nil
    guard let parent = parent ?? dot.map({ String(name[..<$0]) }), let id = id ?? said ?? digits else { return nil }
    (interface, self.id, self.parent) = (name, id, parent)
  }
}

extension InterfaceIntent {
  /// What an interface that no file has must be by its name, `ens33.101`; nil for a card's.
  var newVLAN: VLANDevice? {
    let device = interface.description.contains(".") ? VLANDevice(named: interface.description) : nil
    return device.flatMap { (1...4094).contains($0.id) && !$0.parent.isEmpty ? $0 : nil }
  }
}

extension IfcfgFiles {
  /// `VLAN=yes` (sysconfig.txt), or `TYPE=Vlan` as NetworkManager writes it.
  var vlans: [VLANDevice] {
    all.filter(\.isCurrent).compactMap { file in
      guard file.value("VLAN")?.lowercased() == "yes" || file.value("TYPE")?.lowercased() == "vlan" else { return nil }
      return VLANDevice(
        named: file.device, parent: file.value("PHYSDEV").map { self.device(named: $0) },
        id: file.value("VLAN_ID").flatMap { Int($0) })
    }
  }
}

extension IfupdownFiles {
  /// By its name, or with `vlan-raw-device` (vlan-interfaces(5)).
  var vlans: [VLANDevice] {
    all.flatMap(\.document.stanzas).compactMap { stanza in
      let parent = ["vlan-raw-device", "vlan_raw_device"].lazy.compactMap { stanza.values($0).first }.first
      return VLANDevice(
        named: stanza.interface, parent: parent, id: stanza.values("vlan-id").first.flatMap { Int($0) })
    }
  }
}

extension KeyfileFiles {
  /// A parent is named by its interface, or by the UUID of its connection.
  var vlans: [VLANDevice] {
    all.compactMap { connection in
      connection.interface.flatMap { name in
        Self.tag(connection, all).flatMap { VLANDevice(named: name, parent: $0.parent, id: $0.id) }
      }
    }
  }

  /// The parent and the number of one; nil for any other connection.
  static func tag(_ connection: KeyfileConnection, _ all: [KeyfileConnection]) -> (parent: String, id: Int?)? {
    guard connection.value("connection", "type") == "vlan", let parent = connection.value("vlan", "parent") else {
      return nil
    }
    let name = all.first { $0.uuid == parent.lowercased() }?.placeName ?? parent
    return (name, connection.value("vlan", "id").flatMap { Int($0) })
  }
}

extension NetworkdFiles {
  /// A *.netdev says its number, and the *.network of its parent that it is on it (systemd.netdev(5)).
  var vlans: [VLANDevice] {
    devices.filter { $0.value("NetDev", "Kind")?.lowercased() == "vlan" }.compactMap { device in
      guard let name = device.value("NetDev", "Name") else { return nil }
      let parent = all.first { $0.words("Network", "VLAN").contains(name) }?.placeName
      return parent.flatMap { VLANDevice(named: name, parent: $0, id: device.value("VLAN", "Id").flatMap { Int($0) }) }
    }
  }
}

extension NetplanFiles {
  var vlans: [VLANDevice] {
    definitions.filter { $0.type == "vlans" }.compactMap { definition in
      guard let link = definition.last(["link"]) else { return nil }
      let parent = definitions.first { $0.id == link }?.interface ?? link
      return VLANDevice(
        named: definition.interface ?? definition.id, parent: parent, id: definition.last(["id"]).flatMap { Int($0) })
    }
  }
}
