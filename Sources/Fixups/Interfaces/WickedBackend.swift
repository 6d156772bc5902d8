internal import Documents
internal import Site
internal import Tree

/// SUSE's ifcfg files, their routes and the list of name servers.
struct WickedBackend {
  private let situation: Situation
  private let files: WickedFiles
  private let underlay: Underlay
  private var routes: [TreePath: (document: IfrouteFile, reasons: [String])] = [:]

  init(_ situation: Situation, _ files: WickedFiles, _ underlay: Underlay) {
    self.situation = situation
    self.files = files
    self.underlay = underlay
  }

  func proposal(_ intents: [InterfaceIntent]) throws -> Proposal {
    var backend = self
    var proposal = Proposal()
    var edits = files.all.map { WickedEdit($0, situation) }
    for intent in intents {
      let name = intent.interface.description
      if let index = edits.firstIndex(where: { $0.original.interface == name }) {
        try edits[index].converge(intent)
        try edits[index].convergeCard(underlay.card(of: intent))
      } else {
        proposal.changes += try create(intent)
      }
      let others = intents.filter { $0.interface != intent.interface }.flatMap(\.subnets)
      backend.convergeRoutes(intent, others)
      let found =
        files.file(of: name).map { files.found($0, intent.subnets, others: others) }
        ?? FoundInterface(name: name, files: [])
      proposal.claims += found.claims(intent)
    }
    for part in underlay.parts {
      for index in edits.indices where edits[index].original.interface == part.name {
        try edits[index].convergeCard(part.mac)
      }
    }
    for index in edits.indices { try edits[index].convergeNearEnds() }
    for edit in edits {
      if let change = edit.change { proposal.changes.append(change) }
      proposal.findings += edit.findings
    }
    proposal.findings += files.lease.map { WickedEdit($0, situation).findings } ?? []
    proposal.claims += backend.convergeSources()
    for change in try backend.routeChanges() where !proposal.changes.contains(where: { $0.path == change.path }) {
      proposal.changes.append(change)
    }
    proposal.findings += backend.routeFindings
    return proposal + (try servers(intents))
  }

  private func create(_ intent: InterfaceIntent) throws -> [Change] {
    let name = intent.interface.description
    let new = try situation.newFile(files.directory.appending("ifcfg-\(name)"), mode: 0o644)
    let kind = intent.newVLAN.map { "ETHERDEVICE='\($0.parent)'\nVLAN_ID='\($0.id)'\n" } ?? ""
    let start = Array("BOOTPROTO='static'\nSTARTMODE='auto'\n\(kind)".utf8)
    let identity = FileIdentity(device: 0, inode: 0, size: 0, modified: 0, changed: 0)
    let blank = FileSnapshot(path: new.path, bytes: start, attributes: new.attributes, identity: identity)
    var edit = WickedEdit(WickedFile(name, blank), situation)
    try edit.converge(intent)
    let addresses = intent.addresses.map(\.description).joined(separator: " and ")
    return try situation.missingParents(of: new.path, because: "wicked looks for its files here") + [
      Change.create(
        new.path, .bytes(edit.file.shell.bytes), new.attributes,
        because: ["the site gives \(situation.node.name) \(addresses) on \(name), and no file says so"])
    ]
  }

  // MARK: Routes

  /// - Parameter others: the networks of the node's other interfaces.
  private mutating func convergeRoutes(_ intent: InterfaceIntent, _ others: [Subnet]) {
    let name = intent.interface.description
    let addresses = files.addresses(in: files.file(of: name)).map(\.address)
    for family in [IPAddress.Family.v4, .v6] {
      let there = current.routes(of: name, intent.subnets, others: others)
        .filter { (try? IPAddress($0.entry.gateway))?.family == family }
      let ways = Pairing(
        there.filter { place in
          place.entry.isDefault
            && (try? IPAddress(place.entry.gateway)).map { intent.decides(onRouter: $0, of: addresses) } ?? false
        }.map { ($0, $0.entry.gateway) },
        wanted: intent.gateway(family).map { [$0.description] } ?? [],
        isSame: { (try? IPAddress($0)) == (try? IPAddress($1)) })
      for (place, gateway) in ways.replaced {
        edit(place.path, situation.reason("the default route", said: place.entry.gateway, wanted: gateway)) {
          $0.replaceGateway(of: place.entry, with: gateway)
        }
      }
      var gone = ways.removed
      let further = there.compactMap { place in FoundRoute(place.entry).map { (place: place, value: $0) } }
      let pairing = intent.routes(family).map { RoutePairing(further, wanted: $0) }
      for (place, route) in pairing?.redirected ?? [] {
        edit(place.path, "the site gives \(situation.node.name) a route to \(route)") {
          $0.redirect(place.entry, to: "\(route.gateway)", metric: route.metric.map { "\($0)" })
        }
      }
      let others = pairing?.plain
      gone += (others?.removed ?? []) + (others?.replaced.map(\.place) ?? [])
      for path in files.routeFiles.map(\.snapshot.path) {
        let entries = gone.filter { $0.path == path }.map(\.entry)
        guard !entries.isEmpty else { continue }
        edit(path, "the site has no such route on \(intent.network.name)") { $0.remove(entries) }
      }
      let home = home(of: name)
      let device = home == files.sharedRoutes ? name : nil
      for gateway in ways.added {
        edit(home, situation.reason("the default route", said: nil, wanted: gateway)) {
          $0.add("default", via: gateway, on: device)
        }
      }
      for route in (others?.replaced.map(\.value) ?? []) + (others?.added ?? []) {
        edit(home, "the site gives \(situation.node.name) a route to \(route)") {
          $0.add(
            "\(route.destination)", via: "\(route.gateway)", on: device, metric: route.metric.map { "\($0)" })
        }
      }
    }
  }

  /// The files as the edits so far have left them: lines are those of now.
  private var current: WickedFiles {
    var current = files
    for index in current.routeFiles.indices {
      guard let edited = routes[current.routeFiles[index].snapshot.path] else { continue }
      current.routeFiles[index].document = edited.document
    }
    return current
  }

  /// The source that a route prefers is this node's.
  private mutating func convergeSources() -> [Claim] {
    files.routeFiles.map(\.snapshot.path).flatMap { path -> [Claim] in
      let before = routes[path]?.document ?? files.routeFiles.first { $0.snapshot.path == path }?.document
      let (bytes, said) = situation.renewingSources(before?.bytes ?? [])
      for address in said { edit(path, "a route said \(address)") { $0 = IfrouteFile(bytes) } }
      return said.map { .staleAddress("routes", in: path, $0) }
    }
  }

  /// The interface's own file where there is one, else the one for all, else its own.
  private func home(of interface: String) -> TreePath {
    let own = files.ownRoutes(interface)
    let there = files.routeFiles.map(\.snapshot.path)
    return there.contains(own) || !there.contains(files.sharedRoutes) ? own : files.sharedRoutes
  }

  private mutating func edit(_ path: TreePath, _ reason: String, _ change: (inout IfrouteFile) -> Void) {
    var (document, reasons) =
      routes[path] ?? (files.routeFiles.first { $0.snapshot.path == path }?.document ?? IfrouteFile([]), [])
    change(&document)
    routes[path] = (document, reasons.contains(reason) ? reasons : reasons + [reason])
  }

  private func routeChanges() throws -> [Change] {
    try routes.sorted { $0.key < $1.key }.flatMap { path, edit -> [Change] in
      if let file = files.routeFiles.first(where: { $0.snapshot.path == path })?.snapshot {
        return Change.edit(file, to: edit.document.bytes, because: edit.reasons).map { [$0] } ?? []
      }
      let new = try situation.newFile(path, mode: 0o644)
      return try situation.missingParents(of: path, because: "wicked looks for its files here") + [
        .create(new.path, .bytes(edit.document.bytes), new.attributes, because: edit.reasons)
      ]
    }
  }

  /// Lines that have an address of the original, and those that no interface here heeds.
  private var routeFindings: [Finding] {
    files.routeFiles.flatMap { snapshot, document in
      situation.formerLines(in: routes[snapshot.path]?.document.bytes ?? document.bytes).map { _, address in
        Finding(
          .warning,
          "\(snapshot.path) has \(address) in a route, which is \(situation.whose(address)); it is left as it is",
          advice: "correct it by hand")
      }
    }
  }

  // MARK: Name servers

  /// netconfig has one list for all interfaces.
  private func servers(_ intents: [InterfaceIntent]) throws -> Proposal {
    let wanted = intents.flatMap(\.dns).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    guard !wanted.isEmpty else { return Proposal() }
    guard let global = files.global else {
      let text = "the site names name servers, and there is no \(files.directory)/config for them"
      return Proposal(findings: [
        Finding(.warning, text, advice: "write \(wanted.joined(separator: " ")) where resolv.conf is made")
      ])
    }
    var edit = WickedEdit(global, situation)
    if files.servers != wanted {
      try edit.set(WickedFiles.serversKey, to: wanted.joined(separator: " "))
    }
    return Proposal(
      changes: edit.change.map { [$0] } ?? [],
      claims: [
        Claim(
          "name servers (\(global.snapshot.path))", expected: wanted.joined(separator: " "),
          seen: files.servers.isEmpty ? nil : files.servers.joined(separator: " "))
      ])
  }
}
