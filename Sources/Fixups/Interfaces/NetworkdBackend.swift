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
    for intent in intents {
      guard let unit = files.unit(of: intent.interface, mac: intent.mac) else {
        proposal.changes += try create(intent).filter { change in
          !proposal.changes.contains { $0.path == change.path }
        }
        proposal.claims += FoundInterface(name: intent.interface.description, files: []).claims(intent)
        continue
      }
      done.insert(unit.path)
      var edit = NetworkdEdit(unit, situation)
      edit.converge(intent)
      try refuse(edit, intent)
      edit.convergeCard(underlay.card(of: intent), of: intent.interface.description)
      add(&edit, to: &proposal)
      proposal.claims += unit.found(intent.interface.description).claims(intent)
      if let first = files.first(for: intent.interface, mac: intent.mac), first.path != unit.path {
        proposal.findings.append(
          Finding(
            .warning, "\(first.path) matches \(intent.interface) too, and goes before \(unit.path)",
            advice: "give it a later name, or a [Match] that leaves \(intent.interface) out"))
        proposal.claims.append(
          Claim("the file of \(intent.interface)", expected: "\(unit.path)", seen: "\(first.path)"))
      }
      proposal.findings += earlier(than: unit, intent)
    }
    for part in underlay.parts {
      for unit in files.all where unit.placeName == part.name && !done.contains(unit.path) {
        var edit = NetworkdEdit(unit, situation)
        edit.convergeCard(part.mac, of: part.name)
        done.insert(unit.path)
        add(&edit, to: &proposal)
      }
    }
    proposal = proposal + freedDevices()
    // Drop-ins of what netplan makes are edited with netplan's files.
    for unit in files.all where !done.contains(unit.path) && !NetworkdFiles.isGenerated(unit) {
      var edit = NetworkdEdit(unit, situation)
      add(&edit, to: &proposal)
    }
    return proposal
  }

  /// Files for any interface with a condition that cannot be seen here.
  private func earlier(than unit: NetworkdUnit, _ intent: InterfaceIntent) -> [Finding] {
    let name = intent.interface.description
    return files.all.prefix { $0.path != unit.path }.compactMap { other in
      guard let condition = other.unknownConditions.first, !other.matches(name, mac: intent.mac),
        !NetworkdFiles.isGenerated(other),
        other.mayMatch(name, mac: other.isPort ? nil : intent.mac, kind: files.madeKind(of: name))
      else { return nil }
      return Finding(
        .warning,
        "\(other.path) goes before \(unit.path) for \(name) where \(condition.key)=\(condition.value.shown) holds, which only the machine can tell",
        advice: "give it a later name, or a [Match] that leaves \(name) out")
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
