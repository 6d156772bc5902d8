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
    self.init(option.value, ["add", "append", "replace", "change"], interface)
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
    return RouteCommand(option.value, ["del", "delete"], interface)
  }

  private init?(_ command: String, _ verbs: [String], _ interface: String) {
    let line = Array(command.utf8)
    var words = PlacedWord.all(in: line)
    // Whether it succeeds is no matter.
    if [["||", "true"], ["||", ":"]].contains(words.suffix(2).map(\.text)) { words.removeLast(2) }
    guard let program = words.first?.text.split(separator: "/").last else { return nil }
    words.removeFirst()
    let variables = ["$IFACE", "${IFACE}", "\"$IFACE\"", "\"${IFACE}\""]
    switch program {
    case "ip":
      if ["-4", "-6"].contains(words.first?.text) { words.removeFirst() }
      guard words.count > 2, ["route", "ro", "r"].contains(words[0].text), verbs.contains(words[1].text),
        words.allSatisfy({ variables.contains($0.text) || !$0.text.contains { "$`\"'\\;&|<>(){}*?[]#~".contains($0) } }
        ),
        let route = RouteWords(words.dropFirst(2), in: line, of: variables + [interface])
      else { return nil }
      (found, self.words) = (route.found, route)
    case "route":
      let texts = words.map { variables.contains($0.text) ? interface : $0.text }
      guard texts.count > 1, verbs.contains(texts[0]),
        let route = FoundRoute(Route(oldWords: Array(texts.dropFirst()), of: interface), isPlain: true)
      else { return nil }
      (found, self.words) = (route, nil)
    default: return nil
    }
  }
}

extension Route {
  /// From the words that route(8) takes: `-net 10.0.0.0 netmask 255.0.0.0 gw 192.168.10.1 dev ens33`.
  fileprivate init?(oldWords words: [String], of interface: String) {
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
    let (mask, device) = (said.removeValue(forKey: "netmask"), said.removeValue(forKey: "dev") ?? interface)
    guard let gateway = said.removeValue(forKey: "gw"), device == interface else { return nil }
    let metric = said.removeValue(forKey: "metric")
    // Without a mask it would be that of a class.
    guard said.isEmpty, prefix != nil || mask != nil || destination.contains("/") else { return nil }
    self.init(to: destination, prefix: prefix ?? mask, via: gateway, metric: metric == "0" ? nil : metric)
  }

  /// As the stanzas that such a command belongs into.
  var family: InterfacesFile.Family { gateway.family == .v4 ? .inet : .inet6 }
}
