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
        proposal.changes += try create(intent).filter { change in
          !proposal.changes.contains { $0.path == change.path }
        }
        proposal.claims += FoundInterface(name: intent.interface.description, files: []).claims(intent)
        dropIns.converge(files.freeID(for: intent.interface), intent, card: underlay.card(of: intent))
        continue
      }
      try refuseForeign(definition, intent.interface)
      if let shadow = files.shadow(of: intent.interface, id: definition.id) {
        let paths = shadow.parts.map { "\(files.all[$0.file].snapshot.path)" }.joined(separator: " and ")
        proposal.findings.append(
          Finding(
            .warning,
            "\(shadow.id) of \(paths) matches \(intent.interface) too, and systemd-networkd takes it before \(definition.id)",
            advice: "give it a match that leaves \(intent.interface) out, or a name that comes later"))
        proposal.claims.append(
          Claim("netplan's definition of \(intent.interface)", expected: definition.id, seen: shadow.id))
      }
      try edit.converge(definition, intent)
      try edit.convergeCard(definition, underlay.card(of: intent), of: intent.interface)
      let found = definition.found(intent.interface.description, files.all.map(\.snapshot))
      let isNetworkds = files.renderer(of: definition) == "networkd"
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
    }
    try edit.convergeRules()
    try edit.renewIdentities()
    proposal.changes += edit.changes
    proposal.claims += edit.claims
    proposal.findings += edit.findings + edit.sharedIdentities + edit.strays(besides: intents)
    return proposal + dropIns.proposal() + refusals()
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
    for unknown in NetplanKeys.unknown(in: files) {
      proposal.findings.append(
        Finding(
          .warning,
          "\(unknown.place): netplan has no key \(unknown.key.shown), and before its version 1.1 makes nothing at all with it",
          advice: "correct it, or take it out"))
      // A later one makes the others all the same.
      guard let definition = unknown.definition, own.contains(definition) else { continue }
      proposal.claims.append(nothing("\(unknown.place) has \(unknown.key.shown)"))
    }
    for fault in NetplanValues.faults(in: files) {
      proposal.findings.append(
        Finding(
          .warning,
          "\(fault.place): \(fault.what): netplan refuses it, and before its version 1.1 makes nothing at all",
          advice: "correct it, or take it out"))
      guard fault.definition.map(own.contains) ?? true else { continue }
      proposal.claims.append(nothing("\(fault.place): \(fault.what)"))
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

  private func create(_ intent: InterfaceIntent) throws -> [Change] {
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
