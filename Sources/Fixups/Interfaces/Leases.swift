internal import Documents
public import Site
internal import Tree

/// What a DHCP server gave an interface, as its client remembers it.
public struct Lease: Sendable, Equatable {
  public var address: IPAddress
  /// nil where the client does not write it down.
  public var prefix: PrefixLength?
  public var router: IPAddress?
  public var interface: InterfaceName?
}

extension Lease {
  /// NetworkManager's own client and dhclient below it, dhclient by itself, and systemd-networkd's until the next boot.
  private static let patterns = [
    "/var/lib/NetworkManager/*.lease", "/var/lib/dhclient/*.lease*", "/var/lib/dhcp/*.lease*",
    "/run/systemd/netif/leases/*",
  ]

  /// The last of each file.
  static func all(in tree: any TreeReading) throws -> [Lease] {
    try tree.regularFiles(matching: patterns).compactMap { file in
      let lines = Lines(file.bytes).map(\.text.trimmingBlanks)
      return lines.contains { $0.hasPrefix("lease ") } ? isc(lines) : assigned(lines, file.path.name)
    }
  }

  /// dhclient.leases(5)
  private static func isc(_ lines: [String]) -> Lease? {
    let last = lines.lastIndex { $0.hasPrefix("lease ") } ?? lines.startIndex
    func value(_ key: String) -> String? {
      lines[last...].last { $0.hasPrefix("\(key) ") }.map { line in
        line.dropFirst(key.count).split { " ;\",".contains($0) }.first.map(String.init) ?? ""
      }
    }
    return Lease(
      value("fixed-address"), mask: value("option subnet-mask"), router: value("option routers"),
      interface: value("interface"))
  }

  /// sd-dhcp-lease.c of systemd, which NetworkManager took over; `internal-UUID-NAME.lease` says the interface.
  private static func assigned(_ lines: [String], _ file: String) -> Lease? {
    func value(_ key: String) -> String? {
      lines.last { $0.hasPrefix("\(key)=") }.flatMap { line in
        line.dropFirst(key.count + 1).split(separator: " ").first.map(String.init)
      }
    }
    let name = file.hasPrefix("internal-") && file.hasSuffix(".lease") ? file.dropFirst(46).dropLast(6) : ""
    return Lease(value("ADDRESS"), mask: value("NETMASK"), router: value("ROUTER"), interface: String(name))
  }

  private init?(_ address: String?, mask: String?, router: String?, interface: String?) {
    guard let address = address.flatMap({ try? IPAddress($0) }) else { return nil }
    self.init(
      address: address, prefix: mask.flatMap(PrefixLength.init(netmask:)),
      router: router.flatMap { try? IPAddress($0) },
      interface: interface.flatMap { try? InterfaceName($0) })
  }
}
