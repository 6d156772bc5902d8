internal import Documents
internal import Site
internal import Tree

/// An ifcfg file of SUSE's while it is edited, and why each edit is made.
struct WickedEdit {
  let situation: Situation
  let original: WickedFile
  private(set) var file: WickedFile
  private(set) var reasons: [String] = []

  init(_ file: WickedFile, _ situation: Situation) {
    self.situation = situation
    self.file = file
    original = file
  }

  private var path: TreePath { original.snapshot.path }

  mutating func converge(_ intent: InterfaceIntent) throws {
    for family in [IPAddress.Family.v4, .v6] { try converge(intent, family) }
    let node = situation.node.name
    if !file.isStatic {
      let said = file.value("BOOTPROTO")?.shown ?? "nothing"
      try set("BOOTPROTO", to: "static", because: "BOOTPROTO said \(said), and the site gives \(node) its address")
    }
    if !file.startsAtBoot {
      let said = file.value("STARTMODE")?.shown ?? "nothing"
      try set(
        "STARTMODE", to: "auto",
        because: "STARTMODE said \(said), and \(node) needs \(intent.network.name) to come up")
    }
    if let mtu = intent.network.mtu { try set("MTU", to: String(mtu)) }
  }

  private mutating func converge(_ intent: InterfaceIntent, _ family: IPAddress.Family) throws {
    let wanted = intent.addresses(family)
    let suffixes = file.suffixes.filter { suffix in
      file.address(suffix).map { $0.address.family == family && intent.decides(on: $0.address) } ?? false
    }
    for (index, address) in wanted.enumerated() {
      let suffix = index < suffixes.count ? suffixes[index] : freeSuffix
      try set(address, intent.prefix(address), suffix)
    }
    for suffix in suffixes.dropFirst(wanted.count) {
      let said = file.value("IPADDR\(suffix)")?.shown ?? "something"
      for key in ["IPADDR", "PREFIXLEN", "NETMASK", "BROADCAST", "REMOTE_IPADDR", "LABEL", "SCOPE", "IP_OPTIONS"] {
        try drop(
          "\(key)\(suffix)",
          because: "IPADDR\(suffix) said \(said): the site gives \(situation.node.name) no such address")
      }
    }
  }

  /// As the file spells it: with the prefix behind the address, unless another key says it.
  private mutating func set(_ address: IPAddress, _ prefix: PrefixLength, _ suffix: String) throws {
    let (there, key) = (file.address(suffix), "IPADDR\(suffix)")
    if there?.address != address || there?.prefix != prefix {
      let (length, mask) = ("PREFIXLEN\(suffix)", "NETMASK\(suffix)")
      let isInline = file.value(key)?.contains("/") ?? false
      let said = there.map { $0.address == address ? "\($0.address)/\($0.prefix)" : $0.address.description }
      let reason = situation.reason(key, said: said, wanted: "\(address)/\(prefix)")
      if !isInline, file.value(length) != nil {
        try set(key, to: address.description, because: reason)
        try set(length, to: prefix.description, because: reason)
      } else if !isInline, file.value(mask) != nil, address.family == .v4 {
        try set(key, to: address.description, because: reason)
        try set(mask, to: prefix.netmask, because: reason)
      } else {
        try set(key, to: "\(address)/\(prefix)", because: reason)
      }
    }
    let broadcast = Subnet(containing: address, prefix)?.broadcast?.description
    if let said = file.value("BROADCAST\(suffix)"), said != broadcast {
      try drop("BROADCAST\(suffix)", because: "BROADCAST\(suffix) was worked out from another address")
    }
  }

  private var freeSuffix: String {
    guard file.value("IPADDR") != nil else { return "" }
    var number = 1
    while file.shell.value("IPADDR_\(number)") != nil { number += 1 }
    return "_\(number)"
  }

  /// `LLADDR` gives the card another address, which in a copy is the original's.
  mutating func convergeCard(_ mac: MACAddress?) throws {
    guard let said = file.value("LLADDR").flatMap({ try? MACAddress($0) }), mac != said,
      mac != nil || situation.isOriginals(said)
    else { return }
    try drop("LLADDR", because: "LLADDR is the original's: two machines would share one MAC address")
  }

  /// The near end of a tunnel, whoever's interface it is.
  mutating func convergeNearEnds() throws {
    guard NearEnds.mayBe(in: file.shell.bytes) else { return }
    for key in file.shell.keys {
      guard let text = file.value(key), let (new, said) = situation.renewingNearEnd(key, text) else { continue }
      try set(key, to: new, because: "\(key) said \(said[0])")
    }
  }

  mutating func set(_ key: String, to value: String, because reason: String? = nil) throws {
    guard file.shell.literal(key) != value else { return }
    let said = file.value(key)
    do {
      try file.shell.set(key, to: value)
    } catch {
      throw FixupError(path, cannot: "set \(key) to \(value)", error)
    }
    note(reason ?? situation.reason(key, said: said, wanted: value))
  }

  private mutating func drop(_ key: String, because reason: String) throws {
    guard file.shell.value(key).map({ $0 != .literal("") }) ?? false else { return }
    do {
      try file.shell.remove(key)
    } catch {
      throw FixupError(path, cannot: "take out \(key)", error)
    }
    note(reason)
  }

  var change: Change? {
    situation.configurations.keep(file.shell, for: path)
    return Change.edit(original.snapshot, to: file.shell.bytes, because: reasons)
  }

  /// What else of the file has an address of the original.
  var findings: [Finding] {
    file.shell.keys.sorted().flatMap { key -> [Finding] in
      // Beside a fixed address nobody runs a client of DHCP.
      guard let value = file.value(key), !key.hasPrefix("DHCLIENT") || file.asksDHCP || file.isForAll else { return [] }
      let place = file.place(of: key)
      if key.hasPrefix("IPADDR") {
        guard let address = file.address(String(key.dropFirst(6)))?.address,
          let whose = situation.stray(address, on: file.interface)
        else { return [] }
        return [
          Finding(
            .warning, "\(place) gives \(file.interface.shown) \(address), \(whose); it is left as it is",
            advice: "correct it by hand, or say in the site which network this interface is on")
        ]
      }
      // compat-suse.c knows no HWADDR: the file is for the interface of its name, whatever card that is.
      if key != "HWADDR", let shared = SharedIdentity.finding(key, value, at: place, situation) { return [shared] }
      return situation.formerTokens.filter { $0.token.occurs(in: value) }.map { address, _ in
        Finding(
          .warning, "\(place): \(key) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
          advice: "correct it by hand")
      }
    }
  }

  private mutating func note(_ reason: String) { if !reasons.contains(reason) { reasons.append(reason) } }
}
