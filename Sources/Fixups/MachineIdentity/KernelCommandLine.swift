internal import Documents
internal import Site
internal import Tree

/// What the kernel is started with: a machine-id, a host name or an address there goes before any file (systemd(1),
/// `systemd.machine_id=`, `systemd.hostname=`; the kernel's nfsroot.txt, `ip=`). So does a name by which storage knows this host. A boot
/// loader's own tools write its files, so it is only told.
struct KernelCommandLine: Fixup {
  let name = "kernel command line"

  /// Said as long as it is so: in a copy, when a node moves, and later of whatever is not its own. What makes the system come up as another
  /// fails `verify`.
  func propose(for situation: Situation) throws -> Proposal {
    let id = try situation.tree.file("/etc/machine-id").flatMap { MachineID.id(in: $0.bytes) }
    let original = try situation.original.file("/etc/machine-id").flatMap { MachineID.id(in: $0.bytes) }
    return try BootLoaderWords(situation.tree).lines.reduce(into: Proposal()) { proposal, line in
      let (text, place) = (line.text, "\(line.path):\(line.number)")
      proposal +=
        try addresses(in: text, place, situation) + names(in: text, place, situation)
        + machineID(in: text, place, id, original, situation) + hosts(in: text, place, situation)
        + cards(in: text, place, situation)
    }
  }

  /// grub's environment has a fixed size, which an editor does not keep.
  private static func remedy(_ place: String) -> String {
    place.contains("/grubenv:") ? "with grub-editenv (grub2-editenv)" : "and have the boot loader's files made anew"
  }

  /// Those that the machine must not have: the original's and its own former ones, and what `ip=` gives it.
  private func addresses(in text: String, _ place: String, _ situation: Situation) -> Proposal {
    let former = situation.formerTokens.filter { $0.token.occurs(in: text) }.map(\.address)
    let given = words(after: "ip=", in: text).compactMap { word -> IPAddress? in
      guard let address = BootLoaderWords.address(word), !situation.node.allAddresses.contains(address),
        situation.site.owner(of: address) != nil || situation.site.networks.contains(where: { $0.admits(address) })
      else { return nil }
      return address
    }
    return (former + given.filter { !former.contains($0) }).reduce(into: Proposal()) { proposal, address in
      let whose = situation.whose(address)
      proposal.findings.append(
        Finding(
          .warning, "\(place) starts the kernel with \(address), which is \(whose)",
          advice: "correct it by hand, \(Self.remedy(place))"))
      if given.contains(address), situation.isOthers(address) {
        proposal.claims.append(.anothers("ip= for the kernel (\(place))", address.description, whose))
      }
    }
  }

  /// The version of systemd that knows `systemd.hostname=` first.
  static let firstWithHostname = 246

  private func names(in text: String, _ place: String, _ situation: Situation) -> Proposal {
    words(after: "systemd.hostname=", in: text).map(String.init).filter { !$0.isEmpty && !situation.names.contains($0) }
      .reduce(into: Proposal()) { proposal, name in
        proposal.findings.append(
          Finding(
            .warning, "\(place) calls the system \(name.shown), whatever /etc/hostname says",
            advice: "take systemd.hostname= out, \(Self.remedy(place))"))
        guard situation.platform.systemd.version >= Self.firstWithHostname else { return }
        proposal.claims.append(
          Claim("systemd.hostname= (\(place))", expected: situation.names.short, seen: name.shown))
      }
  }

  private func machineID(
    in text: String, _ place: String, _ id: String?, _ original: String?, _ situation: Situation
  ) -> Proposal {
    let isOriginals: (String) -> Bool = { situation.provenance.isCopy && $0 == original }
    guard let said = machineID(in: text), said != (id ?? said) || isOriginals(said) else { return Proposal() }
    let which = isOriginals(said) ? "the original's machine-id" : "a machine-id that is not its own"
    var proposal = Proposal(findings: [
      Finding(
        .warning, "\(place) gives the system \(which), whatever /etc/machine-id says",
        advice: "take systemd.machine_id= out, \(Self.remedy(place))")
    ])
    proposal.claims = [Claim("systemd.machine_id= (\(place))", expected: id ?? "none", seen: said, holds: false)]
    return proposal
  }

  private func machineID(in text: String) -> String? {
    words(after: "systemd.machine_id=", in: text).lazy.compactMap { MachineID.id(in: Array($0.utf8)) }.first
  }

  /// Where this node's own is in no file, only a copy's can be said to be another's.
  private func hosts(in text: String, _ place: String, _ situation: Situation) throws -> Proposal {
    try BootHost.all.reduce(into: Proposal()) { proposal, host in
      guard let said = words(after: host.key, in: text).last.map(String.init), !said.isEmpty else { return }
      let own = try host.own(situation)
      let isOwn = own.map { $0.lowercased() == said.lowercased() } ?? !host.isOthers(said, situation)
      guard !isOwn else { return }
      let whose = situation.provenance.isCopy ? "the original's" : "not its own"
      proposal.findings.append(
        Finding(
          .warning, "\(place) starts the system with \(host.key)\(said.shown), which is \(whose)",
          advice: "say this node's, or take it out, \(Self.remedy(place))"))
      proposal.claims.append(
        Claim("\(host.key) (\(place))", expected: own ?? "the node's own", seen: said.shown, holds: false))
    }
  }

  /// What the boot loader's files say of some of them.
  static func values(
    of hosts: [BootHost], in tree: any TreeReading
  ) throws -> [(path: TreePath, line: Int, host: BootHost, value: String)] {
    guard !hosts.isEmpty else { return [] }
    return try BootLoaderWords(tree).lines.flatMap { line in
      hosts.flatMap { host in
        BootLoaderWords.words(after: host.key, in: line.text).filter { !$0.isEmpty }
          .map { (line.path, line.number, host, String($0)) }
      }
    }
  }

  /// `ifname=` is for one card, and the end of `ip=` gives one another address (dracut.cmdline(7)).
  private func cards(in text: String, _ place: String, _ situation: Situation) -> Proposal {
    func foreign(_ key: String) -> [(name: Substring, mac: MACAddress)] {
      words(after: key, in: text).compactMap { word -> (name: Substring, mac: MACAddress)? in
        guard let mac = BootLoaderWords.card(word), situation.areForeign([mac], own: situation.node.macs.map(\.value))
        else { return nil }
        return (word.prefix { $0 != ":" }, mac)
      }
    }
    var proposal = Proposal()
    for (name, mac) in foreign("ifname=") {
      proposal.findings.append(
        Finding(
          .warning,
          "\(place) calls the card \(mac) \(String(name).shown), which the original has: no other gets the name",
          advice: "write the address of this node's card, which the site has to say (mac), \(Self.remedy(place))"))
      proposal.claims.append(
        Claim("ifname= for the kernel (\(place))", expected: "a card of this node's", seen: "\(mac)", holds: false))
    }
    for (_, mac) in foreign("ip=") {
      proposal.findings.append(
        Finding(
          .warning, "\(place) gives a card \(mac), which the original's has too: two machines share one MAC address",
          advice: "take it out, \(Self.remedy(place))"))
      proposal.claims.append(
        Claim(
          "ip= for the kernel (\(place))", expected: "no MAC address of the original's", seen: "\(mac)", holds: false)
      )
    }
    return proposal
  }

  private func words(after key: String, in text: String) -> [Substring] { BootLoaderWords.words(after: key, in: text) }
}
