internal import Documents
internal import Site
internal import Tree

extension InterfaceFiles {
  /// Routes that stay, by a router that none of the node's addresses reaches any more: the kernel refuses one (`Nexthop has invalid
  /// gateway`), and ifup and systemd-networkd then fail with the interface.
  func unreachableRoutes(of intents: [InterfaceIntent], _ situation: Situation) throws -> [Finding] {
    let survey = try InterfaceSurvey(self)
    let others = survey.interfaces.filter { other in !intents.contains { $0.interface == other.name } }
    let subnets = others.flatMap(\.addresses).map(\.subnet)
    return try intents.filter { $0.routes == nil }.flatMap { intent -> [Finding] in
      guard let own = survey.interfaces.first(where: { $0.name == intent.interface }) else { return [] }
      // An alias, which nobody edits, may have another subnet.
      let lost = own.routes.filter { route in
        let isReached =
          route.gateway.isLinkLocal || subnets.contains { $0.contains(route.gateway) }
          || intents.contains { other in other.addresses.contains { other.network.reaches(route.gateway, from: $0) } }
        return !isReached && (!survey.hasAliases || own.addresses.contains { $0.subnet.contains(route.gateway) })
      }
      return try lost.map { route in
        Finding(
          .warning,
          "\(try place(of: route, intent.interface, situation)) sends \(route.destination) through \(route.gateway), which no address of "
            + "\(situation.node.name) reaches: \(intent.interface) may not come up",
          advice: "write the router of its network, or say routes under [networks.\(intent.network.name)]")
      }
    }
  }

  private func place(of route: Route, _ interface: InterfaceName, _ situation: Situation) throws -> String {
    let paths = backends.flatMap { $0.configured([:]) }.filter { $0.name == interface }.flatMap(\.files)
    let token = Token(route.gateway.description)
    // Those of routes, which several interfaces may share, come after the interface's own.
    let shared = backends.flatMap { backend in
      (backend as? WickedFiles)?.routeFiles.map(\.snapshot.path) ?? (backend as? IfcfgFiles)?.routeFiles.map(\.path)
        ?? []
    }
    for path in paths + shared {
      guard let file = try situation.tree.glance(path) else { continue }
      let line = Lines(file.bytes).enumerated().first { token.occurs(in: String($0.element.text.prefix { $0 != "#" })) }
      if let line { return "\(path):\(line.offset + 1)" }
    }
    return paths.first.map { "\($0)" } ?? "\(interface)"
  }
}
