internal import Documents
internal import Site
internal import Tree

/// One command of a line that ifup(8) or ifdown(8) runs with a stanza: `up ip link set $IFACE up && ip addr add …` has two.
struct StanzaCommand {
  let path: TreePath
  let stanza: InterfacesFile.Stanza
  let option: InterfacesFile.Option
  let line: CommandList
  /// Which of the line's it is.
  let index: Int

  var command: CommandList.Command { line.commands[index] }
  var text: String { String(decoding: line.bytes[command.range], as: UTF8.self) }
  /// Whether it runs when the interface comes up.
  var isUp: Bool { Self.up.contains(option.name) }
  var isBeforeAddress: Bool { option.name == "pre-up" }
  /// Whether it runs in some case only, in a way that a condition before `&&` is not taken for.
  var isDoubtful: Bool { command.isAlternative || command.isConditional }

  static let up = ["pre-up", "up", "post-up"]

  /// Those of one file, in its order.
  static func all(in document: InterfacesFile, _ path: TreePath) -> [StanzaCommand] {
    document.stanzas.flatMap { stanza in
      stanza.options.filter { IfupdownBackend.hooks.contains($0.name) }.flatMap {
        all(of: $0, in: stanza, document, path)
      }
    }
  }

  /// None of a line that does more than such commands do.
  static func all(
    of option: InterfacesFile.Option, in stanza: InterfacesFile.Stanza, _ document: InterfacesFile, _ path: TreePath
  ) -> [StanzaCommand] {
    guard let line = CommandList(document.bytes(of: option)) else { return [] }
    return line.commands.indices.map {
      StanzaCommand(path: path, stanza: stanza, option: option, line: line, index: $0)
    }
  }

  /// What a word of it calls an interface: its own is `$IFACE` (interfaces(5), HOOK SCRIPTS), and one behind another variable that its line
  /// does not set is taken for that.
  func interface(_ word: String?) -> String {
    guard let word, word.hasPrefix("$") else { return word ?? stanza.interface }
    let key = "\(word.filter { !"${}".contains($0) })="
    let words = String(decoding: line.bytes, as: UTF8.self).split { " \t;&|(){}".contains($0) }
    let value = words.last { $0.hasPrefix(key) }?.dropFirst(key.count).filter { !"\"'".contains($0) }
    return value.flatMap { $0.isEmpty || $0.contains("$") ? nil : $0 } ?? stanza.interface
  }

  func isSame(as other: StanzaCommand) -> Bool {
    path == other.path && option == other.option && index == other.index
  }
}

extension StanzaCommand {
  /// The address that it gives an interface when its own comes up.
  var address: AddressCommand? { isUp ? AddressCommand(command, IPVerb.setting) : nil }

  /// Whether the whole line does where the address that it gives is there already.
  var fails: Bool {
    guard !command.isConditional, address?.isNew ?? false else { return false }
    // An alternative catches it, and a command behind `;` decides in its place.
    let next = line.commands.dropFirst(index + 1).first { $0.joint != "&&" }
    return next.map { $0.joint == "||" && ["exit", "false"].contains($0.program) && $0.words.last?.text != "0" } ?? true
  }

  /// Whether it may take away an address or a default route, and nothing behind it in its line gives one again.
  var onlyTakes: Bool {
    guard addressGone != nil || flushed != nil || flushedRoutes != nil || defaultRouteGone != nil else { return false }
    return line.commands.indices.dropFirst(index + 1).allSatisfy { next in
      let other = StanzaCommand(path: path, stanza: stanza, option: option, line: line, index: next)
      return other.address == nil && other.defaultRoute == nil
    }
  }

  /// The one that it takes away, coming up or going down.
  var addressGone: AddressCommand? { AddressCommand(command, [.delete]) }

  /// The interface that loses its addresses of a family by it, or of both: `ip addr flush dev ens33` (ip-address(8)), `ifconfig ens33 0.0.0.0`.
  var flushed: (interface: String, family: IPAddress.Family?)? {
    if let ip = IPCommand(command) {
      guard ip.isAbout("address"), IPVerb.isShort(ip.verb, for: "flush") else { return nil }
      // Whatever else stands there says which of them: `to`, `scope`, `label`, `dynamic`.
      guard let device = ip.words.last?.text, ip.words.count == 1 || ip.words.count == 2 && ip.words[0].text == "dev"
      else { return nil }
      return (interface(device), ip.family)
    }
    let rest = command.words.dropFirst().map(\.text).filter { !$0.hasPrefix("-") && $0 != "inet" }
    guard command.program == "ifconfig", rest.count > 1, ["0.0.0.0", "0"].contains(rest[1]) else { return nil }
    return (interface(rest[0]), .v4)
  }

  /// The default routes that it takes away without naming a router: `ip route flush default`, `ip route flush dev ens33` (ip-route(8)). Of
  /// nil, all interfaces', or both families'.
  var flushedRoutes: (interface: String?, family: IPAddress.Family?)? {
    guard let ip = IPCommand(command), ip.isAbout("route"), IPVerb.isShort(ip.verb, for: "flush") else { return nil }
    let family = ip.family ?? .v4
    switch ip.words.map(\.text) {
    case ["default"], ["0/0"], ["0.0.0.0/0"], ["::/0"], ["all"], ["table", "main"]: return (nil, family)
    case let rest where rest.count == 2 && rest[0] == "dev": return (interface(rest[1]), family)
    default: return nil
    }
  }

  /// The interface for which it asks DHCP servers, or no longer does (dhclient(8), dhcpcd(8), udhcpc(8)).
  var asking: (interface: String, family: IPAddress.Family)? {
    guard ["dhclient", "dhcpcd", "udhcpc", "udhcpc6", "pump"].contains(command.program) else { return nil }
    let words = command.words.dropFirst().map(\.text)
    let family: IPAddress.Family = words.contains("-6") || command.program == "udhcpc6" ? .v6 : .v4
    guard let last = words.last, !last.hasPrefix("-"), !last.contains("/") else { return (stanza.interface, family) }
    return (interface(last), family)
  }

  /// The interface that is there only since it ran: `ip link add br0 type bridge` (ip-link(8)), `brctl addbr br0`, `vconfig add ens33 10`.
  var made: String? {
    if let ip = IPCommand(command) {
      guard IPVerb(ip.verb) == .add, ["link", "tuntap", "tunnel"].contains(where: ip.isAbout) else { return nil }
      // `link ens33` is what a VLAN stands on, and so is `dev ens33` behind the name of a tunnel.
      var rest = ip.words[0...]
      if rest.first?.text == "link" { rest = rest.dropFirst(2) }
      if ["name", "dev"].contains(rest.first?.text) { rest = rest.dropFirst() }
      let isNamedLater = ["type", "mode"].contains(rest.first?.text)
      guard let name = isNamedLater ? ip.words.behind("name", "dev").first : rest.first else { return nil }
      return interface(name.text)
    }
    let words = command.words.map(\.text).filter { !$0.hasPrefix("-") }
    switch command.program {
    case "brctl": return words.count > 2 && words[1] == "addbr" ? interface(words[2]) : nil
    case "ovs-vsctl": return command.words.behind("add-br").first.map { interface($0.text) }
    case "vconfig", "tunctl": return words.count > 1 ? stanza.interface : nil
    default: return nil
    }
  }

  /// The default route that it sets.
  var defaultRoute: DefaultRouteCommand? {
    guard isUp, let found = DefaultRouteCommand(self, IPVerb.setting), !found.gateways.isEmpty else { return nil }
    return found
  }

  /// The one that it takes away, coming up or going down.
  var defaultRouteGone: DefaultRouteCommand? { DefaultRouteCommand(self, [.delete]) }

  /// The further route that it sets for its own interface.
  var route: RouteCommand? { isUp ? RouteCommand(self, IPVerb.setting) : nil }

  var routeGone: RouteCommand? { isUp ? nil : RouteCommand(self, [.delete]) }
}
