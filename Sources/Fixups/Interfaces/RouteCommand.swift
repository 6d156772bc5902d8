internal import Documents
internal import Site

/// A command in /etc/network/interfaces that sets a route: `up ip route add 10.0.0.0/8 via 192.168.10.1`. What does it in
/// another way is somebody's own and no route of ours.
struct RouteCommand {
  let found: FoundRoute
  private let words: RouteWords?

  /// nil for any other option.
  init?(_ option: InterfacesFile.Option, of interface: String) {
    guard ["up", "post-up"].contains(option.name) else { return nil }
    self.init(option.value, IPVerb.setting, interface)
  }

  /// One that is there already must not make ifup(8) fail.
  static func text(_ route: Route, of interface: String) -> String { "ip route replace \(route.words(of: interface))" }

  /// The whole command with another router and metric, for one that says more than a site can.
  func redirected(to route: Route) -> String? {
    words.map { String(decoding: $0.redirected(to: route), as: UTF8.self) }
  }

  /// The command by which an option takes a route away when the interface goes down.
  static func undoing(_ option: InterfacesFile.Option, of interface: String) -> RouteCommand? {
    guard ["down", "pre-down", "post-down"].contains(option.name) else { return nil }
    return RouteCommand(option.value, [.delete], interface)
  }

  private init?(_ command: String, _ verbs: Set<IPVerb>, _ interface: String) {
    guard let command = PlainRouteCommand(command, verbs, interface) else { return nil }
    switch command.program {
    case .ip:
      guard let route = RouteWords(command.words, in: command.line, of: PlainRouteCommand.names(of: interface)) else {
        return nil
      }
      (found, words) = (route.found, route)
    case .route:
      let route = Route(oldWords: command.words.map(\.text), of: PlainRouteCommand.names(of: interface))
      guard let route = FoundRoute(route, isPlain: true) else { return nil }
      (found, words) = (route, nil)
    }
  }
}

/// A command that sets the default route: `up ip route add default via 192.168.10.2`, `up route add default gw 192.168.10.2`.
struct DefaultRouteCommand {
  /// nil in one that takes away whichever there is.
  let gateway: IPAddress?
  private let router: PlacedWord?
  private let line: [UInt8]

  init?(_ option: InterfacesFile.Option, of interface: String) {
    guard ["up", "post-up"].contains(option.name) else { return nil }
    self.init(option.value, IPVerb.setting, interface)
    guard gateway != nil else { return nil }
  }

  static func undoing(_ option: InterfacesFile.Option, of interface: String) -> DefaultRouteCommand? {
    guard ["down", "pre-down", "post-down"].contains(option.name) else { return nil }
    return DefaultRouteCommand(option.value, [.delete], interface)
  }

  private init?(_ command: String, _ verbs: Set<IPVerb>, _ interface: String) {
    guard let command = PlainRouteCommand(command, verbs, interface) else { return nil }
    let names = PlainRouteCommand.names(of: interface)
    let key: String
    switch command.program {
    case .ip:
      guard let parts = RouteWords.parts(command.words, of: names), Route.isEverywhere(parts.destination.text) else {
        return nil
      }
      key = "via"
    case .route:
      var words = command.words[...]
      if words.first?.text == "-net" { words.removeFirst() }
      guard let destination = words.popFirst(), Route.isEverywhere(destination.text) else { return nil }
      let texts = words.map(\.text)
      let device = texts.firstIndex(of: "dev").flatMap { texts.dropFirst($0 + 1).first }
      guard device.map(names.contains) ?? true else { return nil }
      key = "gw"
    }
    line = command.line
    router = command.words.firstIndex { $0.text == key }.flatMap { command.words.dropFirst($0 + 1).first }
    gateway = router.flatMap { try? IPAddress($0.text) }
    // Somebody's own way to say a router.
    if router != nil, gateway == nil { return nil }
  }

  /// The whole command with another router.
  func redirected(to gateway: IPAddress) -> String {
    guard let router else { return String(decoding: line, as: UTF8.self) }
    var line = line
    line.replaceSubrange(router.range, with: gateway.description.utf8)
    return String(decoding: line, as: UTF8.self)
  }
}

/// The words of ip-route(8) or route(8) behind the verb, where a shell would do nothing to them.
private struct PlainRouteCommand {
  enum Program { case ip, route }

  let program: Program
  let words: [PlacedWord]
  /// The whole command.
  let line: [UInt8]

  private static let variables = ["$IFACE", "${IFACE}", "\"$IFACE\"", "\"${IFACE}\""]

  /// What an interface is called in its own commands.
  static func names(of interface: String) -> [String] { variables + [interface] }

  init?(_ command: String, _ verbs: Set<IPVerb>, _ interface: String) {
    line = Array(command.utf8)
    var words = PlacedWord.all(in: line)
    // Whether it succeeds is no matter.
    if [["||", "true"], ["||", ":"]].contains(words.suffix(2).map(\.text)) { words.removeLast(2) }
    guard let name = words.first?.text.split(separator: "/").last else { return nil }
    words.removeFirst()
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
    self.words = Array(words.dropFirst())
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
