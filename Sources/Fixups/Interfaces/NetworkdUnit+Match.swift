internal import Documents
internal import Glibc
internal import Site

/// [Match] of systemd.network(5): which interfaces a file is for.
extension NetworkdUnit {
  /// What is asked of the machine, and not of a card (systemd.unit(5), CONDITIONS AND ASSERTS).
  static let ofMachine: Set = [
    "Virtualization", "KernelCommandLine", "KernelVersion", "Version", "Credential", "Architecture", "Firmware",
  ]
  /// What a radio alone has (net-condition.c, net_match_config).
  private static let ofRadio: Set = ["SSID", "BSSID", "WLANInterfaceType"]

  /// Conditions of [Match] that only the machine can tell of an interface, such as `Virtualization=` and `Driver=`.
  func unknownConditions(of name: String, kind: String? = nil) -> [NetworkdFile.Setting] {
    let seen: Set = ["Name", "MACAddress", "PermanentMACAddress", "Type", "Kind", "Host"]
    let known = hasNoRadio(name, kind) ? seen.union(Self.ofRadio) : seen
    return conditions.filter { !known.contains($0.key) && !words("Match", $0.key).isEmpty }
  }

  private func hasNoRadio(_ name: String, _ kind: String?) -> Bool {
    kind != nil || UnnamedCard.isUsual(name) && !name.hasPrefix("wl")
  }

  private var conditions: [NetworkdFile.Setting] {
    documents.flatMap(\.document.settings).filter { $0.section == "Match" && !$0.value.isEmpty }
  }

  /// Every condition that is said has to hold. Those that only the machine can tell are taken to hold where the file names the very
  /// interface or a card, and else not.
  ///
  /// - Parameter kind: as what somebody makes the interface, `bridge`; nil: it is a card, as far as can be seen.
  func matches(_ name: String, mac: MACAddress?, kind: String? = nil) -> Bool {
    let isTied = words("Match", "Name").contains(name) || !cards.isEmpty
    return (isTied || unknownConditions(of: name, kind: kind).isEmpty) && mayMatch(name, mac: mac, kind: kind)
  }

  /// Whether all conditions hold that can be seen here.
  func mayMatch(_ name: String, mac: MACAddress?, kind: String? = nil) -> Bool {
    let names = patterns("Name")
    guard Self.fits(names, name), fitsKind(of: name, kind), fitsRadio(of: name, kind) else { return false }
    // In a copy the card is another one: the name alone tells.
    if names.contains(where: { !$0.hasPrefix("!") }) || cards.contains(where: { $0 == mac }) { return true }
    // A file without any condition is passed over (networkd-network.c, network_verify).
    return cards.isEmpty && !conditions.isEmpty
  }

  /// `Type=ether`, `Kind=!*`: a card has no kind, and what is made has its kind for a type where the kernel says so (DEVTYPE in its
  /// uevent).
  private func fitsKind(of name: String, _ kind: String?) -> Bool {
    let (types, kinds) = (patterns("Type"), patterns("Kind"))
    guard !(types + kinds).isEmpty, !words("Match", "Name").contains(name) else { return true }
    if let kind {
      let isType = ["bridge", "bond", "vlan", "vxlan", "geneve"].contains(kind)
      return Self.fits(types, isType ? kind : "ether") && Self.fits(kinds, kind)
    }
    // Who makes any other, and as what, is not seen here.
    guard UnnamedCard.isUsual(name) else { return false }
    let type = ["wl": "wlan", "ww": "wwan", "ib": "infiniband"][String(name.prefix(2))] ?? "ether"
    return Self.fits(types, type) && Self.fits(kinds, nil)
  }

  private func fitsRadio(of name: String, _ kind: String?) -> Bool {
    guard hasNoRadio(name, kind) else { return true }
    return Self.fits(patterns("SSID"), nil) && Self.fits(patterns("WLANInterfaceType"), nil)
      && words("Match", "BSSID").isEmpty
  }

  /// With nothing but inverted patterns everything else fits (systemd's net-condition.c, net_condition_test_strv).
  private static func fits(_ patterns: [String], _ text: String?) -> Bool {
    func isMeant(_ pattern: some StringProtocol) -> Bool { text.map { glob(String(pattern), $0) } ?? false }
    let inverted = patterns.filter { $0.hasPrefix("!") }
    guard !inverted.contains(where: { isMeant($0.dropFirst()) }) else { return false }
    return inverted.count == patterns.count || patterns.contains { !$0.hasPrefix("!") && isMeant($0) }
  }

  /// The patterns of a key. A `!` before a list is one before each of its words, whatever these begin with (net-condition.c,
  /// config_parse_match_strv).
  private func patterns(_ key: String) -> [String] {
    settings("Match", key).reduce(into: []) { patterns, setting in
      if setting.value.isEmpty { patterns = [] }
      let isInverted = setting.value.hasPrefix("!")
      let words = setting.value.dropFirst(isInverted ? 1 : 0).split { $0 == " " || $0 == "\t" }
      patterns += words.map { isInverted ? "!\($0)" : String($0) }
    }
  }

  /// As a shell does it, `[0-9]` and `[!a]` too (systemd's net-condition.c and netplan's library ask fnmatch(3) as well).
  static func glob(_ pattern: String, _ name: String) -> Bool { fnmatch(pattern, name, 0) == 0 }
}
