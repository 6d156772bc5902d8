internal import Documents
internal import Site
internal import Tree

/// A route-* or route6-* file beside the ifcfg files, in either of the two forms that ifup-routes and NetworkManager read:
/// lines of ip-route(8), or `ADDRESS0=`, `NETMASK0=`, `GATEWAY0=` without a gap in the numbers, for IPv4 only.
struct IfcfgRoutes {
  let interface: String
  private(set) var bytes: [UInt8]

  init(_ interface: String, _ bytes: [UInt8]) { (self.interface, self.bytes) = (interface, bytes) }

  /// `grep -E '^[[:space:]]*ADDRESS[0-9]+='` tells the two apart.
  private var isNumbered: Bool {
    Lines(bytes).contains { line in
      let text = line.text.drop(while: \.isWhitespace)
      let digits = text.dropFirst("ADDRESS".count).prefix { $0.isASCII && $0.isNumber }
      return text.hasPrefix("ADDRESS") && !digits.isEmpty && text[digits.endIndex...].hasPrefix("=")
    }
  }

  /// Those that go through a router, with the line or the number that each has.
  private var places: [(place: Int, value: FoundRoute)] {
    isNumbered ? slots.compactMap { slot in slot.route.map { (slot.number, $0) } } : lines.map { ($0, $1.found) }
  }

  var routes: [FoundRoute] { places.map(\.value) }

  /// - Throws: ``EditError`` where the file is a shell's and cannot be edited.
  mutating func converge(to wanted: [Route]) throws(EditError) {
    let pairing = RoutePairing(places, wanted: wanted)
    // ifup-routes passes over METRIC0.
    let needsLines = isNumbered && wanted.contains { $0.metric != nil }
    guard !pairing.isEmpty || needsLines else { return }
    guard isNumbered else { return convergeLines(pairing) }
    if needsLines { rewrite(pairing, wanted) } else { try convergeSlots(pairing) }
  }

  // MARK: The default route

  /// Default routes of the usual table on this interface, with the router of each, that which counts at the top; the place is a line or
  /// a number.
  var defaults: [(place: Int, gateway: IPAddress)] {
    let weighed = weighedDefaults.enumerated()
    return weighed.sorted { ($0.element.metric, $0.offset) < ($1.element.metric, $1.offset) }.map {
      ($0.element.place, $0.element.gateway)
    }
  }

  private var weighedDefaults: [(place: Int, gateway: IPAddress, metric: Int)] {
    func weight(_ metric: String?) -> Int { metric.flatMap { Int($0) } ?? 0 }
    if isNumbered {
      return slots.compactMap { slot in
        guard ["0.0.0.0", "default"].contains(slot.address), ["0.0.0.0", "0", ""].contains(slot.mask),
          slot.said?.isMain == true, let gateway = slot.gateway.flatMap({ try? IPAddress($0) })
        else { return nil }
        return (slot.number, gateway, weight(slot.metric))
      }
    }
    return Lines(bytes).enumerated().compactMap { index, line in
      guard let options = Self.defaultOptions(line, interface), let gateway = options["via"],
        let address = try? IPAddress(gateway)
      else { return nil }
      return (index, address, weight(options["metric"]))
    }
  }

  private static func defaultOptions(_ line: Lines.Line, _ interface: String) -> RouteOptions? {
    guard let (destination, options) = RouteWords.parts(PlacedWord.all(in: line.content), of: [interface]),
      Route.isEverywhere(destination.text)
    else { return nil }
    return options
  }

  /// One default route through the site's router, or none; the form and what else a route says stay.
  ///
  /// - Throws: ``EditError`` where the file is a shell's and cannot be edited.
  mutating func convergeDefault(to gateway: IPAddress?) throws(EditError) {
    let there = defaults
    let kept = gateway.flatMap { wanted in (there.first { $0.gateway == wanted } ?? there.first)?.place }
    if isNumbered {
      let (before, places) = (slots, Set(there.map(\.place)))
      let after = before.filter { !places.contains($0.number) || $0.number == kept }.map { slot in
        var slot = slot
        if let gateway, slot.number == kept { slot.gateway = gateway.description }
        return slot
      }
      return try store(after, insteadOf: before)
    }
    var lines = Lines(bytes)
    for (index, said) in there.sorted(by: { $0.place > $1.place }) {
      if index != kept {
        lines.remove(at: index)
      } else if let gateway, said != gateway, let options = Self.defaultOptions(lines[index], interface) {
        let line = Array(lines[index].content)
        lines.replace(at: index, with: options.setting([("via", gateway.description)], in: line, end: line.count))
      }
    }
    bytes = lines.bytes
  }

  // MARK: Lines of ip-route(8)

  private var lines: [(place: Int, value: RouteWords)] {
    Lines(bytes).enumerated().compactMap { index, line in
      let words = PlacedWord.all(in: line.content)
      guard words.first?.text.hasPrefix("#") == false else { return nil }
      return RouteWords(words, in: Array(line.content), of: [interface]).map { (index, $0) }
    }
  }

  private mutating func convergeLines(_ pairing: RoutePairing<Int>) {
    var lines = Lines(bytes)
    let words = Dictionary(self.lines.map { ($0.place, $0.value) }, uniquingKeysWith: { first, _ in first })
    for (index, route) in pairing.redirected {
      if let line = words[index]?.redirected(to: route) { lines.replace(at: index, with: line) }
    }
    for (index, route) in pairing.plain.replaced {
      lines.replace(at: index, with: Array(route.words(of: interface).utf8))
    }
    for index in pairing.plain.removed.sorted().reversed() { lines.remove(at: index) }
    let isEmpty = lines.isEmpty
    for route in pairing.plain.added { lines.append(Array(route.words(of: interface).utf8)) }
    bytes = lines.bytes
    if isEmpty, !pairing.plain.added.isEmpty, bytes.last != 0x0A { bytes.append(0x0A) }
  }

  /// The other form, for what this one cannot say. Comments stay, and what each route says more.
  private mutating func rewrite(_ pairing: RoutePairing<Int>, _ wanted: [Route]) {
    let comments = Lines(bytes).map(\.text).filter { $0.drop(while: \.isWhitespace).hasPrefix("#") }
    let redirected = Dictionary(
      pairing.redirected.map { ($0.place, $0.value) }, uniquingKeysWith: { first, _ in first })
    var missing = wanted
    let others = slots.filter { $0.route?.isPlain != true }.map { slot in
      let route = redirected[slot.number] ?? slot.route?.route
      let more = slot.options.map { " \($0)" } ?? ""
      if let route {
        missing.removeAll { $0 == route }
        return route.words(of: interface) + more
      }
      let prefix = PrefixLength(mask: slot.mask).map { "/\($0)" } ?? ""
      let words = [("via", slot.gateway), ("dev", interface), ("metric", slot.metric)].compactMap { key, value in
        // What the options say too they say for the last time.
        slot.said?[key] == nil ? value.map { " \(key) \($0)" } : nil
      }
      return "\(slot.address)\(prefix)\(words.joined())\(more)"
    }
    let all = comments + others + missing.map { $0.words(of: interface) }
    bytes = Array(all.map { "\($0)\n" }.joined().utf8)
  }

  // MARK: Numbers

  private struct Slot: Equatable {
    var number: Int
    var address: String
    var mask: String
    var gateway: String?
    /// These two NetworkManager alone reads (nms-ifcfg-rh-reader.c, `read_route_file`).
    var metric: String?
    var options: String?

    var said: RouteOptions? { RouteOptions(PlacedWord.all(in: (options ?? "").utf8)) }

    /// nil for one through no router, one in another table, and one whose options say what is said beside them.
    var route: FoundRoute? {
      guard let gateway, let said, said.isMain, ["via", "dev", "metric"].allSatisfy({ said[$0] == nil }) else {
        return nil
      }
      let route = Route(
        to: address, prefix: mask.isEmpty ? nil : mask, via: gateway, metric: metric == "0" ? nil : metric)
      return FoundRoute(route, isPlain: options == nil)
    }

    var values: [(key: String, value: String?)] {
      [("ADDRESS", address), ("NETMASK", mask), ("GATEWAY", gateway), ("METRIC", metric), ("OPTIONS", options)]
    }
  }

  /// As ifup-routes counts them: to the first number that is lacking.
  private var slots: [Slot] {
    let shell = ShellAssignments(bytes)
    func value(_ key: String) -> String? {
      shell.literal(key).map(\.trimmingBlanks).flatMap { $0.isEmpty ? nil : $0 }
    }
    var slots: [Slot] = []
    while let address = value("ADDRESS\(slots.count)") {
      let number = slots.count
      slots.append(
        Slot(
          number: number, address: address, mask: value("NETMASK\(number)") ?? "", gateway: value("GATEWAY\(number)"),
          metric: value("METRIC\(number)"), options: value("OPTIONS\(number)")))
    }
    return slots
  }

  private mutating func convergeSlots(_ pairing: RoutePairing<Int>) throws(EditError) {
    let changed = Dictionary(
      (pairing.plain.replaced + pairing.redirected).map { ($0.place, $0.value) },
      uniquingKeysWith: { first, _ in first })
    func slot(_ route: Route, options: String?) -> Slot {
      Slot(
        number: 0, address: route.destination.address.description, mask: route.destination.netmask,
        gateway: route.gateway.description, options: options)
    }
    let before = slots
    let kept = before.filter { !pairing.plain.removed.contains($0.number) }.map { old in
      changed[old.number].map { slot($0, options: old.options) } ?? old
    }
    try store(kept + pairing.plain.added.map { slot($0, options: nil) }, insteadOf: before)
  }

  /// Numbered anew from 0, for at the first gap reading ends.
  private mutating func store(_ after: [Slot], insteadOf before: [Slot]) throws(EditError) {
    var shell = ShellAssignments(bytes)
    for (number, slot) in after.enumerated() {
      let old = number < before.count ? before[number].values.map(\.value) : []
      guard slot.values.map(\.value) != old else { continue }
      for (key, value) in slot.values {
        if let value, !value.isEmpty {
          try shell.set("\(key)\(number)", to: value)
        } else if shell.value("\(key)\(number)") != nil {
          try shell.remove("\(key)\(number)")
        }
      }
    }
    // Of the last one `ADDRESS0=` is left nowhere, so the form is the other one from then on.
    for number in after.count..<max(before.count, after.count) {
      for key in ["ADDRESS", "NETMASK", "GATEWAY", "METRIC", "OPTIONS"] where shell.value("\(key)\(number)") != nil {
        try shell.remove("\(key)\(number)")
      }
    }
    bytes = shell.bytes
  }
}

extension IfcfgFiles {
  /// The routers of default routes in an interface's file of routes.
  func defaultRouters(of interface: InterfaceName, _ family: IPAddress.Family) -> [IPAddress] {
    let path = routePath(of: interface, family)
    return routeFiles.first { $0.path == path }.map {
      IfcfgRoutes(interface.description, $0.bytes).defaults.map(\.gateway)
    } ?? []
  }

  /// Of an interface: those of the name that its ifcfg file bears, by which NetworkManager goes too.
  func routePath(of interface: InterfaceName, _ family: IPAddress.Family) -> TreePath {
    let suffix = file(of: interface)?.suffix ?? interface.description
    return directory.appending("\(family == .v4 ? "route" : "route6")-\(suffix)")
  }

  func routes(of interface: InterfaceName) -> [FoundRoute] {
    [IPAddress.Family.v4, .v6].flatMap { family -> [FoundRoute] in
      let path = routePath(of: interface, family)
      return routeFiles.first { $0.path == path }.map { IfcfgRoutes(interface.description, $0.bytes).routes } ?? []
    }
  }
}

extension IfcfgBackend {
  /// The files of routes: those of the node's interfaces have the site's, and all of them the node's own address where the original's
  /// was the source of a route.
  func routeProposal() throws -> Proposal {
    var edited: [TreePath: (bytes: [UInt8], reasons: [String])] = [:]
    for intent in intents {
      let addresses = files.addresses(of: intent.interface, mac: intent.mac)
      for family in [IPAddress.Family.v4, .v6] {
        let path = files.routePath(of: intent.interface, family)
        let before = files.routeFiles.first { $0.path == path }?.bytes ?? []
        var routes = IfcfgRoutes(intent.interface.description, before)
        var reasons: [String] = []
        do throws(EditError) {
          let routers = routes.defaults.map(\.gateway.description).joined(separator: " and ")
          if routes.defaults.contains(where: { intent.decides(onRouter: $0.gateway, of: addresses) }) {
            try routes.convergeDefault(to: intent.gateway(family))
          }
          if routes.bytes != before {
            let wanted = intent.gateway(family)?.description ?? "none"
            reasons.append(situation.reason("the default route of \(intent.interface)", said: routers, wanted: wanted))
          }
          let (earlier, said) = (routes.bytes, routes.routes.map(\.route.description).joined(separator: ", "))
          if let wanted = intent.routes(family) { try routes.converge(to: wanted) }
          if routes.bytes != earlier {
            let list = intent.routes(family)?.map(\.description).joined(separator: ", ") ?? ""
            reasons.append(
              situation.reason("routes of \(intent.interface)", said: said, wanted: list.isEmpty ? "none" : list))
          }
        } catch {
          throw FixupError(path, cannot: "set the routes", error)
        }
        if routes.bytes != before { edited[path] = (routes.bytes, reasons) }
      }
    }
    var proposal = Proposal()
    for file in files.routeFiles {
      let (bytes, said) = situation.renewingSources(edited[file.path]?.bytes ?? file.bytes)
      let reasons = (edited[file.path]?.reasons ?? []) + said.map { "a route said \($0)" }
      proposal.changes += Change.edit(file, to: bytes, because: reasons).map { [$0] } ?? []
      proposal.claims += said.map { .staleAddress("routes", in: file.path, $0) }
      proposal.findings += situation.mentions(in: bytes, of: file.path)
      edited[file.path] = nil
    }
    for (path, new) in edited.sorted(by: { $0.key < $1.key }) {
      let place = try situation.newFile(path, mode: 0o644)
      let parents = try situation.missingParents(of: path, because: "the network scripts look for their files here")
      proposal.changes += parents.filter { parent in !proposal.changes.contains { $0.path == parent.path } }
      proposal.changes.append(.create(place.path, .bytes(new.bytes), place.attributes, because: new.reasons))
    }
    return proposal
  }
}
