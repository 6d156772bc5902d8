internal import Documents
internal import Site

/// A setting of a copy by which the network takes it for the original, and that nothing took out: it is only told, for what it shall be
/// somebody else has to say.
enum SharedIdentity {
  /// Gives a card another MAC address.
  case address
  /// Finds the card by its MAC address.
  case card
  /// By which a DHCP server knows its client (RFC 2131 section 4.2, RFC 8415 section 11).
  case client
  /// What a DHCP client calls the machine.
  case name
  /// Has MAC addresses in words that only its reader understands: the device's own, or the one that LACP tells a switch (802.1AX,
  /// `ad_actor_system` of the kernel's bonding.rst).
  case words
  /// The lower half of an address that a router's announcement makes.
  case token

  /// What they are called by nm-settings-keyfile(5), sysconfig.txt and nm-settings-ifcfg-rh(5), interfaces(5), ifcfg(5) and
  /// ifcfg-dhcp(5) of wicked, systemd.network(5), systemd.netdev(5), and netplan's reference.
  private static let kinds: [String: SharedIdentity] = [
    "cloned-mac-address": .address, "MACADDR": .address, "hwaddress": .address, "bridge_hw": .address,
    "bridge-hw": .address, "hwaddr": .address,
    "LLADDR": .address, "BRIDGE_MACADDR": .address,
    "Link.MACAddress": .address, "NetDev.MACAddress": .address, "Peer.MACAddress": .address,
    "SR-IOV.MACAddress": .address, "macaddress": .address, "bridge.mac-address": .address,
    "mac-address": .card, "HWADDR": .card, "Match.MACAddress": .card, "Match.PermanentMACAddress": .card,
    "match.macaddress": .card,
    "dhcp-client-id": .client, "dhcp-duid": .client, "DHCP_CLIENT_ID": .client, "DHCPV6_DUID": .client,
    "client": .client, "DHCLIENT_CLIENT_ID": .client, "DHCLIENT6_CLIENT_ID": .client, "DUIDRawData": .client,
    "ClientIdentifier": .client,
    "dhcp-hostname": .name, "dhcp-fqdn": .name, "DHCP_HOSTNAME": .name, "DHCP_FQDN": .name, "DHCPV6_HOSTNAME": .name,
    "hostname": .name, "DHCLIENT_HOSTNAME_OPTION": .name, "DHCLIENT6_HOSTNAME_OPTION": .name, "DHCP.Hostname": .name,
    "DHCPv4.Hostname": .name, "DHCPv6.Hostname": .name, "dhcp4-overrides.hostname": .name,
    "dhcp6-overrides.hostname": .name,
    "team.config": .words, "team-port.config": .words, "ad_actor_system": .words, "AdActorSystem": .words,
    "BONDING_MODULE_OPTS": .words,
    "token": .token, "IPV6_TOKEN": .token, "IPv6Token": .token, "Token": .token, "ipv6-address-token": .token,
  ]
  /// What each machine works out for itself.
  private static let derived: Set = [
    "mac", "perm-mac", "duid", "duid-only", "ipv6-duid", "stable", "default", "none", "ll", "llt", "uuid", "stable-ll",
    "stable-llt", "stable-uuid", "lease", "eui64", "prefixstable",
  ]

  /// - Parameter key: with the section before a dot where that matters: `Match.MACAddress`.
  static func finding(_ key: String, _ value: String, at place: String, _ situation: Situation) -> Finding? {
    guard situation.provenance.isCopy, let kind = kind(of: key) else { return nil }
    let name = bare(key)
    switch kind {
    case .address, .card:
      let macs = value.split(whereSeparator: \.isWhitespace).compactMap { try? MACAddress(String($0)) }
        .filter { mac in !situation.node.macs.contains { $0.value == mac } }
      guard let mac = macs.first else { return nil }
      return kind == .address
        ? Finding(
          .warning,
          "\(place): \(name) gives a card \(mac), which the original's has too: two machines share one MAC address",
          advice: "take it out, or write one of this node's own")
        : Finding(
          .warning,
          "\(place): \(name) is for the card \(mac), which the original has: on another nothing comes up by it",
          advice: "write the address of this node's card, or the interface's name in its place")
    case .client:
      guard !isDerived(value) else { return nil }
      return Finding(
        .warning, "\(place): \(name) gives every copy one DHCP client identifier: a server gives them one address",
        advice: "take it out, or write one of this node's own")
    case .words:
      let card = ForeignCards(situation).foreign(in: Array(value.utf8)[...]).first.flatMap(ForeignCards.address)
      return card.map { finding(ofCard: $0, in: name, at: place) }
    case .name: return finding(ofName: value, at: place, situation)
    case .token:
      guard !isDerived(value) else { return nil }
      return Finding(
        .warning,
        "\(place): \(name) makes every copy's IPv6 address end in \(value.shown): two on one network have one address",
        advice: "take it out, or write one of this node's own")
    }
  }

  /// A name of the original's that a DHCP client gives to servers, which may hand it on to name servers.
  static func finding(ofName name: String, at place: String, _ situation: Situation) -> Finding? {
    let short = NodeNames.short(name.trimmingBlanks).lowercased()
    guard situation.provenance.formerNames.contains(where: { NodeNames.short($0).lowercased() == short }) else {
      return nil
    }
    return Finding(
      .warning, "\(place) tells DHCP servers the original's name \(name.shown)", advice: "write this node's")
  }

  /// A MAC address in words that only their reader understands.
  static func finding(ofCard mac: MACAddress, in what: String, at place: String) -> Finding {
    Finding(
      .warning, "\(place): \(what) has the MAC address \(mac) in it, which the original has too; it is left as it is",
      advice: "where it gives a card that address, two machines share it: take it out, or write one of this node's own")
  }

  /// Whether a key is any of these, which most are not.
  static func isKnown(_ key: String) -> Bool { kind(of: key) != nil }

  static func kind(of key: String) -> SharedIdentity? { kinds[key] ?? kinds[bare(key)] }

  private static func bare(_ key: String) -> String {
    key.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(key[key.utf8.index(after: $0)...]) } ?? key
  }

  private static func isDerived(_ value: String) -> Bool {
    let first = String(value.lowercased().prefix { !":,".contains($0) }).trimmingBlanks
    return derived.contains(first) || value.contains("$")
  }
}
