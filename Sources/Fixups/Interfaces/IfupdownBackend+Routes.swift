internal import Documents
internal import Site
internal import Tree

/// Routes, which ifupdown has no option for but the one of the default router: commands set them when an interface comes up.
extension IfupdownBackend {
  /// Where a command sets a route.
  private struct Place {
    let command: StanzaCommand
    let route: RouteCommand

    func isFor(_ route: Route) -> Bool { command.stanza.family == route.family.rawValue }
  }

  /// Commands that run when it comes up; ifupdown has no option for a route.
  mutating func convergeRoutes(_ intent: InterfaceIntent) {
    guard let wanted = intent.routes else { return }
    let name = intent.interface.description
    let own = commands.filter { $0.stanza.interface == name }
    let there = own.compactMap { command in
      command.route.map { (place: Place(command: command, route: $0), value: $0.found) }
    }
    let pairing = RoutePairing(there, wanted: wanted)
    // The stanza of the other family may come up before there is an address that leads to the router.
    var misplaced = pairing.plain.replaced.filter { !$0.place.isFor($0.value) }
    var routes = misplaced.map(\.value)
    var renewed = pairing.plain.replaced.filter { $0.place.isFor($0.value) }
    for (place, _) in misplaced {
      guard let index = routes.firstIndex(where: place.isFor) else { continue }
      renewed.append((place, routes.remove(at: index)))
      misplaced.removeAll { $0.place.command.isSame(as: place.command) }
    }
    let added = pairing.plain.added + routes
    let stale = pairing.plain.removed + misplaced.map(\.place)
    let gone = (stale + renewed.map(\.place)).map(\.route.found.route)
    func isUndone(_ route: Route, by other: Route) -> Bool {
      route.destination == other.destination && route.gateway == other.gateway
    }
    let reason = situation.reason(
      "routes of \(name)", said: there.map(\.value.route.description).joined(separator: ", "),
      wanted: wanted.isEmpty ? "none" : wanted.map(\.description).joined(separator: ", "))
    var edits: [(command: StanzaCommand, text: [UInt8]?)] = []
    edits += renewed.map { ($0.place.command, Array(RouteCommand.text($0.value, of: name).utf8)) }
    edits += stale.map { ($0.command, nil) }
    edits += pairing.redirected.compactMap { place, route in
      place.route.redirected(to: route).map { (place.command, $0) }
    }
    for command in own {
      guard let undone = command.routeGone else { continue }
      // What undoes a route that gets another router gets it too.
      if let other = pairing.redirected.first(where: { isUndone($0.place.route.found.route, by: undone.found.route) }) {
        if let text = undone.redirected(to: other.value) { edits.append((command, text)) }
      } else if gone.contains(where: { isUndone($0, by: undone.found.route) }) {
        edits.append((command, nil))
      }
    }
    let places = added.map { home(of: intent, $0.family) }
    stuck += apply(edits.map { CommandEdit(command: $0.command, text: $0.text, reason: reason) })
    for path in Set(places) {
      let fresh = zip(added, places).filter { $0.1 == path }.map {
        ($0.0.family, "up", RouteCommand.text($0.0, of: name))
      }
      let host =
        documents.contains { $0.document.stanzas.contains { $0.interface == name } }
        ? nil : host(of: intent, .v4) ?? host(of: intent, .v6)
      let place = host ?? (path, name)
      guard
        var document = documents.first(where: { $0.path == place.path })?.document
          ?? (files.all.isEmpty ? edited[place.path]?.document : nil)
      else { continue }
      let before = document.bytes
      document.edit(place.interface, replacing: [], removing: [], adding: fresh)
      if document.bytes != before { keep(document, at: place.path, because: reason) }
    }
  }

  /// Whether a command sets the default route, and no option does.
  mutating func saysByCommand(_ intent: InterfaceIntent, _ family: IPAddress.Family) -> Bool {
    !hasGateway(intent, family, files.stanzas(of: intent.interface))
      && files.all.flatMap { StanzaCommand.all(in: $0.document, $0.snapshot.path) }.contains { command in
        !command.command.isAlternative
          && command.defaultRoute.map { $0.gateway?.family == family && isOwn($0, command, intent) } ?? false
      }
  }

  /// To `manual` it is no option.
  private func hasGateway(
    _ intent: InterfaceIntent, _ family: IPAddress.Family, _ stanzas: [InterfacesFile.Stanza]
  ) -> Bool {
    stanzas.contains {
      $0.interface == "\(intent.interface)" && $0.family == family.stanzas.rawValue && $0.method != "manual"
        && !$0.values("gateway").isEmpty
    }
  }

  /// Whether a command sets the default route of this interface, in whatever stanza it stands: it names it, or its router is reached by it.
  private mutating func isOwn(_ route: DefaultRouteCommand, _ command: StanzaCommand, _ intent: InterfaceIntent) -> Bool
  {
    let name = intent.interface.description
    if let named = route.interface { return named == name }
    guard let gateway = route.gateway else { return false }
    func isMeant(_ router: StanzaOutcome.Router) -> Bool {
      router.gateway == gateway && router.command?.stanza.interface == command.stanza.interface
    }
    // As the files had it, for addresses may be others by now; or as it has been edited.
    let found =
      (files.outcome.routers + files.outcome.lostRouters.map(\.router)).first(where: isMeant)
      ?? outcome.routers.first(where: isMeant)
    let owner = found.map(\.interface) ?? command.stanza.interface
    // Where the kernel would not have known by which it goes, the site does; before its interface is there it would not know then, either.
    if owner == command.stanza.interface, owner != name {
      let order = files.all.flatMap(\.document.startedInterfaces)
      return intent.network.subnet(for: gateway) != nil
        && order.firstIndex(of: name) ?? order.endIndex <= order.firstIndex(of: owner) ?? order.endIndex
        && !files.outcome.addresses(of: owner).contains { given in
          given.prefix.flatMap { Subnet(containing: given.address, $0) }?.contains(gateway) ?? false
        }
    }
    return owner == name
  }

  /// Those that commands set: one goes by the site's router, where no option says that already, and none without one.
  mutating func convergeDefaultRoutes(_ intent: InterfaceIntent, _ byCommand: Set<IPAddress.Family>) {
    let name = intent.interface.description
    let addresses = files.addresses(of: intent.interface, mac: nil)
    for family in [IPAddress.Family.v4, .v6] {
      let wanted = intent.gateway(family)
      let stanzas = documents.flatMap(\.document.stanzas)
      let all = commands
      let there = all.compactMap { command -> (place: StanzaCommand, route: DefaultRouteCommand)? in
        guard !command.command.isAlternative, let route = command.defaultRoute, let router = route.gateway,
          router.family == family, isOwn(route, command, intent), intent.decides(onRouter: router, of: addresses)
        else { return nil }
        return (command, route)
      }
      // The stanza's own was taken away, and a command sets it in another way.
      let isBack =
        files.outcome.lostRouters.contains {
          $0.router.command == nil && $0.router.interface == name && $0.router.gateway.family == family
        } && files.outcome.routers.contains { $0.interface == name && $0.gateway.family == family }
      let isSaid = wanted == nil || hasGateway(intent, family, stanzas)
      // Of several, one that no later command takes away.
      let last = there.count > 1 ? outcome.routers.compactMap(\.command) : []
      let lasting = there.filter { there in last.contains { $0.isSame(as: there.place) } }
      let right = wanted.flatMap { wanted in (lasting + there).first { $0.route.gateways == [wanted] } }
      let kept = right ?? (wanted == nil || isSaid && !isBack ? nil : (lasting + there).first)
      let stale = there.filter { other in kept.map { !$0.place.isSame(as: other.place) } ?? true }
      let old = kept?.route.gateway
      let gone = stale.compactMap(\.route.gateway).filter { $0 != old }
      let said = there.compactMap(\.route.gateway?.description).joined(separator: " and ")
      let reason = situation.reason("default route of \(name)", said: said, wanted: wanted?.description ?? "none")
      var edits = stale.map { CommandEdit(command: $0.place, text: nil, reason: reason) }
      if let kept, let wanted, old != wanted {
        edits.append(
          CommandEdit(command: kept.place, text: kept.route.redirected(to: wanted, kept.place), reason: reason))
      }
      for command in there.isEmpty ? [] : all {
        guard let undone = command.defaultRouteGone,
          command.stanza.interface == name || undone.interface == name || command.isUp && undone.gateway == old
        else { continue }
        if let router = undone.gateway, router == old, let wanted, router != wanted {
          edits.append(
            CommandEdit(command: command, text: undone.redirected(to: wanted, command), reason: reason))
        } else if !command.isUp, undone.gateway.map(gone.contains) ?? (kept == nil && family == .v4) {
          edits.append(CommandEdit(command: command, text: nil, reason: reason))
        }
      }
      // Those whose lines would not do without them are seen by whoever verifies the gateway.
      apply(edits)
      guard let wanted, kept == nil, !isSaid, byCommand.contains(family) else { continue }
      add([DefaultRouteCommand.text(wanted, of: name)], of: intent, family, because: reason)
    }
  }
}
