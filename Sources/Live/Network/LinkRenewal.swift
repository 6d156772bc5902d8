public import Site

/// One link that has to come up anew, because its configuration has changed.
public struct LinkRenewal: Sendable, Hashable {
  /// Who brings it up, where NetworkManager doesn't.
  public enum Backend: Sendable, Hashable {
    /// Debian's /etc/network/interfaces.
    case ifupdown
    /// ifcfg files, without NetworkManager.
    case networkScripts
    /// The connection's UUID; nil: the one for the interface.
    case networkManager(connection: String?)
    case networkd
    /// netplan, whose files become those of NetworkManager or systemd-networkd first.
    case netplan
  }

  public var interface: InterfaceName
  public var backend: Backend
  /// The absolute path of the file as it was before, by which ifupdown takes the link down as it was brought up.
  public var formerConfiguration: String?
  /// Afterwards all of these are there …
  public var expected: [InterfaceAddress]
  /// … and none of these that isn't expected.
  public var former: [InterfaceAddress]
  /// Its former configuration gave it an MTU, and this one says nothing of it.
  public var losesMTU: Bool
  /// Nothing was at the other end before: then it cannot be waited for, and what can be known now is that nothing of before is
  /// left.
  var hadNoCarrier = false

  public init(
    interface: InterfaceName, backend: Backend, formerConfiguration: String? = nil, expected: [InterfaceAddress],
    former: [InterfaceAddress] = [], losesMTU: Bool = false
  ) {
    self.losesMTU = losesMTU
    self.interface = interface
    self.backend = backend
    self.formerConfiguration = formerConfiguration
    self.expected = expected
    self.former = former
  }
}

extension LinkRenewal {
  /// The former addresses that a link still has and should not: also under a prefix of another length.
  func left(on link: KernelLink) -> [InterfaceAddress] {
    link.addresses.map(\.address).filter { address in
      !expected.contains(address) && former.contains { $0.address == address.address }
    }
  }

  /// What keeps a link from being as it should be.
  func shortfall(of link: KernelLink) -> LinkShortfall {
    guard link.hasCarrier || !hadNoCarrier else {
      return LinkShortfall(
        isDown: !link.isUp, hasNoCarrier: false, missing: [], duplicate: [], tentative: [], left: left(on: link))
    }
    let usable = link.addresses.filter { !$0.isTentative && !$0.isDuplicate }.map(\.address)
    let lacking = expected.filter { !usable.contains($0) }
    func isThere(_ address: InterfaceAddress, _ condition: (KernelAddress) -> Bool) -> Bool {
      link.addresses.contains { $0.address == address && condition($0) }
    }
    return LinkShortfall(
      isDown: !link.isUp, hasNoCarrier: !link.hasCarrier,
      missing: lacking.filter { address in !isThere(address) { _ in true } },
      duplicate: lacking.filter { isThere($0, \.isDuplicate) },
      tentative: lacking.filter { isThere($0) { $0.isTentative && !$0.isDuplicate } },
      left: left(on: link))
  }
}

/// How a link falls short of what it should be.
public struct LinkShortfall: Sendable, Hashable, CustomStringConvertible {
  public var isDown: Bool
  public var hasNoCarrier: Bool
  public var missing: [InterfaceAddress]
  /// IPv6: another host has them.
  public var duplicate: [InterfaceAddress]
  /// IPv6: it is not yet known whether another host has them.
  public var tentative: [InterfaceAddress]
  /// Of before, and still there.
  public var left: [InterfaceAddress]

  var isNone: Bool {
    !isDown && !hasNoCarrier && missing.isEmpty && duplicate.isEmpty && tentative.isEmpty && left.isEmpty
  }

  public var description: String {
    var parts: [String] = []
    if isDown { parts.append("it is down") } else if hasNoCarrier { parts.append("it has no carrier") }
    func add(_ addresses: [InterfaceAddress], _ words: String) {
      let list = addresses.map(\.description).joined(separator: ", ")
      if !addresses.isEmpty { parts.append("\(list) \(addresses.count == 1 ? "is" : "are") \(words)") }
    }
    add(missing, "not there")
    add(duplicate, "in use by another host")
    add(tentative, "not yet known to be free")
    add(left, "still there")
    return parts.joined(separator: "; ")
  }
}
