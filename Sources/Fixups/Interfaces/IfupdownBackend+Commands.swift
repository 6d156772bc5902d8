internal import Documents
internal import Site
internal import Tree

/// Where commands give an interface its addresses, those commands say the node's: what stands around them relies on their order.
extension IfupdownBackend {
  /// What becomes of a command; nil: it goes.
  struct CommandEdit {
    let command: StanzaCommand
    let text: [UInt8]?
    let reason: String
  }

  /// As they are with what was edited so far.
  var commands: [StanzaCommand] { documents.flatMap { StanzaCommand.all(in: $0.document, $0.path) } }

  /// - Returns: Those that stay, since their line would mean something else without them.
  @discardableResult
  mutating func apply(_ edits: [CommandEdit]) -> [StanzaCommand] {
    var left: [StanzaCommand] = []
    for (path, before) in documents {
      var document = before
      var whole: [(option: InterfacesFile.Option, value: String)] = []
      var gone: [InterfacesFile.Option] = []
      var reasons: [String] = []
      var own = edits.filter { $0.command.path == path }
      while let first = own.first?.command {
        var group = own.filter { $0.command.option == first.option }
        own.removeAll { $0.command.option == first.option }
        func edited(_ group: [CommandEdit]) -> CommandList.Edit? {
          let replaced = group.compactMap { edit in edit.text.map { (edit.command.index, $0) } }
          return first.line.edited(
            replacing: Dictionary(replaced) { $1 }, removing: Set(group.filter { $0.text == nil }.map(\.command.index)))
        }
        var result = edited(group)
        if result == nil {
          left += group.filter { $0.text == nil }.map(\.command)
          group.removeAll { $0.text == nil }
          result = edited(group)
        }
        guard let result, !group.isEmpty else { continue }
        reasons += group.map(\.reason)
        switch result {
        case .all: gone.append(first.option)
        case .whole(let text) where first.option.lines.count == 1:
          // A comment behind it stays.
          let commands = first.line.commands
          document.replace(
            [(commands[0].range.lowerBound..<commands[commands.count - 1].range.upperBound, text)], of: first.option)
        case .whole(let text):
          whole.append((first.option, String(decoding: text, as: UTF8.self)))
        case .parts(let parts): document.replace(parts, of: first.option)
        }
      }
      // At once, for lines move with it.
      document.edit(nil, replacing: whole, removing: gone, adding: [])
      guard document.bytes != before.bytes else { continue }
      for reason in reasons { keep(document, at: path, because: reason) }
    }
    return left
  }

  // MARK: Addresses

  /// The commands that give an interface the addresses that the site has a say in.
  func giving(_ intent: InterfaceIntent, _ family: IPAddress.Family) -> [(
    command: StanzaCommand, found: AddressCommand
  )] {
    let known = Set(intent.addresses.map(\.description) + originals)
    let all = commands.filter { !$0.command.isAlternative }.compactMap { command in
      command.address.map { (command: command, found: $0) }
    }.filter { $0.found.address.family == family && $0.command.interface($0.found.device) == "\(intent.interface)" }
    let own = all.filter { known.contains($0.found.address.description) && isOfNetwork($0.found.address, intent) }
    return own.isEmpty ? all.filter { given in intent.subnets.contains { $0.contains(given.found.address) } } : own
  }

  /// What belongs to another network is not this interface's business, though a command gives it that.
  func isOfNetwork(_ address: IPAddress, _ intent: InterfaceIntent) -> Bool {
    intent.addresses.contains(address) || intent.subnets.contains { $0.contains(address) }
      || situation.formerAddresses.contains { $0.address == address && $0.network == intent.network.name }
  }

  /// Whether commands give the interface its addresses, read or hidden, and no stanza does; or make it, so that it is not there yet when
  /// ifup(8) would set what a stanza says.
  func isByCommand(_ intent: InterfaceIntent, _ family: IPAddress.Family) -> Bool {
    let name = intent.interface.description
    let stanzas = documents.flatMap { $0.document.stanzas(for: name, family: family.stanzas) }
    guard stanzas.allSatisfy({ $0.method == "manual" }) else { return false }
    return !giving(intent, family).isEmpty || !hidden(intent, family).isEmpty
      || !stanzas.isEmpty
        && commands.contains { $0.isUp && !$0.isBeforeAddress && $0.stanza.interface == name && $0.made == name }
  }

  /// The commands give the site's addresses, in their places; what is lacking comes behind them.
  mutating func convergeCommands(_ intent: InterfaceIntent, _ family: IPAddress.Family) {
    let name = intent.interface.description
    let given = giving(intent, family)
    let successors = successors(of: given.map(\.found.address), intent, family)
    let taking = commands.compactMap { command in command.addressGone.map { (command: command, found: $0) } }
      .filter { $0.command.interface($0.found.device) == name }
    var edits: [CommandEdit] = []
    for (command, found) in given + taking {
      let old = found.address
      guard let new = successors[old] else {
        guard given.contains(where: { $0.found.address == old }), isForeign(old) else { continue }
        let reason = "a command of \(command.option.name) had \(old), which is \(situation.whose(old))"
        edits.append(CommandEdit(command: command, text: nil, reason: reason))
        continue
      }
      let text = found.readdressed(to: new, intent.prefix(new), command)
      let isRight = old == new && found.says(intent.prefix(new), isUp: command.isUp)
      guard !isRight, !text.elementsEqual(command.line.bytes[command.command.range]) else { continue }
      let reason = situation.reason(
        "address of \(name)", said: old == new ? found.withPrefix : old.description, wanted: intent.withPrefix(new))
      edits.append(CommandEdit(command: command, text: text, reason: reason))
    }
    apply(edits)
    let there = hidden(intent, family)
    let missing = intent.addresses(family).filter { !successors.values.contains($0) && !there.contains($0) }
    add(
      missing.map { "ip addr add \(intent.withPrefix($0)) dev \(name)" }, of: intent, family,
      because: "\(name) lacked an address; the site gives \(situation.node.name) "
        + missing.map { intent.withPrefix($0) }.joined(separator: " and "))
    settleOptions(intent, family)
  }

  /// Which of the node's addresses comes in the place of each: what is right stays, and no two become one.
  private func successors(
    of given: [IPAddress], _ intent: InterfaceIntent, _ family: IPAddress.Family
  ) -> [IPAddress: IPAddress] {
    var missing = intent.addresses(family)
    var successors: [IPAddress: IPAddress] = [:]
    for fits in [
      { $0 == $1 }, { situation.successor(of: $0, on: intent.network.name) == $1 }, { _, _ in true },
    ] as [(IPAddress, IPAddress) -> Bool] {
      for old in given where successors[old] == nil {
        guard let index = missing.firstIndex(where: { fits(old, $0) }) else { continue }
        successors[old] = missing.remove(at: index)
      }
    }
    return successors
  }

  private func isForeign(_ address: IPAddress) -> Bool { originals.contains(address.description) }

  /// Commands at the end of the interface's own stanza, or of the one whose commands give it its addresses.
  mutating func add(
    _ texts: [String], of intent: InterfaceIntent, _ family: IPAddress.Family, because reason: String
  ) {
    guard !texts.isEmpty, let (path, interface) = host(of: intent, family),
      var document = documents.first(where: { $0.path == path })?.document
    else { return }
    document.edit(interface, replacing: [], removing: [], adding: texts.map { (family.stanzas, "up", $0) })
    keep(document, at: path, because: reason)
  }

  /// Where what is lacking goes.
  func host(of intent: InterfaceIntent, _ family: IPAddress.Family) -> (path: TreePath, interface: String)? {
    let name = intent.interface.description
    let own = documents.filter { $0.document.stanzas.contains { $0.interface == name } }
    let first = own.first { !$0.document.stanzas(for: name, family: family.stanzas).isEmpty } ?? own.first
    return first.map { ($0.path, name) }
      ?? giving(intent, family).last.map { ($0.command.path, $0.command.stanza.interface) }
      ?? hidden.last { $0.interface == name && $0.address.family == family }.map { ($0.path, $0.stanza) }
  }

  /// What a stanza says beside addresses it says in `manual` too (inet.defn of ifupdown: mtu, hwaddress; resolvconf's hook).
  private mutating func settleOptions(_ intent: InterfaceIntent, _ family: IPAddress.Family) {
    let name = intent.interface.description
    guard family == .v4 || intent.addresses(.v4).isEmpty,
      let home = documents.first(where: { !$0.document.stanzas(for: name, family: family.stanzas).isEmpty })
    else { return }
    var document = home.document
    document.settle(
      interface: name, family: family.stanzas, to: settings(intent, addresses: [], gateway: .keep, isFirst: true))
    guard document.bytes != home.document.bytes else { return }
    keep(
      document, at: home.path,
      because: "\(name) differed in its name servers, MTU or card from what the site says of \(intent.network.name)")
  }

  // MARK: What goes

  /// What a command adds that an option gives now makes ifup(8) fail: `ip addr add` says "File exists". What it adds of another
  /// node's does not belong here at all, nor does a DHCP client beside the site's addresses.
  mutating func dropCommands(_ intent: InterfaceIntent, _ byCommand: Set<IPAddress.Family>) {
    let name = intent.interface.description
    let known = Set(intent.addresses.map(\.description) + originals)
    // Taken from the stanza's own option, and put there again in another way.
    let back = files.outcome.addresses(of: name).filter { given in
      given.command != nil
        && files.outcome.lostAddresses.contains {
          $0.given.command == nil && $0.given.interface == name && $0.given.address == given.address
        }
    }.map(\.address)
    let kept = givenBeside(intent)
    let edits = commands.compactMap { command -> CommandEdit? in
      if let asking = command.asking, !command.isDoubtful, asking.interface == name,
        !intent.addresses(asking.family).isEmpty
      {
        return CommandEdit(
          command: command, text: nil,
          reason: "\(command.command.program) would give \(name) an address besides the site's")
      }
      let found = command.address ?? (command.isUp ? nil : command.addressGone)
      if let found, isHarmless(command, found, intent) { return nil }
      guard let found, command.interface(found.device) == name, !command.command.isAlternative,
        !kept.contains(found.address),
        isExcess(found.address, intent)
          || known.contains(found.address.description) && !byCommand.contains(found.address.family)
            && !back.contains(found.address)
            && (command.stanza.interface == name || isOfNetwork(found.address, intent))
      else { return taking(command, intent, byCommand) }
      let whose =
        intent.addresses.contains(found.address)
        ? "which the stanza gives it now"
        : situation.stray(found.address, on: name) ?? "which is \(situation.whose(found.address))"
      return CommandEdit(
        command: command, text: nil, reason: "a command of \(command.option.name) had \(found.address), \(whose)")
    }
    stuck += apply(edits)
  }

  /// Whether commands give the interface an address that it shall not have: a further one in its subnets, and in a copy any.
  private func isExcess(_ address: IPAddress, _ intent: InterfaceIntent) -> Bool {
    !intent.addresses.contains(address) && isDecided(address, intent)
  }

  /// Whether the site decides on an address that commands give the interface.
  func isDecided(_ address: IPAddress, _ intent: InterfaceIntent) -> Bool {
    files.commanded.contains { $0.interface == "\(intent.interface)" && $0.address == address }
      && (intent.subnets.contains { $0.contains(address) }
        || situation.provenance.isCopy && intent.decides(on: address))
  }

  /// The node's further addresses, where commands give them beside a stanza that has the first: no stanza has to.
  func givenBeside(_ intent: InterfaceIntent) -> [IPAddress] {
    let stanzas = files.stanzas(of: intent.interface)
    return files.commanded.filter { given in
      given.interface == "\(intent.interface)" && given.prefix == intent.prefix(given.address)
        && intent.addresses(given.address.family).dropFirst().contains(given.address)
        && stanzas.contains { $0.method == "static" && $0.family == given.address.family.stanzas.rawValue }
    }.map(\.address)
  }

  /// Whether a command gives what the stanza gave all along, in the same way and without failing at it; or takes it away going down.
  private func isHarmless(_ command: StanzaCommand, _ found: AddressCommand, _ intent: InterfaceIntent) -> Bool {
    let name = intent.interface.description
    guard command.stanza.interface == name, command.interface(found.device) == name,
      intent.addresses.contains(found.address),
      files.outcome.addresses(of: name).contains(where: { $0.command == nil && $0.address == found.address })
    else { return false }
    return !command.isUp
      || !command.isBeforeAddress && !command.fails && found.prefix == intent.prefix(found.address)
  }

  /// A command that took away what a DHCP server gave, or an earlier command, in a stanza that has become static.
  private func taking(
    _ command: StanzaCommand, _ intent: InterfaceIntent, _ byCommand: Set<IPAddress.Family>
  ) -> CommandEdit? {
    let name = intent.interface.description
    guard command.isUp, !command.isBeforeAddress, !command.isDoubtful, command.stanza.interface == name,
      command.stanza.method == "static",
      let family = [IPAddress.Family.v4, .v6].first(where: { $0.stanzas.rawValue == command.stanza.family }),
      !files.stanzas(of: intent.interface).contains(where: {
        $0.family == command.stanza.family && $0.method == "static"
      })
    else { return nil }
    func isOwn(_ interface: String?) -> Bool { interface.map { $0 == name } ?? true }
    let known = intent.addresses.map(\.description) + originals
    let isTaking =
      command.addressGone.map { isOwn(command.interface($0.device)) && known.contains($0.address.description) }
      ?? command.flushed.map { isOwn($0.interface) && ($0.family ?? family) == family }
      ?? command.defaultRouteGone.map { isOwn($0.interface) && ($0.gateway?.family ?? family) == family } ?? false
    guard isTaking else { return nil }
    return CommandEdit(
      command: command, text: nil,
      reason: "a command of \(command.option.name) would take away what the stanza of \(name) gives now")
  }

  /// What a command takes away of what the site gives, and nothing gives again: it goes. What is given twice then is once.
  mutating func keepGiven(_ intents: [InterfaceIntent]) {
    var tried: [StanzaCommand] = []
    // Each time round something goes, or nothing is left to do.
    for _ in 0..<8 {
      let outcome = outcome
      let edits = intents.flatMap { intent -> [CommandEdit] in
        let name = intent.interface.description
        let lost = outcome.lostAddresses.filter { lost in
          lost.given.interface == name && intent.addresses.contains(lost.given.address)
            && !outcome.addresses(of: name).contains { $0.address == lost.given.address }
        }.map { (by: $0.by, what: "\($0.given.address) of \(name)") }
        let routers = outcome.lostRouters.filter { lost in
          lost.router.interface == name && intent.gateway(lost.router.gateway.family) == lost.router.gateway
            && !outcome.routers.contains { $0.interface == name && $0.gateway == lost.router.gateway }
        }.map { (by: $0.by, what: "the default route of \(name)") }
        let repeated = outcome.repeated.filter { repeated in
          repeated.given.interface == name && repeated.given.command == nil
            && intent.addresses.contains(repeated.given.address)
        }
        return (lost + routers).map {
          CommandEdit(
            command: $0.by, text: nil, reason: "a command of \($0.by.option.name) would take away \($0.what)")
        }
          + repeated.map {
            CommandEdit(
              command: $0.command, text: nil,
              reason:
                "a command of \($0.command.option.name) had \($0.given.address), which the stanza gives it now")
          }
      }.filter { edit in !tried.contains { $0.isSame(as: edit.command) } }
      guard !edits.isEmpty else { break }
      let left = apply(edits)
      tried += left
      stuck += left
    }
  }

  /// What `verify` says of commands that should go, and stand in lines that would mean something else without them.
  var stuckClaims: [Claim] {
    stuck.map { command in
      Claim(
        "commands in \(command.path)", expected: "none against what the site gives", seen: command.text.shown,
        holds: false)
    }
  }
}
