internal import Documents
internal import Site

/// Gateways, which netplan has in two places, and routes.
extension NetplanEdit {
  mutating func convergeGateway(
    _ definition: NetplanDefinition, _ intent: InterfaceIntent, _ family: IPAddress.Family, of addresses: [IPAddress]
  ) throws {
    let definition = current(definition)
    let wanted = intent.gateway(family)
    let there = definition.gateways(family).filter { place in
      (try? IPAddress(place.text)).map { intent.decides(onRouter: $0, of: addresses) } ?? (wanted != nil)
    }
    let pairing = Pairing(
      there.map { ($0, $0.text) }, wanted: wanted.map { [$0.description] } ?? [],
      isSame: { (try? IPAddress($0)) == (try? IPAddress($1)) })
    let key = family == .v4 ? "gateway4" : "gateway6"
    for (place, value) in pairing.replaced {
      let reason = situation.reason("gateway of \(intent.interface)", said: place.text, wanted: value)
      guard let route = place.route else {
        try set(definition, place.file, [key], to: value, because: reason)
        continue
      }
      try change(place.file, because: reason) { document throws(EditError) in
        if let node = document.root[definition.path + ["routes"]]?.items[route].node["via"] {
          try document.replace(node, with: value)
        }
      }
    }
    for place in pairing.removed.reversed() {
      let reason =
        "gateway of \(intent.interface) was \(place.text.shown), and the site says \(wanted?.description ?? "none")"
      try change(place.file, because: reason) { document throws(EditError) in
        if let route = place.route {
          try document.edit(list: definition.path + ["routes"], replacing: [:], removing: [route], adding: [])
        } else {
          try document.remove(definition.path + [key])
        }
      }
    }
    let passed = definition.passthroughs(files.all.map(\.snapshot)).compactMap { $0.settings.gateway(family) }
    guard let gateway = wanted, !pairing.added.isEmpty, !passed.contains(gateway) else { return }
    let home = definition.parts.first { $0.node["routes"] != nil } ?? definition.parts[0]
    let reason = situation.reason("gateway of \(intent.interface)", said: nil, wanted: gateway.description)
    try change(home.file, because: reason) { document throws(EditError) in
      let path = definition.path + ["routes"]
      if document.root[path]?.items.isEmpty ?? true {
        try document.set(path, to: .list([Self.route(gateway)]))
      } else {
        try document.edit(list: path, replacing: [:], removing: [], adding: [Self.route(gateway)])
      }
    }
  }

  mutating func convergeRoutes(_ definition: NetplanDefinition, _ intent: InterfaceIntent) throws {
    guard let wanted = intent.routes else { return }
    let definition = current(definition)
    let path = definition.path + ["routes"]
    let there = definition.parts.flatMap { part in
      NetplanDefinition.routes(part.node).map { (place: (file: part.file, index: $0.place), value: $0.value) }
    }
    let pairing = RoutePairing(there, wanted: wanted)
    guard !pairing.isEmpty else { return }
    let stale = pairing.plain.removed + pairing.plain.replaced.map(\.place)
    let missing = pairing.plain.replaced.map(\.value) + pairing.plain.added
    let home =
      definition.parts.first { !(documents[$0.file].root[path]?.items ?? []).isEmpty }?.file ?? definition.parts[0].file
    let list = wanted.map(\.description).joined(separator: ", ")
    let reason = situation.reason(
      "routes of \(intent.interface)", said: there.map(\.value.route.description).joined(separator: ", "),
      wanted: wanted.isEmpty ? "none" : list)
    for (place, route) in pairing.redirected {
      try change(place.file, because: reason) { document throws(EditError) in
        try document.edit(
          item: place.index, of: path,
          setting: [("via", "\(route.gateway)"), ("metric", route.metric.map { "\($0)" })])
      }
    }
    for part in definition.parts {
      let removed = Set(stale.filter { $0.file == part.file }.map(\.index))
      let added = part.file == home ? missing.map { Self.route($0) } : []
      guard !removed.isEmpty || !added.isEmpty else { continue }
      try change(part.file, because: reason) { document throws(EditError) in
        if document.root[path]?.items.isEmpty ?? true {
          try document.set(path, to: .list(added))
        } else {
          try document.edit(list: path, replacing: [:], removing: removed, adding: added)
        }
      }
    }
  }

  static func route(_ route: Route) -> YAMLFile.Value {
    let metric = route.metric.map { [("metric", YAMLFile.Value.scalar("\($0)"))] } ?? []
    return .table([("to", .scalar("\(route.destination)")), ("via", .scalar("\(route.gateway)"))] + metric)
  }

  /// Every version of netplan takes the long form; `default` came with 0.103.
  static func route(_ gateway: IPAddress) -> YAMLFile.Value {
    .table([
      ("to", .scalar(gateway.family == .v4 ? "0.0.0.0/0" : "::/0")), ("via", .scalar(gateway.description)),
    ])
  }
}
