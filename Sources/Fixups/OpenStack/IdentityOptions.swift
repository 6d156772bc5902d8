internal import Documents
internal import Site
internal import Tree

/// Takes the original's addresses and names out of options that no fixup sets by name.
struct IdentityOptions {
  let situation: Situation
  private let former: [(network: NetworkName, address: IPAddress, token: Token)]
  private let unanswered: [(address: IPAddress, token: Token)]
  private let peers: [Token]
  private let formerNames: Set<String>
  private(set) var findings: [Finding] = []

  init(_ situation: Situation) {
    self.situation = situation
    former = situation.formerAddresses.map { ($0.network, $0.address, Token($0.address.description)) }
    unanswered = situation.provenance.goneAddresses.map { ($0, Token($0.description)) }
    formerNames = Set(situation.provenance.formerNames.map { $0.lowercased() })
    let gone = Set(former.map(\.address))
    // Of the controllers also their names: in a list with them this machine is one of several that serve the cloud.
    peers = situation.site.nodes.flatMap { node in
      let addresses = node.allAddresses.filter { !gone.contains($0) }.map(\.description)
      guard node.role == .controller else { return addresses }
      return node.name == situation.node.name ? [] : addresses + [node.name.description]
    }.map(Token.init)
  }

  /// Renews every option of a file. A package's own file is passed over: it knows no node.
  mutating func renew(_ path: TreePath, in documents: inout OsloDocuments) throws {
    guard let options = documents[path].flatMap({ $0.isVendors ? nil : $0.config.options }) else { return }
    var revisions: [OsloDocuments.Revision] = []
    for (position, option) in options.enumerated() {
      if let (revision, reasons) = revision(of: option, in: path) { revisions.append((position, revision, reasons)) }
    }
    let revised = try documents.revise(path, revisions)
    for (position, _, reasons) in revisions where !revised.contains(position) {
      findings.append(
        Finding(
          .warning,
          "\(path):\(options[position].line): \(reasons.joined(separator: "; ")), in a form that is not edited",
          advice: "correct it by hand"))
    }
  }

  /// What an option becomes, and why; nil where it stays.
  mutating func revision(
    of option: OsloConfig.Option, in path: TreePath
  ) -> (revision: OsloConfig.Revision, reasons: [String])? {
    // Most are in no table, and need no second look.
    let isKnown = PerNodeOptions.isKnown(option.key)
    if isKnown, let own = own(option) {
      let reason = "\(option.key) in [\(option.section)] said \(option.value.shown), which is \(own.whose)"
      return (.value(own.value), [reason])
    }
    if isKnown, PerNodeOptions.isAddress(option.section, option.key),
      !PerNodeOptions.isListening(option.key), let controller = controller(option)
    {
      findings.append(
        Finding(
          .warning,
          "\(option.key) in [\(option.section)] of \(path) is about this node, and has the address of \(controller); it is left as it is",
          advice: "see whether it should be $my_ip"))
      return nil
    }
    let (tokens, reasons) = successors(in: option, path)
    tell(option, path)
    tellUnanswered(option, path)
    return tokens.isEmpty ? nil : (.tokens(tokens), reasons)
  }

  private func controller(_ option: OsloConfig.Option) -> NodeName? {
    guard let address = try? IPAddress(option.value), let owner = situation.site.owner(of: address),
      owner.role == .controller, owner.name != situation.node.name
    else { return nil }
    return owner.name
  }

  /// What an option becomes that is about this node alone: nil where it may stay.
  func own(_ option: OsloConfig.Option) -> (value: String, whose: String)? {
    guard PerNodeOptions.isKnown(option.key) else { return nil }
    let isWhole = PerNodeOptions.isAddress(option.section, option.key)
    let isName = PerNodeOptions.isName(option.section, option.key)
    let isLookedUp = PerNodeOptions.isLookedUp(option.section, option.key)
    var (value, whose) = (option.value, [String]())
    for place in PerNodeOptions.places(in: option).reversed() {
      let said = String(option.value[place])
      guard
        let own = (isName && !isWhole ? nil : situation.ownAddress(insteadOf: said))
          ?? (isWhole && !isName
            ? nil : isLookedUp ? situation.ownPlace(insteadOf: said) : situation.ownName(insteadOf: said))
      else { continue }
      value.replaceSubrange(place, with: own.value)
      if !whose.contains(own.whose) { whose.append(own.whose) }
    }
    return whose.isEmpty ? nil : (value, whose.joined(separator: " and "))
  }

  /// What names the original where it may be right, and what may be the original by a name that nobody here knows.
  private mutating func tell(_ option: OsloConfig.Option, _ path: TreePath) {
    guard situation.provenance.isCopy else { return }
    // Said of hardly any.
    func place() -> String { "\(option.key) in [\(option.section)] of \(path)" }
    if let name = PerNodeOptions.services(in: option).first(where: { name in
      formerNames.contains(name.lowercased()) && situation.site.node(called: name)?.role != .controller
    }) {
      let isTarget = PerNodeOptions.isTarget(option.section, option.key)
      findings.append(
        Finding(
          .warning,
          "\(place()) names \(name), which is what this machine was called before: "
            + (isTarget ? "every guest would be moved to there" : "its services would be used from there"),
          advice: isTarget
            ? "say %s, for which nova puts the host that a guest is moved to"
            : "name the controller; where \(situation.node.name) runs them itself, say \(situation.names.like(name))"))
    } else if PerNodeOptions.isConnection(option.section, option.key),
      let host = ConnectionHost.range(in: option.value).map({ String(option.value[$0]) }), isUnknown(host)
    {
      findings.append(
        Finding(
          .warning,
          "\(place()) is about this node, and names \(host.shown), which nobody here knows; it is left as it is",
          advice: "see whether it leads to the original"))
    }
  }

  /// Addresses for which this node has nothing: in a copy wherever they stand. On a node of its own others may well be meant.
  private mutating func tellUnanswered(_ option: OsloConfig.Option, _ path: TreePath) {
    if let whose = unansweredPlace(option) {
      findings.append(
        .unanswered(
          "\(path):\(option.line): \(option.key) in [\(option.section)] is \(option.value.shown)", whose,
          situation.node.name))
    }
    guard !unanswered.isEmpty,
      situation.provenance.isCopy || PerNodeOptions.isAddress(option.section, option.key)
    else { return }
    for (address, token) in unanswered where token.occurs(in: option) {
      findings.append(
        .unanswered(
          "\(path):\(option.line): \(option.key) in [\(option.section)] has \(address)", situation.whose(address),
          situation.node.name))
    }
  }

  private func unansweredPlace(_ option: OsloConfig.Option) -> String? {
    guard PerNodeOptions.isKnown(option.key), PerNodeOptions.isLookedUp(option.section, option.key) else { return nil }
    return PerNodeOptions.places(in: option).lazy.compactMap { situation.unansweredPlace(String(option.value[$0])) }
      .first
  }

  private func isUnknown(_ host: String) -> Bool {
    !situation.names.contains(host) && !NodeNames.isNobody(host) && situation.site.node(called: host) == nil
      && (try? IPAddress(host)) == nil && !host.contains("$") && !host.contains("%")
  }

  /// What comes in the place of the original's addresses in a value, and why.
  private mutating func successors(
    in option: OsloConfig.Option, _ path: TreePath
  ) -> (tokens: [(old: String, new: String)], reasons: [String]) {
    var tokens: [(old: String, new: String)] = []
    var reasons: [String] = []
    for (network, address, token) in former where token.occurs(in: option) {
      // A controller's address in some option is that controller, whatever this disk once was.
      if let owner = situation.site.owner(of: address), owner.role == .controller { continue }
      let place = "\(option.key) in [\(option.section)] of \(path):\(option.line)"
      if option.value.contains(where: { $0 == "," || $0.isWhitespace }),
        peers.contains(where: { $0.occurs(in: option.value) })
      {
        findings.append(
          Finding(
            .warning, "\(place) lists \(address), \(situation.whose(address)), among other nodes; it is left as it is",
            advice: "see whether \(situation.node.name) belongs into the list"))
        continue
      }
      guard let new = situation.successor(of: address, on: network) else {
        findings.append(
          Finding(
            .warning,
            "\(place) has \(address), \(situation.whose(address)), and the site gives \(situation.node.name) no such address on \(network)",
            advice: "give \(situation.node.name) an address there, or take the option out"))
        continue
      }
      tokens.append((address.description, new.description))
      reasons.append(
        "\(option.key) in [\(option.section)] has \(address) in it, which is \(situation.whose(address))")
      guard situation.provenance.isCopy, PerNodeOptions.services(in: option).contains(where: { token.occurs(in: $0) })
      else { continue }
      findings.append(
        Finding(
          .warning,
          "\(place) named a service at \(address), \(situation.whose(address)): it goes to \(new) from now on",
          advice: "where the service runs on another node, say that node's address"))
    }
    return (tokens, reasons)
  }
}

extension IdentityOptions {
  /// `host` names the service's records and queue. It is set where it was set, and nowhere else: its default follows the
  /// host name. On a node's own tree that never was another's, a name of its own choice stays: the cloud knows it by that.
  ///
  /// - Parameter isGroups: whether services of several nodes may have one `host` on purpose.
  mutating func setHost(in documents: inout OsloDocuments, order: [TreePath], isGroups: Bool = false) throws {
    for path in order {
      guard let document = documents[path], let said = document.config.value("DEFAULT", "host"), Self.isName(said)
      else {
        continue
      }
      guard !isChosen(said) else {
        findings.append(
          Finding(
            .warning,
            "\(path) sets host to \(said.shown), which is not the name of \(situation.node.name); it is left as it is, for "
              + "the cloud knows the services of this node, and nova its guests, by it",
            advice: "where the cloud knows them by another name, set that, or take the option out"))
        continue
      }
      if try isGroups && isNobodys(said) {
        tellGroup(said, path)
        continue
      }
      let wanted = situation.names.like(said)
      guard document.config.values("DEFAULT", "host").contains(where: { $0 != wanted }) else { continue }
      try documents.edit(path, because: hostReason(said, wanted)) { config throws(EditError) in
        try config.set("DEFAULT", "host", to: wanted)
      }
    }
  }

  /// What it becomes in a service's environment; nil where it may stay.
  mutating func host(insteadOf said: String, in path: TreePath, isGroups: Bool) throws -> String? {
    guard Self.isName(said), !isChosen(said) else { return nil }
    if try isGroups && isNobodys(said) {
      tellGroup(said, path)
      return nil
    }
    let wanted = situation.names.like(said)
    return wanted == said ? nil : wanted
  }

  /// No address, nothing that follows another option, and no name that cinder's services of several nodes share on purpose, such as
  /// `rbd:volumes` (cinder's documentation, "High availability": one `host` for all that have a backend).
  private static func isName(_ said: String) -> Bool {
    !said.contains("$") && !said.contains(":") && (try? IPAddress(said)) == nil
  }

  /// A name that is nobody's in the site, on a disk that has always been this node's.
  private func isChosen(_ name: String) -> Bool {
    let provenance = situation.provenance
    return !provenance.isCopy && provenance.formerNames.isEmpty && provenance.pastNames.isEmpty
      && !situation.names.contains(name) && situation.site.node(called: name) == nil
  }

  /// A name that is neither a node's nor the original's, by its host name or nova's: services that take turns on several nodes have one
  /// such (cinder's documentation, "High availability", `host` and `backend_host`; manila's share service alike).
  private func isNobodys(_ name: String) throws -> Bool {
    let said = name.lowercased()
    let provenance = situation.provenance
    guard !situation.names.contains(name), situation.site.node(called: said) == nil,
      !(provenance.formerNames + provenance.pastNames).contains(where: { $0.lowercased() == said })
    else { return false }
    return try NovaFiles(situation.platform, in: situation.original).host?.lowercased() != said
  }

  private mutating func tellGroup(_ said: String, _ path: TreePath) {
    guard situation.provenance.isCopy else { return }
    findings.append(
      Finding(
        .warning,
        "\(path) sets host to \(said.shown), which is nobody's name here: services that take turns on several nodes share one, and it "
          + "is left as it is",
        advice:
          "where it was the original's alone, say \(situation.names.short): two with one name take each other's work"))
  }

  private func hostReason(_ said: String, _ wanted: String) -> String {
    let owner = situation.site.node(called: said).flatMap { $0.name == situation.node.name ? nil : $0 }
    return owner.map { "host said \(said.shown): as such it would take over the records of \($0.name)" }
      ?? "host said \(said.shown); this node is \(wanted)"
  }

  func hostClaim(
    _ service: String, _ documents: OsloDocuments, order: [TreePath], isGroups: Bool = false
  ) throws -> [Claim] {
    guard let seen = documents.original("DEFAULT", "host", in: order), Self.isName(seen.value) else { return [] }
    let stays = try isChosen(seen.value) || isGroups && isNobodys(seen.value)
    let expected = stays ? seen.value : situation.names.like(seen.value)
    return [Claim("host of \(service) (\(seen.path))", expected: expected, seen: seen.value)]
  }

  /// Options about this node alone, where they count: none may name another node, or have its address.
  func ownClaims(_ service: String, _ documents: OsloDocuments, order: [TreePath]) -> [Claim] {
    let options = documents.paths.map { path in
      (path: path, options: documents[path]?.original.options(where: PerNodeOptions.isKnown) ?? [])
    }
    // The last file that sets an option counts (`OsloDocuments.original`), here for all of them at once.
    var setters: [[String]: TreePath] = [:]
    let known = Dictionary(options.map { ($0.path, $0.options) }, uniquingKeysWith: { first, _ in first })
    for path in order {
      for option in known[path] ?? [] where !option.section.isEmpty { setters[[option.section, option.key]] = path }
    }
    return options.flatMap { path, options in
      options.compactMap { option -> Claim? in
        guard setters[[option.section, option.key]] == path, let whose = others(option) else { return nil }
        return .anothers(
          "\(option.key) in [\(option.section)] of \(service) (\(path):\(option.line))", option.value, whose)
      }
    }
  }

  /// Whose a value is that names another node: also one for which this node has nothing in its place.
  private func others(_ option: OsloConfig.Option) -> String? {
    own(option)?.whose
      ?? (PerNodeOptions.isAddress(option.section, option.key) ? situation.unanswered(option.value) : nil)
      ?? unansweredPlace(option)
  }
}
