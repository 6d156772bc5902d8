internal import Documents
internal import Glibc
internal import Site
internal import Tree

/// /etc/network/interfaces and what it sources, as ifupdown reads them.
struct IfupdownBackend {
  let situation: Situation
  private let files: IfupdownFiles
  private let underlay: Underlay
  private var edited: [TreePath: (document: InterfacesFile, reasons: [String])] = [:]

  init(_ situation: Situation, _ files: IfupdownFiles, _ underlay: Underlay) {
    self.situation = situation
    self.files = files
    self.underlay = underlay
  }

  func proposal(_ intents: [InterfaceIntent]) throws -> Proposal {
    try refuseProblems()
    try refuseIndirection(intents)
    var backend = self
    var proposal = Proposal()
    for intent in intents {
      for family in [InterfacesFile.Family.inet, .inet6] {
        try backend.converge(intent, family)
        proposal.findings += findings(intent, family)
      }
      backend.dropAddressCommands(intent)
      backend.convergeRoutes(intent)
      backend.convergeDefaultRoutes(intent)
      proposal.claims += claims(intent)
    }
    for part in underlay.parts { backend.freeCard(of: part.name, part.mac, ["hwaddress", "bridge_hw"]) }
    for intent in intents { backend.freeCard(of: intent.interface.description, intent.mac, ["bridge_hw"]) }
    proposal.claims += backend.renewCommands()
    proposal.findings += unstarted(intents) + renamed(intents)
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
    return proposal
  }

  private func refuseProblems() throws {
    let problems = files.all.compactMap { file in
      file.document.problem.map { "\(file.snapshot.path):\($0.line): \($0.reason), and so it reads none of its files" }
    }
    guard problems.isEmpty else {
      throw FixupError(problems.map { "\($0) (ifupdown; correct the line)" }.joined(separator: "\n"))
    }
  }

  /// What makes an interface come up otherwise than its own stanzas say.
  private func refuseIndirection(_ intents: [InterfaceIntent]) throws {
    var problems: [String] = []
    for name in intents.map(\.interface.description) {
      for (snapshot, document) in files.all {
        for renaming in document.renamings where fnmatch(renaming.pattern, name, 0) == 0 {
          problems.append(
            "\(snapshot.path):\(renaming.line + 1): \(name) comes up under another name, whose stanzas imprint does not take for its own "
              + "(say auto \(name), and give that the stanza)")
        }
        for stanza in document.stanzas where stanza.interface == name {
          guard let base = stanza.base, stanza.method.isEmpty || inherits(from: base) else { continue }
          problems.append(
            "\(snapshot.path):\(stanza.header.lowerBound + 1): \(name) inherits addresses from \(base), and imprint edits what stands in "
              + "its own stanza only (write them there)")
        }
      }
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }

  /// Whether a stanza that inherits from this one gets something that the site decides.
  private func inherits(from base: String, depth: Int = 0) -> Bool {
    let names: Set = ["address", "netmask", "network", "broadcast", "gateway", "hwaddress"]
    return files.all.flatMap(\.document.stanzas).filter { $0.interface == base }.contains { stanza in
      stanza.options.contains { names.contains($0.name) }
        || depth < 8 && stanza.base.map { inherits(from: $0, depth: depth + 1) } ?? false
    }
  }

  /// Interfaces that have stanzas and that nothing brings up. A pattern may mean them.
  private func unstarted(_ intents: [InterfaceIntent]) -> [Finding] {
    let started = files.all.flatMap(\.document.startedInterfaces)
    guard !started.contains(where: { $0.contains { "/*=[".contains($0) } }) else { return [] }
    return intents.map(\.interface.description).filter { name in
      !started.contains(name) && files.all.contains { $0.document.stanzas.contains { $0.interface == name } }
    }.map { name in
      Finding(.warning, "no auto or allow-hotplug line starts \(name) at boot", advice: "add auto \(name)")
    }
  }

  /// A card that a copy has not would not get the name.
  private func renamed(_ intents: [InterfaceIntent]) -> [Finding] {
    files.all.flatMap { snapshot, document in
      document.renames.compactMap { line, card, name -> Finding? in
        guard card.hasPrefix("mac/"), let mac = try? MACAddress(String(card.dropFirst("mac/".count))) else {
          return nil
        }
        let intent = intents.first { $0.interface.description == name }
        guard intent?.mac.map({ $0 != mac }) ?? situation.provenance.isCopy else { return nil }
        return Finding(
          .warning, "\(snapshot.path):\(line + 1) gives the name \(name) to the card \(mac), which is the original's",
          advice: intent?.mac.map { "write mac/\($0)=\(name)" } ?? "write the address of this node's card")
      }
    }
  }

  private mutating func converge(_ intent: InterfaceIntent, _ family: InterfacesFile.Family) throws {
    let addresses = intent.addresses(family == .inet ? .v4 : .v6)
    guard !addresses.isEmpty else { return takeAway(intent, family) }
    let path = home(of: intent, family)
    let loopback = Array("auto lo\niface lo inet loopback\n".utf8)
    let start = files.all.first { $0.snapshot.path == path }?.document ?? InterfacesFile(loopback)
    var document = edited[path]?.document ?? start
    let before = document
    let isFirst = family == .inet || intent.addresses(.v4).isEmpty
    let gateway = intent.gateway(family == .inet ? .v4 : .v6)
    let settings = InterfaceSettings(
      addresses: addresses.map { intent.withPrefix($0) },
      gateway: gateway.map { saysByCommand(intent, $0.family) ? .keep : .set($0.description) } ?? .remove,
      dns: intent.dns.isEmpty || !isFirst ? .keep : .set(intent.dns.joined(separator: " ")),
      mtu: isFirst ? intent.network.mtu.map { .set(String($0)) } ?? .keep : .keep,
      hardwareAddress: isFirst
        ? intent.mac.map { .set("ether \($0)") } ?? (situation.provenance.isCopy ? .remove : .keep) : .keep)
    document.converge(
      interface: intent.interface.description, family: family, to: settings, originals: originals)
    if document.bytes != before.bytes {
      keep(document, at: path, because: reason(intent, family, before))
    }
    for file in files.all where file.snapshot.path != path { takeAway(intent, family, from: file) }
  }

  /// As they are with what was edited so far.
  var documents: [(path: TreePath, document: InterfacesFile)] {
    files.all.map { ($0.snapshot.path, edited[$0.snapshot.path]?.document ?? $0.document) }
  }

  mutating func keep(_ document: InterfacesFile, at path: TreePath, because reason: String) {
    let reasons = edited[path]?.reasons ?? []
    edited[path] = (document, reasons.contains(reason) ? reasons : reasons + [reason])
  }

  /// Commands that run when it comes up; ifupdown has no option for a route.
  private mutating func convergeRoutes(_ intent: InterfaceIntent) {
    guard let wanted = intent.routes else { return }
    let name = intent.interface.description
    var documents = documents
    if documents.isEmpty, let new = edited[files.main] { documents = [(files.main, new.document)] }
    let there = documents.flatMap { path, document in
      document.stanzas.filter { $0.interface == name }.flatMap { stanza in
        stanza.options.compactMap { option in
          RouteCommand(option, of: name).map { (place: (path: path, option: option, command: $0), value: $0.found) }
        }
      }
    }
    let pairing = RoutePairing(there, wanted: wanted)
    for (path, original) in documents {
      let replaced = pairing.plain.replaced.filter { $0.place.path == path }
      let stale = pairing.plain.removed.filter { $0.path == path }
      let gone = (stale + replaced.map(\.place)).map(\.command.found.route)
      let redirected = pairing.redirected.filter { $0.place.path == path }
      let undoing = original.options(of: name).compactMap { option in
        RouteCommand.undoing(option, of: name).map { (option: option, command: $0) }
      }
      func isUndone(_ route: Route, by other: Route) -> Bool {
        route.destination == other.destination && route.gateway == other.gateway
      }
      // What undoes a route that gets another router gets it too.
      let followed =
        redirected.map { (place: $0.place.option, command: $0.place.command, route: $0.value) }
        + undoing.compactMap { undo in
          redirected.first { isUndone($0.place.command.found.route, by: undo.command.found.route) }.map {
            (place: undo.option, command: undo.command, route: $0.value)
          }
        }
      var document = original
      document.edit(
        name,
        replacing: replaced.map { ($0.place.option, RouteCommand.text($0.value, of: name)) }
          + followed.compactMap { place, command, route in command.redirected(to: route).map { (place, $0) } },
        removing: stale.map(\.option)
          + undoing.filter { undo in gone.contains { isUndone($0, by: undo.command.found.route) } }.map(\.option),
        adding: pairing.plain.added.filter { home(of: intent, $0.family) == path }.map {
          ($0.family, "up", RouteCommand.text($0, of: name))
        })
      guard document.bytes != original.bytes else { continue }
      let list = wanted.isEmpty ? "none" : wanted.map(\.description).joined(separator: ", ")
      let reason = situation.reason(
        "routes of \(name)", said: there.map(\.value.route.description).joined(separator: ", "), wanted: list)
      keep(document, at: path, because: reason)
    }
  }

  /// Whether a command sets the default route, and no option does.
  private func saysByCommand(_ intent: InterfaceIntent, _ family: IPAddress.Family) -> Bool {
    let stanzas = files.stanzas(of: intent.interface)
    return !stanzas.contains { $0.family == family.stanzas.rawValue && !$0.values("gateway").isEmpty }
      && files.defaultRouters(of: intent.interface).contains { $0.family == family }
  }

  /// Those that commands set: one goes by the site's router, where no option says that already, and none without one.
  private mutating func convergeDefaultRoutes(_ intent: InterfaceIntent) {
    let name = intent.interface.description
    let addresses = files.addresses(of: intent.interface, mac: nil)
    for family in [IPAddress.Family.v4, .v6] {
      let wanted = intent.gateway(family)
      var isSaid = wanted == nil || !saysByCommand(intent, family)
      for (path, before) in documents {
        var document = before
        let options = document.options(of: name)
        let there = options.compactMap { option in
          DefaultRouteCommand(option, of: name).map { (option: option, command: $0) }
        }
        .filter { place in
          guard let router = place.command.gateway, router.family == family else { return false }
          return intent.decides(onRouter: router, of: addresses)
        }
        guard !there.isEmpty else { continue }
        let right = there.first { $0.command.gateway == wanted }
        let kept = right ?? (isSaid ? nil : there.first)
        isSaid = isSaid || kept != nil
        let stale = there.filter { $0.option != kept?.option }
        let undoing = options.compactMap { option in
          DefaultRouteCommand.undoing(option, of: name).map { (option: option, command: $0) }
        }
        let gone = stale.compactMap(\.command.gateway).filter { $0 != kept?.command.gateway }
        let followers = ([kept].compactMap(\.self) + undoing).filter { $0.command.gateway == kept?.command.gateway }
        let redirected = followers.filter { $0.command.gateway != nil && $0.command.gateway != wanted }
        let left = undoing.filter { undo in
          undo.command.gateway.map(gone.contains) ?? (kept == nil && family == .v4)
        }
        document.edit(
          name,
          replacing: redirected.compactMap { place in wanted.map { (place.option, place.command.redirected(to: $0)) } },
          removing: stale.map(\.option) + left.map(\.option), adding: [])
        guard document.bytes != before.bytes else { continue }
        let said = there.compactMap(\.command.gateway?.description).joined(separator: " and ")
        let reason = situation.reason(
          "default route of \(name)", said: said, wanted: wanted?.description ?? "none")
        keep(document, at: path, because: reason)
      }
    }
  }

  private static let hooks = ["pre-up", "up", "post-up", "pre-down", "down", "post-down"]

  /// The original's address as a word of a command is this node's: `up ip rule add from 192.168.10.20 table 10`.
  private mutating func renewCommands() -> [Claim] {
    var claims: [Claim] = []
    for (path, before) in documents {
      var document = before
      // An edit moves no line.
      for option in document.stanzas.flatMap(\.options) where Self.hooks.contains(option.name) {
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

  /// A word that is an address of the original, alone or with a prefix.
  private func renewed(_ word: String) -> (text: String, said: String)? {
    let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let address = parts.first.flatMap({ try? IPAddress($0) }), parts.dropFirst().allSatisfy({ Int($0) != nil }),
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
        guard keys.contains(option.name), let word = option.value.split(whereSeparator: \.isWhitespace).last,
          let said = try? MACAddress(String(word))
        else { return false }
        return mac.map { $0 != said } ?? situation.provenance.isCopy
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
    let lost = before.options(of: name).filter { option in
      (option.name.hasPrefix("dns-") || Self.hooks.contains(option.name))
        && !document.options(of: name).contains { $0.name == option.name && $0.value == option.value }
    }
    guard !said.isEmpty else {
      return keep(document, at: file.snapshot.path, because: "dhcp would give \(name) an address besides the site's")
    }
    let reason =
      "\(name) had \(said.joined(separator: " and ")) here, and the site gives it no such address"
      + lost.map { "; with it goes \($0.name) \($0.value)" }.joined()
    keep(document, at: file.snapshot.path, because: reason)
  }

  /// The addresses whose stanzas may be taken over, or taken away.
  var originals: [String] {
    let others = situation.site.nodes.filter { $0.name != situation.node.name }.flatMap(\.allAddresses)
    return (situation.provenance.allFormerAddresses + others).map(\.description)
  }

  /// The file that has the interface, in this family or the other; the main one where none has. Of several, the one with
  /// the address that is to be changed: what else stands in that stanza belongs to it.
  private func home(of intent: InterfaceIntent, _ family: InterfacesFile.Family) -> TreePath {
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
        : "\(intent.interface) differed in its prefix, gateway or card from what the site says of \(intent.network.name)"
    }
    return situation.reason("address of \(intent.interface)", said: foreign.description, wanted: wanted)
  }

  private func claims(_ intent: InterfaceIntent) -> [Claim] {
    let name = intent.interface
    let stanzas = files.stanzas(of: name)
    let there = files.addresses(of: name, mac: nil)
    func isGiven(_ stanza: InterfacesFile.Stanza) -> Bool {
      [IPAddress.Family.v4, .v6].contains { stanza.family == $0.stanzas.rawValue && !intent.addresses($0).isEmpty }
    }
    // One that sets nothing up counts for nothing, nor do routers' own announcements, beside one that says an address.
    let own = stanzas.filter { stanza in
      !["manual", "auto"].contains(stanza.method)
        || !stanzas.contains { $0.family == stanza.family && $0.method == "static" }
    }
    let seen = ["inet", "inet6"].flatMap { family in
      own.filter { $0.family == family }.compactMap { stanza -> String? in
        let address = stanza.address.flatMap { try? IPAddress($0.description) }
        // Of another family it is the addresses that the site has a say in.
        guard isGiven(stanza) || stanza.method == "static" && address.map({ intent.decides(on: $0) }) ?? false else {
          return nil
        }
        guard let address = stanza.address else { return stanza.method == "static" ? nil : stanza.method }
        return stanza.method == "static" ? "\(address)/\(Self.prefix(stanza))" : "\(stanza.method) \(address)"
      }
    }
    let options = stanzas.filter { isGiven($0) || $0.method == "static" }.flatMap { $0.values("gateway") }
      .filter { text in (try? IPAddress(text)).map { intent.decides(onRouter: $0, of: there) } ?? true }
    let routers = files.defaultRouters(of: name).filter { intent.decides(onRouter: $0, of: there) }.map(\.description)
    let gateways = options + routers.filter { !options.contains($0) }
    return [intent.claim(addresses: seen), intent.claim(gateways: gateways)]
      + intent.claims(routes: files.routes(of: name))
  }

  private static func prefix(_ stanza: InterfacesFile.Stanza) -> String {
    let address = stanza.values("address").first ?? ""
    if let slash = address.firstIndex(of: "/") { return String(address[address.index(after: slash)...]) }
    guard let text = stanza.values("netmask").first else { return "no prefix" }
    guard case .v4(let mask)? = try? IPAddress(text), (~mask) & (~mask &+ 1) == 0 else { return text }
    return String(mask.nonzeroBitCount)
  }

  private func findings(_ intent: InterfaceIntent, _ family: InterfacesFile.Family) -> [Finding] {
    let name = intent.interface.description
    let homes = files.all.filter { !$0.document.stanzas(for: name, family: family).isEmpty }
    return homes.dropFirst().map { file in
      Finding(
        .warning,
        "\(file.snapshot.path) has stanzas of \(name) too, which ifupdown adds to those of \(homes[0].snapshot.path)",
        advice: "keep the interface in one file")
    }
  }

  /// What still carries an address of the original: another interface, an alias, or a command that runs when one comes
  /// up.
  private func strays(in document: InterfacesFile, _ path: TreePath) -> [Finding] {
    let former = situation.formerTokens
    // Lines are those of the file as it is; what the plan takes out of it is no matter.
    let left = edited[path]?.document.stanzas
    return document.stanzas.flatMap { stanza in
      stanza.options.filter { option in
        left?.contains { $0.interface == stanza.interface && $0.values(option.name).contains(option.value) } ?? true
      }.flatMap { option -> [Finding] in
        let place = "\(path):\(option.lines.lowerBound + 1)"
        switch option.name {
        case "address":
          guard let address = stanza.address.flatMap({ try? IPAddress($0.description) }),
            let whose = situation.stray(address)
          else { return [] }
          return [
            Finding(
              .warning, "\(place) gives \(stanza.interface.shown) \(address), \(whose); it is left as it is",
              advice: "correct it by hand, or say in the site which network this interface is on")
          ]
        default:
          if let shared = SharedIdentity.finding(option.name, option.value, at: place, situation) { return [shared] }
          if let added = AddressCommand(option, document)?.address, let whose = situation.stray(added) {
            let text =
              "\(place): \(option.name) gives \(stanza.interface.shown) \(added), \(whose); it is left as it is"
            return [Finding(.warning, text, advice: "take the command out, or correct the address by hand")]
          }
          return former.filter { $0.1.occurs(in: option.value) }.map { address, _ in
            Finding(
              .warning,
              "\(place): \(option.name) of \(stanza.interface.shown) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
              advice: "correct it by hand, or say in the site which network this interface is on")
          }
        }
      }
    }
  }
}
