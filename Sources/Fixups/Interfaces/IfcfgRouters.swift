internal import Documents
internal import Site
internal import Tree

/// The routers of default routes, as an ifcfg file, the one for all interfaces and the file of routes say them together.
extension IfcfgFile {
  /// The key of a router, and the interface that it may name behind it (sysconfig.txt, IPV6_DEFAULTGW).
  static func routerKey(_ family: IPAddress.Family) -> String { family == .v4 ? "GATEWAY" : "IPV6_DEFAULTGW" }

  /// Whether its own router is nobody's default route: the file says so, or the one for all does (ifup-eth and network-functions-ipv6 of
  /// initscripts; nms-ifcfg-rh-reader.c).
  ///
  /// - Parameter shared: etc/sysconfig/network.
  func isIdle(_ family: IPAddress.Family, shared: IfcfgFile?) -> Bool {
    let keys = Self.obstacles(family)
    if isUncertain(keys.toggle) { return false }
    if refuses(keys.toggle) || family == .v4 && shell.value(keys.toggle) == nil && shared?.refuses(keys.toggle) == true
    {
      return true
    }
    let scope = family == .v6 ? router(.v6)?.scope : nil
    return (scope ?? value(keys.device) ?? shared?.value(keys.device)).map { $0 != device } ?? false
  }

  /// `fe80::1%ens33`
  func router(_ family: IPAddress.Family) -> (address: IPAddress, scope: String?)? {
    guard let text = value(Self.routerKey(family))?.trimmingBlanks else { return nil }
    let parts = text.split(separator: "%", maxSplits: 1).map(String.init)
    guard let address = parts.first.flatMap({ try? IPAddress($0) }), address.family == family else { return nil }
    return (address, parts.count > 1 ? parts[1] : nil)
  }
}

extension IfcfgFiles {
  /// What the file for all says, where it is for this interface.
  func sharedRouter(_ family: IPAddress.Family, for file: IfcfgFile) -> IPAddress? {
    guard let shared, let router = shared.router(family), !file.isIdle(family, shared: shared) else { return nil }
    return router.scope.map { $0 == file.device } ?? true ? router.address : nil
  }

  /// Those of an interface.
  ///
  /// - Parameter subnets: of its addresses. The router for all is that of the interface in whose network it is (ifup-eth).
  func routers(of file: IfcfgFile, _ name: InterfaceName, _ subnets: [Subnet]) -> [IPAddress] {
    [IPAddress.Family.v4, .v6].flatMap { family -> [IPAddress] in
      let keys = family == .v4 ? file.gateways : ["IPV6_DEFAULTGW"]
      var routers = keys.compactMap { key in
        file.value(key).flatMap { try? IPAddress(String($0.trimmingBlanks.prefix { $0 != "%" })) }
      }
      if routers.isEmpty {
        routers +=
          sharedRouter(family, for: file).map { router in
            subnets.contains { $0.contains(router) || router.isLinkLocal && $0.address.family == family }
              ? [router] : []
          } ?? []
      } else if file.isIdle(family, shared: shared) {
        routers = []
      }
      return routers + defaultRouters(of: name, family)
    }
  }
}
