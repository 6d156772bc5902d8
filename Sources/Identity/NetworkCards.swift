internal import CLinux
internal import Site

/// The network cards of this machine, below /sys/class/net.
struct NetworkCards {
  let files: SystemFiles
  let isContainer: Bool

  /// Sorted, each once.
  func addresses() -> [MACAddress] {
    Set(files.names(in: "/sys/class/net").filter(isCard).compactMap(address)).sorted()
  }

  /// What the kernel calls the card now; nil where it has none with that address.
  func name(of mac: MACAddress) -> String? {
    files.names(in: "/sys/class/net").first { isCard($0) && address($0) == mac }
  }

  /// A card has a device behind it. In a container none has: there it is what the host handed in, and what is made by
  /// software inside says its kind (uevent) or has the files of it.
  private func isCard(_ name: String) -> Bool {
    let path = "/sys/class/net/\(name)"
    // ARPHRD_ETHER
    guard files.line("\(path)/type") == "1" else { return false }
    if files.exists("\(path)/device") { return true }
    guard isContainer else { return false }
    let kind = files.bytes("\(path)/uevent").map { String(decoding: $0, as: UTF8.self) } ?? ""
    let ownKind = kind.split(separator: "\n").first { $0.hasPrefix("DEVTYPE=") }?.dropFirst("DEVTYPE=".count)
    return (ownKind == nil || ownKind == "macvlan")
      && !["bridge", "bonding", "tun_flags", "batman_adv"].contains { files.exists("\(path)/\($0)") }
  }

  /// What the card itself says, not what somebody gave it since.
  private func address(_ name: String) -> MACAddress? {
    let path = "/sys/class/net/\(name)"
    // A port of a bond has the bond's address.
    if let own = files.line("\(path)/bonding_slave/perm_hwaddr").flatMap({ try? MACAddress($0) }) { return own }
    // The kernel's NET_ADDR_*: 0 is the card's own, 1 is random, 2 stolen from another, 3 set by somebody.
    switch files.line("\(path)/addr_assign_type") {
    case "1", "2": return nil
    case "3":
      if let own = permanentAddress(name) { return own }
      // A container's cards have no own one: what its manager set is what they are known by.
      return isContainer ? current(path) : nil
    default: return current(path)
    }
  }

  private func current(_ path: String) -> MACAddress? { files.line("\(path)/address").flatMap { try? MACAddress($0) } }

  /// Only of the machine itself: a test's tree has no kernel behind it.
  private func permanentAddress(_ name: String) -> MACAddress? {
    guard files.root.isEmpty else { return nil }
    var octets = [UInt8](repeating: 0, count: 6)
    guard imprint_permanent_address(name, &octets) == 0 else { return nil }
    return try? MACAddress(octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
  }
}
