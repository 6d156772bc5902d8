internal import Documents
internal import Site
internal import Tree

/// The addresses of an ifcfg file, in the spelling that the file has.
///
/// `IPADDR` and `IPADDR0` are two addresses, `PREFIX` goes before `NETMASK`, and each counts for the address of its own
/// number only (initscripts' `expand_config`; NetworkManager's `read_full_ip4_address`).
extension IfcfgEdit {
  mutating func convergeIPv4(_ intent: InterfaceIntent) throws {
    let wanted = intent.addresses(.v4)
    let stale = "the site gives \(situation.node.name) no such address on \(intent.network.name)"
    let ours = slots(for: wanted)
    for (slot, address) in zip(ours, wanted) {
      try set("IPADDR\(slot)", to: address.description)
    }
    for (slot, address) in zip(ours, wanted) {
      try setPrefix(intent.prefix(address), slot, like: ours.first ?? "")
    }
    // Where the site is silent about IPv4, they are no business of ours.
    let others = numbered("IPADDR").filter { key in
      let address = value(key).flatMap { try? IPAddress($0.trimmingBlanks) }
      return !(address.map { intent.decides(on: $0) } ?? intent.decides(on: .v4))
    }
    let slots = ours + others.map { String($0.dropFirst(6)) }
    let gone = numbered("IPADDR").filter { !slots.contains(String($0.dropFirst(6))) }
    for key in gone {
      try drop(key, because: "\(key) said \(value(key)?.shown ?? "something"): \(stale)")
    }
    guard others.isEmpty else {
      for slot in gone.map({ $0.dropFirst(6) }) {
        for key in ["PREFIX\(slot)", "NETMASK\(slot)"] {
          try drop(key, because: "\(key) belonged to an address that is not there")
        }
      }
      return
    }
    let prefix = wanted.first.map { intent.prefix($0) }
    // Without a number they may stay beside IPADDR0 where they are right.
    for key in numbered("PREFIX") where !slots.contains(String(key.dropFirst(6))) {
      if key == "PREFIX", value(key) == prefix?.description { continue }
      try drop(key, because: "\(key) belonged to an address that is not there")
    }
    for key in numbered("NETMASK") where !slots.contains(String(key.dropFirst(7))) {
      if key == "NETMASK", value(key) == prefix?.netmask { continue }
      try drop(key, because: "\(key) belonged to an address that is not there")
    }
    let subnet = wanted.first.flatMap { intent.network.subnet(for: $0) }
    for key in numbered("NETWORK") where value(key) != subnet?.address.description {
      try drop(key, because: "\(key) was worked out from another address")
    }
    for key in numbered("BROADCAST") where value(key) != subnet?.broadcast?.description {
      try drop(key, because: "\(key) was worked out from another address")
    }
    if let first = wanted.first, let source = value("SRCADDR"), source != first.description {
      try set("SRCADDR", to: first.description)
    }
  }

  /// The numbers that the addresses go by. The first is `IPADDR` or `IPADDR0`, whichever is right, or there.
  private func slots(for addresses: [IPAddress]) -> [String] {
    guard let first = addresses.first else { return [] }
    let there = ["", "0"].filter { isSet("IPADDR\($0)") }
    let base = there.first { value("IPADDR\($0)") == first.description } ?? there.first ?? ""
    return [base] + addresses.indices.dropFirst().map { String($0) }
  }

  private mutating func setPrefix(_ prefix: PrefixLength, _ slot: String, like first: String) throws {
    let (length, mask) = ("PREFIX\(slot)", "NETMASK\(slot)")
    if isSet(length) {
      try set(length, to: prefix.description)
      if value(mask) != prefix.netmask { try drop(mask, because: "\(mask) disagreed with \(length), which counts") }
    } else if isSet(mask) || slot != first && isSet("NETMASK\(first)") && !isSet("PREFIX\(first)") {
      try set(mask, to: prefix.netmask)
    } else {
      try set(length, to: prefix.description)
    }
  }

  /// What keeps a gateway from becoming the default route (ifup-eth, ifup-ipv6; nms-ifcfg-rh-reader.c).
  ///
  /// - Parameter shared: etc/sysconfig/network, which counts where the file says nothing.
  private mutating func clearWay(
    _ family: IPAddress.Family, _ intent: InterfaceIntent, shared: IfcfgFile? = nil
  ) throws {
    let keys = IfcfgFile.obstacles(family)
    let reason = "the site has a gateway on \(intent.network.name)"
    if file.refuses(keys.toggle) {
      try set(keys.toggle, to: "yes", because: "\(keys.toggle) said no, and \(reason)")
    } else if file.isUncertain(keys.toggle) {
      try set(keys.toggle, to: "yes", because: "what \(keys.toggle) says only a shell can tell, and \(reason)")
    } else if let shared, file.shell.value(keys.toggle) == nil, shared.refuses(keys.toggle) {
      try set(keys.toggle, to: "yes", because: "\(keys.toggle) is no in \(shared.snapshot.path), and \(reason)")
    }
    if let device = value(keys.device), device != intent.interface.description {
      try set(
        keys.device, to: intent.interface.description, because: "\(keys.device) said \(device.shown), and \(reason)")
    }
  }

  /// - Parameters:
  ///   - isElsewhere: the file that all interfaces share says the gateway already.
  ///   - isRouted: the file of routes has a default route.
  ///   - shared: the one that all share.
  mutating func convergeGateway(
    _ intent: InterfaceIntent, isElsewhere: Bool, isRouted: Bool, shared: IfcfgFile?
  ) throws {
    let keys = numbered("GATEWAY")
    let isIdle = file.isIdle(.v4, shared: shared)
    guard let wanted = intent.gateway(.v4)?.description else {
      for key in keys where !isIdle && isOurs(router: key, intent, .v4) {
        try drop(key, because: "the site has no gateway on \(intent.network.name)")
      }
      return
    }
    // What keeps GATEWAY from being the default route keeps nothing of that file.
    if isRouted, keys.isEmpty || isIdle { return }
    try clearWay(.v4, intent, shared: shared)
    let heeded = keys.filter { file.isHeeded($0, isSet) }
    for key in keys where !heeded.contains(key) {
      try drop(key, because: "\(key) belonged to an address that is not there")
    }
    let kept = heeded.first { value($0) == wanted } ?? heeded.first
    if let kept {
      try set(kept, to: wanted)
    } else if !isElsewhere, !isRouted {
      try set("GATEWAY", to: wanted)
    }
    for key in heeded where key != kept && value(key) != wanted {
      try drop(key, because: "\(key) said \(value(key)?.shown ?? "something"), and the site says \(wanted)")
    }
  }

  /// - Parameters: as of ``convergeGateway(_:isElsewhere:isRouted:shared:)``.
  mutating func convergeIPv6(
    _ intent: InterfaceIntent, isElsewhere: Bool, isRouted: Bool, shared: IfcfgFile?
  ) throws {
    let wanted = intent.addresses(.v6)
    guard let first = wanted.first else { return try giveUpIPv6(intent) }
    if !isSame(value("IPV6ADDR"), first, intent) { try set("IPV6ADDR", to: intent.withPrefix(first)) }
    let others = wanted.dropFirst()
    let said = (value("IPV6ADDR_SECONDARIES") ?? "").split(separator: " ").map(String.init)
    if said.count != others.count || !zip(said, others).allSatisfy({ isSame($0, $1, intent) }) {
      if others.isEmpty {
        try drop("IPV6ADDR_SECONDARIES", because: "the site gives \(situation.node.name) one IPv6 address")
      } else {
        try set("IPV6ADDR_SECONDARIES", to: others.map { intent.withPrefix($0) }.joined(separator: " "))
      }
    }
    if !["yes", "true", "t", "y", "1"].contains(value("IPV6INIT")?.lowercased()) {
      try set("IPV6INIT", to: "yes", because: "without IPV6INIT=yes the IPv6 address is passed over")
    }
    if file.asksForIPv6Addresses {
      try set(
        "DHCPV6C", to: "no",
        because:
          "DHCPV6C said \(value("DHCPV6C")?.shown ?? ""), and the site gives \(situation.node.name) its IPv6 address")
    }
    let isIdle = file.isIdle(.v6, shared: shared)
    guard let gateway = intent.gateway(.v6) else {
      if isIdle { return }
      return try drop("IPV6_DEFAULTGW", because: "the site has no IPv6 gateway on \(intent.network.name)")
    }
    if isRouted, isIdle || !isSet("IPV6_DEFAULTGW") { return }
    try clearWay(.v6, intent)
    if isElsewhere, !isSet("IPV6_DEFAULTGW") { return }
    let now = value("IPV6_DEFAULTGW").flatMap { text in try? IPAddress(String(text.prefix { $0 != "%" })) }
    // A link-local one is on every link (network-functions-ipv6, `ipv6_add_route`).
    let scope = gateway.isLinkLocal ? "%\(intent.interface)" : ""
    if now != gateway { try set("IPV6_DEFAULTGW", to: "\(gateway)\(scope)") }
  }

  private mutating func giveUpIPv6(_ intent: InterfaceIntent) throws {
    for key in ["IPV6ADDR", "IPV6ADDR_SECONDARIES"] {
      let others = (value(key) ?? "").split(separator: " ").map(String.init).filter { text in
        let address = try? IPAddress(String(text.prefix { $0 != "/" }))
        return !(address.map { intent.decides(on: $0) } ?? intent.decides(on: .v6))
      }
      if !others.isEmpty {
        let left = others.joined(separator: " ")
        if value(key)?.split(separator: " ").count != others.count { try set(key, to: left) }
      } else if value(key) != nil || intent.decides(on: .v6) {
        try drop(key, because: noIPv6(key))
      }
    }
    if isOurs(router: "IPV6_DEFAULTGW", intent, .v6) { try drop("IPV6_DEFAULTGW", because: noIPv6("IPV6_DEFAULTGW")) }
  }

  private func noIPv6(_ key: String) -> String {
    let said = situation.provenance.isCopy ? "was the original's" : "said \(value(key)?.shown ?? "something")"
    return "\(key) \(said), and the site gives \(situation.node.name) no IPv6 address"
  }

  /// Whether the router that a key says is the site's business.
  private func isOurs(router key: String, _ intent: InterfaceIntent, _ family: IPAddress.Family) -> Bool {
    let router = value(key).flatMap { text in try? IPAddress(String(text.trimmingBlanks.prefix { $0 != "%" })) }
    return router.map { intent.decides(onRouter: $0, of: file.addresses) } ?? intent.decides(on: family)
  }

  /// The addresses that are another node's, or were this disk's, of a file that is for an interface besides the one that the
  /// site's go to; with the last of them goes the router.
  mutating func dropOthers() throws {
    func isLeft(_ address: IPAddress) -> Bool {
      situation.node.allAddresses.contains(address)
        || situation.site.owner(of: address) == nil && !situation.provenance.allFormerAddresses.contains(address)
    }
    let settings = file.settings
    for (key, address) in settings where !isLeft(address) {
      let kept = settings.filter { $0.key == key && isLeft($0.address) }
      let reason = "\(key) said \(address), which is \(situation.whose(address))"
      guard kept.isEmpty else {
        let words = (value(key) ?? "").split(separator: " ").filter { word in
          (try? IPAddress(String(word.prefix { $0 != "/" }))) != address
        }
        try set(key, to: words.joined(separator: " "), because: reason)
        continue
      }
      try drop(key, because: reason)
      guard key.hasPrefix("IPADDR") else { continue }
      for stem in ["PREFIX", "NETMASK", "NETWORK", "BROADCAST"] {
        let other = "\(stem)\(key.dropFirst(6))"
        try drop(other, because: "\(other) belonged to an address that is not there")
      }
    }
    for family in [IPAddress.Family.v4, .v6] {
      let there = settings.filter { $0.address.family == family }
      guard !there.isEmpty, !there.contains(where: { isLeft($0.address) }) else { continue }
      for key in family == .v4 ? numbered("GATEWAY") : ["IPV6_DEFAULTGW"] {
        try drop(key, because: "\(key) belonged to an address that is not there")
      }
    }
  }

  /// Equal as an address, however spelled; without a prefix it is /64.
  private func isSame(_ text: String?, _ address: IPAddress, _ intent: InterfaceIntent) -> Bool {
    let parts = (text ?? "").split(separator: "/", maxSplits: 1).map(String.init)
    guard let first = parts.first, (try? IPAddress(first)) == address else { return false }
    return (parts.count > 1 ? parts[1] : "64") == intent.prefix(address).description
  }
}
