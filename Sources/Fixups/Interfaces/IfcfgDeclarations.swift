internal import Documents
internal import Tree

extension IfcfgFile {
  /// What of the interface is set by a builtin. The network scripts source the file in a function, to which a `declare` is local, and
  /// NetworkManager heeds no such line (shvar.c, `line_new_parse`): which of two values counts nobody can say.
  func refuseDeclarations() throws {
    let problems = shell.declared.filter { Self.decides(on: $0.name) }.map { name, line, builtin in
      "\(snapshot.path):\(line): \(name) is set by \(builtin), which not all readers of the file heed"
        + " (write \(name)=… on a line of its own)"
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }

  /// With a number behind them, too.
  private static let numbered: Set = ["IPADDR", "PREFIX", "NETMASK", "GATEWAY", "NETWORK", "BROADCAST", "DNS"]
  private static let decided: Set = [
    "IPV6ADDR", "IPV6ADDR_SECONDARIES", "IPV6_DEFAULTGW", "IPV6INIT", "DEFROUTE", "GATEWAYDEV", "IPV6_DEFROUTE",
    "IPV6_DEFAULTDEV", "UUID", "HWADDR", "MACADDR", "BRIDGE_MACADDR", "DEVICE", "BOOTPROTO", "OVSBOOTPROTO", "DHCPV6C",
    "ONBOOT", "MTU", "DHCP_HOSTNAME", "DHCP_FQDN", "DHCP_CLIENT_ID",
  ]

  private static func decides(on key: String) -> Bool {
    if decided.contains(key) { return true }
    let stem = key.utf8.count - key.utf8.reversed().prefix { (48...57).contains($0) }.count
    return numbered.contains(String(decoding: key.utf8.prefix(stem), as: UTF8.self))
  }
}
