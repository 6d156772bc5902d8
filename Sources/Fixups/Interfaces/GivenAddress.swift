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

/// What the commands of a script for sh(1) give.
struct ScriptAddresses {
  /// Each with its line, counted from 1.
  private(set) var all: [(line: Int, given: GivenAddress)] = []
  /// Whether it asks what the machine is called: then it may be for several hosts, and gives each its own.
  let asksForHost: Bool

  init(_ bytes: [UInt8]) {
    asksForHost = Self.asksForHost(String(decoding: bytes, as: UTF8.self))
    var scattered = ScatteredCommands()
    // One that ends with a backslash goes on.
    var (start, said) = (0, "")
    for (index, line) in Lines(bytes).enumerated() {
      if said.isEmpty { start = index + 1 }
      let text = line.text
      if text.hasSuffix("\\") {
        said += text.dropLast()
        continue
      }
      for command in scattered.commands(in: said + text) {
        all += GivenAddress.all(by: command).map { (start, $0) }
      }
      said = ""
    }
  }

  static func asksForHost(_ text: String) -> Bool {
    ["hostname", "HOSTNAME", "uname"].contains { text.contains($0) }
  }
}
