internal import Documents
internal import Site
internal import Tree

/// The rest of an ifcfg file: how it is brought up, and what ties it to one machine.
extension IfcfgEdit {
  /// The near end of a tunnel, and whom a rule of routing is for, whoever's interface it is.
  mutating func convergeNearEnds() throws {
    guard NearEnds.mayBe(in: shell.bytes) else { return }
    for key in shell.keys {
      guard let text = text(key), shell.isRewritable(key), let (new, said) = situation.renewingNearEnd(key, text) else {
        continue
      }
      try rewrite(key, to: new, because: "\(key) said \(said[0])")
      if NearEnds.isForSwitch(key) { claims += said.map { .staleAddress("options", in: path, $0) } }
    }
  }

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
    try convergeStart(intent)
    if let mtu = intent.network.mtu { try set("MTU", to: String(mtu)) }
    guard !intent.dns.isEmpty else { return }
    for (number, server) in intent.dns.enumerated() { try set("DNS\(number + 1)", to: server) }
    for key in numbered("DNS") where Int(key.dropFirst(3)).map({ $0 > intent.dns.count }) ?? false {
      try drop(key, because: "\(key) said \(value(key)?.shown ?? "something"), and the site names other servers")
    }
  }

  /// It comes up at boot, for an interface of the node's.
  mutating func convergeStart(_ intent: InterfaceIntent) throws {
    guard !file.startsAtBoot else { return }
    let node = situation.node.name
    try set("ONBOOT", to: "yes", because: "\(said("ONBOOT")), and \(node) needs \(intent.network.name) to come up")
  }

  /// - Parameters:
  ///   - mac: the card's, where the site says it.
  ///   - bottom: that of the one card that it is or stands on, where the site says it.
  ///   - namesakes: Files whose UUID is another's, too.
  mutating func convergeIdentity(
    mac: MACAddress?, bottom: MACAddress?, _ renewed: inout RenewedUUIDs, namesakes: [Namesake]
  ) throws {
    if situation.isOriginals(value("UUID")), isSet("UUID") {
      let isNamesake = namesakes.contains { $0.path == path }
      try set(
        "UUID",
        to: try isNamesake
          ? situation.fresh.uuid() : renewed.renew(file.value("UUID") ?? "", from: situation.fresh),
        because: "UUID was the original's, as a connection's own it has to differ")
    }
    try convergeCard(mac, bottom: bottom)
    try convergeNames()
    if let client = value("DHCP_CLIENT_ID"), situation.provenance.isCopy || isOthers(client) {
      try drop("DHCP_CLIENT_ID", because: "by DHCP_CLIENT_ID a DHCP server takes this machine for the original")
    }
  }

  /// Where the file names another connection by its UUID.
  mutating func follow(_ renewed: RenewedUUIDs) throws {
    for key in IfcfgFile.references {
      guard let said = value(key) else { continue }
      let new = renewed.following(said, isOfDevices: key != "SECONDARY_UUIDS")
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
  private mutating func convergeCard(_ mac: MACAddress?, bottom: MACAddress?) throws {
    let override = "MACADDR is the original's: two machines would share one MAC address"
    try convergeBridges(bottom)
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
    if let said = card("BRIDGE_MACADDR"), situation.isOriginals(said), said != bottom {
      try drop(
        "BRIDGE_MACADDR", because: "BRIDGE_MACADDR is the original's: two machines would share one MAC address")
    }
  }

  private func card(_ key: String) -> MACAddress? { value(key).flatMap { try? MACAddress($0) } }

  /// `OVS_EXTRA="set bridge br-ex other-config:hwaddr=…"` gives a bridge the address of its card; without it the bridge takes that by itself.
  private mutating func convergeBridges(_ bottom: MACAddress?) throws {
    for (key, word, said) in cardsInTexts {
      guard let text = text(key), SwitchCommands.give(word, in: text) else { continue }
      let reason = "\(key) has \(said) in it, which the original has too"
      if let bottom, shell.isRewritable(key) {
        try rewrite(key, to: text.replacing(word, with: Self.spelling(bottom, like: word)), because: reason)
      } else if bottom == nil, shell.isRewritable(key), let left = SwitchCommands.without(word, in: text) {
        if left.isEmpty { try drop(key, because: reason) } else { try rewrite(key, to: left, because: reason) }
      } else {
        claims.append(
          Claim("address of a bridge (\(file.place(of: key)))", expected: "its own", seen: "\(said)", holds: false))
      }
    }
  }

  /// The same of other texts, where it is the address of the file's own card.
  private mutating func convergeCommands(_ mac: MACAddress?) throws {
    let own = ["HWADDR", "MACADDR"].compactMap(card)
    for (key, word, said) in cardsInTexts {
      guard let text = text(key), let place = text.firstRange(of: word) else { continue }
      let use = CardUse(
        key, before: Array(text[..<place.lowerBound].utf8)[...], after: Array(text[place.upperBound...].utf8)[...])
      guard own.contains(said) || use != .anothers else { continue }
      guard let mac, own.contains(said) || own.isEmpty && use == .given, shell.isRewritable(key) else {
        leave(key, said)
        continue
      }
      try rewrite(
        key, to: text.replacing(word, with: Self.spelling(mac, like: word)),
        because: "\(key) has \(said) in it, which the original has too")
    }
  }

  /// MAC addresses of the original's in what is no MAC address itself.
  private var cardsInTexts: [(key: String, word: String, address: MACAddress)] {
    guard situation.provenance.isCopy || !situation.provenance.pastTies.isEmpty else { return [] }
    return shell.keys.filter { !Self.cards.contains($0) || value($0) == nil }.flatMap {
      key -> [(key: String, word: String, address: MACAddress)] in
      guard let text = text(key), text.utf8.count >= 17, text.utf8.contains(UInt8(ascii: ":")) else { return [] }
      return text.split { !$0.isHexDigit && $0 != ":" && $0 != "\\" }.compactMap { part in
        // One behind it is somebody else's.
        let word = String(part.utf8.last == Self.backslash ? part.dropLast() : part)
        let plain = word.utf8.contains(Self.backslash) ? word.replacing("\\", with: "") : word
        guard plain.utf8.count == 17, let said = try? MACAddress(plain), situation.isOriginals(said),
          !situation.node.macs.contains(where: { $0.value == said })
        else { return nil }
        return (key, word, said)
      }
    }
  }

  /// What is a MAC address itself: the card's, one that it is given, and a bridge's (nms-ifcfg-rh-writer.c, `write_bridge_setting`).
  private static let cards: Set = ["HWADDR", "MACADDR", "BRIDGE_MACADDR"]
  private static let backslash = UInt8(ascii: "\\")

  /// For ovs-vsctl(8) a colon in a value may stand behind a backslash: `mac=52\:54\:…`.
  private static func spelling(_ card: MACAddress, like word: String) -> String {
    let separator = word.utf8.first { $0 == backslash || $0 == UInt8(ascii: ":") } == backslash ? "\\:" : ":"
    return card.description.replacing(":", with: separator)
  }

  /// The same of an interface that the site does not name: told, and left.
  func cardsInCommands() throws -> [Finding] {
    var edit = self
    edit.left = []
    if file.isCurrent { try edit.convergeCommands(nil) }
    return edit.left
  }

  /// MAC addresses that interfaces of a copy are still given, of which nothing else is said: an assignment's that a later one appends to.
  ///
  /// - Parameter told: what is said of the file.
  func untoldCards(besides told: [Finding]) -> [Finding] {
    guard situation.provenance.isCopy else { return [] }
    let snapshot = file.snapshot
    let left = FileSnapshot(
      path: path, bytes: shell.bytes, attributes: snapshot.attributes, identity: snapshot.identity)
    return Set(ConfiguredCards.given(in: left)).sorted().filter { card in
      !situation.node.macs.contains { $0.value.description == card } && !told.contains { $0.text.contains(card) }
    }.map { card in
      let line = Lines(snapshot.bytes).firstIndex { ForeignCards.addresses(in: Array($0.content)).contains(card) }
      return Finding(
        .warning,
        "\(path)\(line.map { ":\($0 + 1)" } ?? "") has \(card) in it, which the original has too; it is left as it is",
        advice: "correct it by hand")
    }
  }

  private func said(_ key: String) -> String {
    value(key).map { "\(key) said \($0.shown)" } ?? "what \(key) says only a shell can tell"
  }

  private func isOthers(_ name: String) -> Bool {
    !situation.names.contains(name)
      && (situation.provenance.formerNames.contains(name) || situation.site.node(called: name) != nil)
  }
}
