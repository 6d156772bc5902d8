internal import Documents
internal import Site

/// netplan's `match`: which cards a definition is for (netplan's reference, "Properties for physical device types").
extension NetplanDefinition {
  /// Whether it takes a card for what it matches, and not for its name: all that is said has to hold, and nothing said is any card. Which
  /// driver a card has, and which address one has that the site says none of, only the machine can tell; then it is taken not to hold.
  func takes(_ name: String, mac: MACAddress?) -> Bool {
    guard type == "ethernets", last(["set-name"]) == nil, parts.contains(where: { $0.node["match"] != nil }) else {
      return false
    }
    if let pattern = last(["match", "name"]), !NetworkdUnit.glob(pattern, name) { return false }
    if last(["match", "macaddress"]) != nil, card == nil || card != mac { return false }
    let drivers = texts(["match", "driver"]) + items(["match", "driver"]).map(\.text)
    return drivers.isEmpty || drivers.contains("*")
  }
}

extension InterfaceFiles {
  /// The definition by which netplan has its renderer take an interface that is another's.
  func generalDefinition(
    for intent: InterfaceIntent, besides found: [Int]
  ) throws -> (netplan: NetplanFiles, definition: NetplanDefinition)? {
    guard !found.contains(where: { [.networkd, .netplan].contains(backends[$0].kind) }),
      let netplan = backends.lazy.compactMap({ $0 as? NetplanFiles }).first,
      let definition = netplan.definitions.first(where: { $0.takes(intent.interface.description, mac: intent.mac) }),
      let own = found.first, try isTaken(by: netplan, definition, from: backends[own])
    else { return nil }
    return (netplan, definition)
  }

  private func isTaken(
    by netplan: NetplanFiles, _ definition: NetplanDefinition, from own: any NetworkBackend
  ) throws -> Bool {
    let isManager = netplan.renderer(of: definition) == "NetworkManager"
    // What has a stanza it leaves to ifupdown.
    if isManager, own is IfupdownFiles, try NetworkManagerPlugins.leavesToIfupdown(in: services.tree) { return false }
    return try services.mask(of: isManager ? "NetworkManager.service" : "systemd-networkd.service") == nil
  }
}
