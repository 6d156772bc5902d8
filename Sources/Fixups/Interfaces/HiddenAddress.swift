internal import Documents
internal import Site
internal import Tree

/// An address that a line gives an interface in a way of its own: in a loop, in a substitution, by a variable, in a script between quotes,
/// behind `else`. It is seen, and no more is edited of it than a word that is an address of the original.
struct HiddenAddress {
  let interface: String
  /// In whose stanza it stands.
  let stanza: String
  let address: IPAddress
  /// Whether it is such a word.
  let isWord: Bool
  /// Whether its line asks what the machine is called: a file for several hosts gives each its own.
  let asksForHost: Bool
  /// `/etc/network/interfaces:7`
  let place: String

  /// Those of the lines that ifup(8) runs with a file's stanzas.
  ///
  /// - Parameter known: what a variable's value is looked for among.
  static func all(in document: InterfacesFile, _ path: TreePath, known: [IPAddress]) -> [HiddenAddress] {
    document.stanzas.flatMap { stanza in
      stanza.options.filter { StanzaCommand.up.contains($0.name) }.flatMap { option -> [HiddenAddress] in
        let scattered = CommandList.Command.scattered(in: option.value)
        guard !scattered.isEmpty else { return [] }
        let line = CommandList(document.bytes(of: option))
        let read = line.map(Self.read) ?? []
        let words = (line?.commands ?? []).flatMap(\.words).compactMap {
          try? IPAddress(String($0.text.prefix { $0 != "/" }))
        }
        var found: [HiddenAddress] = []
        for command in scattered {
          let literal = AddressCommand(command, IPVerb.setting)
          for address in literal.map({ [$0.address] }) ?? variable(command, in: option.value, known)
          where !read.contains(address) && !found.contains(where: { $0.address == address }) {
            let device = literal?.device ?? IPCommand(command)?.words.behind("dev").first?.text
            found.append(
              HiddenAddress(
                interface: device.flatMap { $0.hasPrefix("$") ? nil : $0 } ?? stanza.interface,
                stanza: stanza.interface, address: address, isWord: words.contains(address),
                asksForHost: ["hostname", "HOSTNAME", "uname"].contains { option.value.contains($0) },
                place: "\(path):\(option.lines.lowerBound + 1)"))
          }
        }
        return found
      }
    }
  }

  /// What its commands are seen to give: one behind `else` is no alternative to a command of another interface's.
  private static func read(_ line: CommandList) -> [IPAddress] {
    line.commands.filter { !$0.isAlternative || !$0.isConditional }
      .compactMap { AddressCommand($0, IPVerb.setting)?.address }
  }

  /// What an address that is spelled with a variable may be.
  private static func variable(
    _ command: CommandList.Command, in text: String, _ known: [IPAddress]
  ) -> [IPAddress] {
    let ip = IPCommand(command)
    let isSetting = ip.map { $0.isAbout("address") && IPVerb.setting.contains(IPVerb($0.verb) ?? .delete) }
    guard isSetting ?? (command.program == "ifconfig"), command.words.contains(where: { $0.text.contains("$") }) else {
      return []
    }
    return known.filter { Token($0.description).occurs(in: text) }
  }
}

extension IfupdownBackend {
  mutating func findHidden(_ intents: [InterfaceIntent]) {
    let known = intents.flatMap(\.addresses) + situation.formerTokens.map(\.address)
    hidden = files.all.flatMap { HiddenAddress.all(in: $0.document, $0.snapshot.path, known: known) }
  }

  /// Those of an interface that are the node's, or that another's stand in for; of words, what they become.
  func hidden(_ intent: InterfaceIntent, _ family: IPAddress.Family) -> [IPAddress] {
    hidden.filter { $0.interface == "\(intent.interface)" && $0.address.family == family }.map { found in
      (found.isWord ? renewed(found.address.description) : nil).flatMap { try? IPAddress($0.text) } ?? found.address
    }.filter { intent.addresses.contains($0) || situation.isOthers($0) }
  }

  /// What `verify` says of another node's, where they come up.
  func claims(ofHidden intents: [InterfaceIntent]) -> [Claim] {
    hidden.filter { found in
      situation.isOthers(found.address) && !found.asksForHost
        && (files.isStarted(found.stanza) || intents.contains { "\($0.interface)" == found.stanza })
    }.map { situation.othersAddress($0.address, of: $0.interface.shown, " (\($0.place))") }
  }
}
