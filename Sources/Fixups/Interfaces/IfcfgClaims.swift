internal import Documents
internal import Site
internal import Tree

/// What an ifcfg file gives its interface, worked out as the network scripts do.
struct IfcfgClaims {
  private let file: IfcfgFile?
  private let intent: InterfaceIntent
  /// GATEWAY of etc/sysconfig/network, which counts where the file says none.
  private let shared: String?
  private let global: IfcfgFile?
  /// Those of default routes in the interface's file of routes.
  private let routers: [String]

  init(
    _ file: IfcfgFile?, _ intent: InterfaceIntent, shared: String?, global: IfcfgFile? = nil, routers: [String] = []
  ) {
    self.file = file
    self.global = global
    self.intent = intent
    self.shared = shared
    self.routers = routers
  }

  var all: [Claim] {
    let name = intent.interface
    var claims = [
      Claim("interface of \(intent.network.name)", expected: name.description, seen: raw("DEVICE")),
      intent.claim(addresses: addresses),
    ]
    // Beside a default route of the file of routes it counts for nothing, either.
    let isRouted = routers.contains { !$0.utf8.contains(UInt8(ascii: ":")) }
    let isIdle = (intent.gateway(.v4) == nil || isRouted) && file?.isIdle(.v4, shared: global) == true
    let key =
      isIdle ? nil : file?.gateways.first { key in file?.value(key).map { decides(onRouter: $0, .v4) } ?? false }
    let said = ([key.flatMap { raw($0) }].compactMap(\.self) + routers + staleRouters).reduce(into: [String]()) {
      all, router in
      if !all.contains(router) { all.append(router) }
    }
    let seen = said.isEmpty ? nil : said.joined(separator: " and ")
    if let gateway = intent.gateway(.v4) {
      // None to the file of routes.
      let isObstructed = key != nil || !isRouted
      let obstacle = isObstructed ? file?.obstacle(.v4, shared: global).map { " with \($0)" } ?? "" : ""
      claims.append(
        Claim("gateway of \(name)", expected: gateway.description, seen: (seen ?? shared).map { $0 + obstacle }))
    } else if file != nil {
      claims.append(Claim("gateway of \(name)", expected: "none", seen: seen ?? "none"))
    }
    return claims
  }

  /// As the shell has it, a carriage return and all.
  private func raw(_ key: String) -> String? {
    switch file?.shell.value(key) {
    case .literal(let text):
      text.isEmpty
        ? nil
        : text.split(separator: "\r", omittingEmptySubsequences: false).map(String.init)
          .joined(separator: "\\r")
    case .unknown(let source): source
    case nil: nil
    }
  }

  private var addresses: [String] {
    guard let file else { return [] }
    let old = file.numbered("IPADDR").filter { decides(on: file.value($0) ?? "", .v4) }.compactMap { key -> String? in
      raw(key).map { "\($0)/\(prefix(String(key.dropFirst(6))))" }
    }
    let new = [raw("IPV6ADDR")] + (raw("IPV6ADDR_SECONDARIES") ?? "").split(separator: " ").map { String($0) }
    // A client's comes besides.
    let asked = file.asksForIPv6Addresses && !intent.addresses(.v6).isEmpty ? ["one of DHCPv6"] : []
    return old + asked
      + new.compactMap(\.self).filter { decides(on: $0, .v6) }.map { text in
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        let address = parts.first.flatMap { try? IPAddress($0) }?.description ?? text
        return "\(address)/\(parts.count > 1 ? parts[1] : "64")"
      }
  }

  private func decides(on text: String, _ family: IPAddress.Family) -> Bool {
    let address = try? IPAddress(String(text.trimmingBlanks.prefix { $0 != "/" }))
    return address.map { intent.decides(on: $0) } ?? intent.decides(on: family)
  }

  private func decides(onRouter text: String, _ family: IPAddress.Family) -> Bool {
    let router = try? IPAddress(String(text.trimmingBlanks.prefix { $0 != "%" }))
    return router.map { intent.decides(onRouter: $0, of: file?.addresses ?? []) } ?? intent.decides(on: family)
  }

  /// Of a family that the site gives the node no address of.
  private var staleRouters: [String] {
    guard intent.addresses(.v6).isEmpty else { return [] }
    return [raw("IPV6_DEFAULTGW")].compactMap(\.self).filter { decides(onRouter: $0, .v6) }
  }

  /// PREFIX goes before NETMASK; without either the old classes decide, which nobody means.
  private func prefix(_ slot: String) -> String {
    if let length = raw("PREFIX\(slot)") { return length }
    guard let text = raw("NETMASK\(slot)") else { return "no prefix" }
    guard case .v4(let mask)? = try? IPAddress(text), (~mask) & (~mask &+ 1) == 0 else { return text }
    return String(mask.nonzeroBitCount)
  }
}
