internal import Documents
internal import Site

/// A command in /etc/network/interfaces that sets a route: `up ip route add 10.0.0.0/8 via 192.168.10.1`. What does more, or
/// does it in another way, is somebody's own and no route of ours.
struct RouteCommand {
  let route: Route

  /// nil for any other option.
  init?(_ option: InterfacesFile.Option, of interface: String) {
    guard ["up", "post-up"].contains(option.name),
      let route = Self.route(option.value, ["add", "append", "replace", "change"], interface)
    else { return nil }
    self.route = route
  }

  /// One that is there already must not make ifup(8) fail.
  static func text(_ route: Route, of interface: String) -> String { "ip route replace \(route.words(of: interface))" }

  /// Whether an option takes one of these routes away when the interface goes down.
  static func undoes(_ option: InterfacesFile.Option, _ routes: [Route], of interface: String) -> Bool {
    guard ["down", "pre-down", "post-down"].contains(option.name),
      let route = route(option.value, ["del", "delete"], interface)
    else { return false }
    return routes.contains { $0.destination == route.destination && $0.gateway == route.gateway }
  }

  private static func route(_ command: String, _ verbs: [String], _ interface: String) -> Route? {
    var words = command.split { $0 == " " || $0 == "\t" }.map(String.init)
    // Whether it succeeds is no matter.
    if words.suffix(2) == ["||", "true"] || words.suffix(2) == ["||", ":"] { words.removeLast(2) }
    words = words.map { ["$IFACE", "${IFACE}", "\"$IFACE\"", "\"${IFACE}\""].contains($0) ? interface : $0 }
    guard let program = words.first?.split(separator: "/").last else { return nil }
    words.removeFirst()
    switch program {
    case "ip":
      if ["-4", "-6"].contains(words.first) { words.removeFirst() }
      guard words.count > 2, ["route", "ro", "r"].contains(words[0]), verbs.contains(words[1]) else { return nil }
      return Route(words: Array(words.dropFirst(2)), of: interface)
    case "route":
      guard words.count > 1, verbs.contains(words[0]) else { return nil }
      return Route(oldWords: Array(words.dropFirst()), of: interface)
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
