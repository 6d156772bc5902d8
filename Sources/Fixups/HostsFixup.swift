internal import Documents
internal import Site
internal import Tree

/// etc/hosts: every node of the site resolves to exactly its addresses, on every node.
struct HostsFixup: Fixup {
  let name = "hosts"

  static let path: TreePath = "/etc/hosts"
  private static let loopback = "127.0.0.1   localhost\n::1         localhost ip6-localhost ip6-loopback\n"

  func propose(for situation: Situation) throws -> Proposal {
    let file = try situation.tree.file(Self.path)
    let before = HostsFile(file?.bytes ?? Array(Self.loopback.utf8))
    let places = HostsIndex(before)
    let desired = try Self.desired(situation, places, before)
    var after = before
    after.converge(
      desired, retired: Self.retired(situation, places), disowned: Self.disowned(situation, before),
      at: situation.node.allAddresses.map(\.description))

    let seen = file == nil ? HostsIndex(HostsFile([])) : places
    let claims = desired.flatMap { entry in entry.names.map { Self.claim($0, entry.addresses, seen) } }
    let unread = try Self.unread(in: situation.tree)
    guard let file else {
      let new = try situation.newFile(Self.path, mode: 0o644)
      let reason = "nodes have to find each other by name, also before a name server answers"
      return Proposal(
        changes: [.create(new.path, .bytes(after.bytes), new.attributes, because: [reason])], claims: claims) + unread
    }
    let change = Change.edit(file, to: after.bytes, because: Self.reasons(desired, before, after, situation, places))
    let renamed = change == nil ? nil : Self.renamed(places, HostsIndex(after), situation)
    return Proposal(changes: change.map { [$0] } ?? [], findings: renamed.map { [$0] } ?? [], claims: claims) + unread
  }

  /// Whom the C library asks for hosts: the table by `files`, and by `resolve`, since systemd-resolved reads it too (nsswitch.conf(5),
  /// resolved.conf(5), ReadEtcHosts). Where nothing is said of hosts, `files` is among them.
  private static func unread(in tree: any TreeReading) throws -> Proposal {
    guard let file = try tree.glance("/etc/nsswitch.conf") else { return Proposal() }
    let said = Lines(file.bytes).enumerated().compactMap { index, line -> (line: Int, sources: [Substring])? in
      let words = line.text.prefix { $0 != "#" }.split { " \t:".contains($0) }
      return words.first == "hosts" ? (index + 1, Array(words.dropFirst())) : nil
    }
    guard let last = said.last, said.allSatisfy({ Set($0.sources).isDisjoint(with: ["files", "resolve"]) }) else {
      return Proposal()
    }
    let place = "\(file.path):\(last.line)"
    return Proposal(
      findings: [
        Finding(
          .warning, "nobody asks \(path) for a host: \(place) has no files among the sources of hosts",
          advice: "say hosts: files, and the others behind it")
      ],
      claims: [
        Claim(
          "who reads \(path) (\(place))", expected: "files among the sources of hosts",
          seen: last.sources.joined(separator: " "), holds: false)
      ])
  }

  /// An address that stands on two lines is still one place.
  private static func claim(_ name: String, _ addresses: [String], _ file: HostsIndex) -> Claim {
    let seen = Set(file.addresses(of: name)).sorted().joined(separator: " ")
    let expected = Set(addresses.compactMap { HostAddress($0) }.map(\.description)).sorted().joined(separator: " ")
    return Claim("\(name) in \(path)", expected: expected, seen: seen.isEmpty ? nil : seen)
  }

  /// Which name is the canonical one decides what libvirt, and so nova, calls a hypervisor: the file's own choice stays, but
  /// for a copy's own name, under which nova knows nothing yet.
  private static func desired(
    _ situation: Situation, _ file: HostsIndex, _ table: HostsFile
  ) throws -> [HostEntry] {
    let site = situation.site
    // A machine has to find itself by the very name that it goes by, also where the site says no domain.
    let called = try ownName(situation, file)
    let former = formerSubnets(situation)
    func isNear(_ address: HostAddress) -> Bool {
      guard let address = try? IPAddress("\(address)") else { return false }
      return site.networks.contains { $0.admits(address) } || former.contains { $0.contains(address) }
    }
    return site.nodes.compactMap { node in
      let addresses = site.hostAddresses(of: node).map(\.description)
      guard !addresses.isEmpty else { return nil }
      let names = NodeNames(node, in: site)
      // The original goes on under the name that it has here, or else that the copy had with it.
      let isOwn = node.name == situation.node.name
      let known = isOwn ? nil : Self.fullName(of: node, file, site, isNear)
      let isCalled = isOwn || situation.provenance.formerNames.contains(names.short)
      let told = known ?? (isCalled ? names.like(called) : nil)
      let full = names.full == names.short ? told ?? names.short : names.full
      let aliases = Self.staleAliases(of: node, [full], file, table, isNear)
      if isOwn, !called.contains("."), let chosen = Self.chosenName(situation, file) {
        return HostEntry(
          names: [chosen] + (full == names.short ? [] : [full]) + [names.short] + aliases, addresses: addresses)
      }
      guard full != names.short else { return HostEntry(names: [names.short] + aliases, addresses: addresses) }
      let isNew = situation.provenance.isCopy && isOwn
      let canonical = isNew ? nil : file.canonicalName(of: names.short)?.lowercased()
      return HostEntry(
        names: (canonical == names.short ? [names.short, full] : [full, names.short]) + aliases, addresses: addresses)
    }
  }

  /// Other forms of a node's name on a line that had it where it is no more: they move with it.
  ///
  /// - Parameter known: that move anyway.
  private static func staleAliases(
    of node: Node, _ known: [String], _ file: HostsIndex, _ table: HostsFile, _ isNear: (HostAddress) -> Bool
  ) -> [String] {
    let name = node.name.description
    let there = file.addresses(of: name)
    guard !there.isEmpty else { return [] }
    let own = node.allAddresses.map(\.description)
    let stale = Set(there.filter { !own.contains($0) }.compactMap { HostAddress($0) })
      .filter { !$0.isLoopback && isNear($0) }
    guard !stale.isEmpty else { return [] }
    let lines = table.entries.filter { stale.contains($0.address) }.map { $0.names.map { $0.lowercased() } }
    return distinct(lines.filter { $0.contains(name) }.flatMap(\.self)).filter { alias in
      alias != name && NodeNames.short(alias) == name && !known.contains(alias)
    }
  }

  /// What the table of a node's own tree calls it by before its own name, and nobody else: getaddrinfo(3) makes the one of the other,
  /// and libvirt (virGetHostname) and nova know the hypervisor by it.
  private static func chosenName(_ situation: Situation, _ file: HostsIndex) -> String? {
    guard !situation.provenance.isCopy, situation.provenance.pastNames.isEmpty,
      let name = file.canonicalName(of: situation.names.short)?.lowercased(),
      !situation.names.contains(name), !NodeNames.isNobody(name), situation.site.node(called: name) == nil
    else { return nil }
    let own = Set(situation.node.allAddresses.compactMap { HostAddress($0.description) })
    let places = file.addresses(of: name).compactMap { HostAddress($0) }
    return places.allSatisfy { $0.isLoopback || own.contains($0) } ? name : nil
  }

  /// Where the hypervisor of a node that nova knows already gets another name.
  private static func renamed(_ before: HostsIndex, _ after: HostsIndex, _ situation: Situation) -> Finding? {
    let name = situation.names.short
    guard !situation.provenance.isCopy, let old = before.canonicalName(of: name)?.lowercased(),
      let new = after.canonicalName(of: name)?.lowercased(), old != new, !NodeNames.isNobody(old)
    else { return nil }
    return Finding(
      .warning,
      "\(path) makes \(old.shown) of \(name), and \(new.shown) afterwards: libvirt, and so nova, calls the hypervisor by it",
      advice: "see what nova calls it (openstack hypervisor list), and have the site's domain say the same")
  }

  /// A peer's full name where the site says no domain: as the table has it, if that is within the site's own networks, or within
  /// those that this disk was in before. It moves with the node. A name for another of its networks is none of these.
  private static func fullName(
    of node: Node, _ file: HostsIndex, _ site: Site, _ isNear: (HostAddress) -> Bool
  ) -> String? {
    let name = node.name.description
    guard let full = file.fullName(of: name, where: { !isElsewhere($0, node.addresses, site) }) else { return nil }
    return file.addresses(of: full).compactMap { HostAddress($0) }.allSatisfy(isNear) ? full : nil
  }

  /// Whether an address is one of other networks than that of the host table.
  private static func isElsewhere(
    _ address: HostAddress, _ addresses: some Sequence<(network: NetworkName, value: [IPAddress])>, _ site: Site
  ) -> Bool {
    addresses.contains { network, value in
      network != site.hosts.network && value.contains { HostAddress($0.description) == address }
    }
  }

  /// Those that this disk was in before, taken to be as large as the site's.
  private static func formerSubnets(_ situation: Situation) -> [Subnet] {
    situation.formerAddresses.compactMap { network, address in
      situation.site.network(network)?.subnets.first { $0.address.family == address.family }
        .flatMap { Subnet(containing: address, $0.prefix) }
    }
  }

  /// What the tree calls itself: by its host name, and where that is short, by what the table makes of it (`hostname -f`), which is
  /// all that installers write.
  private static func ownName(_ situation: Situation, _ file: HostsIndex) throws -> String {
    let called = try Traces.hostnames(situation.platform, situation.tree, situation.configurations).first ?? ""
    guard !called.contains(".") else { return called }
    let addresses =
      situation.formerAddresses.map { (network: $0.network, value: [$0.address]) }
      + situation.node.addresses.map { (network: $0.network, value: $0.value) }
    let full = ([called] + situation.provenance.formerNames).lazy.compactMap { name in
      file.fullName(of: name) { !isElsewhere($0, addresses, situation.site) }
    }
    return full.first { !NodeNames.isNobody($0) } ?? called
  }

  /// Names of the original that nobody bears any more: they stand for this machine, and else at most at an address that
  /// the site gives to a node of another name. At an address that the site knows nothing of, the original may live on.
  private static func retired(_ situation: Situation, _ file: HostsIndex) -> [String] {
    let nodes = Set(situation.site.nodes.flatMap(\.allAddresses).compactMap { HostAddress($0.description) })
    let former = Set(situation.provenance.allFormerAddresses.compactMap { HostAddress($0.description) })
    return situation.provenance.formerNames.filter { name in
      let addresses = file.addresses(of: name).compactMap { HostAddress($0) }
      return addresses.contains { $0.isLoopback }
        && addresses.allSatisfy { $0.isLoopback || former.contains($0) && nodes.contains($0) }
    }
  }

  /// Names of the original, with whatever domain: on the copy they are no names of this machine.
  private static func disowned(_ situation: Situation, _ file: HostsFile) -> [String] {
    let names = situation.provenance.formerNames
    let known = Set(names.map { $0.lowercased() })
    let full = Set(file.entries.filter(\.address.isLoopback).flatMap(\.names).map { $0.lowercased() })
      .filter { !known.contains($0) && known.contains(NodeNames.short($0)) }
    return names + full.sorted()
  }

  private static func distinct(_ addresses: [String]) -> [String] {
    var seen: Set<String> = []
    return addresses.filter { seen.insert($0).inserted }
  }

  private static func reasons(
    _ desired: [HostEntry], _ file: HostsFile, _ changed: HostsFile, _ situation: Situation, _ before: HostsIndex
  ) -> [String] {
    guard !file.bytes.isSame(as: changed.bytes) else { return [] }
    let after = HostsIndex(changed)
    var reasons: [String] = []
    for entry in desired {
      let names = entry.names.filter { before.addresses(of: $0) != after.addresses(of: $0) }
      guard let name = names.first else { continue }
      let old = distinct(before.addresses(of: name))
      let new = distinct(after.addresses(of: name)).joined(separator: " and ")
      reasons.append(
        old.isEmpty
          ? "\(name) was missing; the site has it at \(new)"
          : "\(name) was at \(old.joined(separator: " and ")); the site has it at \(new)")
    }
    for name in situation.provenance.formerNames {
      guard before.addresses(of: name) != after.addresses(of: name), situation.site.node(called: name) == nil
      else { continue }
      reasons.append("\(name) was this machine's name before it became \(situation.node.name)")
    }
    return reasons.isEmpty ? ["the host table has to say what the site says"] : reasons
  }
}
