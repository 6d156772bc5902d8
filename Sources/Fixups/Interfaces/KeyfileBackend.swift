internal import Documents
internal import Site
internal import Tree

/// NetworkManager's connections: those of the node's interfaces become what the site says, and in a copy each gets a UUID of
/// its own, which the others that name it follow.
struct KeyfileBackend {
  private let situation: Situation
  private let files: KeyfileFiles
  private let intents: [InterfaceIntent]
  private let underlay: Underlay
  /// netplan's files, of which NetworkManager's are made, too.
  private let netplan: NetplanFiles?

  init(_ situation: Situation, _ files: KeyfileFiles, _ intents: [InterfaceIntent], _ underlay: Underlay) throws {
    self.situation = situation
    self.files = files
    self.intents = intents
    self.underlay = underlay
    netplan =
      !intents.isEmpty && situation.platform.networks.contains(.netplan) ? try NetplanFiles(situation.tree) : nil
  }

  func proposal() throws -> Proposal {
    try refuseProblems()
    var proposal = Proposal()
    var edits = files.all.map { KeyfileEdit($0, situation) }
    for intent in intents { try converge(intent, &edits, &proposal) }
    try convergeParts(&edits, &proposal)
    for index in edits.indices {
      edits[index].convergeRules()
      edits[index].freeDevice()
    }
    try renewIdentities(&edits)
    for edit in edits {
      if let change = edit.change { proposal.changes.append(change) }
      proposal.claims += edit.claims
      proposal.findings += edit.findings
    }
    proposal.findings += files.idle.map { IdleKeyfiles.finding($0, situation) }
    proposal.findings += files.misnamed.compactMap { IdleKeyfiles.finding(misnamed: $0, situation) }
    return proposal + shadowed() + namesakes()
  }

  private func converge(_ intent: InterfaceIntent, _ edits: inout [KeyfileEdit], _ proposal: inout Proposal) throws {
    let found = files.candidates(of: intent.interface, mac: intent.mac)
    guard let own = edits.firstIndex(where: { $0.path == found.first?.snapshot.path }) else {
      var new = try create(intent)
      new.changes.removeAll { change in proposal.changes.contains { $0.path == change.path } }
      proposal += new
      proposal.claims += FoundInterface(name: intent.interface.description, files: []).claims(intent)
      return
    }
    for family in [IPAddress.Family.v4, .v6] { edits[own].converge(intent, family) }
    proposal.findings += edits[own].convergeOtherServers(intent)
    edits[own].convergeSettings(intent)
    edits[own].convergeReaders()
    // A bridge has the card of its port, which is told there.
    edits[own].convergeCard(underlay.card(of: intent))
    let bridge = files.bridge(of: edits[own].original)
    if let index = edits.firstIndex(where: { $0.path == bridge?.snapshot.path }) {
      edits[index].convergeSwitch(underlay.bottom(of: intent.interface.description))
    }
    let others = rivals(for: intent.interface.description, beside: edits[own].path, card: intent.mac)
    proposal += edits[own].goBefore(others, intent.interface.description)
    proposal.claims += edits[own].original.found(intent.interface.description).claims(intent)
    for (rival, finding) in rivals(found, intent) {
      proposal.findings.append(finding)
      let addresses = rival.found(intent.interface.description).addresses.map(\.address)
      guard Set(addresses) != Set(intent.addresses) else { continue }
      proposal.claims.append(
        Claim(
          "the connection of \(intent.interface)", expected: "\(found[0].snapshot.path)",
          seen: "\(rival.snapshot.path)"))
    }
    proposal.claims += convergeSeconds(found, intent, &edits)
  }

  /// What NetworkManager falls back on where the interface's own connection fails or is taken down, by a lower priority too
  /// (nm-policy.c, `auto_activate_device`): one with another node's address becomes what the site says as well. Where it is for whatever
  /// card comes first, which interface it is on nobody can say, and it stays.
  private func convergeSeconds(
    _ found: [KeyfileConnection], _ intent: InterfaceIntent, _ edits: inout [KeyfileEdit]
  ) -> [Claim] {
    let name = intent.interface.description
    let spares = files.spares
    var claims: [Claim] = []
    for index in edits.indices {
      let second = edits[index].original
      guard second.snapshot.path != found[0].snapshot.path else { continue }
      let isNamed = found.contains { $0.snapshot.path == second.snapshot.path }
      guard isNamed || found[0].isForEthernet && second.mayTake(name) else { continue }
      edits[index].isSecond = true
      guard second.startsAtBoot, second.controller == nil, !spares.contains(second.snapshot.path),
        second.card == nil || isNamed || second.card == intent.mac,
        !situation.areForeign(second.card.map { [$0] } ?? [], of: intent)
      else { continue }
      let others = second.found(name).addresses.map(\.address).filter(situation.isOthers)
      guard !others.isEmpty else { continue }
      claims += others.map { situation.othersAddress($0, of: name, ", by \(second.snapshot.path)") }
      guard isNamed else { continue }
      for family in [IPAddress.Family.v4, .v6] { edits[index].converge(intent, family) }
    }
    return claims
  }

  /// The cards below bridges and bonds.
  private func convergeParts(_ edits: inout [KeyfileEdit], _ proposal: inout Proposal) throws {
    for part in underlay.parts {
      for index in edits.indices where edits[index].connection.placeName == part.name {
        edits[index].convergeCard(part.mac)
        edits[index].convergeReaders()
        if let intent = underlay.intent(above: part.name), try needsStart(edits[index].connection) {
          edits[index].convergeStart(intent)
        }
        let others = rivals(for: part.name, beside: edits[index].path, card: part.mac)
        proposal += edits[index].goBefore(others, part.name)
      }
    }
  }

  /// Whether nothing brings up a port: not itself, no other connection for it, and not its bridge or bond, which can be told to
  /// (nm-settings-nmcli(5), connection.autoconnect-ports).
  private func needsStart(_ port: KeyfileConnection) throws -> Bool {
    guard let controller = port.controller, !port.startsAtBoot,
      files.all.first(where: { $0.placeName == port.placeName && $0.controller != nil })?.snapshot.path
        == port.snapshot.path,
      !files.all.contains(where: { $0.placeName == port.placeName && $0.controller != nil && $0.startsAtBoot })
    else { return false }
    let own = files.all.first { $0.uuid == controller.lowercased() || $0.interface == controller }
    if let startsPorts = own?.startsPorts { return !startsPorts }
    // The default of all connections, or of some.
    return try !KeyfileDirectory.settings(in: situation.tree).contains { settings in
      settings.document.settings.contains { setting in
        setting.section.hasPrefix("connection")
          && KeyfileConnection.keysOfStart.contains { setting.key == "connection.\($0)" }
          && !["0", "-1"].contains(setting.value)
      }
    }
  }

  /// Of keyfiles, and of those that netplan makes.
  private func rivals(
    for name: String, beside own: TreePath?, card: MACAddress?
  ) -> [(place: String, priority: Int)] {
    files.rivals(for: name, beside: own, card: card) + (netplan?.general(for: name, mac: card) ?? [])
  }

  private func refuseProblems() throws {
    let problems = files.all.compactMap { connection in
      connection.document.problem.map {
        FixupError(connection.snapshot.path, $0, reader: "NetworkManager").description
      }
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }

  /// Each connection's own UUID, and those by which one names another: its bridge or bond, its VPN, the card below a VLAN.
  private func renewIdentities(_ edits: inout [KeyfileEdit]) throws {
    var renewed = RenewedUUIDs(elsewhere: situation.connectionsElsewhere)
    let spares = files.spares
    // One for an interface that nothing else is for.
    let hidden = files.namesakes.filter { !spares.contains($0.path) && !spares.contains($0.other) }
    for index in edits.indices
    where !spares.contains(edits[index].path) && !hidden.contains(where: { $0.path == edits[index].path }) {
      // By its UUID it hides a package's own (nms-keyfile-plugin.c): that stays so.
      guard let old = edits[index].connection.uuid, situation.isOriginals(old),
        !files.shadows.contains(where: { $0.uuid == old })
      else { continue }
      edits[index].set(
        "connection", "uuid", to: try renewed.renew(old, from: situation.fresh),
        because: "uuid was the original's, and a connection's own has to differ")
    }
    for index in edits.indices { edits[index].follow(renewed) }
    for namesake in hidden where situation.isOriginals(namesake.uuid) {
      guard let index = edits.firstIndex(where: { $0.path == namesake.path }) else { continue }
      edits[index].set(
        "connection", "uuid", to: try situation.fresh.uuid(),
        because: "\(namesake.other) has the same uuid, and of several NetworkManager keeps one")
    }
    for index in edits.indices where spares.contains(edits[index].path) {
      guard situation.isOriginals(edits[index].connection.uuid) else { continue }
      edits[index].set(
        "connection", "uuid", to: try situation.fresh.uuid(),
        because: "uuid was the original's, and that of the interface's own connection")
      edits[index].set(
        "connection", "autoconnect", to: "false", because: "with a uuid of its own it would no longer be passed over")
    }
  }

  /// Of a node that is no copy, which of them somebody wants is not known here.
  private func namesakes() -> Proposal {
    let spares = files.spares
    return files.namesakes.reduce(into: Proposal()) { proposal, namesake in
      let path = namesake.path
      if spares.contains(path) {
        guard !situation.provenance.isCopy else { return }
        proposal.findings.append(
          Finding(
            .note, "NetworkManager passes over \(path), which has the uuid of \(namesake.other)", advice: "take it away"
          ))
        return
      }
      proposal.claims.append(
        Claim("uuid of \(path)", expected: "its own", seen: "that of \(namesake.other)", holds: false))
      guard !situation.provenance.isCopy else { return }
      proposal.findings.append(
        Finding(
          .warning, "\(path) has the uuid of \(namesake.other), which NetworkManager keeps in its place",
          advice: "give it one of its own, or take it away"))
    }
  }

  private func create(_ intent: InterfaceIntent) throws -> Proposal {
    let name = intent.interface.description
    guard let directory = files.directory.path else {
      throw FixupError(
        "\(files.directory.obstacle), no directory of this tree that lasts, and no file is for \(name)"
          + " (write path=\(KeyfileDirectory.usual), or make that directory)")
    }
    // A file of that name may be for another interface, or for any.
    let own = directory.appending("\(name).nmconnection")
    let isTaken = try situation.tree.status(own) != nil
    let path = isTaken ? directory.appending("imprint-\(name).nmconnection") : own
    let new = try situation.newFile(path, mode: 0o600)
    let device = intent.newVLAN
    // With ignore there is no place for them, and the link has its own address either way.
    let hasServers = intent.network.dns.contains { $0.family == .v6 }
    let start = """
      [connection]
      id=\(name)
      uuid=\(try situation.fresh.uuid())
      type=\(device == nil ? "ethernet" : "vlan")
      interface-name=\(name)

      \(device.map { "[vlan]\nid=\($0.id)\nparent=\($0.parent)" } ?? "[ethernet]")

      [ipv4]
      method=\(intent.addresses(.v4).isEmpty ? "disabled" : "manual")

      [ipv6]
      method=\(!intent.addresses(.v6).isEmpty ? "manual" : hasServers ? "link-local" : "ignore")

      """
    let identity = FileIdentity(device: 0, inode: 0, size: 0, modified: 0, changed: 0)
    let blank = FileSnapshot(path: new.path, bytes: Array(start.utf8), attributes: new.attributes, identity: identity)
    var edit = KeyfileEdit(KeyfileConnection(snapshot: blank, document: Keyfile(blank.bytes)), situation)
    for family in [IPAddress.Family.v4, .v6] { edit.converge(intent, family) }
    let findings = edit.convergeOtherServers(intent)
    edit.convergeSettings(intent)
    var obstacle = Proposal()
    if device == nil {
      edit.convergeCard(intent.mac)
      obstacle = edit.goBefore(rivals(for: name, beside: nil, card: intent.mac), name)
    }
    let addresses = intent.addresses.map(\.description).joined(separator: " and ")
    let change = Change.create(
      new.path, .bytes(edit.connection.document.bytes), new.attributes,
      because: ["the site gives \(situation.node.name) \(addresses) on \(name), and no file says so"])
    let parents = try situation.missingParents(of: new.path, because: "NetworkManager looks for its files here")
    return Proposal(changes: parents + [change], findings: findings) + obstacle
  }

  /// Of those with one priority; one of a lower priority waits (nm-settings-nmcli(5), autoconnect-priority).
  private func rivals(
    _ found: [KeyfileConnection], _ intent: InterfaceIntent
  ) -> [(rival: KeyfileConnection, finding: Finding)] {
    let spares = files.spares
    return found.dropFirst().filter { other in
      other.startsAtBoot && other.priority == found[0].priority && !spares.contains(other.snapshot.path)
        && !situation.areForeign(other.card.map { [$0] } ?? [], of: intent)
    }.map { other in
      let text = "\(other.snapshot.path) is for \(intent.interface) too: NetworkManager takes the one that it used last"
      return (other, Finding(.warning, text, advice: "take it away, or say autoconnect=false in it"))
    }
  }

  /// Connections below /run and /usr/lib that would take an interface of the node.
  private func shadowed() -> Proposal {
    files.shadows.reduce(into: Proposal()) { proposal, shadow in
      guard let intent = intents.first(where: { $0.interface.description == shadow.interface }),
        !files.all.contains(where: { $0.uuid == shadow.uuid }), !shadow.isVolatile
      else { return }
      let addresses = shadow.found(intent.interface.description).addresses.map(\.address)
      let stray = addresses.lazy.compactMap { address in situation.stray(address).map { " with \(address), \($0)" } }
        .first
      proposal.findings.append(
        Finding(
          .warning,
          "\(shadow.snapshot.path) is for \(intent.interface) too\(stray ?? ""); imprint does not edit what is there",
          advice: "take it away, or say autoconnect=false in it"))
      let own = files.connection(of: intent.interface, mac: intent.mac)
      guard shadow.startsAtBoot, Set(addresses) != Set(intent.addresses) else { return }
      // Of two with one priority it may be either, and one of a lower it falls back on.
      guard shadow.priority >= own?.priority ?? -1000 else {
        proposal.claims += addresses.filter(situation.isOthers).map {
          situation.othersAddress($0, of: intent.interface.description, ", by \(shadow.snapshot.path)")
        }
        return
      }
      proposal.claims.append(
        Claim(
          "the connection of \(intent.interface)", expected: own.map { "\($0.snapshot.path)" } ?? "the node's own",
          seen: "\(shadow.snapshot.path)"))
    }
  }
}
