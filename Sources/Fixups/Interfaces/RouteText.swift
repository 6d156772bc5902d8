internal import Site

/// Routes as files and commands spell them.
extension Route {
  /// From its parts; nil where one is not what it should be, for a default route, and for one through no router.
  init?(to destination: String, prefix: String? = nil, via gateway: String, metric: String? = nil) {
    let parts = destination.split(separator: "/", maxSplits: 1).map(String.init)
    guard let address = parts.first.flatMap({ try? IPAddress($0) }), let gateway = try? IPAddress(gateway) else {
      return nil
    }
    let length = prefix ?? (parts.count > 1 ? parts[1] : nil)
    let bits =
      length.map { PrefixLength(mask: $0) ?? Int($0).flatMap { try? PrefixLength($0, address.family) } }
      ?? PrefixLength.host(address.family)
    guard let bits, bits.value > 0, !gateway.isUnspecified, gateway.family == address.family,
      let range = Subnet(containing: address, bits)
    else { return nil }
    guard let metric else {
      self.init(to: range, via: gateway)
      return
    }
    guard let number = Int(metric), Route.metrics.contains(number) else { return nil }
    self.init(to: range, via: gateway, metric: number)
  }

  /// From the words that ip-route(8) takes: `10.0.0.0/8 via 192.168.10.1 dev ens33 metric 100`; nil for one that says more,
  /// or is for another interface.
  init?(words: [String], of interface: String) {
    var rest = words[...]
    if rest.first == "to" || rest.first == "unicast" { rest = rest.dropFirst() }
    guard let destination = rest.popFirst(), rest.count % 2 == 0 else { return nil }
    var said: [String: String] = [:]
    while let key = rest.popFirst(), let value = rest.popFirst() {
      guard said.updateValue(value, forKey: key) == nil else { return nil }
    }
    guard let gateway = said.removeValue(forKey: "via") else { return nil }
    let metrics = ["metric", "preference", "priority"].compactMap { said.removeValue(forKey: $0) }
    let device = said.removeValue(forKey: "dev") ?? interface
    guard said.isEmpty, metrics.count < 2, device == interface else { return nil }
    self.init(to: destination, via: gateway, metric: metrics.first)
  }

  /// The words that ip-route(8) takes.
  func words(of interface: String) -> String {
    "\(destination) via \(gateway) dev \(interface)" + (metric.map { " metric \($0)" } ?? "")
  }
}
