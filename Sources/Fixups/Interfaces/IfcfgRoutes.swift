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

  /// Those that go through a router and say nothing more, with the line or the number that each has.
  private var places: [(place: Int, value: Route)] {
    isNumbered ? slots.compactMap { slot in slot.route.map { (slot.number, $0) } } : lines
  }

  var routes: [Route] { places.map(\.value) }

  /// - Throws: ``EditError`` where the file is a shell's and cannot be edited.
  mutating func converge(to wanted: [Route]) throws(EditError) {
    let pairing = Pairing(places, wanted: wanted, isSame: ==)
    guard !pairing.isEmpty else { return }
    guard isNumbered else { return convergeLines(pairing) }
    // ifup-routes passes over METRIC0.
    guard wanted.allSatisfy({ $0.metric == nil }) else { return rewrite(wanted) }
    try convergeSlots(pairing)
  }

  // MARK: Lines of ip-route(8)

  private var lines: [(place: Int, value: Route)] {
    Lines(bytes).enumerated().compactMap { index, line in
      let words = line.text.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.first?.hasPrefix("#") == false else { return nil }
      return Route(words: words, of: interface).map { (index, $0) }
    }
  }

  private mutating func convergeLines(_ pairing: Pairing<Int, Route>) {
    var lines = Lines(bytes)
    for (index, route) in pairing.replaced {
      lines.replace(at: index, with: Array(route.words(of: interface).utf8))
    }
    for index in pairing.removed.sorted().reversed() { lines.remove(at: index) }
    let isEmpty = lines.isEmpty
    for route in pairing.added { lines.append(Array(route.words(of: interface).utf8)) }
    bytes = lines.bytes
    if isEmpty, !pairing.added.isEmpty, bytes.last != 0x0A { bytes.append(0x0A) }
  }

  /// The other form, for what this one cannot say. Comments stay.
  private mutating func rewrite(_ wanted: [Route]) {
    let comments = Lines(bytes).map(\.text).filter { $0.drop(while: \.isWhitespace).hasPrefix("#") }
    let others = slots.filter { $0.route == nil }.map { slot in
      let way = slot.gateway.map { " via \($0)" } ?? ""
      let prefix = PrefixLength(mask: slot.mask).map { "/\($0)" } ?? ""
      return "\(slot.address)\(prefix)\(way) dev \(interface)"
    }
    let all = comments + others + wanted.map { $0.words(of: interface) }
    bytes = Array(all.map { "\($0)\n" }.joined().utf8)
  }

  // MARK: Numbers

  private struct Slot: Hashable {
    var number: Int
    var address: String
    var mask: String
    var gateway: String?

    /// nil for one through no router.
    var route: Route? { gateway.flatMap { Route(to: address, prefix: mask.isEmpty ? nil : mask, via: $0) } }
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
          number: number, address: address, mask: value("NETMASK\(number)") ?? "", gateway: value("GATEWAY\(number)")))
    }
    return slots
  }

  private mutating func convergeSlots(_ pairing: Pairing<Int, Route>) throws(EditError) {
    let changed = Dictionary(pairing.replaced.map { ($0.place, $0.value) }, uniquingKeysWith: { first, _ in first })
    func slot(_ route: Route) -> Slot {
      Slot(
        number: 0, address: route.destination.address.description, mask: route.destination.netmask,
        gateway: route.gateway.description)
    }
    let before = slots
    let kept = before.filter { !pairing.removed.contains($0.number) }.map { changed[$0.number].map(slot) ?? $0 }
    let after = kept + pairing.added.map(slot)
    var shell = ShellAssignments(bytes)
    for (number, slot) in after.enumerated() {
      if number < before.count, before[number].address == slot.address, before[number].mask == slot.mask,
        before[number].gateway == slot.gateway
      {
        continue
      }
      try shell.set("ADDRESS\(number)", to: slot.address)
      try shell.set("NETMASK\(number)", to: slot.mask)
      if let gateway = slot.gateway {
        try shell.set("GATEWAY\(number)", to: gateway)
      } else if shell.value("GATEWAY\(number)") != nil {
        try shell.remove("GATEWAY\(number)")
      }
    }
    // Of the last one `ADDRESS0=` is left nowhere, so the form is the other one from then on.
    for number in after.count..<max(before.count, after.count) {
      for key in ["ADDRESS", "NETMASK", "GATEWAY", "METRIC"] where shell.value("\(key)\(number)") != nil {
        try shell.remove("\(key)\(number)")
      }
    }
    bytes = shell.bytes
  }
}

extension IfcfgFiles {
  /// Of an interface: those of the name that its ifcfg file bears, by which NetworkManager goes too.
  func routePath(of interface: InterfaceName, _ family: IPAddress.Family) -> TreePath {
    let suffix = file(of: interface)?.suffix ?? interface.description
    return directory.appending("\(family == .v4 ? "route" : "route6")-\(suffix)")
  }

  func routes(of interface: InterfaceName) -> [Route] {
    [IPAddress.Family.v4, .v6].flatMap { family -> [Route] in
      let path = routePath(of: interface, family)
      return routeFiles.first { $0.path == path }.map { IfcfgRoutes(interface.description, $0.bytes).routes } ?? []
    }
  }
}

extension IfcfgBackend {
  func routeChanges(_ intent: InterfaceIntent) throws -> [Change] {
    try [IPAddress.Family.v4, .v6].flatMap { family -> [Change] in
      guard let wanted = intent.routes(family), !intent.addresses(family).isEmpty else { return [] }
      let path = files.routePath(of: intent.interface, family)
      let file = files.routeFiles.first { $0.path == path }
      var routes = IfcfgRoutes(intent.interface.description, file?.bytes ?? [])
      let said = routes.routes.map(\.description).joined(separator: ", ")
      do throws(EditError) {
        try routes.converge(to: wanted)
      } catch {
        throw FixupError(path, cannot: "set the routes", error)
      }
      let list = wanted.isEmpty ? "none" : wanted.map(\.description).joined(separator: ", ")
      let reason = situation.reason("routes of \(intent.interface)", said: said, wanted: list)
      if let file { return Change.edit(file, to: routes.bytes, because: [reason]).map { [$0] } ?? [] }
      guard !wanted.isEmpty else { return [] }
      let new = try situation.newFile(path, mode: 0o644)
      return try situation.missingParents(of: path, because: "the network scripts look for their files here") + [
        .create(new.path, .bytes(routes.bytes), new.attributes, because: [reason])
      ]
    }
  }
}
