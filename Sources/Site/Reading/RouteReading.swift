extension TableReader {
  /// A list of tables, one for each route; nil where there is none. Those that are wrong are reported and left out.
  mutating func routes(_ key: String) -> [RouteDraft]? {
    guard let entry = take(key) else { return nil }
    let example = "write \(key) = [{ to = \"10.0.0.0/8\", via = \"192.168.10.1\" }]"
    guard case .array(let elements) = entry.value.content else {
      wrongType(entry.value, of: key, expected: "a list of tables", example)
      return []
    }
    guard elements.count <= 256 else {
      problems.report(entry.value.place, "\(key) has \(elements.count) routes", "it has at most 256")
      return []
    }
    return elements.compactMap { element in
      guard case .table(let entries) = element.content else {
        wrongType(element, of: "each of \(key)", expected: "a table", example)
        return nil
      }
      return RouteDraft(
        TableReader(entries, title: "a route of \(title)", place: element.place, problems: problems), example)
    }
  }
}

extension RouteDraft {
  fileprivate init?(_ table: TableReader, _ example: String) {
    var table = table
    let lacking = ["to", "via"].filter { !table.says($0) }
    if !lacking.isEmpty {
      table.problems.report(table.place, "a route says no \(lacking.joined(separator: " and no "))", example)
    }
    let destination = table.value("to", as: Subnet.self)
    let gateway = table.value("via", as: IPAddress.self)
    metric = table.integer("metric", in: Route.metrics)
    table.finish()
    guard let destination, let gateway else { return nil }
    (place, self.destination, self.gateway) = (table.place, destination, gateway)
  }
}

extension NetworkDraft {
  func checkRoutes(_ problems: Problems) {
    var seen: Set<Route> = []
    for route in routes ?? [] {
      let key = Route(to: route.destination.value, via: .v4(0), metric: route.metric?.value)
      if seen.insert(key).inserted {
        check(route, problems)
      } else {
        problems.report(
          route.destination.place, "a route to \(route.destination.value) is said twice",
          "say it once, or give each a metric of its own")
      }
    }
  }

  private func check(_ route: RouteDraft, _ problems: Problems) {
    let (destination, gateway) = (route.destination.value, route.gateway.value)
    guard destination.address.family == gateway.family else {
      return problems.report(
        route.gateway.place, "\(destination) cannot be reached through \(gateway)", "both are IPv4, or both IPv6")
    }
    if destination.prefix.value == 0 {
      problems.report(route.destination.place, "\(destination) is everything", "say gateway = \"\(gateway)\" instead")
    } else if subnets.contains(where: { $0.value == destination }) {
      problems.report(
        route.destination.place, "\(destination) is network \(quoted(name.value)) itself", "nodes need no route to it")
    }
    checkRouter(gateway, "router", route.gateway.place, problems)
  }
}
