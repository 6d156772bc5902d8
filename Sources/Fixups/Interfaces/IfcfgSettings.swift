internal import Documents
internal import Site

/// The rest of an ifcfg file: how it is brought up, and what ties it to one machine.
extension IfcfgEdit {
  mutating func convergeSettings(_ intent: InterfaceIntent) throws {
    let node = situation.node.name
    try set("DEVICE", to: intent.interface.description)
    if file.asksForAddresses {
      let because = "OVSBOOTPROTO said \(value("OVSBOOTPROTO")?.shown ?? ""), and the site gives \(node) its address"
      try set("OVSBOOTPROTO", to: "none", because: because)
    }
    if !file.hasStaticProtocol {
      try set("BOOTPROTO", to: "none", because: "\(said("BOOTPROTO")), and the site gives \(node) its address")
    }
    if !file.startsAtBoot {
      try set("ONBOOT", to: "yes", because: "\(said("ONBOOT")), and \(node) needs \(intent.network.name) to come up")
    }
    if let mtu = intent.network.mtu { try set("MTU", to: String(mtu)) }
    guard !intent.dns.isEmpty else { return }
    for (number, server) in intent.dns.enumerated() { try set("DNS\(number + 1)", to: server) }
    for key in numbered("DNS") where Int(key.dropFirst(3)).map({ $0 > intent.dns.count }) ?? false {
      try drop(key, because: "\(key) said \(value(key)?.shown ?? "something"), and the site names other servers")
    }
  }

  /// - Parameter mac: the card's, where the site says it.
  mutating func convergeIdentity(mac: MACAddress?, _ renewed: inout RenewedUUIDs) throws {
    if situation.isOriginals(value("UUID")), isSet("UUID") {
      try set(
        "UUID", to: try renewed.renew(file.value("UUID") ?? "", from: situation.fresh),
        because: "UUID was the original's, as a connection's own it has to differ")
    }
    try convergeCard(mac)
    try convergeNames()
    if let client = value("DHCP_CLIENT_ID"), situation.provenance.isCopy || isOthers(client) {
      try drop("DHCP_CLIENT_ID", because: "by DHCP_CLIENT_ID a DHCP server takes this machine for the original")
    }
  }

  /// Where the file names another connection by its UUID.
  mutating func follow(_ renewed: RenewedUUIDs) throws {
    for key in IfcfgFile.references {
      guard let said = value(key) else { continue }
      let new = renewed.following(said)
      guard new != said else { continue }
      try set(key, to: new, because: "\(key) follows the UUID of the connection that it names")
    }
  }

  /// What a DHCP client calls the machine.
  mutating func convergeNames() throws {
    for key in ["DHCP_HOSTNAME", "DHCP_FQDN"] {
      if let name = value(key), isOthers(name) { try set(key, to: situation.names.like(name)) }
    }
  }

  /// `HWADDR` ties the file to a card, `MACADDR` gives the card another address: both are the original's in a copy. The
  /// site's card goes into `HWADDR` alone, for the two don't go together (sysconfig.txt of initscripts).
  private mutating func convergeCard(_ mac: MACAddress?) throws {
    let override = "MACADDR is the original's: two machines would share one MAC address"
    try convergeCommands(mac)
    if let mac, !file.isMade {
      if card("HWADDR") != mac { try set("HWADDR", to: mac.description) }
      if let said = value("MACADDR"), situation.provenance.isCopy || (try? MACAddress(said)) != mac {
        try drop("MACADDR", because: override)
      }
    } else {
      if situation.isOriginals(card("HWADDR")) {
        try drop("HWADDR", because: "HWADDR is the original's card: with another one the interface would not come up")
      }
      if situation.isOriginals(card("MACADDR")) { try drop("MACADDR", because: override) }
    }
  }

  private func card(_ key: String) -> MACAddress? { value(key).flatMap { try? MACAddress($0) } }

  /// `OVS_EXTRA="set bridge br-ex other-config:hwaddr=…"` and its like give a bridge a card's address, too (ovs-vswitchd.conf.db(5)).
  private mutating func convergeCommands(_ mac: MACAddress?) throws {
    guard situation.provenance.isCopy || !situation.provenance.pastTies.isEmpty else { return }
    let own = ["HWADDR", "MACADDR"].compactMap(card)
    for key in shell.keys where !["HWADDR", "MACADDR"].contains(key) {
      guard let text = value(key), text.utf8.count >= 17, text.utf8.contains(UInt8(ascii: ":")) else { continue }
      let words = text.split { !$0.isHexDigit && $0 != ":" }.map(String.init)
      for word in words where word.utf8.count == 17 {
        guard let said = try? MACAddress(word), said != mac, situation.isOriginals(said) else { continue }
        guard let mac, own.contains(said) || own.isEmpty else {
          leave(key, said)
          continue
        }
        let new = (value(key) ?? text).replacing(word, with: mac.description)
        try set(key, to: new, because: "\(key) has \(said) in it, which the original has too")
      }
    }
  }

  /// The same of an interface that the site does not name: told, and left.
  func cardsInCommands() throws -> [Finding] {
    var edit = self
    edit.left = []
    if file.isCurrent { try edit.convergeCommands(nil) }
    return edit.left
  }

  private func said(_ key: String) -> String {
    value(key).map { "\(key) said \($0.shown)" } ?? "what \(key) says only a shell can tell"
  }

  private func isOthers(_ name: String) -> Bool {
    !situation.names.contains(name)
      && (situation.provenance.formerNames.contains(name) || situation.site.node(called: name) != nil)
  }
}
