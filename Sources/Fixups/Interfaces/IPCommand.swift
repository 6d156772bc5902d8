internal import Documents
internal import Site

/// A command of ip(8) behind its options (main in iproute2's ip.c): `ip -4 addr add …`, `/sbin/ip -f inet6 route add …`.
struct IPCommand {
  /// As an option says it.
  let family: IPAddress.Family?
  /// `addr`, `route`, however short.
  let object: String
  let verb: String
  /// Behind the verb.
  let words: [PlacedWord]

  /// nil for another program's, for one that only lists, and for one in another network namespace.
  init?(_ command: CommandList.Command) {
    guard command.program == "ip" else { return nil }
    var rest = command.words.dropFirst()
    var family: IPAddress.Family?
    while let option = rest.first?.text, option.hasPrefix("-") {
      rest.removeFirst()
      switch option.drop(while: { $0 == "-" }) {
      case "4": family = .v4
      case "6": family = .v6
      case let name where IPVerb.isShort(String(name), for: "netns") || IPVerb.isShort(String(name), for: "batch"):
        return nil
      case let name where IPVerb.isShort(String(name), for: "family"):
        switch rest.popFirst()?.text {
        case "inet": family = .v4
        case "inet6": family = .v6
        default: return nil
        }
      case let name where IPVerb.isShort(String(name), for: "loops") || name.hasPrefix("rc"): rest = rest.dropFirst()
      default: break
      }
    }
    guard let object = rest.popFirst()?.text, let verb = rest.popFirst()?.text else { return nil }
    (self.family, self.object, self.verb) = (family, object, verb)
    words = Array(rest)
  }

  func isAbout(_ object: String) -> Bool { IPVerb.isShort(self.object, for: object) }
}

extension [PlacedWord] {
  /// Each that follows one of some words: `dev ens33`.
  func behind(_ keys: String...) -> [PlacedWord] {
    zip(self, dropFirst()).filter { keys.contains($0.0.text) }.map(\.1)
  }
}
