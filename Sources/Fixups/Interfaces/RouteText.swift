internal import Site

/// Routes as files and commands spell them.
extension Route {
  /// Whether a destination is that of a default route, as ip-route(8) and netplan take it.
  static func isEverywhere(_ destination: String) -> Bool {
    guard let slash = destination.utf8.lastIndex(of: UInt8(ascii: "/")) else {
      return ["default", "any", "all"].contains(destination)
    }
    guard ["/0", "/0.0.0.0"].contains(destination[slash...]) else { return false }
    return destination[..<slash] == "0" || (try? IPAddress(String(destination[..<slash])))?.isUnspecified == true
  }

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

  /// The words that ip-route(8) takes.
  func words(of interface: String) -> String {
    "\(destination) via \(gateway) dev \(interface)" + (metric.map { " metric \($0)" } ?? "")
  }
}
