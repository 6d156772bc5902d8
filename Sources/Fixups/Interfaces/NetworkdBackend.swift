internal import Documents
internal import Site
internal import Tree

/// systemd-networkd's *.network files and their drop-ins below /etc.
struct NetworkdBackend {
  private let situation: Situation
  private let files: NetworkdFiles
  private let intents: [InterfaceIntent]
  private let underlay: Underlay

  init(_ situation: Situation, _ files: NetworkdFiles, _ intents: [InterfaceIntent], _ underlay: Underlay) {
    self.situation = situation
    self.files = files
    self.intents = intents
    self.underlay = underlay
  }

  func proposal() throws -> Proposal {
    var proposal = Proposal()
    var done: Set<TreePath> = []
    var taken: [(intent: InterfaceIntent, units: [NetworkdUnit])] = []
    for intent in intents {
      let units = files.units(of: intent.interface, mac: intent.mac)
      guard let unit = units.first else {
        proposal.changes += try create(intent).filter { change in
          !proposal.changes.contains { $0.path == change.path }
        }
        proposal.claims += FoundInterface(name: intent.interface.description, files: []).claims(intent)
        continue
      }
      taken.append((intent, units))
      for unit in units {
        done.insert(unit.path)
        var edit = NetworkdEdit(unit, situation)
        edit.converge(intent)
        try refuse(edit, intent)
        edit.convergeCard(underlay.card(of: intent), of: intent.interface.description)
        add(&edit, to: &proposal)
        proposal += try unit.readers(situation)
        let claims = unit.found(intent.interface.description).claims(intent)
        proposal.claims += unit.path == units[0].path ? claims : claims.filter { !$0.holds }
      }
      if let first = files.first(for: intent, before: unit) {
        proposal.findings.append(
          Finding(
            .warning, "\(first.path) matches \(intent.interface) too, and goes before \(unit.path)",
            advice: "give it a later name, or a [Match] that leaves \(intent.interface) out"))
        proposal.claims.append(
          Claim("the file of \(intent.interface)", expected: "\(unit.path)", seen: "\(first.path)"))
      }
    }
    proposal.findings += taken.compactMap { conditional($0.units, $0.intent) } + earlier(taken)
    for part in underlay.parts {
      for unit in files.all where unit.placeName == part.name && !done.contains(unit.path) {
        var edit = NetworkdEdit(unit, situation)
        edit.convergeCard(part.mac, of: part.name)
        if let intent = underlay.intent(above: part.name) { edit.convergeStart(intent) }
        done.insert(unit.path)
        add(&edit, to: &proposal)
      }
    }
    // One file for several ports.
    let own = Set(intents.map(\.interface.description) + underlay.parts.map(\.name))
    for unit in files.all
    where !done.contains(unit.path) && unit.interface == nil && unit.isPort && !NetworkdFiles.isGenerated(unit) {
      guard (unit.words("Network", "Bridge") + unit.words("Network", "Bond")).contains(where: own.contains) else {
        continue
      }
      var edit = NetworkdEdit(unit, situation)
      edit.freeLink()
      done.insert(unit.path)
      add(&edit, to: &proposal)
    }
    proposal += freedDevices()
    // Drop-ins of what netplan makes are edited with netplan's files.
    for unit in files.all where !done.contains(unit.path) && !NetworkdFiles.isGenerated(unit) {
      var edit = NetworkdEdit(unit, situation)
      add(&edit, to: &proposal)
    }
    return proposal
  }

  /// The interface's own file, where only the machine can tell whether it is that.
  private func conditional(_ units: [NetworkdUnit], _ intent: InterfaceIntent) -> Finding? {
    let name = intent.interface.description
    guard let condition = units[0].unknownConditions(of: name, kind: files.madeKind(of: name)).first else { return nil }
    let others = units.dropFirst().map { "\($0.path)" }
    return Finding(
      .note,
      "\(units[0].path) is for \(name) where \(condition.key)=\(condition.value.shown) holds, which only the machine can tell"
        + (others.isEmpty ? "" : "; else \(others.joined(separator: " or ")) is"))
  }

  /// Files that go before the interfaces' own where a condition holds that cannot be seen here. That the machine meets one is likely;
  /// what is said of cards is mostly of others.
  private func earlier(_ taken: [(intent: InterfaceIntent, units: [NetworkdUnit])]) -> [Finding] {
    files.all.enumerated().compactMap { place, other in
      guard !NetworkdFiles.isGenerated(other) else { return nil }
      let before = files.all.prefix(place).map(\.path)
      var condition: NetworkdFile.Setting?
      let overtaken = taken.filter { intent, units in
        guard !units.contains(where: { $0.path == other.path }), !before.contains(units[0].path),
          let first = files.conditions(of: other, toTake: intent)?.first
        else { return false }
        condition = first
        return true
      }
      guard let condition else { return nil }
      let places = overtaken.map { "before \($0.units[0].path) for \($0.intent.interface)" }.joined(separator: " and ")
      return Finding(
        NetworkdUnit.ofMachine.contains(condition.key) ? .warning : .note,
        "\(other.path) goes \(places) where \(condition.key)=\(condition.value.shown) holds, which only the machine can tell",
        advice: "give it a later name, or a [Match] that leaves the node's interfaces out")
    }
  }

  /// With what every file has to lose, whoever's interface it is.
  private func add(_ edit: inout NetworkdEdit, to proposal: inout Proposal) {
    edit.convergeHost()
    edit.convergeRules()
    proposal.changes += edit.changes
    proposal.claims += edit.claims
    proposal.findings += edit.findings
  }

  private func freedDevices() -> Proposal {
    files.devices.reduce(into: Proposal()) { proposal, unit in
      var edit = NetworkdEdit(unit, situation)
      edit.freeDevice()
      // Tunnels have addresses too.
      add(&edit, to: &proposal)
    }
  }

  /// A package's file, or one that somebody makes at every boot, is not ours to edit.
  private func refuse(_ edit: NetworkdEdit, _ intent: InterfaceIntent) throws {
    let own = edit.unit.editable.map { edit.unit.documents[$0].snapshot.path }
    for change in edit.changes where !own.contains(change.path) {
      throw FixupError(
        "\(change.path) configures \(intent.interface), and imprint edits files below /etc only (copy it to "
          + "\(NetworkdFiles.directory), where it counts before this one)")
    }
  }

  private func create(_ intent: InterfaceIntent) throws -> [Change] {
    let name = intent.interface.description
    if let device = intent.newVLAN, !files.devices.contains(where: { $0.value("NetDev", "Name") == name }) {
      throw FixupError(
        "no *.netdev file makes \(name) (write one with Kind=vlan and Id=\(device.id), and VLAN=\(name) under [Network] in the file "
          + "of \(device.parent))")
    }
    // Before the files for any card: the first that matches counts.
    let usual = NetworkdFiles.directory.appending("05-\(name).network")
    // A file of that name may be for something else.
    let isTaken = try situation.tree.status(usual) != nil
    let path = isTaken ? NetworkdFiles.directory.appending("05-imprint-\(name).network") : usual
    let new = try situation.newFile(path, mode: 0o644)
    let start = "[Match]\nName=\(name)\n\n[Network]\n"
    let identity = FileIdentity(device: 0, inode: 0, size: 0, modified: 0, changed: 0)
    let blank = FileSnapshot(path: new.path, bytes: Array(start.utf8), attributes: new.attributes, identity: identity)
    var edit = NetworkdEdit(
      NetworkdUnit(name: new.path.name, documents: [(blank, NetworkdFile(blank.bytes))]), situation)
    edit.converge(intent)
    let addresses = intent.addresses.map(\.description).joined(separator: " and ")
    return try situation.missingParents(of: new.path, because: "systemd-networkd looks for its files here") + [
      Change.create(
        new.path, .bytes(edit.unit.documents[0].document.bytes), new.attributes,
        because: ["the site gives \(situation.node.name) \(addresses) on \(name), and no file says so"])
    ]
  }
}
