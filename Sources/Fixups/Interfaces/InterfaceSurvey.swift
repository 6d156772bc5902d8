internal import Documents
public import Site
public import Tree

/// One interface with fixed addresses that comes up at boot, as a tree configures it.
public struct SurveyedInterface: Sendable {
  public let name: InterfaceName
  /// In the order of the file, each once, with the subnet that its prefix makes.
  public var addresses: [(address: IPAddress, subnet: Subnet)] = []
  public var gateways: [IPAddress] = []
  public var dns: [IPAddress] = []
  /// In bytes.
  public var mtu: Int?
  /// Further routes through a router that say nothing else (metrics aside), in the order of the files.
  public var routes: [Route] = []

  mutating func add(_ address: IPAddress, _ prefix: PrefixLength?) {
    guard let subnet = prefix.flatMap({ Subnet(containing: address, $0) }) else { return }
    guard let place = addresses.firstIndex(where: { $0.address == address }) else {
      return addresses.append((address, subnet))
    }
    // Said twice with two prefixes: the narrow one was meant, the wide one is left from a class or another time.
    if addresses[place].subnet.prefix.value < subnet.prefix.value { addresses[place].subnet = subnet }
  }
}

/// Every interface of a tree that has fixed addresses, for whoever describes the node. Loopback, ports, aliases and
/// interfaces by DHCP are none.
public struct InterfaceSurvey {
  public private(set) var interfaces: [SurveyedInterface] = []
  /// What has an address and is left out all the same, and why.
  public private(set) var remarks: [String] = []

  /// Those that ask DHCP for an address, by name.
  public private(set) var asking: [InterfaceName] = []
  /// What DHCP servers gave them, as far as their clients keep it.
  public private(set) var leases: [Lease] = []

  /// Whether an alias has an address.
  private(set) var hasAliases = false

  public init(_ platform: Platform, _ tree: any TreeReading) throws {
    let files = try InterfaceFiles(platform, tree)
    try self.init(files)
    asking = files.live.flatMap(\.asking).compactMap { try? InterfaceName($0.name) }
    leases = try Lease.all(in: tree)
  }

  init(_ files: InterfaceFiles) throws {
    let ports = Set(files.ports.map(\.interface))
    for backend in files.backends {
      try backend.survey(&self, ports: ports)
      for card in backend.unnamed where !ports.contains(card.name) {
        leaveOut(
          card.addresses, of: card.file,
          since: card.cards.isEmpty
            ? "it is for whatever card matches"
            : "it knows its card by the MAC address alone (say there what the kernel calls it: \(card.remedy))")
      }
    }
  }

  /// One that a backend of higher priority has is the other's.
  mutating func add(_ interface: SurveyedInterface) {
    let isKnown = interfaces.contains { $0.name == interface.name }
    if !interface.addresses.isEmpty, !isKnown { interfaces.append(interface) }
  }

  mutating func leaveOutAlias(_ addresses: [IPAddress], of path: TreePath) {
    hasAliases = true
    leaveOut(addresses, of: path, since: "it is an alias's")
  }

  mutating func leaveOutRoute(of interface: InterfaceName, at place: String) {
    remarks.append(
      "\(place): the default route of \(interface) through no gateway is left out, and an apply of this site takes it away"
    )
  }

  mutating func leaveOutAsking(_ interface: InterfaceName, at place: String) {
    remarks.append(
      "\(place): that \(interface) asks DHCPv6 for an address beside its own is left out, and an apply of this site takes it away"
    )
  }

  mutating func leaveOut(_ addresses: [IPAddress], of path: TreePath, since reason: String) {
    // Instead of 0.0.0.0 systemd-networkd takes a free range (systemd.network(5), `Address=`).
    let addresses = addresses.filter { !$0.isUnspecified }
    guard !addresses.isEmpty else { return }
    let list = addresses.map(\.description).joined(separator: " and ")
    remarks.append("\(path): \(list) \(addresses.count == 1 ? "is" : "are") left out, since \(reason)")
  }
}

extension IfcfgFiles {
  func survey(_ survey: inout InterfaceSurvey, ports: Set<String>) throws {
    let unnamed = unnamed
    for file in all where !file.isLeftAside && !ports.contains(file.device) && file.device != "lo" {
      if file.isAlias {
        survey.leaveOutAlias(file.addresses, of: file.snapshot.path)
        continue
      }
      guard file.isStatic, let name = try? InterfaceName(file.device),
        self.file(of: name)?.snapshot.path == file.snapshot.path,
        !unnamed.contains(where: { $0.file == file.snapshot.path && !$0.isRenamed })
      else { continue }
      guard file.startsAtBoot else {
        survey.leaveOut(file.addresses, of: file.snapshot.path, since: "\(name) does not come up at boot")
        continue
      }
      var interface = file.configured(name)
      if file.asksForIPv6Addresses, interface.addresses.contains(where: { $0.address.family == .v6 }) {
        survey.leaveOutAsking(name, at: file.place(of: "DHCPV6C"))
      }
      interface.gateways = routers(of: file, name, interface.addresses.map(\.subnet))
      interface.routes = routes(of: name).filter(\.isPlain).map(\.route)
      survey.add(interface)
    }
  }
}

extension IfupdownFiles {
  func survey(_ survey: inout InterfaceSurvey, ports: Set<String>) throws {
    var interfaces: [SurveyedInterface] = []
    let started = Set(all.flatMap(\.document.startedInterfaces))
    for (path, stanza) in all.flatMap({ file in file.document.stanzas.map { (file.snapshot.path, $0) } })
    where stanza.method == "static" && !ports.contains(stanza.interface) && stanza.interface != "lo" {
      guard let address = stanza.address.flatMap({ try? IPAddress($0.description) }) else { continue }
      if stanza.interface.contains(":") {
        survey.leaveOutAlias([address], of: path)
      } else if !started.contains(stanza.interface) {
        survey.leaveOut([address], of: path, since: "\(stanza.interface.shown) does not come up at boot")
      } else if let name = try? InterfaceName(stanza.interface) {
        let index = interfaces.firstIndex { $0.name == name } ?? interfaces.endIndex
        if index == interfaces.endIndex { interfaces.append(SurveyedInterface(name: name)) }
        interfaces[index].add(stanza, address)
      }
    }
    for given in commanded where !ports.contains(given.interface) && given.interface != "lo" {
      guard let name = try? InterfaceName(given.interface) else { continue }
      if !startsAtBoot(name, mac: nil), let path = given.command?.path {
        survey.leaveOut([given.address], of: path, since: "\(name) does not come up at boot")
        continue
      }
      let index = interfaces.firstIndex { $0.name == name } ?? interfaces.endIndex
      if index == interfaces.endIndex { interfaces.append(SurveyedInterface(name: name)) }
      interfaces[index].add(given.address, given.prefix)
    }
    for var interface in interfaces {
      interface.gateways += defaultRouters(of: interface.name).filter { !interface.gateways.contains($0) }
      interface.routes = routes(of: interface.name).filter(\.isPlain).map(\.route)
      survey.add(interface)
    }
  }
}

extension IfcfgFile {
  /// What the file itself gives its interface.
  fileprivate func configured(_ name: InterfaceName) -> SurveyedInterface {
    func addresses(_ keys: [String]) -> [IPAddress] {
      keys.compactMap { key in value(key).flatMap { try? IPAddress(String($0.trimmingBlanks.prefix { $0 != "%" })) } }
    }
    var interface = SurveyedInterface(name: name)
    for key in numbered("IPADDR") {
      guard let address = value(key).flatMap({ try? IPAddress($0.trimmingBlanks) }) else { continue }
      let slot = key.dropFirst("IPADDR".count)
      let length = value("PREFIX\(slot)").flatMap { Int($0.trimmingBlanks) }.flatMap { try? PrefixLength($0, .v4) }
      let mask = value("NETMASK\(slot)").flatMap { PrefixLength(netmask: $0.trimmingBlanks) }
      interface.add(address, length ?? mask ?? .ofClass(address))
    }
    let v6 = [value("IPV6ADDR") ?? ""] + (value("IPV6ADDR_SECONDARIES") ?? "").split(separator: " ").map(String.init)
    for text in v6 {
      let parts = text.trimmingBlanks.split(separator: "/", maxSplits: 1).map(String.init)
      guard let address = parts.first.flatMap({ try? IPAddress($0) }) else { continue }
      interface.add(address, try? PrefixLength(parts.count > 1 ? Int(parts[1]) ?? 64 : 64, address.family))
    }
    interface.dns = addresses(numbered("DNS"))
    interface.mtu = value("MTU").flatMap { Int($0.trimmingBlanks) }
    return interface
  }
}

extension SurveyedInterface {
  /// Another stanza of interfaces(5): it adds an address. A netmask wins over the prefix behind the address.
  fileprivate mutating func add(_ stanza: InterfacesFile.Stanza, _ address: IPAddress) {
    let parts = (stanza.values("address").first ?? "").split(separator: "/", maxSplits: 1)
    let mask = stanza.values("netmask").first
    let length = (mask.flatMap(Int.init) ?? (parts.count > 1 ? Int(parts[1]) : nil)).flatMap {
      try? PrefixLength($0, address.family)
    }
    add(address, mask.flatMap(PrefixLength.init(netmask:)) ?? length ?? .ofClass(address))
    gateways += stanza.values("gateway").compactMap { try? IPAddress($0) }
    dns += stanza.nameServers.compactMap { try? IPAddress($0) }
    mtu = mtu ?? stanza.values("mtu").first.flatMap(Int.init)
  }
}

extension PrefixLength {
  /// What tools take where nothing says a prefix: the old classes of IPv4 (RFC 791 section 3.2), /64 in IPv6.
  static func ofClass(_ address: IPAddress) -> PrefixLength? {
    guard case .v4(let bits) = address else { return try? PrefixLength(64, .v6) }
    return try? PrefixLength(bits < 0x8000_0000 ? 8 : bits < 0xC000_0000 ? 16 : 24, .v4)
  }
}
