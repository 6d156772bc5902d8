internal import Documents

/// What a line of a file by which interfaces come up does with a MAC address in it.
enum CardUse {
  /// Gives an interface that address.
  case given
  /// Asks for the card that has it, or makes a DHCP client's identifier of it.
  case bound
  /// Means another machine's card: a neighbour, a filter, whom to wake.
  case anothers
  case unknown

  /// - Parameters:
  ///   - key: the setting's, with the section before a dot where its format has sections; or the word that the line begins with.
  ///   - before: what stands before the address in its line.
  ///   - after: what stands behind it.
  init(_ key: String, before: ArraySlice<UInt8>, after: ArraySlice<UInt8>) {
    switch SharedIdentity.kind(of: key) {
    case .address: self = .given
    case .card, .client: self = .bound
    case .name, .words, .token, nil:
      let command = before.split(omittingEmptySubsequences: false) { ";&|".utf8.contains($0) }.last ?? []
      let words = command.split { Self.separators.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
      let isAssigned = command.last { !"\"'\\".utf8.contains($0) } == UInt8(ascii: "=")
      self =
        if command.suffix(4).elementsEqual("mac/".utf8) {
          .bound
        } else if Self.give(words, isAssigned: isAssigned) || after.mayContain(Array("/ad_actor_system".utf8)) {
          .given
        } else if Self.isList(key) || words.contains(where: Self.isAnothers) {
          .anothers
        } else {
          .unknown
        }
    }
  }

  private static let separators = Set(" \t\"'\\=:,(){}[]`".utf8)

  /// `ip link … address` (ip-link(8), which takes abbreviations) and its `vf … mac`, `ifconfig … hw ether`, `macchanger -m`, what
  /// ovs-vsctl(8) writes into `hwaddr` of a bridge or `mac` of an interface, the system of a bond's LACP, and settings by their names,
  /// as nmcli(1) takes them, too.
  private static func give(_ words: [String], isAssigned: Bool) -> Bool {
    guard let last = words.last else { return false }
    if case .address? = SharedIdentity.kind(of: last) { return true }
    // `macaddr add` is for the sources that a macvlan lets through.
    let isOfLink = !words.contains("macaddr") && words.contains { !$0.isEmpty && "link".hasPrefix($0) }
    return last == "mac" && (isAssigned || words.contains("vf"))
      || last.utf8.count > 1 && "address".hasPrefix(last) && isOfLink
      || words.dropLast().last == "hw" || words.contains { $0.hasSuffix("macchanger") }
      || last.replacing("-", with: "_").hasSuffix("ad_actor_system")
  }

  /// Settings of which cards a file is not for, and ethtool's options of an ifcfg file: filters, and passwords that wake the machine.
  private static func isList(_ key: String) -> Bool { key.lowercased().hasSuffix("list") || key == "ETHTOOL_OPTS" }

  private static func isAnothers(_ word: String) -> Bool {
    let program = word.utf8.lastIndex(of: UInt8(ascii: "/")).map { word[word.utf8.index(after: $0)...] } ?? word[...]
    return others.contains(String(program)) || tables.contains { program.hasPrefix($0) }
  }

  /// Tables of neighbours and of addresses behind ports, and programs that look at frames or send one.
  private static let others: Set = [
    "neigh", "neighbor", "neighbour", "lladdr", "arp", "arping", "fdb", "mdb", "maddr", "maddress", "macaddr", "nft",
    "tc",
    "ipset", "ethtool", "ovs-ofctl", "etherwake", "ether-wake", "wakeonlan", "wol",
  ]
  private static let tables = ["iptables", "ip6tables", "ebtables", "arptables"]
}
