internal import Documents
internal import Site
internal import Tree

/// A *.network and its drop-ins while they are edited, and why each edit is made.
struct NetworkdEdit {
  let situation: Situation
  private let original: NetworkdUnit
  var unit: NetworkdUnit
  private var reasons: [Int: [String]] = [:]
  /// That no rule has an address of the original, and no file is for it alone.
  var claims: [Claim] = []
  /// Whether the file that these are drop-ins of is somebody else's, and has what the site says.
  private let isBeside: Bool

  init(_ unit: NetworkdUnit, _ situation: Situation, isBeside: Bool = false) {
    self.situation = situation
    self.isBeside = isBeside
    self.unit = unit
    original = unit
  }

  mutating func converge(_ intent: InterfaceIntent) {
    for family in [IPAddress.Family.v4, .v6] {
      convergeAddresses(intent, family)
      convergeGateway(intent, family)
    }
    convergeRoutes(intent)
    convergeLease(intent)
    convergeSettings(intent)
  }

  private mutating func convergeAddresses(_ intent: InterfaceIntent, _ family: IPAddress.Family) {
    // An empty one takes back those before it, to newer versions of systemd (networkd-address.c, config_parse_address): what stays,
    // and what comes, is behind it for every one.
    let reset = unit.addresses.last { $0.setting.value.isEmpty }
    func isBehind(_ place: (document: Int, setting: NetworkdFile.Setting)) -> Bool {
      reset.map { (place.document, place.setting.line) > ($0.document, $0.setting.line) } ?? true
    }
    let decided = unit.addresses.filter { place in
      Self.address(place.setting.value).map { $0.family == family && intent.decides(on: $0) } ?? false
    }
    let there = decided.filter(isBehind) + decided.filter { !isBehind($0) }
    func isSame(_ text: String, _ wanted: String) -> Bool { text == wanted || Self.isSame(text, wanted) }
    let wanted = intent.addresses(family).map { intent.withPrefix($0) }.filter { text in
      !isBeside || reset != nil || there.contains { isSame($0.setting.value, text) }
    }
    let pairing = Pairing(there.map { ($0, $0.setting.value) }, wanted: wanted, isSame: isSame)
    let edits = pairing.removed.map { (place: $0, value: String?.none) } + pairing.replaced.map { ($0.place, $0.value) }
    // From the last to the first: what goes moves what is behind it.
    for (place, value) in edits.sorted(by: {
      ($0.place.document, $0.place.setting.line) > ($1.place.document, $1.place.setting.line)
    }) {
      if let value {
        let said = Self.address(place.setting.value)?.description
        let wanted = String(value.prefix { $0 != "/" })
        replace(
          place, with: value,
          because: situation.reason("Address", said: said == wanted ? place.setting.value : said, wanted: value))
        continue
      }
      let reason = "Address said \(place.setting.value.shown): the site gives \(situation.node.name) no such address"
      remove(place, because: reason)
    }
    for value in pairing.added {
      let index = reset?.document ?? 0
      unit.documents[index].document.add("Network", "Address", value)
      note(situation.reason("Address", said: nil, wanted: value), index)
    }
    dropPeers(intent, family)
  }

  /// A default route through no router (systemd.network(5), `DefaultRouteOnDevice`): the site has one through its router, or none.
  private mutating func dropDeviceRoute(_ intent: InterfaceIntent) {
    guard let setting = unit.routeOnDevice?.setting, intent.decides(on: .v4) else { return }
    let key = setting.key
    let wanted = intent.gateway(.v4)?.description ?? "none"
    for index in unit.editable {
      let there = unit.documents[index].document.settings("Network", key)
      guard !there.isEmpty else { continue }
      remove(there, index, because: "\(key) made a default route of \(intent.interface), and the site says \(wanted)")
    }
    claims.append(
      Claim("default route of \(intent.interface)", expected: wanted, seen: "\(key)=\(setting.value)", holds: false))
  }

  /// A default route through several routers: the site has one through its own, or none.
  private mutating func dropMultipaths(_ intent: InterfaceIntent, _ family: IPAddress.Family, _ there: [IPAddress]) {
    for (document, setting, routers) in unit.multipaths.reversed()
    where routers.contains(where: { $0.family == family && intent.decides(onRouter: $0, of: there) }) {
      let list = routers.map(\.description).joined(separator: " and ")
      let wanted = intent.gateway(family)?.description ?? "none"
      remove((document, setting), because: "MultiPathRoute said \(list), and the site says \(wanted)")
    }
  }

  private mutating func convergeGateway(_ intent: InterfaceIntent, _ family: IPAddress.Family) {
    if family == .v4 { dropDeviceRoute(intent) }
    let addresses = original.addresses.compactMap { Self.address($0.setting.value) }
    dropMultipaths(intent, family, addresses)
    let there = unit.gateways.filter { place in
      // `_dhcp4` and the like are nobody's address.
      guard let router = try? IPAddress(place.setting.value) else { return false }
      return router.family == family && intent.decides(onRouter: router, of: addresses)
    }
    let wanted = intent.gateway(family).map { [$0.description] } ?? []
    let pairing = Pairing(
      there.map { ($0, $0.setting.value) }, wanted: isBeside && there.isEmpty ? [] : wanted,
      isSame: { (try? IPAddress($0)) == (try? IPAddress($1)) })
    for place in pairing.removed.reversed() {
      let reason = "Gateway said \(place.setting.value.shown), and the site has none on \(intent.network.name)"
      remove(place, because: reason)
    }
    for (place, value) in pairing.replaced.reversed() {
      replace(place, with: value, because: situation.reason("Gateway", said: place.setting.value, wanted: value))
    }
    for value in pairing.added {
      unit.documents[0].document.add("Network", "Gateway", value)
      note(situation.reason("Gateway", said: nil, wanted: value), 0)
    }
  }

  private mutating func convergeRoutes(_ intent: InterfaceIntent) {
    guard let wanted = intent.routes else { return }
    let pairing = RoutePairing(
      unit.routes,
      wanted: isBeside ? wanted.filter { unit.routes.map(\.value.route.destination).contains($0.destination) } : wanted)
    for (place, route) in pairing.redirected {
      let metric = route.metric.map { "\($0)" }
      unit.documents[place.document].document.set(
        inSection: place.setting.sectionIndex, [("Gateway", "\(route.gateway)"), ("Metric", metric)])
      note("the site gives \(situation.node.name) a route to \(route)", place.document)
    }
    // Those that are another's go, and new ones come to the end: each is a section.
    for place in (pairing.plain.removed + pairing.plain.replaced.map(\.place)).sorted(by: {
      ($0.document, $0.setting.sectionIndex) > ($1.document, $1.setting.sectionIndex)
    }) {
      remove(place, because: "a [Route] was there, and the site has no such route on \(intent.network.name)")
    }
    for route in pairing.plain.replaced.map(\.value) + pairing.plain.added {
      let metric = route.metric.map { [("Metric", "\($0)")] } ?? []
      unit.documents[0].document.append(
        "Route", [("Destination", "\(route.destination)"), ("Gateway", "\(route.gateway)")] + metric)
      note("the site gives \(situation.node.name) a route to \(route)", 0)
    }
  }

  /// Rules of routing, the source that a route prefers, and the near end of a tunnel are about this node alone.
  mutating func convergeRules() {
    for index in unit.editable {
      for setting in unit.documents[index].document.settings.reversed() {
        let isRule = setting.section == "RoutingPolicyRule" || setting.key == "PreferredSource"
        guard isRule || NearEnds.tunnels.contains(setting.key) else { continue }
        let (bytes, said) = situation.renewing(Array(setting.value.utf8))
        guard let first = said.first else { continue }
        unit.documents[index].document.replace(setting, with: String(decoding: bytes, as: UTF8.self))
        note("\(setting.key) of [\(setting.section)] said \(first)", index)
        guard isRule else { continue }
        claims.append(.staleAddress("rules and routes", in: unit.documents[index].snapshot.path, first))
      }
    }
  }

  /// DHCP= where the site gives addresses of that family.
  private mutating func convergeLease(_ intent: InterfaceIntent) {
    guard let index = lastDocument("Network", "DHCP"), !intent.addresses(.v4).isEmpty,
      let said = unit.value("Network", "DHCP")?.lowercased()
    else { return }
    let wanted: String? =
      switch said {
      case "yes", "true", "on", "1", "both": intent.addresses(.v6).isEmpty ? "ipv6" : "no"
      case "ipv4", "v4": "no"
      default: nil
      }
    guard let wanted else { return }
    unit.documents[index].document.set("Network", "DHCP", to: wanted)
    note("DHCP said \(said.shown), and the site gives \(situation.node.name) its address", index)
  }

  private mutating func convergeSettings(_ intent: InterfaceIntent) {
    if let mtu = intent.network.mtu, !isBeside || unit.value("Link", "MTUBytes") != nil {
      set("Link", "MTUBytes", to: String(mtu))
    }
    convergeStart(intent)
    guard !isBeside, !intent.dns.isEmpty, unit.words("Network", "DNS") != intent.dns else { return }
    let said = unit.words("Network", "DNS").joined(separator: " ")
    for index in unit.documents.indices.dropFirst() {
      unit.documents[index].document.remove(unit.documents[index].document.settings("Network", "DNS"))
    }
    unit.documents[0].document.remove(Array(unit.documents[0].document.settings("Network", "DNS").dropLast()))
    unit.documents[0].document.set("Network", "DNS", to: intent.dns.joined(separator: " "))
    note(situation.reason("DNS", said: said, wanted: intent.dns.joined(separator: " ")), 0)
  }

  /// It comes up at boot, for an interface of the node's.
  mutating func convergeStart(_ intent: InterfaceIntent) {
    for index in unit.editable {
      for (key, values) in NetworkdUnit.idle.sorted(by: { $0.key < $1.key }) {
        let stale = unit.documents[index].document.settings("Link", key).filter {
          values.contains($0.value.lowercased())
        }
        guard !stale.isEmpty else { continue }
        let reason =
          "\(key) of [Link] kept the interface down, and \(situation.node.name) needs \(intent.network.name)"
        remove(stale, index, because: reason)
      }
    }
  }

  var changes: [Change] {
    unit.documents.enumerated().compactMap { index, document in
      Change.edit(original.documents[index].snapshot, to: document.document.bytes, because: reasons[index] ?? [])
    }
  }

  /// What still has an address of the original.
  var findings: [Finding] {
    let former = situation.formerTokens
    // What others make at every boot, and what packages bring, is theirs.
    return unit.editable.map { unit.documents[$0] }.flatMap { snapshot, document in
      document.settings.filter { !Self.isOthers($0) && !isIdle($0) }.flatMap { setting -> [Finding] in
        let place = "\(snapshot.path):\(setting.line)"
        if setting.key == "Address", let address = Self.address(setting.value) {
          guard let whose = situation.stray(address, on: unit.interface) else { return [] }
          return [
            Finding(
              .warning, "\(place) gives \(unit.interface?.shown ?? "a link") \(address), \(whose); it is left as it is",
              advice: "correct it by hand, or say in the site which network this interface is on")
          ]
        }
        let key = "\(setting.section).\(setting.key)"
        if let shared = SharedIdentity.finding(key, setting.value, at: place, situation) { return [shared] }
        return former.filter { $0.1.occurs(in: setting.value) }.map { address, _ in
          Finding(
            .warning,
            "\(place): \(setting.key) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
            advice: "correct it by hand")
        }
      }
    }
  }

  // MARK: One line

  /// The address of a neighbour, or of a machine that is given it ([Neighbor] and [DHCPServerStaticLease] of systemd.network(5)).
  private static func isOthers(_ setting: NetworkdFile.Setting) -> Bool {
    setting.key == "Address" && !["Network", "Address"].contains(setting.section)
  }

  /// What is for a client of DHCP that is not started (systemd.network(5), `DHCP=`): routers start that of IPv6 too, where they are
  /// heard. [DHCP] is what older releases call [DHCPv4], but for a DUID, which both have.
  private func isIdle(_ setting: NetworkdFile.Setting) -> Bool {
    guard !isBeside, ["DHCP", "DHCPv4", "DHCPv6"].contains(setting.section) else { return false }
    let said = unit.value("Network", "DHCP")?.lowercased() ?? "no"
    let isHeard = !["no", "false", "off", "0", "n", "f"].contains(unit.value("Network", "IPv6AcceptRA")?.lowercased())
    let isV4 = !["no", "false", "off", "0", "n", "f", "ipv6", "v6"].contains(said)
    let isV6 = isHeard || !["no", "false", "off", "0", "n", "f", "ipv4", "v4"].contains(said)
    return switch setting.section {
    case "DHCPv4": !isV4
    case "DHCPv6": !isV6
    default: !isV4 && (!isV6 || !setting.key.hasPrefix("DUID"))
    }
  }

  static func address(_ text: String) -> IPAddress? { try? IPAddress(String(text.prefix { $0 != "/" })) }

  private static func isSame(_ text: String, _ wanted: String) -> Bool {
    guard let one = try? InterfaceAddress(text), let other = try? InterfaceAddress(wanted) else { return false }
    return one == other
  }

  private func lastDocument(_ section: String, _ key: String) -> Int? {
    unit.documents.indices.last { !unit.documents[$0].document.settings(section, key).isEmpty }
  }

  private mutating func set(_ section: String, _ key: String, to value: String) {
    let said = unit.value(section, key)
    guard said != value else { return }
    let index = lastDocument(section, key) ?? 0
    unit.documents[index].document.set(section, key, to: value)
    note(situation.reason(key, said: said, wanted: value), index)
  }

  private mutating func replace(
    _ place: (document: Int, setting: NetworkdFile.Setting), with value: String, because reason: String
  ) {
    unit.documents[place.document].document.replace(place.setting, with: value)
    // What was worked out from the old address.
    if place.setting.section == "Address" {
      let stale = unit.documents[place.document].document.settings(inSection: place.setting.sectionIndex)
        .filter { $0.key == "Broadcast" }
      unit.documents[place.document].document.remove(stale)
    }
    note(reason, place.document)
  }

  /// Where it has a section of its own ([Address], [Route]), that goes with it.
  private mutating func remove(_ place: (document: Int, setting: NetworkdFile.Setting), because reason: String) {
    guard place.setting.section != "Network" else { return remove([place.setting], place.document, because: reason) }
    unit.documents[place.document].document.removeSection(of: place.setting)
    note(reason, place.document)
  }

  mutating func remove(_ settings: [NetworkdFile.Setting], _ document: Int, because reason: String) {
    unit.documents[document].document.remove(settings)
    note(reason, document)
  }

  mutating func note(_ reason: String, _ document: Int) {
    if !(reasons[document] ?? []).contains(reason) { reasons[document, default: []].append(reason) }
  }
}
