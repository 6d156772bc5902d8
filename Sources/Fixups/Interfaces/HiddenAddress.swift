internal import Documents
internal import Site
internal import Tree

/// An address that a line gives an interface in a way of its own: in a loop, in a substitution, by a variable, between quotes, for the failure
/// of another command, in a script that it runs. It is seen, and no more is edited of it than the address itself.
struct HiddenAddress {
  let interface: String
  /// In whose stanza it stands, and in which file.
  let stanza: String
  let path: TreePath
  let address: IPAddress
  /// As far as it can be told.
  let prefix: PrefixLength?
  let isGuessed: Bool
  /// Whether it stands in another file, which ifup(8) runs.
  let isInScript: Bool
  /// Whether it goes by what the machine is called: a file for several hosts gives each its own.
  let asksForHost: Bool
  /// `/etc/network/interfaces:7`
  let place: String

  /// Those of the lines that ifup(8) runs with a file's stanzas.
  ///
  /// - Parameter known: what a variable's value is looked for among.
  static func all(
    in document: InterfacesFile, _ path: TreePath, known: [IPAddress], _ tree: any TreeReading
  ) throws(TreeError) -> [HiddenAddress] {
    var found: [HiddenAddress] = []
    for stanza in document.stanzas {
      for option in stanza.options where StanzaCommand.up.contains(option.name) {
        found += try all(of: option, in: stanza, document, path, known: known, tree)
      }
    }
    return found
  }

  static func all(
    of option: InterfacesFile.Option, in stanza: InterfacesFile.Stanza, _ document: InterfacesFile, _ path: TreePath,
    known: [IPAddress], _ tree: any TreeReading
  ) throws(TreeError) -> [HiddenAddress] {
    let bytes = document.bytes(of: option)
    let text = String(decoding: bytes, as: UTF8.self)
    var scattered = ScatteredCommands()
    let commands = scattered.commands(in: text)
    guard !commands.isEmpty || !scattered.scripts.isEmpty else { return [] }
    func interface(_ device: String?) -> String { device.flatMap { $0.hasPrefix("$") ? nil : $0 } ?? stanza.interface }
    let read = CommandList(bytes).map(Self.read) ?? []
    var found: [HiddenAddress] = []
    func add(_ given: GivenAddress, asksForHost: Bool, script: String? = nil) {
      let interface = interface(given.device)
      guard !found.contains(where: { $0.address == given.address && $0.interface == interface }) else { return }
      found.append(
        HiddenAddress(
          interface: interface, stanza: stanza.interface, path: path, address: given.address, prefix: given.prefix,
          isGuessed: given.isGuessed, isInScript: script != nil, asksForHost: asksForHost,
          place: script ?? "\(path):\(option.lines.lowerBound + 1)"))
    }
    for command in commands {
      let given = GivenAddress.all(by: command, known: known.filter { Token($0.description).occurs(in: text) })
      for given in given
      where !read.contains(where: { $0.address == given.address && interface($0.device) == interface(given.device) }) {
        add(given, asksForHost: command.choice == .host)
      }
    }
    for script in scattered.scripts {
      guard let target = TreePath(script), let file = try tree.glance(target) else { continue }
      for (line, given, isForHost) in ScriptCommands(file.bytes).addresses {
        add(given, asksForHost: isForHost || scattered.asksForHost, script: "\(file.path):\(line)")
      }
    }
    return found
  }

  /// What its commands are seen to give; what is there for the failure of another is no more than hidden.
  private static func read(_ line: CommandList) -> [AddressCommand] {
    line.commands.filter { !$0.isAlternative }.compactMap { AddressCommand($0, IPVerb.setting) }
  }
}

extension IfupdownBackend {
  mutating func findHidden(_ intents: [InterfaceIntent]) throws(TreeError) {
    let known = intents.flatMap(\.addresses) + situation.formerTokens.map(\.address)
    for file in files.all {
      hidden += try HiddenAddress.all(in: file.document, file.snapshot.path, known: known, situation.tree)
    }
  }

  /// What is to stand in its place, edited or by hand.
  private func successor(of found: HiddenAddress, _ intent: InterfaceIntent) -> IPAddress {
    guard !found.asksForHost, situation.isOthers(found.address) else { return found.address }
    return renewed(found.address.description).flatMap { try? IPAddress($0.text) }
      ?? (isOfNetwork(found.address, intent) ? situation.successor(of: found.address, on: intent.network.name) : nil)
      ?? found.address
  }

  /// Those of an interface that are the node's, or that another's stand in for, as what they become.
  func hidden(_ intent: InterfaceIntent, _ family: IPAddress.Family) -> [IPAddress] {
    hidden.filter { $0.interface == "\(intent.interface)" && $0.address.family == family }
      .map { successor(of: $0, intent) }
      .filter { intent.addresses.contains($0) || situation.isOthers($0) }
  }

  /// A stanza that comes to say an address beside a command that adds it would make ifup(8) fail: "File exists".
  func refuseDoubled(_ intents: [InterfaceIntent]) throws {
    let problems = intents.flatMap { intent -> [String] in
      let name = "\(intent.interface)"
      let (given, stanzas) = (files.outcome.addresses(of: name), files.stanzas(of: intent.interface))
      return hidden.filter { found in
        guard found.interface == name, !found.asksForHost, !found.isGuessed else { return false }
        let new = successor(of: found, intent)
        let isSaid = given.contains { [found.address, new].contains($0.address) }
        return intent.addresses.contains(new) && !isSaid
          && stanzas.contains { $0.family == new.family.stanzas.rawValue && $0.method != "manual" }
      }.map { found in
        "\(found.place): \(name) is given \(found.address) here, in a way that imprint does not edit, beside a stanza that has to say "
          + "\(intent.withPrefix(successor(of: found, intent))) (take it out, or make the stanza manual)"
      }
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }

  /// In the lines of stanzas that leave addresses to commands, the node's own in the place of the original's.
  mutating func renewHidden(_ intent: InterfaceIntent, _ family: IPAddress.Family) throws(TreeError) {
    let stale = hidden.filter { found in
      found.interface == "\(intent.interface)" && found.address.family == family && !found.isInScript
        && successor(of: found, intent) != found.address
    }
    guard !stale.isEmpty else { return }
    for (path, before) in documents where stale.contains(where: { $0.path == path }) {
      var document = before
      // An edit moves no line.
      for stanza in document.stanzas {
        for option in stanza.options where StanzaCommand.up.contains(option.name) {
          let found = try HiddenAddress.all(
            of: option, in: stanza, document, path, known: stale.map(\.address), situation.tree)
          for old in stale where found.contains(where: { $0.address == old.address && $0.interface == old.interface }) {
            let places = Token(old.address.description).ranges(in: document.bytes(of: option)[...])
            document.replace(places.map { ($0, Array(successor(of: old, intent).description.utf8)) }, of: option)
            keep(
              document, at: path,
              because:
                "a command of \(option.name) gave \(intent.interface) \(old.address), which is \(situation.whose(old.address))"
            )
          }
        }
      }
    }
  }

  /// What `verify` says of another node's, where they come up.
  func claims(ofHidden intents: [InterfaceIntent]) -> [Claim] {
    hidden.filter { found in
      situation.isOthers(found.address) && !found.asksForHost
        && (files.isStarted(found.stanza) || intents.contains { "\($0.interface)" == found.stanza })
    }.map { situation.othersAddress($0.address, of: $0.interface.shown, " (\($0.place))") }
  }
}
