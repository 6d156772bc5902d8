internal import Documents
internal import Site
internal import Tree

/// netplan's files below /etc.
struct NetplanBackend {
  private let situation: Situation
  private let files: NetplanFiles
  private let intents: [InterfaceIntent]
  private let underlay: Underlay

  init(_ situation: Situation, _ files: NetplanFiles, _ intents: [InterfaceIntent], _ underlay: Underlay) {
    self.situation = situation
    self.files = files
    self.intents = intents
    self.underlay = underlay
  }

  func proposal() throws -> Proposal {
    try refuseProblems()
    var proposal = Proposal()
    var edit = NetplanEdit(files, situation)
    var dropIns = try NetplanDropIns(situation)
    for intent in intents {
      guard let definition = files.definition(of: intent.interface, mac: intent.mac) else {
        var new = try create(intent)
        new.changes.removeAll { change in proposal.changes.contains { $0.path == change.path } }
        proposal += new
        dropIns.converge(files.freeID(for: intent.interface), intent, card: underlay.card(of: intent))
        continue
      }
      try refuseForeign(definition, intent.interface)
      let isNetworkds = files.renderer(of: definition) == "networkd"
      if isNetworkds { proposal += shadowed(definition, intent) }
      try edit.converge(definition, intent)
      try edit.convergeCard(definition, underlay.card(of: intent), of: intent.interface)
      try edit.convergeSwitchedCard(definition, underlay.bottom(of: intent.interface.description))
      let found = definition.found(intent.interface.description, files.all.map(\.snapshot))
      proposal += try edit.goBefore(
        rivals(for: intent.interface, mac: intent.mac, id: definition.id), definition)
      if isNetworkds { dropIns.converge(definition.id, intent, card: underlay.card(of: intent)) }
      proposal.claims += (isNetworkds ? dropIns.found(definition.id, in: found) : found).claims(intent)
    }
    for part in underlay.parts {
      guard let name = try? InterfaceName(part.name), let definition = files.definition(of: name, mac: nil) else {
        continue
      }
      try refuseForeign(definition, name)
      try edit.convergeCard(definition, part.mac, of: name)
      dropIns.convergeCard(definition.id, part.mac, of: name)
      if let intent = underlay.intent(above: part.name) { try edit.convergeStart(definition, intent) }
      proposal += try edit.goBefore(rivals(for: name, mac: part.mac, id: definition.id), definition)
    }
    try edit.convergeRules()
    try edit.convergeSwitch()
    try edit.renewIdentities()
    proposal.changes += edit.changes
    proposal.claims += edit.claims
    proposal.findings += edit.findings + edit.sharedIdentities + edit.strays(besides: intents)
    return proposal + dropIns.proposal() + refusals()
  }

  /// Another definition that systemd-networkd takes for the interface before its own.
  private func shadowed(_ definition: NetplanDefinition, _ intent: InterfaceIntent) -> Proposal {
    guard let shadow = files.shadow(of: intent.interface, id: definition.id) else { return Proposal() }
    let paths = shadow.parts.map { "\(files.all[$0.file].snapshot.path)" }.joined(separator: " and ")
    return Proposal(
      findings: [
        Finding(
          .warning,
          "\(shadow.id) of \(paths) matches \(intent.interface) too, and systemd-networkd takes it before \(definition.id)",
          advice: "give it a match that leaves \(intent.interface) out, or a name that comes later")
      ],
      claims: [Claim("netplan's definition of \(intent.interface)", expected: definition.id, seen: shadow.id)])
  }

  /// Of its own definitions, and of keyfiles.
  private func rivals(
    for interface: InterfaceName, mac: MACAddress?, id: String?
  ) throws -> [(place: String, priority: Int)] {
    guard files.isManagers(id) else { return [] }
    return try files.general(for: interface.description, mac: mac, beside: id)
      + (situation.keyfiles()?.rivals(for: interface.description, beside: nil, card: mac) ?? [])
  }

  /// What an edit by lines could change the meaning of is not edited at all, and what netplan refuses neither.
  private func refuseProblems() throws {
    let problems = files.all.compactMap { file in
      file.document.problem.map { "\(file.snapshot.path):\($0.line): \(NetplanEdit.refusal($0.reason))" }
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }

  /// What keeps netplan from making anything, where it has an interface of the node's.
  private func refusals() -> Proposal {
    guard !intents.isEmpty else { return Proposal() }
    func nothing(_ place: String) -> Claim {
      Claim("what netplan makes", expected: "files for every definition", seen: "nothing (\(place))", holds: false)
    }
    let own = intents.map { files.definition(of: $0.interface, mac: $0.mac)?.id ?? "" }
    var proposal = Proposal()
    for path in files.unreadable {
      proposal.findings.append(
        Finding(
          .warning, "\(path) is no file that netplan can read, and with it netplan makes nothing at all",
          advice: "take it away"))
      proposal.claims.append(nothing("\(path)"))
    }
    // An unknown key beside the definitions a later one passes over, a value there it does not.
    let keys = NetplanKeys.unknown(in: files).map { (fault: $0, isOwn: $0.definition.map(own.contains) ?? false) }
    let values = NetplanValues.faults(in: files).map { (fault: $0, isOwn: $0.definition.map(own.contains) ?? true) }
    for (fault, isOwn) in keys + values {
      proposal.findings.append(
        Finding(.warning, "\(fault.place): \(fault.told)", advice: "correct it, or take it out"))
      if isOwn { proposal.claims.append(nothing("\(fault.place)\(fault.seen)")) }
    }
    return proposal
  }

  private func refuseForeign(_ definition: NetplanDefinition, _ interface: InterfaceName) throws {
    for part in definition.parts {
      let path = files.all[part.file].snapshot.path
      guard path.parent != NetplanFiles.directory, !path.description.hasPrefix("/etc/") else { continue }
      throw FixupError(
        "\(path) configures \(interface), and imprint edits files below /etc only (move it to \(NetplanFiles.directory))"
      )
    }
  }

  /// A file of that name may be for something else.
  private func freePath(_ name: String) throws -> TreePath {
    let usual = NetplanFiles.directory.appending("90-\(name).yaml")
    return try situation.tree.status(usual) == nil ? usual : NetplanFiles.directory.appending("90-imprint-\(name).yaml")
  }

  private func create(_ intent: InterfaceIntent) throws -> Proposal {
    let rivals = try intent.newVLAN == nil ? rivals(for: intent.interface, mac: intent.mac, id: nil) : []
    let priority = KeyfileRivals(rivals, against: 0)
    var proposal = priority.obstacle(of: intent.interface.description, expected: "its own definition")
    proposal.changes = try create(intent, priority: priority.remedy?.priority)
    proposal.claims += FoundInterface(name: intent.interface.description, files: []).claims(intent)
    return proposal
  }

  private func create(_ intent: InterfaceIntent, priority: Int?) throws -> [Change] {
    let name = intent.interface.description
    let new = try situation.newFile(try freePath(name), mode: 0o600)
    var table: [(String, YAMLFile.Value)] = []
    let device = intent.newVLAN
    let id = device == nil ? files.freeID(for: intent.interface) : name
    let parent = try device.map { try InterfaceName($0.parent) }
    let link = parent.map { files.definition(of: $0, mac: nil)?.id ?? $0.description }
    if let device, let link {
      table += [("id", .scalar(String(device.id))), ("link", .scalar(link))]
    } else if id != name, intent.mac == nil {
      table.append(("match", .table([("name", .scalar(name))])))
    } else if let mac = intent.mac {
      table += [("match", .table([("macaddress", .scalar(mac.description))])), ("set-name", .scalar(name))]
    }
    table.append(("addresses", .list(intent.addresses.map { .scalar(intent.withPrefix($0)) })))
    let gateways = [IPAddress.Family.v4, .v6].compactMap { intent.gateway($0) }
    let routes = gateways.map { NetplanEdit.route($0) } + (intent.routes ?? []).map { NetplanEdit.route($0) }
    if !routes.isEmpty { table.append(("routes", .list(routes))) }
    if !intent.dns.isEmpty {
      table.append(("nameservers", .table([("addresses", .list(intent.dns.map { .scalar($0) }))])))
    }
    if let mtu = intent.network.mtu { table.append(("mtu", .scalar(String(mtu)))) }
    if let priority {
      let passthrough: YAMLFile.Value = .table([("connection.autoconnect-priority", .scalar(String(priority)))])
      table.append(("networkmanager", .table([("passthrough", passthrough)])))
    }
    var document = YAMLFile(Array("network:\n  version: 2\n".utf8))
    do {
      if let parent, files.definition(of: parent, mac: nil) == nil {
        // netplan refuses a link that it knows nothing of.
        try document.set(["network", "ethernets", parent.description], to: .table([("dhcp4", .scalar("false"))]))
      }
      try document.set(["network", device == nil ? "ethernets" : "vlans", id], to: .table(table))
    } catch {
      throw NetplanEdit.error(error, new.path)
    }
    let addresses = intent.addresses.map(\.description).joined(separator: " and ")
    return try situation.missingParents(of: new.path, because: "netplan looks for its files here") + [
      Change.create(
        new.path, .bytes(document.bytes), new.attributes,
        because: ["the site gives \(situation.node.name) \(addresses) on \(name), and no file says so"])
    ]
  }
}
