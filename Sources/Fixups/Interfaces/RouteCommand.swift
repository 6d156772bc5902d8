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
  let family: IPAddress.Family
  /// The interface that it names; nil: the one by which the router is reached.
  let interface: String?
  let metric: String?
  /// Whether it takes the place of one that is there.
  let isReplacing: Bool
  private let router: PlacedWord?

  init?(_ place: StanzaCommand, _ verbs: Set<IPVerb>) {
    guard let command = PlainRouteCommand(place, verbs), command.isDefault else { return nil }
    let hops = command.program == .ip ? command.words.behind("via") : command.words.behind("gw", "gateway")
    let routers = hops.map { try? IPAddress($0.text) }
    // Somebody's own way to say a router.
    guard !routers.contains(nil) else { return nil }
    router = hops.first
    gateways = routers.compactMap(\.self)
    family = gateways.first?.family ?? command.family
    interface = command.device.map { place.interface($0.text) }
    metric = command.words.behind("metric", "preference", "priority").first?.text
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
  /// That its options say, or IPv4.
  let family: IPAddress.Family

  private static let variables = ["$IFACE", "${IFACE}"]

  /// What an interface is called in its own commands.
  static func names(of interface: String) -> [String] { variables + [interface] }

  init?(_ place: StanzaCommand, _ verbs: Set<IPVerb>) {
    let isPlain = place.command.words.dropFirst().allSatisfy { word in
      Self.variables.contains(word.text) || !word.text.contains { "$`\"'\\;&|<>(){}*?[]#~".contains($0) }
    }
    guard isPlain else { return nil }
    let found: IPVerb?
    if let ip = IPCommand(place.command) {
      guard ip.isAbout("route") else { return nil }
      (program, family, words, found) = (.ip, ip.family ?? .v4, ip.words, IPVerb(ip.verb))
    } else {
      guard place.command.program == "route", let (isSix, rest) = Self.optionsOfRoute(place.command.words),
        let word = rest.first
      else { return nil }
      (program, family, words, found) = (
        .route, isSix ? .v6 : .v4, Array(rest.dropFirst()), IPVerb(ofOldTool: word.text)
      )
    }
    guard let found, verbs.contains(found), !words.isEmpty else { return nil }
    verb = found
  }

  /// Whether IPv6 is meant, and what stands behind the options (route(8)).
  private static func optionsOfRoute(_ words: [PlacedWord]) -> (isSix: Bool, rest: ArraySlice<PlacedWord>)? {
    var rest = words.dropFirst()
    var isSix = false
    while let option = rest.first?.text, option.hasPrefix("-") {
      rest.removeFirst()
      switch option {
      case "-4", "--inet", "-v", "-n": break
      case "-6", "--inet6": isSix = true
      case "-A": isSix = rest.popFirst()?.text == "inet6"
      default: return nil
      }
    }
    return (isSix, rest)
  }

  /// Whether it is about the default route.
  var isDefault: Bool {
    guard program == .route else {
      return RouteWords.parts(words, of: nil).map { Route.isEverywhere($0.destination.text) } ?? false
    }
    let isNet = words.first?.text == "-net"
    guard let destination = words.dropFirst(isNet ? 1 : 0).first?.text else { return false }
    return Route.isEverywhere(destination)
      || isNet && destination == "0.0.0.0" && ["0.0.0.0", nil].contains(words.behind("netmask").first?.text)
  }

  /// The interface that it names; to route(8) the last word is one where it stands alone.
  var device: PlacedWord? {
    words.behind("dev").first ?? (program == .route ? words.behind("device").first ?? lastWord : nil)
  }

  private var lastWord: PlacedWord? {
    guard let last = words.last, words.count > 1 else { return nil }
    let keys = ["gw", "gateway", "netmask", "metric", "mss", "window", "irtt", "-net", "-host"]
    return keys.contains(words[words.count - 2].text) || keys.contains(last.text) || Route.isEverywhere(last.text)
      ? nil : last
  }
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
    let synonyms = ["gateway": "gw", "device": "dev"]
    while let key = rest.popFirst() {
      // The last word may be an interface's name alone.
      guard let value = rest.popFirst() else {
        said["dev"] = said["dev"] == nil ? key : ""
        break
      }
      said[synonyms[key] ?? key] = value
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
