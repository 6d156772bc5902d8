internal import Documents
internal import Site
internal import Tree

/// One interface with a fixed address, as a tree configures it.
struct SurveyedInterface {
  var name: InterfaceName
  /// The first of each family, with its subnet.
  var addresses: [(address: IPAddress, subnet: Subnet)]
  var gateways: [IPAddress]
  var dns: [IPAddress]
  var mtu: Int?
}

/// Every interface of a tree that has a fixed address; what `init` makes networks of. Loopback and interfaces by DHCP
/// are left out.
struct InterfaceSurvey {
  let tree: any TreeReading
  let platform: Platform

  func interfaces() throws -> [SurveyedInterface] {
    let found: [SurveyedInterface] =
      switch platform.network {
      case .ifcfg(let directory, _): try ifcfg(directory)
      case .ifupdown(let file, let directory): try ifupdown(file, directory)
      }
    return found.filter { !$0.addresses.isEmpty && $0.name.description != "lo" }
  }

  // MARK: ifcfg

  /// Suffixes that the network scripts pass over (initscripts, `__sed_discard_ignored_files`).
  private static let ignoredSuffixes = ["~", ".bak", ".old", ".orig", ".rpmnew", ".rpmorig", ".rpmsave"]

  private func ifcfg(_ directory: AbsolutePath) throws -> [SurveyedInterface] {
    guard let directory = TreePath(directory.description) else { return [] }
    return try (tree.entries(directory) ?? []).compactMap { entry in
      guard entry.name.hasPrefix("ifcfg-"), !entry.name.contains(":"),
        !Self.ignoredSuffixes.contains(where: entry.name.hasSuffix),
        let file = try tree.file(directory.appending(entry.name))
      else { return nil }
      return interface(ShellAssignments(file.bytes), named: String(entry.name.dropFirst("ifcfg-".count)))
    }
  }

  private func interface(_ settings: ShellAssignments, named name: String) -> SurveyedInterface? {
    func value(_ key: String) -> String? {
      settings.literal(key).map { $0.trimmingBlanks() }.flatMap { $0.isEmpty ? nil : $0 }
    }
    guard let interface = try? InterfaceName(value("DEVICE") ?? name) else { return nil }
    var addresses: [(IPAddress, Subnet)] = []
    for number in ["", "0"] where addresses.isEmpty {
      guard let address = value("IPADDR\(number)").flatMap({ try? IPAddress($0) }) else { continue }
      let prefix =
        value("PREFIX\(number)").flatMap(Int.init).flatMap { try? PrefixLength($0, .v4) }
        ?? value("NETMASK\(number)").flatMap(PrefixLength.init(netmask:))
      if let subnet = prefix.flatMap({ Subnet(containing: address, $0) }) { addresses.append((address, subnet)) }
    }
    if let pair = value("IPV6ADDR").flatMap(Self.pair) { addresses.append(pair) }
    return SurveyedInterface(
      name: interface, addresses: addresses,
      gateways: ["GATEWAY", "GATEWAY0", "IPV6_DEFAULTGW"].compactMap { value($0).flatMap { try? IPAddress($0) } },
      dns: (1...3).compactMap { value("DNS\($0)").flatMap { try? IPAddress($0) } }, mtu: value("MTU").flatMap(Int.init))
  }

  // MARK: ifupdown

  private func ifupdown(_ file: AbsolutePath, _ directory: AbsolutePath) throws -> [SurveyedInterface] {
    var files: [FileSnapshot] = []
    if let path = TreePath(file.description), let main = try tree.file(path) { files.append(main) }
    if let path = TreePath(directory.description) {
      for entry in try tree.entries(path) ?? [] where !entry.name.hasPrefix(".") && entry.kind != .directory {
        if let more = try tree.file(path.appending(entry.name)) { files.append(more) }
      }
    }
    var found: [SurveyedInterface] = []
    for stanza in files.flatMap({ InterfacesFile($0.bytes).stanzas }) where stanza.method == "static" {
      guard let name = try? InterfaceName(stanza.interface), let pair = address(of: stanza) else { continue }
      if !found.contains(where: { $0.name == name }) {
        found.append(SurveyedInterface(name: name, addresses: [], gateways: [], dns: []))
      }
      guard let index = found.firstIndex(where: { $0.name == name }),
        !found[index].addresses.contains(where: { $0.address.family == pair.address.family })
      else { continue }
      found[index].addresses.append(pair)
      found[index].gateways += stanza.values("gateway").compactMap { try? IPAddress($0) }
      let servers = stanza.values("dns-nameservers").flatMap { $0.split(separator: " ") }
      found[index].dns += servers.compactMap { try? IPAddress(String($0)) }
      found[index].mtu = found[index].mtu ?? stanza.values("mtu").first.flatMap(Int.init)
    }
    return found
  }

  private func address(of stanza: InterfacesFile.Stanza) -> (address: IPAddress, subnet: Subnet)? {
    guard let text = stanza.values("address").first else { return nil }
    if let pair = Self.pair(text) { return pair }
    guard let address = try? IPAddress(text), let mask = stanza.values("netmask").first else { return nil }
    let prefix = Int(mask).flatMap { try? PrefixLength($0, address.family) } ?? PrefixLength(netmask: mask)
    return prefix.flatMap { Subnet(containing: address, $0) }.map { (address, $0) }
  }

  /// `192.168.10.20/24`
  private static func pair(_ text: String) -> (address: IPAddress, subnet: Subnet)? {
    let parts = text.split(separator: "/")
    guard parts.count == 2, let address = try? IPAddress(String(parts[0])), let length = Int(parts[1]),
      let prefix = try? PrefixLength(length, address.family), let subnet = Subnet(containing: address, prefix)
    else { return nil }
    return (address, subnet)
  }
}

extension String {
  /// Without blanks at either end: NetworkManager trims them, and so does a reader of an address.
  fileprivate func trimmingBlanks() -> String {
    var text = self[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    while text.first?.isWhitespace == true { text.removeFirst() }
    return String(text)
  }
}
