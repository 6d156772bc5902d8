internal import Documents
internal import Site

/// A command in /etc/network/interfaces that sets a route of its own interface: `ip route add 10.0.0.0/8 via 192.168.10.1`. What does it in
/// another way is somebody's own and no route of ours.
struct RouteCommand {
  let found: FoundRoute
  private let words: RouteWords?
  private let command: CommandList.Command

  init?(_ place: StanzaCommand, _ verbs: Set<IPVerb>) {
    guard let command = PlainRouteCommand(place, verbs) else { return nil }
    let names = PlainRouteCommand.names(of: place.stanza.interface)
    switch command.program {
    case .ip:
      guard let route = RouteWords(command.words, in: place.line.bytes, of: names) else { return nil }
      (found, words) = (route.found, route)
    case .route:
      guard let route = FoundRoute(Route(oldWords: command.words.map(\.text), of: names), isPlain: true) else {
        return nil
      }
      (found, words) = (route, nil)
    }
    self.command = place.command
  }

  /// One that is there already must not make ifup(8) fail.
  static func text(_ route: Route, of interface: String) -> String { "ip route replace \(route.words(of: interface))" }

  /// The same command with another router and metric, for one that says more than a site can; nil where it cannot say them.
  func redirected(to route: Route) -> [UInt8]? {
    words?.redirected(to: route).map { line in
      let excess = line.count - (words?.line.count ?? 0)
      return Array(line[command.range.lowerBound..<command.range.upperBound + excess])
    }
  }
}

/// A command that sets the default route, or takes it away: `ip route add default via 192.168.10.2`, `route add default gw 192.168.10.2`.
struct DefaultRouteCommand {
  /// Several where it shares packets out among them; none in one that takes away whichever there is.
  let gateways: [IPAddress]
  /// The interface that it names; nil: the one by which the router is reached.
  let interface: String?
  let metric: String?
  /// Whether it takes the place of one that is there.
  let isReplacing: Bool
  private let router: PlacedWord?

  init?(_ place: StanzaCommand, _ verbs: Set<IPVerb>) {
    guard let command = PlainRouteCommand(place, verbs) else { return nil }
    let key: String
    switch command.program {
    case .ip:
      guard let parts = RouteWords.parts(command.words, of: nil), Route.isEverywhere(parts.destination.text) else {
        return nil
      }
      key = "via"
    case .route:
      var words = command.words[...]
      if words.first?.text == "-net" { words.removeFirst() }
      guard let destination = words.popFirst(), Route.isEverywhere(destination.text) else { return nil }
      key = "gw"
    }
    func value(_ key: String) -> PlacedWord? { command.words(behind: key).first }
    router = value(key)
    let routers = command.words(behind: key).map { try? IPAddress($0.text) }
    // Somebody's own way to say a router.
    guard !routers.contains(nil) else { return nil }
    gateways = routers.compactMap(\.self)
    interface = value("dev").map { place.interface($0.text) }
    metric = value("metric")?.text
    isReplacing = command.verb == .replace
  }

  var gateway: IPAddress? { gateways.first }

  /// The same command with another router.
  func redirected(to gateway: IPAddress, _ place: StanzaCommand) -> [UInt8] {
    var bytes = Array(place.line.bytes[place.command.range])
    guard let router else { return bytes }
    let start = place.command.range.lowerBound
    bytes.replaceSubrange(
      router.range.lowerBound - start..<router.range.upperBound - start, with: gateway.description.utf8)
    return bytes
  }

  /// One that is there already must not make ifup(8) fail.
  static func text(_ gateway: IPAddress, of interface: String) -> String {
    "ip \(gateway.family == .v6 ? "-6 " : "")route replace default via \(gateway) dev \(interface)"
  }
}

/// The words of ip-route(8) or route(8) behind the verb, where a shell would do nothing to them.
private struct PlainRouteCommand {
  enum Program { case ip, route }

  let program: Program
  let verb: IPVerb
  let words: [PlacedWord]

  private static let variables = ["$IFACE", "${IFACE}"]

  /// What an interface is called in its own commands.
  static func names(of interface: String) -> [String] { variables + [interface] }

  init?(_ place: StanzaCommand, _ verbs: Set<IPVerb>) {
    var words = place.command.words[...]
    guard let name = words.popFirst()?.text.split(separator: "/").last else { return nil }
    let isPlain = words.allSatisfy { word in
      Self.variables.contains(word.text) || !word.text.contains { "$`\"'\\;&|<>(){}*?[]#~".contains($0) }
    }
    guard isPlain else { return nil }
    switch name {
    case "ip":
      program = .ip
      if ["-4", "-6"].contains(words.first?.text) { words.removeFirst() }
      guard IPVerb.isShort(words.first?.text, for: "route") else { return nil }
      words.removeFirst()
    case "route": program = .route
    default: return nil
    }
    guard let word = words.first?.text, words.count > 1,
      let verb = program == .ip ? IPVerb(word) : IPVerb(ofOldTool: word), verbs.contains(verb)
    else { return nil }
    self.verb = verb
    self.words = Array(words.dropFirst())
  }

  /// Each that follows such a word.
  func words(behind key: String) -> [PlacedWord] { zip(words, words.dropFirst()).filter { $0.0.text == key }.map(\.1) }
}

extension Route {
  /// From the words that route(8) takes: `-net 10.0.0.0 netmask 255.0.0.0 gw 192.168.10.1 dev ens33`.
  fileprivate init?(oldWords words: [String], of names: [String]) {
    var (rest, prefix) = (words[...], String?.none)
    guard let kind = rest.popFirst(), ["-net", "-host"].contains(kind), let destination = rest.popFirst() else {
      return nil
    }
    if kind == "-host" { prefix = "32" }
    var said: [String: String] = [:]
    while let key = rest.popFirst() {
      guard let value = rest.popFirst() else { return nil }
      said[key] = value
    }
    let (mask, device) = (said.removeValue(forKey: "netmask"), said.removeValue(forKey: "dev"))
    guard let gateway = said.removeValue(forKey: "gw"), device.map(names.contains) ?? true else { return nil }
    let metric = said.removeValue(forKey: "metric")
    // Without a mask it would be that of a class.
    guard said.isEmpty, prefix != nil || mask != nil || destination.contains("/") else { return nil }
    self.init(to: destination, prefix: prefix ?? mask, via: gateway, metric: metric == "0" ? nil : metric)
  }

  /// As the stanzas that such a command belongs into.
  var family: InterfacesFile.Family { gateway.family == .v4 ? .inet : .inet6 }
}
