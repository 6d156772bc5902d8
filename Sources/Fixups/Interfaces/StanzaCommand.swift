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

  private static let up = ["pre-up", "up", "post-up"]

  /// Those of one file, in its order.
  static func all(in document: InterfacesFile, _ path: TreePath) -> [StanzaCommand] {
    document.stanzas.flatMap { stanza in
      stanza.options.filter { IfupdownBackend.hooks.contains($0.name) }.flatMap { option -> [StanzaCommand] in
        guard let line = CommandList(document.bytes(of: option)) else { return [] }
        return line.commands.indices.map {
          StanzaCommand(path: path, stanza: stanza, option: option, line: line, index: $0)
        }
      }
    }
  }

  /// What a word of it calls an interface: its own is `$IFACE` (interfaces(5), HOOK SCRIPTS), and one behind another variable is taken for that.
  func interface(_ word: String?) -> String {
    guard let word, !word.hasPrefix("$") else { return stanza.interface }
    return word
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
    // An alternative catches it, and a command behind `;` decides in its place.
    address?.isNew ?? false && line.commands.dropFirst(index + 1).allSatisfy { $0.joint == "&&" }
  }

  /// The one that it takes away, coming up or going down.
  var addressGone: AddressCommand? { AddressCommand(command, [.delete]) }

  /// The interface that loses its addresses of a family by it, or of both: `ip addr flush dev ens33` (ip-address(8)), `ifconfig ens33 0.0.0.0`.
  var flushed: (interface: String, family: IPAddress.Family?)? {
    let all = command.words.map(\.text)
    let words = all.filter { !$0.hasPrefix("-") }
    switch command.program {
    case "ip":
      guard words.count > 2, IPVerb.isShort(words[1], for: "address"), words[2].count > 0, "flush".hasPrefix(words[2])
      else { return nil }
      // Whatever else stands there says which of them: `to`, `scope`, `label`, `dynamic`.
      let rest = words.dropFirst(3)
      guard let device = rest.last, rest.count == 1 || rest.count == 2 && rest.first == "dev" else { return nil }
      return (interface(device), all.contains("-4") ? .v4 : all.contains("-6") ? .v6 : nil)
    case "ifconfig":
      let rest = words.dropFirst().filter { $0 != "inet" }
      guard rest.count > 1, ["0.0.0.0", "0"].contains(rest[1]) else { return nil }
      return (interface(rest[0]), .v4)
    default: return nil
    }
  }

  /// The default routes that it takes away without naming a router: `ip route flush default`, `ip route flush dev ens33` (ip-route(8)). Of
  /// nil, all interfaces', or both families'.
  var flushedRoutes: (interface: String?, family: IPAddress.Family?)? {
    let all = command.words.map(\.text)
    let words = all.filter { !$0.hasPrefix("-") }
    guard command.program == "ip", words.count > 3, IPVerb.isShort(words[1], for: "route"), words[2].count > 0,
      "flush".hasPrefix(words[2])
    else { return nil }
    let family: IPAddress.Family? = all.contains("-6") ? .v6 : .v4
    switch Array(words[3...]) {
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
    let words = command.words.map(\.text).filter { !$0.hasPrefix("-") }
    switch command.program {
    case "ip":
      guard words.count > 3, let verb = IPVerb(words[2]), verb == .add,
        IPVerb.isShort(words[1], for: "link") || IPVerb.isShort(words[1], for: "tuntap")
          || IPVerb.isShort(words[1], for: "tunnel")
      else { return nil }
      let rest = Array(words.dropFirst(3))
      let named = ["name", "dev"].lazy.compactMap { key in
        rest.firstIndex(of: key).flatMap { rest.dropFirst($0 + 1).first }
      }
      return interface(named.first ?? rest[0])
    case "brctl": return words.count > 2 && words[1] == "addbr" ? interface(words[2]) : nil
    case "ovs-vsctl":
      return words.firstIndex(of: "add-br").flatMap { words.dropFirst($0 + 1).first }.map { interface($0) }
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
