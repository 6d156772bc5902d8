internal import Documents
internal import Site

/// An address that a command gives an interface, whoever runs it: ifup(8), a script, cloud-init. What only mentions one, as a ping does or a
/// static neighbour, gives none.
struct GivenAddress {
  let address: IPAddress
  /// nil where the command says none, or its reader knows it.
  let prefix: PrefixLength?
  /// As the command names the interface.
  let device: String?
  /// Whether it is only what a variable may stand for.
  var isGuessed = false

  /// - Parameter known: what an address may be that stands in a variable of which no more can be told.
  static func all(
    by command: CommandList.Command, known: @autoclosure () -> [IPAddress] = []
  ) -> [GivenAddress] {
    if command.program == "nmcli" { return connection(command.words.map(\.text)) }
    if let found = AddressCommand(command, IPVerb.setting) {
      return [GivenAddress(address: found.address, prefix: found.prefix, device: found.device)]
    }
    // What ip(8) is told on its standard input stands elsewhere in the line.
    let isBatch =
      command.program == "ip"
      && command.words.contains {
        $0.text.hasPrefix("-") && IPVerb.isShort(String($0.text.drop { $0 == "-" }), for: "batch")
      }
    guard isBatch || command.words.contains(where: { $0.text.contains("$") }) && setsVariable(command) else {
      return []
    }
    let device = IPCommand(command)?.words.behind("dev").first?.text
    return known().map { GivenAddress(address: $0, prefix: nil, device: device, isGuessed: true) }
  }

  /// Whether the address is in a variable.
  private static func setsVariable(_ command: CommandList.Command) -> Bool {
    let probe = "192.0.2.1"
    let probed = command.saying { $0.contains("$") ? probe : $0 }
    return AddressCommand(probed, IPVerb.setting)?.address.description == probe
  }

  /// `nmcli connection modify ens33 ipv4.addresses 192.168.10.20/24`, `nmcli con add … ip4 192.168.10.20/24` (nmcli(1)).
  private static func connection(_ words: [String]) -> [GivenAddress] {
    guard words.contains(where: { word in ["modify", "add"].contains { IPVerb.isShort(word, for: $0) } }) else {
      return []
    }
    let keys = ["ipv4.addresses", "ipv4.address", "ipv6.addresses", "ipv6.address", "ip4", "ip6"]
    return zip(words, words.dropFirst()).filter { keys.contains(String($0.0.drop { $0 == "+" })) }.flatMap {
      $0.1.split(separator: ",").compactMap { try? IPAddress(String($0.prefix { $0 != "/" })) }
    }.map { GivenAddress(address: $0, prefix: nil, device: nil) }
  }
}
