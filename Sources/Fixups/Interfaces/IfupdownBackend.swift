internal import Documents
internal import Site
internal import Tree

/// /etc/network/interfaces and what it sources, as ifupdown reads them.
struct IfupdownBackend {
  let situation: Situation
  let files: IfupdownFiles
  let underlay: Underlay
  var edited: [TreePath: (document: InterfacesFile, reasons: [String])] = [:]
  /// Commands that should go and cannot.
  var stuck: [StanzaCommand] = []
  var hidden: [HiddenAddress] = []
  /// What the files come to, as far as it has been worked out since they were last edited.
  private var outcomeSoFar: StanzaOutcome?

  init(_ situation: Situation, _ files: IfupdownFiles, _ underlay: Underlay) {
    self.situation = situation
    self.files = files
    self.underlay = underlay
  }

  func proposal(_ intents: [InterfaceIntent]) throws -> Proposal {
    // Where the node's interfaces are another's, it is no matter what ifupdown makes of its files.
    if !intents.isEmpty { try refuseProblems() }
    try refuseIndirection(intents)
    var backend = self
    try backend.findHidden(intents)
    try backend.refuseDoubled(intents)
    var proposal = Proposal()
    let families: [IPAddress.Family] = [.v4, .v6]
    let shares = intents.map { intent in
      (
        intent: intent,
        byCommand: Set(families.filter { !intent.addresses($0).isEmpty && backend.isByCommand(intent, $0) })
      )
    }
    for (intent, byCommand) in shares {
      // Where there is one that stays, the others may go.
      for family in families where !intent.addresses(family).isEmpty && !byCommand.contains(family) {
        try backend.converge(intent, family.stanzas)
      }
      for family in families {
        if intent.addresses(family).isEmpty { backend.takeAway(intent, family.stanzas) }
        proposal.findings += findings(intent, family.stanzas)
      }
      try backend.keepDevice(intent, byCommand)
    }
    // What a command says of one interface may stand in the stanza of another, which has all that it keeps by now.
    for (intent, byCommand) in shares {
      for family in families where byCommand.contains(family) {
        try backend.renewHidden(intent, family)
        backend.convergeCommands(intent, family)
      }
      backend.dropCommands(intent, byCommand)
      backend.convergeRoutes(intent)
      backend.convergeDefaultRoutes(intent, byCommand)
      proposal.claims += backend.claims(intent)
    }
    for part in underlay.parts { backend.freeCard(of: part.name, part.mac, ["hwaddress", "bridge_hw"]) }
    // A copy's `hwaddress` went with the addresses.
    let keys = situation.provenance.isCopy ? ["bridge_hw"] : ["hwaddress", "bridge_hw"]
    for intent in intents { backend.freeCard(of: intent.interface.description, intent.mac, keys) }
    for intent in intents {
      let name = intent.interface.description
      backend.convergeSwitch(name, underlay.bottom(of: name))
    }
    proposal.claims += backend.renewCommands()
    backend.keepGiven(intents)
    proposal.claims += backend.stuckClaims + backend.claims(ofHidden: intents)
    proposal += try called(intents)
    proposal.claims += try backend.start(intents)
    proposal += backend.followCards(intents)
    proposal.findings += unfollowed() + backend.doubtful(intents)
    for (snapshot, document) in files.all {
      guard let edit = backend.edited[snapshot.path], edit.document.bytes != document.bytes else { continue }
      if let change = Change.edit(snapshot, to: edit.document.bytes, because: edit.reasons) {
        proposal.changes.append(change)
      }
    }
    if files.all.isEmpty, let edit = backend.edited[files.main] {
      let new = try situation.newFile(files.main, mode: 0o644)
      proposal.changes += try situation.missingParents(of: new.path, because: "ifupdown looks for its file here")
      proposal.changes.append(.create(new.path, .bytes(edit.document.bytes), new.attributes, because: edit.reasons))
    }
    proposal.findings += files.all.flatMap { backend.strays(in: $0.document, $0.snapshot.path) }
    return proposal + (try excluded(intents))
  }

  private mutating func converge(_ intent: InterfaceIntent, _ family: InterfacesFile.Family) throws {
    let beside = givenBeside(intent)
    let addresses = intent.addresses(family == .inet ? .v4 : .v6).filter { !beside.contains($0) }
    let path = home(of: intent, family)
    let loopback = Array("auto lo\niface lo inet loopback\n".utf8)
    let start = files.all.first { $0.snapshot.path == path }?.document ?? InterfacesFile(loopback)
    var document = edited[path]?.document ?? start
    let before = document
    let isFirst = family == .inet || intent.addresses(.v4).isEmpty
    let gateway = intent.gateway(family == .inet ? .v4 : .v6)
    let settings = settings(
      intent, addresses: addresses,
      gateway: gateway.map { saysByCommand(intent, $0.family) ? .keep : .set($0.description) } ?? .remove,
      isFirst: isFirst)
    document.converge(
      interface: intent.interface.description, family: family, to: settings, originals: originals)
    if document.bytes != before.bytes {
      let lost = lost(from: before, in: document, intent).filter { Self.hooks.contains($0.name) }
      keep(document, at: path, because: reason(intent, family, before) + Self.words(ofLost: lost))
    }
    for file in files.all where file.snapshot.path != path { takeAway(intent, family, from: file) }
  }

  /// - Parameter isFirst: Whether the stanza is the one that says what belongs to no address.
  func settings(
    _ intent: InterfaceIntent, addresses: [IPAddress], gateway: InterfaceOption, isFirst: Bool
  ) -> InterfaceSettings {
    InterfaceSettings(
      addresses: addresses.map { intent.withPrefix($0) }, gateway: gateway,
      dns: intent.dns.isEmpty || !isFirst || hasServers(intent) ? .keep : .set(intent.dns.joined(separator: " ")),
      mtu: isFirst ? intent.network.mtu.map { .set(String($0)) } ?? .keep : .keep,
      hardwareAddress: isFirst
        ? intent.mac.map { .set("ether \($0)") } ?? (situation.provenance.isCopy ? .remove : .keep) : .keep)
  }

  /// Whether the stanzas of an interface have the site's name servers among them, in whichever they are: resolvconf has those of all
  /// (resolvconf(8)). Of a family with one stanza that one stays.
  private func hasServers(_ intent: InterfaceIntent) -> Bool {
    let stanzas = files.stanzas(of: intent.interface)
    let naming = stanzas.filter { !$0.nameServers.isEmpty }
    let stay = naming.allSatisfy { stanza in
      stanzas.count { $0.family == stanza.family } == 1
        && [IPAddress.Family.v4, .v6].contains { $0.stanzas.rawValue == stanza.family && !intent.addresses($0).isEmpty }
    }
    let servers = naming.flatMap(\.nameServers)
    return stay && Set(servers) == Set(intent.dns) && servers.count == intent.dns.count
  }

  /// As they are with what was edited so far.
  var documents: [(path: TreePath, document: InterfacesFile)] {
    files.all.map { ($0.snapshot.path, edited[$0.snapshot.path]?.document ?? $0.document) }
  }

  /// What they come to.
  var outcome: StanzaOutcome {
    mutating get {
      if edited.isEmpty { return files.outcome }
      let outcome = outcomeSoFar ?? StanzaOutcome(documents)
      outcomeSoFar = outcome
      return outcome
    }
  }

  mutating func keep(_ document: InterfacesFile, at path: TreePath, because reason: String) {
    outcomeSoFar = nil
    let reasons = edited[path]?.reasons ?? []
    edited[path] = (document, reasons.contains(reason) ? reasons : reasons + [reason])
  }

  static let hooks = ["pre-up", "up", "post-up", "pre-down", "down", "post-down"]

  /// The original's address as a word of a command is this node's: `up ip rule add from 192.168.10.20 table 10`.
  private mutating func renewCommands() -> [Claim] {
    var claims: [Claim] = []
    for (path, before) in documents {
      var document = before
      // An edit moves no line.
      let options = document.stanzas.flatMap(\.options)
      for option in options {
        let renewed = situation.renewingNearEnd(option.name) { document.bytes(of: option) }
        guard let (new, said) = renewed else { continue }
        document.replace([(document.bytes(of: option).indices, new)], of: option)
        keep(document, at: path, because: "\(option.name) said \(said[0])")
      }
      for option in options where Self.hooks.contains(option.name) {
        let words = PlainCommand.words(of: document.bytes(of: option)) ?? []
        let stale = words.compactMap { word in
          renewed(word.text).map { (range: word.range, new: $0.text, old: $0.said) }
        }
        guard !stale.isEmpty else { continue }
        document.replace(stale.map { ($0.range, Array($0.new.utf8)) }, of: option)
        for old in stale.map(\.old) {
          keep(document, at: path, because: "a command of \(option.name) said \(old)")
          claims.append(.staleAddress("commands", in: path, old))
        }
      }
    }
    return claims
  }

  /// A word that is an address of the original, alone or with a prefix or a mask, or with the slash before it (`grep -q 192.168.10.20/`).
  func renewed(_ word: String) -> (text: String, said: String)? {
    let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let address = parts.first.flatMap({ try? IPAddress($0) }),
      parts.dropFirst().allSatisfy({ $0.allSatisfy { $0.isNumber || $0 == "." } }),
      let former = situation.formerAddresses.first(where: { $0.address == address }),
      let own = situation.successor(of: address, on: former.network)
    else { return nil }
    let new = ([own.description] + parts.dropFirst()).joined(separator: "/")
    return (new, "\(address), which is \(situation.whose(address))")
  }

  /// `hwaddress` gives a card another address (interfaces(5)), and `bridge_hw` a bridge (bridge-utils-interfaces(5)); in a copy it is the
  /// original's.
  private mutating func freeCard(of name: String, _ mac: MACAddress?, _ keys: [String]) {
    for (path, before) in documents {
      var document = before
      let stale = document.options(of: name).filter { option in
        // One may write hyphens (interfaces(5)).
        guard keys.contains(option.name.replacing("-", with: "_")),
          let word = option.value.split(whereSeparator: \.isWhitespace).last,
          let said = try? MACAddress(String(word))
        else { return false }
        return mac.map { $0 != said } ?? situation.isOriginals(said)
      }
      guard !stale.isEmpty else { continue }
      document.edit(name, replacing: [], removing: stale, adding: [])
      let said = Set(stale.map(\.name)).sorted().joined(separator: " and ")
      let reason = "\(said) of \(name) is the original's: two machines would share one MAC address"
      keep(document, at: path, because: reason)
    }
  }

  /// A family that the site gives the node no address in.
  private mutating func takeAway(_ intent: InterfaceIntent, _ family: InterfacesFile.Family) {
    for file in files.all { takeAway(intent, family, from: file, everything: true) }
  }

  /// ifupdown adds the addresses of all stanzas, in whatever file they are.
  ///
  /// - Parameter everything: all that the site decides on, and not only what belongs to other nodes.
  private mutating func takeAway(
    _ intent: InterfaceIntent, _ family: InterfacesFile.Family,
    from file: (snapshot: FileSnapshot, document: InterfacesFile), everything: Bool = false
  ) {
    let name = intent.interface.description
    var document = edited[file.snapshot.path]?.document ?? file.document
    let kept = intent.addresses.map(\.description)
    let said = document.stanzas(for: name, family: family).compactMap(\.address).map(\.description)
      .filter { text in
        guard everything else { return originals.contains(text) && !kept.contains(text) }
        return (try? IPAddress(text)).map { intent.decides(on: $0) } ?? situation.provenance.isCopy
      }
    let before = document
    document.converge(
      interface: name, family: family, to: InterfaceSettings(addresses: []), originals: said, silencesDHCP: !everything
    )
    guard document.bytes != before.bytes else { return }
    guard !said.isEmpty else {
      return keep(document, at: file.snapshot.path, because: "dhcp would give \(name) an address besides the site's")
    }
    let reason =
      "\(name) had \(said.joined(separator: " and ")) here, and the site gives it no such address"
    keep(
      document, at: file.snapshot.path,
      because: reason + Self.words(ofLost: lost(from: before, in: document, intent)))
  }

  /// Commands and the like that go with their stanza, being about its address.
  private func lost(
    from before: InterfacesFile, in after: InterfacesFile, _ intent: InterfaceIntent
  ) -> [InterfacesFile.Option] {
    let left = after.options(of: intent.interface.description)
    return before.stanzas.filter { $0.interface == intent.interface.description }.flatMap { stanza in
      stanza.options.filter { option in
        (option.name.hasPrefix("dns-") || Self.hooks.contains(option.name)) && !isOfDevice(option, in: stanza, intent)
          && !left.contains { $0.name == option.name && $0.value == option.value }
      }
    }
  }

  private static func words(ofLost options: [InterfacesFile.Option]) -> String {
    options.map { "; with it goes \($0.name) \($0.value)" }.joined()
  }

  /// The addresses whose stanzas may be taken over, or taken away.
  var originals: [String] {
    let others = situation.site.nodes.filter { $0.name != situation.node.name }.flatMap(\.allAddresses)
    return (situation.provenance.allFormerAddresses + others).map(\.description)
  }

  /// The file that has the interface, in this family or the other; the main one where none has. Of several, the one with
  /// the address that is to be changed: what else stands in that stanza belongs to it.
  func home(of intent: InterfaceIntent, _ family: InterfacesFile.Family) -> TreePath {
    let name = intent.interface.description
    let known = Set(intent.addresses.map(\.description) + originals)
    let found =
      files.all.first {
        $0.document.stanzas(for: name, family: family).contains {
          $0.address.map { known.contains($0.description) } ?? false
        }
      }
      ?? files.all.first { !$0.document.stanzas(for: name, family: family).isEmpty }
      ?? files.all.first { $0.document.stanzas.contains { $0.interface == name } }
      ?? files.all.first
    return found?.snapshot.path ?? files.main
  }

  private func reason(_ intent: InterfaceIntent, _ family: InterfacesFile.Family, _ before: InterfacesFile) -> String {
    let wanted = intent.addresses(family == .inet ? .v4 : .v6).map { intent.withPrefix($0) }.joined(separator: " and ")
    let said = before.stanzas(for: intent.interface.description, family: family)
      .compactMap { $0.address.flatMap { try? IPAddress($0.description) } }
    guard let foreign = said.first(where: { !intent.addresses.contains($0) }) else {
      return said.isEmpty
        ? "\(intent.interface) had no address; the site gives \(situation.node.name) \(wanted)"
        : "\(intent.interface) differed in its prefix, gateway, name servers, MTU or card from what the site says of \(intent.network.name)"
    }
    return situation.reason("address of \(intent.interface)", said: foreign.description, wanted: wanted)
  }

  private func claims(_ intent: InterfaceIntent) -> [Claim] {
    let name = intent.interface
    let stanzas = files.stanzas(of: name)
    let there = files.addresses(of: name, mac: nil)
    let outcome = files.outcome.addresses(of: name.description)
    func isGiven(_ stanza: InterfacesFile.Stanza) -> Bool {
      [IPAddress.Family.v4, .v6].contains { stanza.family == $0.stanzas.rawValue && !intent.addresses($0).isEmpty }
    }
    let known = intent.addresses.map(\.description) + originals
    let others = hidden.filter { found in
      found.interface == name.description && intent.addresses.contains(found.address)
        && !outcome.contains { $0.address == found.address }
    }
    let commanded =
      outcome.filter { given in
        given.command != nil
          && (known.contains(given.address.description) || isDecided(given.address, intent))
      }
      + others.map {
        StanzaOutcome.Given(
          interface: name.description, address: $0.address, prefix: $0.prefix ?? intent.prefix($0.address),
          command: nil)
      }
    // One that sets nothing up counts for nothing, nor do routers' own announcements, beside one that says an address.
    let own = stanzas.filter { stanza in
      !["manual", "auto"].contains(stanza.method)
        || !stanzas.contains { $0.family == stanza.family && $0.method == "static" }
          && !commanded.contains { $0.address.family.stanzas.rawValue == stanza.family }
    }
    let seen = ["inet", "inet6"].flatMap { family in
      own.filter { $0.family == family }.compactMap { stanza -> String? in
        let address = stanza.address.flatMap { try? IPAddress($0.description) }
        // Of another family it is the addresses that the site has a say in.
        guard isGiven(stanza) || stanza.method == "static" && address.map({ intent.decides(on: $0) }) ?? false else {
          return nil
        }
        guard let address = stanza.address else { return stanza.method == "static" ? nil : stanza.method }
        guard stanza.method == "static" else { return "\(stanza.method) \(address)" }
        // A command may take it away again.
        let isLeft = outcome.contains { $0.command == nil && $0.address.description == address.description }
        return isLeft ? "\(address)/\(Self.prefix(stanza))" : nil
      }
    }
    let added = commanded.map { "\($0.address)/\($0.prefix?.description ?? "no prefix")" }
    let routers = files.outcome.routers.filter { $0.interface == name.description }.map(\.gateway)
    let gateways = routers.enumerated().filter { index, router in
      intent.decides(onRouter: router, of: there) && routers.firstIndex(of: router) == index
    }.map(\.element.description)
    let failing = files.outcome.repeated.filter { repeated in
      repeated.given.interface == name.description && repeated.command.fails
        && repeated.given.prefix == repeated.command.address?.prefix
    }.map { repeated in
      Claim(
        "commands in \(repeated.command.path)", expected: "none that makes ifup fail",
        seen: "\(repeated.command.text.shown), and \(name) has \(repeated.given.address) already", holds: false)
    }
    return [intent.claim(addresses: seen + added), intent.claim(gateways: gateways)]
      + intent.claims(routes: files.routes(of: name)) + failing
  }

  static func prefix(_ stanza: InterfacesFile.Stanza) -> String {
    let address = stanza.values("address").first ?? ""
    if let slash = address.firstIndex(of: "/") { return String(address[address.index(after: slash)...]) }
    guard let text = stanza.values("netmask").first else { return "no prefix" }
    guard case .v4(let mask)? = try? IPAddress(text), (~mask) & (~mask &+ 1) == 0 else { return text }
    return String(mask.nonzeroBitCount)
  }
}
