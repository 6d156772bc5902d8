internal import Documents
internal import Site
internal import Tree

/// What stands in the stanza of one address and belongs to the device: `bridge_ports`, `bond-slaves`, `mtu`, `wpa-ssid`, commands. ifupdown
/// hands the options of each stanza to all scripts (interfaces(5), HOOK SCRIPTS): it is no matter which of the interface's has them.
extension IfupdownBackend {
  /// Options of an address or of its family (interfaces(5), inet and inet6), with underscores for hyphens, as scripts see them.
  private static let ofAddress: Set = [
    "address", "netmask", "network", "broadcast", "gateway", "metric", "pointopoint", "scope", "hostname", "client",
    "vendor",
    "leasehours", "leasetime", "accept_ra", "autoconf", "privext", "preferred_lifetime", "dad_attempts", "dad_interval",
    "dhcp",
    "request_prefix", "ll_attempts", "ll_interval",
  ]

  /// Whether an option has to stay where its stanza goes.
  func isOfDevice(
    _ option: InterfacesFile.Option, in stanza: InterfacesFile.Stanza, _ intent: InterfaceIntent
  ) -> Bool {
    let families = families(of: intent)
    switch option.name.replacing("-", with: "_") {
    case let name where Self.ofAddress.contains(name): return false
    case "hwaddress": return intent.mac == nil && !situation.provenance.isCopy
    case "mtu":
      // In inet6 one that is no larger than the link's is that of the family alone (inet6.defn, static).
      let isLinks = stanza.family == "inet" || !families.contains(.v4) || Int(option.value).map { $0 > 1500 } ?? true
      return intent.network.mtu == nil && isLinks
    case "dns_nameservers", "dns_nameserver":
      return intent.dns.isEmpty && Self.addresses(in: option.value).contains { families.contains($0.family) }
    case _ where Self.hooks.contains(option.name): return !isOfAddress(option.value, stanza, intent, families)
    default: return true
    }
  }

  /// Whether a command is about the address of its stanza, or would fail without it.
  private func isOfAddress(
    _ command: String, _ stanza: InterfacesFile.Stanza, _ intent: InterfaceIntent, _ families: [IPAddress.Family]
  ) -> Bool {
    let said = Self.addresses(in: command)
    let own = stanza.address.flatMap { try? IPAddress($0.description) }
    if let own, said.contains(own) { return true }
    let programs = command.split { " \t;&|(){}".contains($0) }.compactMap { $0.split(separator: "/").last }
    guard programs.contains(where: { ["ip", "route", "ifconfig"].contains($0) }) else { return false }
    let subnet = own.flatMap { own in
      Int(Self.prefix(stanza)).flatMap { try? PrefixLength($0, own.family) }.flatMap { Subnet(containing: own, $0) }
    }
    return said.contains { address in
      !families.contains(address.family)
        || subnet?.contains(address) ?? false && !intent.subnets.contains { $0.contains(address) }
    }
  }

  private static func addresses(in text: String) -> [IPAddress] {
    text.split { " \t\"'=,;&|(){}@".contains($0) }.compactMap { try? IPAddress(String($0.prefix { $0 != "/" })) }
  }

  /// Those in which the interface has an address afterwards, fixed or not.
  private func families(of intent: InterfaceIntent) -> [IPAddress.Family] {
    let there = files.addresses(of: intent.interface, mac: nil).filter { !intent.decides(on: $0) }
    let asked = files.stanzas(of: intent.interface).filter { ["auto", "dhcp"].contains($0.method) }.map(\.family)
    return [IPAddress.Family.v4, .v6].filter { family in
      !intent.addresses(family).isEmpty || there.contains { $0.family == family }
        || asked.contains(family.stanzas.rawValue)
    }
  }

  /// Gives what stood in stanzas that go to one that stays, where none says it already.
  ///
  /// - Parameter byCommand: the families whose stanzas stay with their commands.
  mutating func keepDevice(_ intent: InterfaceIntent, _ byCommand: Set<IPAddress.Family>) throws {
    guard !edited.isEmpty else { return }
    try refuseHeirs(of: intent)
    let name = intent.interface.description
    var said = documents.flatMap { $0.document.allOptions(of: name) }.map(\.option)
    for (index, file) in files.all.enumerated() {
      for stanza in file.document.stanzas
      where stanza.interface == name && !byCommand.contains(where: { $0.stanzas.rawValue == stanza.family }) {
        for (option, isOwn) in file.document.allOptions(of: stanza)
        where isOfDevice(option, in: stanza, intent) && !said.contains(where: { $0.says(option) }) {
          if !Self.hooks.contains(option.name), let other = said.first(where: { $0.isNamed(like: option) }) {
            if option.isNamed(like: "mtu"), stanza.family == "inet6", Int(option.value) ?? 0 <= Int(other.value) ?? 0 {
              continue
            }
            // Name servers of two families or addresses: those that stay do.
            if option.name.hasPrefix("dns-") { continue }
            let line = (isOwn ? option.lines : stanza.header).lowerBound + 1
            throw FixupError(
              "\(file.snapshot.path):\(line): \(name) has \(option.name) \(option.value) here, in a stanza that goes, and "
                + "\(other.name) \(other.value) in one that stays (say it in one of them only)")
          }
          said.append(option)
          adopt(option, at: (index, option.lines.lowerBound), from: isOwn ? file.document : nil, intent)
        }
      }
    }
  }

  /// Into the first of its stanzas with an address, before or behind that one's own commands, as it stood.
  private mutating func adopt(
    _ option: InterfacesFile.Option, at place: (file: Int, line: Int), from source: InterfacesFile?,
    _ intent: InterfaceIntent
  ) {
    let name = intent.interface.description
    let left = documents.flatMap { path, document in
      document.stanzas.filter { $0.interface == name }.map { (path: path, stanza: $0) }
    }
    let fixed = left.filter { $0.stanza.method == "static" }
    // In inet6 it may be that of the family alone.
    let linked = option.isNamed(like: "mtu") ? fixed.filter { $0.stanza.family == "inet" } : []
    guard let target = linked.first ?? fixed.first ?? left.first,
      var document = documents.first(where: { $0.path == target.path })?.document
    else { return }
    let command = target.stanza.options.first { Self.hooks.contains($0.name) }
    let isBefore = command.map { command in
      files.all.enumerated().contains { index, file in
        file.document.options(of: name).contains {
          $0.name == command.name && $0.value == command.value && place < (index, $0.lines.lowerBound)
        }
      }
    }
    document.adopt(option, from: source, into: target.stanza, before: isBefore == true ? command : nil)
    let said = Self.hooks.contains(option.name) ? "\(option.name) \(option.value)" : option.name
    keep(
      document, at: target.path,
      because: "\(said) of \(name) stood in a stanza that goes, and belongs to the device")
  }

  /// ifupdown reads nothing at all where one inherits from a stanza that is not there.
  private func refuseHeirs(of intent: InterfaceIntent) throws {
    let name = intent.interface.description
    func families(_ stanzas: [InterfacesFile.Stanza]) -> Set<String> {
      Set(stanzas.filter { $0.interface == name }.map(\.family))
    }
    let gone = families(files.all.flatMap(\.document.stanzas)).subtracting(
      families(documents.flatMap(\.document.stanzas)))
    guard !gone.isEmpty else { return }
    for (path, document) in documents {
      for stanza in document.stanzas
      where stanza.base == name && (gone.contains(stanza.family) || stanza.family.isEmpty) {
        throw FixupError(
          "\(path): \(stanza.interface) inherits from a stanza of \(name) that goes, since the site gives it no such address "
            + "(write the options out)")
      }
    }
  }
}

extension InterfacesFile.Option {
  /// A hyphen is as good as an underscore: scripts see either as the latter (interfaces(5)).
  fileprivate func isNamed(like other: String) -> Bool {
    name.replacing("-", with: "_") == other.replacing("-", with: "_")
  }

  fileprivate func isNamed(like other: Self) -> Bool { isNamed(like: other.name) }

  /// Whether it is there already; of ports those that are among others are.
  fileprivate func says(_ other: Self) -> Bool {
    guard isNamed(like: other) else { return false }
    if value == other.value { return true }
    let words = Set(value.split(whereSeparator: \.isWhitespace))
    return !IfupdownBackend.hooks.contains(name)
      && other.value.split(whereSeparator: \.isWhitespace).allSatisfy(words.contains)
  }
}
