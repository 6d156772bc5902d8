internal import Documents
internal import Site
internal import Tree

/// ifcfg files and etc/sysconfig/network, as the network scripts source them.
struct IfcfgBackend {
  let situation: Situation
  let files: IfcfgFiles
  let intents: [InterfaceIntent]
  let underlay: Underlay
  private let global: FileSnapshot?
  /// GATEWAY= of the file for all interfaces.
  private let sharedGateway: String?
  private let keyfiles: KeyfileFiles?

  init(_ situation: Situation, _ files: IfcfgFiles, _ intents: [InterfaceIntent], _ underlay: Underlay) throws {
    self.situation = situation
    self.files = files
    self.intents = intents
    self.underlay = underlay
    let global = try situation.platform.networkGlobalFile.flatMap { path throws(TreeError) in
      try situation.tree.file(path)
    }
    self.global = global
    sharedGateway = global.flatMap { IfcfgFile("", $0, situation.configurations).value("GATEWAY") }
    keyfiles = intents.isEmpty ? nil : try situation.keyfiles()
  }

  /// Keyfiles that may take the interface of an ifcfg file.
  private func rivals(for intent: InterfaceIntent) -> [(place: String, priority: Int)] {
    keyfiles?.rivals(for: intent.interface.description, beside: nil, card: intent.mac) ?? []
  }

  /// Whether nothing brings up a port: not itself, and not its bridge or bond. The network scripts take a bond's and a team's with it
  /// (ifup-eth and ifup-Team of initscripts), NetworkManager those of what says so (nm-settings-ifcfg-rh(5), AUTOCONNECT_SLAVES).
  private func needsStart(_ port: IfcfgFile) throws -> Bool {
    guard !port.startsAtBoot else { return false }
    if port.value("BRIDGE") == nil, port.value("BRIDGE_UUID") == nil,
      try NetworkServices(situation.tree).hasNetworkScripts()
    {
      return false
    }
    let masters = files.ports.filter { $0.interface == port.device }.map(\.master)
    return !masters.isEmpty
      && !files.all.contains { file in
        file.isCurrent && masters.contains(file.device)
          && ["yes", "true", "1"].contains(file.value("AUTOCONNECT_SLAVES")?.lowercased() ?? "")
      }
      && keyfiles?.all.contains { connection in
        connection.startsPorts == true
          && masters.contains { $0.lowercased() == connection.uuid || $0 == connection.interface }
      } != true
  }

  /// The files on their way to what the site says, and what is to be said of them.
  private struct Draft {
    var edits: [IfcfgEdit]
    var proposal = Proposal()
    /// Files of the node's own interfaces.
    var own: [TreePath] = []
    var renewed: RenewedUUIDs
    let namesakes: [Namesake]
    let shared: IfcfgFile?
  }

  func proposal() throws -> Proposal {
    var draft = Draft(
      edits: files.all.map { IfcfgEdit($0, situation) },
      renewed: RenewedUUIDs(elsewhere: situation.connectionsElsewhere), namesakes: files.namesakes, shared: shared)
    for intent in intents { try converge(intent, &draft) }
    try convergeParts(&draft)
    try convergeRivals(&draft)
    try follow(&draft)
    var proposal = draft.proposal + (try globalFile())
    var routes = try routeProposal()
    // The directory may be made already.
    routes.changes.removeAll { change in proposal.changes.contains { $0.path == change.path } }
    proposal += routes
    proposal.findings += try files.all.filter { !draft.own.contains($0.snapshot.path) }.flatMap { try findings(on: $0) }
    return proposal
  }

  private func converge(_ intent: InterfaceIntent, _ draft: inout Draft) throws {
    guard let file = files.file(of: intent.interface, mac: intent.mac),
      let index = files.all.firstIndex(where: { $0.snapshot.path == file.snapshot.path })
    else {
      draft.proposal.changes += try create(intent).filter { change in
        !draft.proposal.changes.contains { $0.path == change.path }
      }
      draft.proposal.claims += IfcfgClaims(nil, intent, shared: nil).all
      draft.proposal.claims += intent.claims(routes: files.routes(of: intent.interface))
      return
    }
    draft.own.append(file.snapshot.path)
    try file.refuseDeclarations()
    try draft.edits[index].convergeIPv4(intent)
    let routed = (
      v4: files.defaultRouters(of: intent.interface, .v4), v6: files.defaultRouters(of: intent.interface, .v6)
    )
    // What the site gives in IPv6 is not claimed.
    let routers = (routed.v4 + (intent.addresses(.v6).isEmpty ? routed.v6 : [])).filter {
      intent.decides(onRouter: $0, of: file.addresses)
    }.map(\.description)
    try draft.edits[index].convergeGateway(
      intent, isElsewhere: sharedGateway == intent.gateway(.v4)?.description, isRouted: !routed.v4.isEmpty,
      shared: draft.shared)
    let sharedRouter = files.sharedRouter(.v6, for: file)
    try draft.edits[index].convergeIPv6(
      intent, isElsewhere: sharedRouter != nil && sharedRouter == intent.gateway(.v6), isRouted: !routed.v6.isEmpty,
      shared: draft.shared)
    try draft.edits[index].convergeSettings(intent)
    draft.proposal += try draft.edits[index].goBefore(rivals(for: intent))
    // The card of a bridge is its port's: HWADDR in the bridge's own file would keep it from coming up.
    try draft.edits[index].convergeIdentity(
      mac: underlay.card(of: intent), bottom: underlay.bottom(of: intent.interface.description), &draft.renewed,
      namesakes: draft.namesakes)
    draft.edits[index].trimCarriageReturns()
    draft.proposal.claims +=
      IfcfgClaims(file, intent, shared: sharedGateway, global: draft.shared, routers: routers).all
    draft.proposal.claims += intent.claims(routes: files.routes(of: intent.interface))
  }

  /// The cards below bridges and bonds.
  private func convergeParts(_ draft: inout Draft) throws {
    for part in underlay.parts {
      for index in draft.edits.indices where files.all[index].isCurrent && files.all[index].device == part.name {
        try files.all[index].refuseDeclarations()
        try draft.edits[index].convergeIdentity(
          mac: part.mac, bottom: underlay.bottom(of: part.name), &draft.renewed, namesakes: draft.namesakes)
        if let intent = underlay.intent(above: part.name), try needsStart(files.all[index]) {
          try draft.edits[index].convergeStart(intent)
        }
      }
    }
  }

  /// Second files for the node's interfaces.
  private func convergeRivals(_ draft: inout Draft) throws {
    for index in draft.edits.indices where !draft.own.contains(draft.edits[index].path) {
      guard let intent = try rival(files.all[index]) else { continue }
      if files.all[index].isCurrent {
        try draft.edits[index].dropOthers()
      } else if try !isSurelyRead(files.all[index]) {
        continue
      }
      // The network service brings up both, and NetworkManager the one that it used last.
      guard files.all[index].startsAtBoot, let first = files.file(of: intent.interface, mac: intent.mac) else {
        continue
      }
      draft.proposal.claims.append(
        Claim(
          "the file of \(intent.interface)", expected: "\(first.snapshot.path)", seen: "\(draft.edits[index].path)"))
    }
  }

  /// What every file names follows, whoever's it is.
  private func follow(_ draft: inout Draft) throws {
    for index in draft.edits.indices {
      try draft.edits[index].follow(draft.renewed)
      let file = files.all[index]
      let isOwn = draft.own.contains(draft.edits[index].path)
      if file.isCurrent { try draft.edits[index].convergeNearEnds() }
      draft.proposal.claims += draft.edits[index].claims
      if let change = draft.edits[index].change { draft.proposal.changes.append(change) }
      let others = draft.edits[index].mentions(besides: Set(file.settings.map(\.key) + Self.tunnelEnds))
      let findings =
        isOwn
        ? draft.edits[index].findings
        : others + draft.edits[index].sharedIdentities + (try draft.edits[index].cardsInCommands())
      draft.proposal.findings += findings + (file.isLeftAside ? [] : draft.edits[index].untoldCards(besides: findings))
      draft.proposal += try sourced(by: file, isOwn: isOwn && file.startsAtBoot)
    }
  }

  private func create(_ intent: InterfaceIntent) throws -> [Change] {
    let name = intent.interface.description
    let new = try situation.newFile(files.directory.appending("ifcfg-\(name)"), mode: 0o644)
    let device = intent.newVLAN
    let kind = device.map { "TYPE=Vlan\nVLAN=yes\nPHYSDEV=\($0.parent)\nVLAN_ID=\($0.id)" } ?? "TYPE=Ethernet"
    let start = """
      \(kind)
      BOOTPROTO=none
      NAME=\(name)
      DEVICE=\(name)
      ONBOOT=yes
      UUID=\(try situation.fresh.uuid())

      """
    let identity = FileIdentity(device: 0, inode: 0, size: 0, modified: 0, changed: 0)
    let blank = FileSnapshot(path: new.path, bytes: Array(start.utf8), attributes: new.attributes, identity: identity)
    var edit = IfcfgEdit(IfcfgFile(name, blank), situation)
    try edit.convergeIPv4(intent)
    try edit.convergeGateway(intent, isElsewhere: false, isRouted: false, shared: shared)
    try edit.convergeIPv6(intent, isElsewhere: false, isRouted: false, shared: shared)
    try edit.convergeSettings(intent)
    _ = try edit.goBefore(rivals(for: intent))
    if let mac = intent.mac, device == nil { try edit.set("HWADDR", to: mac.description) }
    let addresses = intent.addresses.map(\.description).joined(separator: " and ")
    let change = Change.create(
      new.path, .bytes(edit.shell.bytes), new.attributes,
      because: ["the site gives \(situation.node.name) \(addresses) on \(name), and no file says so"])
    return try situation.missingParents(of: new.path, because: "the network scripts look for their files here") + [
      change
    ]
  }

  /// What all interfaces share.
  private var shared: IfcfgFile? { global.map { IfcfgFile("", $0, situation.configurations) } }

  /// GATEWAY and GATEWAYDEV, where they stand.
  private func globalFile() throws -> Proposal {
    guard let shared else { return Proposal() }
    if !intents.isEmpty { try shared.refuseDeclarations() }
    var edit = IfcfgEdit(shared, situation)
    try edit.convergeNames()
    for family in [IPAddress.Family.v4, .v6] { try convergeGateway(of: shared, family, &edit) }
    return Proposal(changes: edit.change.map { [$0] } ?? [])
  }

  /// The router for all, and the interface that it is for.
  private func convergeGateway(of shared: IfcfgFile, _ family: IPAddress.Family, _ edit: inout IfcfgEdit) throws {
    let (router, device) = (IfcfgFile.routerKey(family), IfcfgFile.obstacles(family).device)
    let routed = intents.filter { $0.gateway(family) != nil }
    guard let first = routed.first, let gateway = first.gateway(family) else {
      return try dropGateway(of: shared, family, &edit)
    }
    func isRouted(_ name: String) -> Bool { routed.contains { $0.interface.description == name } }
    if edit.value(router) != nil {
      let said = shared.router(family)
      let isSame = said.map { said in
        routed.contains { $0.gateway(family) == said.address } && said.scope.map(isRouted) ?? true
      }
      // A link-local one is on every link.
      let scope = said?.scope != nil || gateway.isLinkLocal ? "%\(first.interface)" : ""
      if isSame != true { try edit.set(router, to: "\(gateway)\(scope)") }
    }
    if let said = edit.value(device), !isRouted(said) { try edit.set(device, to: first.interface.description) }
    for key in [router, device] {
      if let said = edit.value(key) { try edit.set(key, to: said) }
    }
  }

  /// The network scripts give the gateway for all to the interface whose network it is in (ifup-eth).
  private func dropGateway(of shared: IfcfgFile, _ family: IPAddress.Family, _ edit: inout IfcfgEdit) throws {
    let device = IfcfgFile.obstacles(family).device
    guard let (said, scope) = shared.router(family),
      let intent = intents.first(where: { intent in
        (scope ?? shared.value(device)).map { $0 == intent.interface.description } ?? true
          && (intent.addresses.contains { intent.network.reaches(said, from: $0) }
            || intent.addresses(family).isEmpty && intent.network.subnet(for: said) != nil)
      })
    else { return }
    for key in [IfcfgFile.routerKey(family), device] {
      try edit.drop(key, because: "the site has no gateway on \(intent.network.name)")
    }
  }

  /// The interface of the node's that a file is for besides the interface's own.
  private func rival(_ file: IfcfgFile) throws -> InterfaceIntent? {
    guard !file.isAlias, let intent = intents.first(where: { $0.interface.description == file.value("DEVICE") }),
      !situation.areForeign(file.cards, of: intent), try isSurelyRead(file) || readers() == nil
    else { return nil }
    return intent
  }

  /// Whether somebody who is there reads a file by its name.
  private func isSurelyRead(_ file: IfcfgFile) throws -> Bool {
    guard file.isLeftAside else { return true }
    guard let readers = try readers() else { return false }
    return file.isLeftByScripts ? readers.manager : readers.scripts
  }

  /// nil where nobody can tell.
  private func readers() throws -> (scripts: Bool, manager: Bool)? {
    let services = NetworkServices(situation.tree)
    let (scripts, manager) = (try services.hasNetworkScripts(), try services.hasNetworkManager())
    return scripts || manager ? (scripts, manager) : nil
  }

  /// Of tunnels of the kernel's (sysconfig.txt of initscripts).
  private static let tunnelEnds = ["MY_OUTER_IPADDR", "MY_INNER_IPADDR", "IPV6TUNNELIPV4LOCAL"]

  /// A file that none of the node's networks is in stays as it is; what would disturb them is said.
  private func findings(on file: IfcfgFile) throws -> [Finding] {
    let path = file.snapshot.path
    if let intent = try rival(file) {
      guard file.startsAtBoot else { return [] }
      return [
        Finding(
          .warning, "\(path) is for \(intent.interface) too: which one counts depends on who reads them",
          advice: "take it away")
      ]
    }
    let ends = Self.tunnelEnds.compactMap { key in
      file.value(key).flatMap { text in try? IPAddress(String(text.prefix { $0 != "/" })) }.map {
        (key: key, address: $0)
      }
    }.filter { key, address in situation.renewingNearEnd(key, address.description) == nil }
    return (file.settings + ends).compactMap { key, address in
      situation.stray(address, on: file.device).map { whose in
        Finding(
          .warning, "\(file.place(of: key)) gives \(file.device.shown) \(address), \(whose); it is left as it is",
          advice: file.isAlias
            ? "take the file away, or correct the address by hand"
            : "take the file away, or say in the site which interface this is")
      }
    }
  }
}
