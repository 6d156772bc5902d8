internal import Documents
internal import Site

/// A route of the usual table through a router, as a file has it.
struct FoundRoute: Hashable {
  let route: Route
  /// It says no more than a site can: where it goes, and its metric. What says more (a source, `onlink`, …) is somebody's own.
  let isPlain: Bool

  init?(_ route: Route?, isPlain: Bool) {
    guard let route else { return nil }
    (self.route, self.isPlain) = (route, isPlain)
  }
}

/// What the routes of some files become. A plain one that the site doesn't name goes. One that says more keeps that: it gets the
/// site's router and metric where the site names its destination, and stays as it is otherwise.
struct RoutePairing<Place> {
  let plain: Pairing<Place, Route>
  /// Those that say more, and what each goes by then.
  let redirected: [(place: Place, value: Route)]
  /// What is there of what the site speaks of: the plain ones, and of those that say more the ones to its destinations.
  let heeded: [Route]

  init(_ there: [(place: Place, value: FoundRoute)], wanted: [Route]) {
    let plain = there.filter(\.value.isPlain).map { (place: $0.place, value: $0.value.route) }
    var others = there.filter { !$0.value.isPlain }.map { (place: $0.place, value: $0.value.route) }
    var missing = wanted.filter { route in !plain.contains { $0.value == route } }
    var heeded = plain.map(\.value)
    var redirected: [(place: Place, value: Route)] = []
    // Those that are right already go first.
    for isFitting in [{ $0 == $1 }, { $0.destination == $1.destination }] as [(Route, Route) -> Bool] {
      for route in missing {
        guard let index = others.firstIndex(where: { isFitting($0.value, route) }) else { continue }
        let other = others.remove(at: index)
        heeded.append(other.value)
        if other.value != route { redirected.append((other.place, route)) }
        missing.removeAll { $0 == route }
      }
    }
    let left = wanted.filter { route in missing.contains(route) || plain.contains { $0.value == route } }
    self.plain = Pairing(plain, wanted: left, isSame: ==)
    self.redirected = redirected
    self.heeded = heeded
  }

  var isEmpty: Bool { plain.isEmpty && redirected.isEmpty }
}

/// One route in the words that ip-route(8) takes, in its place: `10.0.0.0/8 via 192.168.10.1 dev ens33 src 192.168.10.20`.
struct RouteWords {
  let found: FoundRoute
  let line: [UInt8]
  private let options: RouteOptions
  private let end: Int
  /// Whether its router stands behind `nexthop`, where nothing of the route itself may follow (ip-route(8), NH).
  private let hasHops: Bool

  /// nil for one through no router, in another table, or for another interface. One through several says more than a site can.
  ///
  /// - Parameters:
  ///   - words: of the line, from the destination on.
  ///   - names: by which the interface goes there.
  init?(_ words: some Sequence<PlacedWord>, in line: [UInt8], of names: [String]) {
    let words = Array(words)
    guard let (destination, options) = Self.parts(words, of: names), let gateway = options["via"] else { return nil }
    let hops = words.count { $0.text == "nexthop" }
    let route = Route(to: Self.filledUp(destination.text), via: gateway, metric: options["metric"])
    guard let found = FoundRoute(route, isPlain: options.isPlain && hops < 2) else { return nil }
    (self.found, self.options, self.line, hasHops) = (found, options, line, hops > 0)
    end = words.last?.range.upperBound ?? destination.range.upperBound
  }

  /// Where a route goes, and what else is said of it, of several routers the first; nil for one in another table, or for another interface.
  ///
  /// - Parameter names: nil: for whichever.
  static func parts(
    _ words: [PlacedWord], of names: [String]?
  ) -> (destination: PlacedWord, options: RouteOptions)? {
    var rest = ["to", "unicast"].contains(words.first?.text) ? words.dropFirst() : words[...]
    guard let destination = rest.popFirst() else { return nil }
    let parts = rest.split(maxSplits: 2, omittingEmptySubsequences: false) { $0.text == "nexthop" }
    let hop = parts.dropFirst().first.map { hop in
      let weight = hop.firstIndex { $0.text == "weight" }
      return weight.map { Array(hop[..<$0] + hop[$0...].dropFirst(2)) } ?? Array(hop)
    }
    guard let options = RouteOptions(Array(parts[0]) + (hop ?? [])), options.isMain,
      names.map({ names in options["dev"].map(names.contains) ?? true }) ?? true
    else { return nil }
    return (destination, options)
  }

  /// `10/8` is 10.0.0.0/8 to ip(8) (get_addr_ipv4 of iproute2).
  private static func filledUp(_ destination: String) -> String {
    let parts = destination.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return destination }
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count < 4, numbers.allSatisfy({ UInt8($0) != nil }) else { return destination }
    let zeros = Array(repeating: "0", count: 4 - numbers.count)
    return (numbers.map(String.init) + zeros).joined(separator: ".") + "/\(parts[1])"
  }

  /// The whole line with another router and metric, all else as it is; nil where it has no place for them.
  func redirected(to route: Route) -> [UInt8]? {
    guard !hasHops else { return nil }
    return options.setting(
      [("via", "\(route.gateway)"), ("metric", route.metric.map { "\($0)" })], in: line, end: end)
  }
}
