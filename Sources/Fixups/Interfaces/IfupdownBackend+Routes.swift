internal import Documents
internal import Site
internal import Tree

/// Routes, which ifupdown has no option for but the one of the default router: commands set them when an interface comes up.
extension IfupdownBackend {
  /// Where a command sets a route.
  private struct Place {
    let path: TreePath
    let option: InterfacesFile.Option
    let command: RouteCommand
    private let family: String

    init(_ path: TreePath, _ option: InterfacesFile.Option, _ family: String, _ command: RouteCommand) {
      (self.path, self.option, self.family, self.command) = (path, option, family, command)
    }

    func isFor(_ route: Route) -> Bool { family == route.family.rawValue }
  }

  /// Commands that run when it comes up; ifupdown has no option for a route.
  mutating func convergeRoutes(_ intent: InterfaceIntent) {
    guard let wanted = intent.routes else { return }
    let name = intent.interface.description
    var documents = documents
    if documents.isEmpty, let new = edited[files.main] { documents = [(files.main, new.document)] }
    let there = documents.flatMap { path, document in
      document.stanzas.filter { $0.interface == name }.flatMap { stanza in
        stanza.options.compactMap { option in
          RouteCommand(option, of: name).map { (place: Place(path, option, stanza.family, $0), value: $0.found) }
        }
      }
    }
    let pairing = RoutePairing(there, wanted: wanted)
    // The stanza of the other family may come up before there is an address that leads to the router.
    var misplaced = pairing.plain.replaced.filter { !$0.place.isFor($0.value) }
    var routes = misplaced.map(\.value)
    var renewed = pairing.plain.replaced.filter { $0.place.isFor($0.value) }
    for (place, _) in misplaced {
      guard let index = routes.firstIndex(where: place.isFor) else { continue }
      renewed.append((place, routes.remove(at: index)))
      misplaced.removeAll { $0.place.path == place.path && $0.place.option == place.option }
    }
    let added = pairing.plain.added + routes
    for (path, original) in documents {
      let replaced = renewed.filter { $0.place.path == path }
      let stale = (pairing.plain.removed + misplaced.map(\.place)).filter { $0.path == path }
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
        adding: added.filter { home(of: intent, $0.family) == path }.map {
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
  func saysByCommand(_ intent: InterfaceIntent, _ family: IPAddress.Family) -> Bool {
    let stanzas = files.stanzas(of: intent.interface)
    return !stanzas.contains { $0.family == family.stanzas.rawValue && !$0.values("gateway").isEmpty }
      && files.defaultRouters(of: intent.interface).contains { $0.family == family }
  }

  /// Those that commands set: one goes by the site's router, where no option says that already, and none without one.
  mutating func convergeDefaultRoutes(_ intent: InterfaceIntent) {
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
}
