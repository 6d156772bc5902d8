/// What becomes of an option.
public enum InterfaceOption: Equatable, Sendable {
  case keep
  case remove
  case set(String)
}

/// What one interface shall have in one family.
public struct InterfaceSettings: Equatable, Sendable {
  /// `address/prefix` each. The first one's stanza carries the options below.
  public var addresses: [String]
  public var gateway: InterfaceOption
  /// `dns-nameservers`, the servers separated by blanks.
  public var dns: InterfaceOption
  public var mtu: InterfaceOption
  /// `hwaddress`, with or without the word `ether`.
  public var hardwareAddress: InterfaceOption

  public init(
    addresses: [String], gateway: InterfaceOption = .keep, dns: InterfaceOption = .keep, mtu: InterfaceOption = .keep,
    hardwareAddress: InterfaceOption = .keep
  ) {
    self.addresses = addresses
    self.gateway = gateway
    self.dns = dns
    self.mtu = mtu
    self.hardwareAddress = hardwareAddress
  }

  /// What the stanza of another of its addresses has: one interface has one default router, and ifup fails at a second.
  var ofFurtherAddress: InterfaceSettings {
    if case .set = gateway {
      InterfaceSettings(addresses: [], gateway: .remove)
    } else {
      InterfaceSettings(addresses: [])
    }
  }
}

extension InterfacesFile {
  /// Gives an interface its addresses in one family, in the stanzas that are there, and changes no more than it must.
  ///
  /// - A stanza that has one of the addresses keeps it, spelled as it is.
  /// - Other addresses go, in this order, to stanzas with an address of `originals`, to stanzas of dhcp, auto and
  ///   manual (they become static; a tunnel stays one), to the first stanza where none has been taken, and to new ones.
  /// - Stanzas left over go if their address is one of `originals`, and stay otherwise: they are somebody's own.
  /// - The prefix stays where it was: behind the address, or a netmask, dotted or not. Where the address changes,
  ///   `network` and `broadcast` (but not `+` and `-`) go unless they are the new one's too.
  /// - An option that was there twice is there once after it was changed.
  /// - A new interface gets an `auto` line too.
  /// - A stanza of dhcp beside them would add an address of somebody else's choice: it becomes manual, and keeps its commands.
  /// - No addresses at all: stanzas with an address of `originals` go, and no more.
  ///
  /// - Parameters:
  ///   - originals: Addresses, without a prefix, that belong to other nodes.
  ///   - silencesDHCP: Whether stanzas of dhcp become manual.
  public mutating func converge(
    interface: String, family: Family, to settings: InterfaceSettings, originals: [String] = [],
    silencesDHCP: Bool = true
  ) {
    let desired = settings.addresses.compactMap { InterfaceAddress($0, family: family) }
    let originals = Set(originals.compactMap { HostAddress($0) }).subtracting(desired.map(\.address))
    let found = stanzas(for: interface, family: family)
    let assigned = Self.assign(desired, to: found, originals: originals)

    var rewrite = LineRewrite()
    var newStanzas: [[UInt8]] = []
    let style = InterfacesStyle(stanzas, lines)
    for (position, address) in desired.enumerated() {
      let options = position == 0 ? settings : settings.ofFurtherAddress
      if let stanza = assigned[position] {
        var edit = StanzaEdit(lines: lines, stanza: found[stanza], style: style)
        edit.converge(to: address, settings: options)
        rewrite.changes.merge(edit.rewrite.changes) { $1 }
        rewrite.insertions.merge(edit.rewrite.insertions) { $0 + $1 }
      } else {
        newStanzas += [[]] + style.stanza(interface, family, address, options)
      }
    }
    for (index, stanza) in found.enumerated() where !assigned.values.contains(index) {
      if silencesDHCP, ["dhcp", "bootp"].contains(stanza.method) {
        var edit = StanzaEdit(lines: lines, stanza: stanza, style: style)
        edit.setMethod("manual")
        rewrite.changes.merge(edit.rewrite.changes) { $1 }
        continue
      }
      guard stanza.canHoldAddress, let address = stanza.address, originals.contains(address) else { continue }
      for line in stanza.header { rewrite.changes[line] = .some(.none) }
      for line in stanza.options.flatMap(\.lines) { rewrite.changes[line] = .some(.none) }
      // One stanza less is one empty line less.
      if stanza.end < lines.count, Self.isEmpty(lines[stanza.end]) { rewrite.changes[stanza.end] = .some(.none) }
    }
    if !newStanzas.isEmpty {
      if found.isEmpty, !startedInterfaces.contains(interface) {
        newStanzas.insert(Array("auto \(interface)".utf8), at: 1)
      }
      let place = found.last?.end ?? lines.count
      if place == 0 || Self.isEmpty(lines[place - 1]) { newStanzas.removeFirst() }
      rewrite.insertions[place, default: []] += newStanzas
    }
    apply(rewrite)
  }

  private static func isEmpty(_ line: Lines.Line) -> Bool { line.content.allSatisfy { $0.isCBlank } }

  /// For each desired address, the stanza that shall have it.
  private static func assign(
    _ desired: [InterfaceAddress], to stanzas: [Stanza], originals: Set<HostAddress>
  ) -> [Int: Int] {
    var assigned: [Int: Int] = [:]
    func take(where fits: (Int, InterfaceAddress) -> Bool) {
      for (position, address) in desired.enumerated() where assigned[position] == nil {
        assigned[position] = stanzas.indices.first { !assigned.values.contains($0) && fits($0, address) }
      }
    }
    take { stanzas[$0].address == $1.address }
    take { index, _ in
      stanzas[index].canHoldAddress && stanzas[index].address.map { originals.contains($0) } ?? false
    }
    take { index, _ in stanzas[index].canHoldAddress && stanzas[index].method != "static" }
    if assigned.isEmpty, !desired.isEmpty { assigned[0] = stanzas.indices.first { stanzas[$0].canHoldAddress } }
    return assigned
  }
}

/// An address with its prefix, of the family that a stanza wants.
struct InterfaceAddress {
  let address: HostAddress
  let prefix: Int?

  init?(_ text: String, family: InterfacesFile.Family) {
    let parts = text.split(separator: "/", maxSplits: 1)
    guard let first = parts.first, let address = HostAddress(String(first)),
      address.isIPv6 == (family == .inet6)
    else { return nil }
    self.address = address
    prefix = parts.count > 1 ? Int(parts[1]) : nil
  }

  var text: String { prefix.map { "\(address)/\($0)" } ?? "\(address)" }

  /// The prefix length that a netmask says: a number or, in IPv4, a dotted mask.
  static func prefix(ofNetmask text: String) -> Int? {
    if let number = Int(text) { return number }
    guard let mask = HostAddress(text), !mask.isIPv6 else { return nil }
    let bits = mask.octets.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return (~bits) & (~bits &+ 1) == 0 ? bits.nonzeroBitCount : nil
  }

  /// The first and the last address of its subnet; nil in IPv6, and where a subnet has no broadcast address (RFC 3021).
  func subnet(ofPrefix prefix: Int) -> (network: HostAddress, broadcast: HostAddress)? {
    guard !address.isIPv6, (1...30).contains(prefix) else { return nil }
    let bits = address.octets.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let host = UInt32.max >> UInt32(prefix)
    return (HostAddress(bits & ~host), HostAddress(bits | host))
  }

  static func dottedMask(_ prefix: Int) -> String {
    HostAddress(prefix <= 0 ? 0 : UInt32.max << UInt32(32 - min(prefix, 32))).description
  }
}
