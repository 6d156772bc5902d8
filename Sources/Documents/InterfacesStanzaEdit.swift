/// How the stanzas of a file are written.
struct InterfacesStyle {
  var indent: [UInt8] = Array("    ".utf8)
  var gap: [UInt8] = [0x20]

  /// The style of the first option found.
  init(_ stanzas: [InterfacesFile.Stanza], _ lines: Lines) {
    guard let option = stanzas.lazy.compactMap(\.options.first).first else { return }
    let content = lines[option.lines.lowerBound].content
    let start = content.prefix { $0.isCBlank }
    let blanks = content[start.endIndex...].drop { !$0.isCBlank }.prefix { $0.isCBlank }
    indent = Array(start)
    if !blanks.isEmpty, option.lines.count == 1 { gap = Array(blanks) }
  }

  func option(_ name: String, _ value: String) -> [UInt8] { indent + Array(name.utf8) + gap + Array(value.utf8) }

  func stanza(
    _ interface: String, _ family: InterfacesFile.Family, _ address: InterfaceAddress, _ settings: InterfaceSettings
  ) -> [[UInt8]] {
    let options: [(String, InterfaceOption)] = [
      ("address", .set(address.text)), ("gateway", settings.gateway), ("dns-nameservers", settings.dns),
      ("mtu", settings.mtu), ("hwaddress", settings.hardwareAddress),
    ]
    return [Array("iface \(interface) \(family.rawValue) static".utf8)]
      + options.compactMap { name, value in
        if case .set(let value) = value { option(name, value) } else { nil }
      }
  }
}

/// The changes of one stanza.
struct StanzaEdit {
  let lines: Lines
  let stanza: InterfacesFile.Stanza
  let style: InterfacesStyle
  var rewrite = LineRewrite()

  init(lines: Lines, stanza: InterfacesFile.Stanza, style: InterfacesStyle) {
    self.lines = lines
    self.stanza = stanza
    self.style = stanza.options.isEmpty ? style : InterfacesStyle([stanza], lines)
  }

  mutating func converge(to address: InterfaceAddress, settings: InterfaceSettings) {
    if ["dhcp", "bootp"].contains(stanza.method) {
      // What only its client is told (interfaces(5), the dhcp method).
      for name in ["hostname", "client", "vendor", "leasehours", "leasetime"] { remove(name) }
    }
    if stanza.method != "static", stanza.canHoldAddress { setMethod("static") }
    setAddress(address)
    set("gateway", to: settings.gateway, isEqual: Self.isSameAddress)
    settle(settings)
  }

  /// What belongs to no address.
  mutating func settle(_ settings: InterfaceSettings) {
    setServers(settings.dns)
    set("mtu", to: settings.mtu) { $0 == $1 }
    set("hwaddress", to: settings.hardwareAddress, isEqual: Self.isSameHardware)
  }

  private mutating func setAddress(_ address: InterfaceAddress) {
    // With the address of a peer the prefix is that one's alone, and no route leads to the subnet (ip-address(8), peer).
    if stanza.method != "tunnel", !address.address.isIPv6, let prefix = address.prefix, prefix < 31 {
      remove("pointopoint")
    }
    let old = stanza.values("address").first
    let oldParts = old?.split(separator: "/", maxSplits: 1).map(String.init) ?? []
    let netmask = stanza.values("netmask").first
    // A netmask wins over the prefix behind the address.
    let oldPrefix =
      netmask.flatMap(InterfaceAddress.prefix(ofNetmask:)) ?? (oldParts.count > 1 ? Int(oldParts[1]) : nil)
    let isSameAddress = oldParts.first.flatMap { HostAddress($0) } == address.address
    let isSamePrefix = address.prefix == nil || address.prefix == oldPrefix
    let isOnce = stanza.values("address").count == 1 && stanza.values("netmask").count <= 1
    if isSameAddress, isSamePrefix, isOnce { return }

    let prefix = address.prefix ?? oldPrefix
    let text = isSameAddress ? oldParts.first ?? "" : "\(address.address)"
    if let netmask, oldParts.count < 2 {
      let isDotted = netmask.contains(".") && !address.address.isIPv6
      if let prefix { replace("netmask", with: isDotted ? InterfaceAddress.dottedMask(prefix) : "\(prefix)") }
      replace("address", with: text)
    } else {
      remove("netmask")
      replace("address", with: prefix.map { "\(text)/\($0)" } ?? text)
    }
    // What was worked out from the old address goes where the new one has another.
    let subnet = prefix.flatMap { address.subnet(ofPrefix: $0) }
    if stanza.values("network").contains(where: { subnet == nil || HostAddress($0) != subnet?.network }) {
      remove("network")
    }
    if let broadcast = stanza.values("broadcast").first, broadcast != "+", broadcast != "-",
      subnet == nil || HostAddress(broadcast) != subnet?.broadcast
    {
      remove("broadcast")
    }
  }

  private static func isSameAddress(_ one: String, _ other: String) -> Bool {
    guard let address = HostAddress(one) else { return one == other }
    return address == HostAddress(other)
  }

  private static func isSameHardware(_ one: String, _ other: String) -> Bool {
    func bare(_ text: String) -> String { text.split { $0 == " " || $0 == "\t" }.last.map { $0.lowercased() } ?? "" }
    return bare(one) == bare(other)
  }

  // MARK: Options

  private mutating func set(_ name: String, to option: InterfaceOption, isEqual: (String, String) -> Bool) {
    switch option {
    case .keep: return
    case .remove: remove(name)
    case .set(var value):
      let values = stanza.values(name)
      if values.count == 1, let only = values.first, isEqual(only, value) { return }
      if name == "hwaddress", values.first?.hasPrefix("ether") ?? false, !value.hasPrefix("ether") {
        value = "ether " + value
      }
      replace(name, with: value)
    }
  }

  /// resolvconf reads `dns-nameserver`, as often as it stands, beside `dns-nameservers` (resolvconf(8), 000resolvconf).
  private mutating func setServers(_ option: InterfaceOption) {
    switch option {
    case .keep: return
    case .remove: for name in ["dns-nameservers", "dns-nameserver"] { remove(name) }
    case .set(let value):
      if stanza.nameServers == value.split(separator: " ").map(String.init) { return }
      remove("dns-nameserver")
      replace("dns-nameservers", with: value)
    }
  }

  /// Gives an option one value where it first stands, and takes out where else it does. A new one goes behind the
  /// address's options, or to the end; the address itself right behind the iface line.
  private mutating func replace(_ name: String, with value: String) {
    let there = stanza.options.filter { $0.name == name }
    for option in there.dropFirst() { remove(option.lines) }
    if let first = there.first {
      if first.value != value { write(value, over: first) }
    } else {
      let anchors = stanza.options.filter { ["address", "netmask", "gateway"].contains($0.name) }
      let place = name == "address" ? stanza.header.upperBound : (anchors.last?.lines.upperBound ?? stanza.end)
      rewrite.insertions[place, default: []].append(style.option(name, value))
    }
  }

  private mutating func remove(_ name: String) {
    for option in stanza.options where option.name == name { remove(option.lines) }
  }

  private mutating func remove(_ range: Range<Int>) {
    for line in range { rewrite.changes[line] = .some(.none) }
  }

  /// Writes a value where the old one began; lines that continued it go.
  private mutating func write(_ value: String, over option: InterfacesFile.Option) {
    let content = lines[option.lines.lowerBound].content
    let name = content.drop { $0.isCBlank }.prefix { !$0.isCBlank }
    let start = content[name.endIndex...].prefix { $0.isCBlank }
    remove(option.lines)
    let isPlain = name.text == option.name && !start.isEmpty
    rewrite.changes[option.lines.lowerBound] =
      isPlain ? Array(content[..<start.endIndex]) + Array(value.utf8) : style.option(option.name, value)
  }

  /// Says a method where another stood, and nothing else new on the iface line.
  mutating func setMethod(_ method: String) {
    let content = lines[stanza.header.lowerBound].content
    let words = content.split { $0.isCBlank }
    if stanza.header.count == 1, words.count >= 4, words[3].text == stanza.method {
      rewrite.changes[stanza.header.lowerBound] =
        Array(content[..<words[3].startIndex]) + Array(method.utf8) + content[words[3].endIndex...]
      return
    }
    remove(stanza.header)
    let line = ["iface", stanza.interface, stanza.family, method] + stanza.extra
    rewrite.changes[stanza.header.lowerBound] = Array(line.joined(separator: " ").utf8)
  }
}
