internal import Documents
internal import Site
internal import Tree

/// A connection of NetworkManager while it is edited, and why each edit is made.
struct KeyfileEdit {
  let situation: Situation
  let original: KeyfileConnection
  private(set) var connection: KeyfileConnection
  private(set) var reasons: [String] = []
  /// That no rule has an address of the original.
  var claims: [Claim] = []
  /// Whether it goes over settings that are said elsewhere (``NetplanPassthrough``): there an address counts by the number in its key.
  var isOver = false
  /// Whether the interface that it is for, or may take, has another of its own.
  var isSecond = false

  init(_ connection: KeyfileConnection, _ situation: Situation) {
    self.situation = situation
    self.connection = connection
    original = connection
  }

  var path: TreePath { original.snapshot.path }

  mutating func set(_ section: String, _ key: String, to value: String, because reason: String? = nil) {
    let said = connection.document.value(section, key)
    guard said != value else { return }
    connection.document.set(section, key, to: value)
    note(reason ?? situation.reason("\(section).\(key)", said: said, wanted: value))
  }

  private mutating func drop(_ section: String, _ key: String, because reason: String) {
    guard connection.document.value(section, key) != nil else { return }
    connection.document.remove(section, key)
    note(reason)
  }

  mutating func converge(_ intent: InterfaceIntent, _ family: IPAddress.Family) {
    let section = KeyfileConnection.section(family)
    let wanted = intent.addresses(family)
    guard !wanted.isEmpty else {
      giveUp(intent, family)
      return convergeRoutes(intent, family)
    }
    let gateway = intent.gateway(family)?.description
    // One that is no default route, as the site has it, is no business of ours.
    let isIdle = gateway == nil && connection.isNeverDefault(family)
    let keys = connection.addressKeys(family)
    func key(ofNumber index: Int) -> String? {
      if isOver { return keys.first { (Int($0.drop { !$0.isNumber }) ?? 1) == index + 1 } }
      return index < keys.count ? keys[index] : freeKey(section, "address")
    }
    var kept: Set<String> = []
    // A gateway behind the address stays there, where the file has it so.
    let isInline = keys.contains { KeyfileConnection.parts(connection.value(section, $0) ?? "").gateway != nil }
    for (index, address) in wanted.enumerated() {
      guard let key = key(ofNumber: index) else { continue }
      kept.insert(key)
      let said = connection.value(section, key)
      let idle = isIdle ? said.flatMap { KeyfileConnection.parts($0).gateway } : nil
      let router = idle ?? (index == 0 && isInline ? gateway : nil)
      let inline = router.map { ",\($0)" } ?? ""
      if let said, isSame(said, address, intent, gateway: router) { continue }
      let now = said.map { KeyfileConnection.parts($0).address.prefix { $0 != "/" } }.map(String.init)
      set(
        section, key, to: intent.withPrefix(address) + inline,
        because: situation.reason(
          "\(section).\(key)", said: now == address.description ? said : now, wanted: intent.withPrefix(address)))
    }
    for key in keys where !kept.contains(key) {
      let said = connection.value(section, key)?.shown ?? "something"
      drop(section, key, because: "\(key) said \(said): the site gives \(situation.node.name) no such address")
    }
    if gateway != nil, connection.isNeverDefault(family) {
      drop(section, "never-default", because: "\(section).never-default passed over the gateway that the site has")
    }
    let isRouted = convergeDefaultRoutes(
      gateway, family, isSaid: isInline || connection.value(section, "gateway") != nil)
    if isInline || gateway == nil {
      if !isIdle { drop(section, "gateway", because: "gateway said something else than the site") }
    } else if let gateway, !isRouted {
      set(section, "gateway", to: gateway)
    }
    let method = connection.value(section, "method")
    if method != "manual" {
      set(
        section, "method", to: "manual",
        because:
          "\(section).method said \(method?.shown ?? "nothing"), and the site gives \(situation.node.name) its address")
    }
    convergeRoutes(intent, family)
    guard !intent.network.dns.isEmpty else { return }
    let servers = intent.network.dns.filter { $0.family == family }.map(\.description)
    if servers.isEmpty {
      drop(section, "dns", because: "the site names other name servers")
    } else {
      setServers(servers, section)
    }
  }

  private mutating func setServers(_ servers: [String], _ section: String) {
    let there = (connection.value(section, "dns") ?? "").split { ";, ".contains($0) }.map(String.init)
    if there != servers { set(section, "dns", to: servers.map { "\($0);" }.joined()) }
  }

  /// The site's name servers of a family that the node has no address in: each stands in the section of its own, where the method takes
  /// any (nm-setting-ip-config.c and its kin, `verify`).
  ///
  /// - Returns: those that have no place.
  mutating func convergeOtherServers(_ intent: InterfaceIntent) -> [Finding] {
    var findings: [Finding] = []
    for family in [IPAddress.Family.v4, .v6] where intent.addresses(family).isEmpty {
      let section = KeyfileConnection.section(family)
      let servers = intent.network.dns.filter { $0.family == family }.map(\.description)
      guard !servers.isEmpty else { continue }
      let method = connection.value(section, "method") ?? "auto"
      if ["auto", "manual", "dhcp", "link-local"].contains(method) {
        setServers(servers, section)
        continue
      }
      let list = servers.joined(separator: " and ")
      findings.append(
        Finding(
          .warning,
          "\(path): the site's name server \(list) has no place beside method=\(method) of [\(section)], and is not asked",
          advice: "say method=link-local there, or another server in the site"))
    }
    return findings
  }

  /// A family that the site gives the node no address of here.
  private mutating func giveUp(_ intent: InterfaceIntent, _ family: IPAddress.Family) {
    let (section, isCopy) = (KeyfileConnection.section(family), situation.provenance.isCopy)
    let there = connection.addresses(family)
    let gone = there.filter { $0.address.map { intent.decides(on: $0) } ?? isCopy }
    let stale = "the site gives \(situation.node.name) no such address on \(intent.network.name)"
    for (key, address) in gone {
      let said = isCopy ? "was the original's" : "said \(address?.description ?? "something")"
      drop(section, key, because: "\(key) \(said): \(stale)")
    }
    let isOurs: (IPAddress) -> Bool = { intent.decides(onRouter: $0, of: there.compactMap(\.address)) }
    let router = connection.value(section, "gateway").flatMap { try? IPAddress($0) }
    if router.map(isOurs) ?? isCopy { drop(section, "gateway", because: "gateway goes with the addresses: \(stale)") }
    _ = convergeDefaultRoutes(nil, family, isSaid: false, where: isOurs)
    guard connection.value(section, "method") == "manual", connection.addressKeys(family).isEmpty,
      isCopy || !gone.isEmpty
    else { return }
    let method = family == .v4 ? "disabled" : "ignore"
    set(section, "method", to: method, because: "without an address manual is refused")
    // Nor is the connection then taken with these (nm-setting-ip4-config.c and nm-setting-ip6-config.c, `verify`).
    for key in ["dns", "dns-search"] {
      let said = connection.value(section, key)?.shown ?? "nothing"
      drop(section, key, because: "\(key) said \(said), and NetworkManager takes none beside method=\(method)")
    }
  }

  /// A default route may be said as a route. One stays, with the site's router, where nothing else says it.
  ///
  /// - Returns: Whether one says it.
  private mutating func convergeDefaultRoutes(
    _ gateway: String?, _ family: IPAddress.Family, isSaid: Bool, where isOurs: (IPAddress) -> Bool = { _ in true }
  ) -> Bool {
    let section = KeyfileConnection.section(family)
    var isRouted = false
    for route in connection.defaultRoutes(family) where isOurs(route.gateway) {
      guard let gateway, !isSaid, !isRouted else {
        let reason = "\(route.key) was a default route by \(route.gateway), and the site says \(gateway ?? "none")"
        drop(section, route.key, because: reason)
        drop(section, "\(route.key)_options", because: reason)
        continue
      }
      isRouted = true
      guard route.gateway.description != gateway else { continue }
      let everywhere = family == .v4 ? "0.0.0.0/0" : "::/0"
      set(section, route.key, to: "\(everywhere),\(gateway)" + (route.metric.map { ",\($0)" } ?? ""))
    }
    return isRouted
  }

  private mutating func convergeRoutes(_ intent: InterfaceIntent, _ family: IPAddress.Family) {
    guard let wanted = intent.routes(family) else { return }
    let section = KeyfileConnection.section(family)
    let pairing = RoutePairing(connection.routes(family), wanted: wanted)
    for key in pairing.plain.removed {
      let said = connection.value(section, key)?.shown ?? "something"
      drop(section, key, because: "\(key) said \(said), and the site has no such route")
    }
    for (key, route) in pairing.plain.replaced + pairing.redirected { set(section, key, to: route.keyfileText) }
    for route in pairing.plain.added { set(section, freeKey(section, "route"), to: route.keyfileText) }
  }

  private func freeKey(_ section: String, _ stem: String) -> String {
    var number = 1
    // Options of a route that is not there would be those of the new one.
    let isTaken: (String) -> Bool = { key in
      ["", "_options"].contains { connection.document.value(section, key + $0) != nil }
    }
    while isTaken("\(stem)\(number)") { number += 1 }
    return "\(stem)\(number)"
  }

  private func isSame(_ text: String, _ address: IPAddress, _ intent: InterfaceIntent, gateway: String?) -> Bool {
    let parts = KeyfileConnection.parts(text)
    var found = FoundInterface(name: "", files: [])
    found.add(address: parts.address, else: { $0 == .v4 ? 24 : 64 })
    return found.addresses.first?.address == address && found.addresses.first?.prefix == intent.prefix(address)
      && parts.gateway == gateway
  }

  mutating func convergeSettings(_ intent: InterfaceIntent) {
    let name = intent.interface.description
    // By its name from now on, and not by a card that a clone has not.
    if connection.value("connection", "interface-name") != name { set("connection", "interface-name", to: name) }
    convergeStart(intent)
    if let mtu = intent.network.mtu { set(connection.cardSection, "mtu", to: String(mtu)) }
  }

  /// It comes up at boot, for an interface of the node's.
  mutating func convergeStart(_ intent: InterfaceIntent) {
    if connection.waitsForUser {
      drop(
        "connection", "permissions",
        because:
          "permissions let it come up for users only, and \(situation.node.name) needs \(intent.network.name) at boot")
    }
    if connection.isOff {
      set(
        "connection", "autoconnect", to: "true",
        because: "autoconnect was off, and \(situation.node.name) needs \(intent.network.name) to come up")
    }
  }

  /// `routing-rule1=priority 5 from 192.168.10.20/32 table 7`, `route1_options=src=192.168.10.20`, and the near end of a tunnel.
  mutating func convergeRules() {
    for section in ["ipv4", "ipv6"] {
      for key in connection.document.keys(section)
      where key.hasPrefix("routing-rule") || key.hasPrefix("route") && key.hasSuffix("_options") {
        guard let value = connection.value(section, key) else { continue }
        let (bytes, said) = situation.renewing(Array(value.utf8))
        guard let first = said.first else { continue }
        set(section, key, to: String(decoding: bytes, as: UTF8.self), because: "\(key) said \(first)")
        claims.append(.staleAddress("rules and routes", in: path, first))
      }
    }
    for section in ["ip-tunnel", "vxlan"] {
      guard let value = connection.value(section, "local"),
        let (new, said) = situation.renewingNearEnd("local", value)
      else { continue }
      set(section, "local", to: new, because: "local of [\(section)] said \(said[0])")
    }
  }

  /// `mac-address` ties the connection to a card, `cloned-mac-address` gives the card another address.
  mutating func convergeCard(_ mac: MACAddress?) {
    let section = connection.cardSection
    // What is made has no card of its own, and one in its file would keep it from coming up.
    if let mac, !connection.isMade, !connection.isSwitch {
      if connection.card != mac { set(section, "mac-address", to: mac.description) }
    } else if situation.isOriginals(connection.card) {
      drop(section, "mac-address", because: "mac-address is the original's card: no other takes the connection")
    }
    guard let said = connection.address(section, "cloned-mac-address") else { return }
    if situation.isOriginals(said) || mac.map({ $0 != said }) ?? false {
      drop(
        section, "cloned-mac-address",
        because: "cloned-mac-address is the original's: two machines would share one MAC address")
    }
  }

  /// `other_config:hwaddr` gives a bridge of Open vSwitch's an address (ovs-vswitchd.conf.db(5), Bridge table): that of the one card below
  /// where the site says it, and else none.
  mutating func convergeSwitch(_ bottom: MACAddress?) {
    let (section, key) = ("ovs-other-config", "data.hwaddr")
    guard let said = connection.address(section, key), situation.isOriginals(said), said != bottom else { return }
    let reason = "hwaddr of [\(section)] is the original's: two machines would share one MAC address"
    if let bottom {
      set(section, key, to: bottom.description, because: reason)
    } else {
      drop(section, key, because: reason)
    }
  }

  /// A bridge that is made with an address of its own (nm-settings-nmcli(5), bridge.mac-address), or a bond, has the original's in a
  /// copy.
  mutating func freeDevice() {
    guard connection.isMade else { return }
    for (section, key) in [("bridge", "mac-address"), (connection.cardSection, "cloned-mac-address")] {
      guard let said = connection.address(section, key), situation.isOriginals(said) else { continue }
      drop(section, key, because: "\(key) of [\(section)] is the original's: two machines would share one MAC address")
    }
  }

  /// Where a connection names another by its UUID (nm-settings-keyfile(5)).
  mutating func follow(_ renewed: RenewedUUIDs) {
    for (section, key) in [
      ("connection", "master"), ("connection", "controller"), ("connection", "secondaries"), ("vlan", "parent"),
      ("macvlan", "parent"), ("ip-tunnel", "parent"), ("vxlan", "parent"), ("infiniband", "parent"),
      ("macsec", "parent"), ("ipvlan", "parent"), ("6lowpan", "parent"),
    ] {
      guard let said = connection.value(section, key) else { continue }
      set(
        section, key, to: renewed.following(said, isOfDevices: key != "secondaries"),
        because: "\(key) follows the UUID of the connection that it names")
    }
  }

  var change: Change? {
    var attributes = original.snapshot.attributes
    if !reasons.isEmpty {
      attributes.mode = FileMode(attributes.mode.bits & ~0o077)
      if isForeign { attributes.owner = 0 }
    }
    return Change.edit(
      original.snapshot, to: connection.document.bytes, attributes: attributes, because: reasons,
      isSecret: connection.isSecret)
  }

  /// What still has an address of the original: routes, rules, another interface.
  var findings: [Finding] {
    let former = situation.formerTokens
    return connection.document.settings.flatMap { setting -> [Finding] in
      let place = connection.document.line(of: setting.section, setting.key).map { "\(path):\($0)" } ?? "\(path)"
      if setting.section == "ipv4" || setting.section == "ipv6", setting.key.hasPrefix("address") {
        let address = KeyfileConnection.parts(setting.value).address.prefix { $0 != "/" }
        guard let address = try? IPAddress(String(address)),
          let whose = situation.stray(address, on: connection.interface)
        else { return [] }
        return [
          Finding(
            .warning,
            "\(place) gives \(connection.interface?.shown ?? "a card") \(address), \(whose); it is left as it is",
            advice: isSecond
              ? "take it away, or correct it by hand"
              : "correct it by hand, or say in the site which network this interface is on")
        ]
      }
      if let shared = shared(setting, at: place) { return [shared] }
      return former.filter { $0.1.occurs(in: setting.value) }.map { address, _ in
        Finding(
          .warning,
          "\(place): \(setting.key) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
          advice: "correct it by hand")
      }
    }
  }

  /// Sections whose keys are anybody's own.
  private static let free: Set = ["user", "ovs-external-ids"]

  private func shared(_ setting: (section: String, key: String, value: String), at place: String) -> Finding? {
    guard !Self.free.contains(setting.section), !isIdle(setting.section, setting.key) else { return nil }
    let isCard = setting.key.hasSuffix("mac-address")
    let value = isCard ? KeyfileConnection.address(setting.value)?.description ?? setting.value : setting.value
    return SharedIdentity.finding("\(setting.section).\(setting.key)", value, at: place, situation)
  }

  /// What is for DHCP and routers' announcements, beside a method that asks neither (nm-settings-keyfile(5), `method`).
  private func isIdle(_ section: String, _ key: String) -> Bool {
    guard ["ipv4", "ipv6"].contains(section), key.hasPrefix("dhcp-") || key == "token",
      let method = connection.value(section, "method")
    else { return false }
    return ["manual", "disabled", "ignore", "link-local", "shared"].contains(method)
  }

  mutating func note(_ reason: String) { if !reasons.contains(reason) { reasons.append(reason) } }
}

extension Route {
  /// `10.0.0.0/8,192.168.10.1,100`
  fileprivate var keyfileText: String { "\(destination),\(gateway)" + (metric.map { ",\($0)" } ?? "") }
}
