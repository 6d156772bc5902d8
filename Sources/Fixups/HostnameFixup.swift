internal import Documents
internal import Site
internal import Tree

/// What the machine calls itself: etc/hostname, and the older files that say it too, where they stand.
///
/// The name is the short one, except that a file which carried a full name gets the node's full name, with the site's
/// domain or its own: what a hypervisor is called in nova must not change its form by the way.
struct HostnameFixup: Fixup {
  let name = "hostname"

  static let path: TreePath = "/etc/hostname"
  /// SUSE's old place.
  private static let oldPath: TreePath = "/etc/HOSTNAME"

  func propose(for situation: Situation) throws -> Proposal {
    var proposal = try etcHostname(situation)
    if try situation.tree.resolve(Self.oldPath) != situation.tree.resolve(Self.path),
      let file = try situation.tree.file(Self.oldPath)
    {
      proposal += edit(file, situation)
    }
    return proposal + (try networkGlobal(situation)) + (try mailName(situation))
      + (try KernelHostname.proposal(situation))
  }

  /// Debian's mailname(5): often the machine's name, and otherwise that of a whole domain, which is nobody's.
  private func mailName(_ situation: Situation) throws -> Proposal {
    guard situation.provenance.isCopy, let file = try situation.tree.glance("/etc/mailname") else { return Proposal() }
    let said = Word.only(file.bytes)
    let former = situation.provenance.formerNames.map { NodeNames.short($0).lowercased() }
    guard former.contains(NodeNames.short(said.lowercased())), !situation.names.contains(said) else {
      return Proposal()
    }
    let change = Change.edit(
      file, to: Array("\(situation.names.like(said))\n".utf8),
      because: [situation.reason(said, situation.names.like(said))])
    return Proposal(changes: change.map { [$0] } ?? [])
  }

  private func etcHostname(_ situation: Situation) throws -> Proposal {
    if let file = try situation.tree.file(Self.path) { return edit(file, situation) }
    let wanted = situation.names.short
    let new = try situation.newFile(Self.path, mode: 0o644)
    return Proposal(
      changes: [
        .create(
          new.path, .bytes(Array("\(wanted)\n".utf8)), new.attributes,
          because: ["without it the machine has no name of its own"])
      ], claims: [Claim("host name (\(Self.path))", expected: wanted, seen: nil)])
  }

  private func edit(_ file: FileSnapshot, _ situation: Situation) -> Proposal {
    let document = HostnameFile(file.bytes)
    let isFirstLine = situation.platform.systemd.hostnameIsFirstLine
    let seen = document.name(readsFirstLineOnly: isFirstLine)
    let wanted = situation.names.like(seen ?? "")
    let bytes = seen == wanted ? file.bytes : document.settingName(wanted, readsFirstLineOnly: isFirstLine)
    let change = Change.edit(file, to: bytes, because: [situation.reason(seen, wanted)])
    return Proposal(
      changes: change.map { [$0] } ?? [], findings: change == nil ? [] : keptDomain(wanted, file, situation),
      claims: [Claim("host name (\(file.path))", expected: wanted, seen: seen)])
  }

  private func keptDomain(_ wanted: String, _ file: FileSnapshot, _ situation: Situation) -> [Finding] {
    let names = situation.names
    guard names.full == names.short, wanted != names.short else { return [] }
    let domain = wanted.dropFirst(names.short.count + 1)
    return [
      Finding(
        .note, "\(file.path) keeps its domain \(domain), of which the site says nothing",
        advice: "domain = \"\(domain)\" under [site] lets every node know the full names")
    ]
  }

  /// HOSTNAME= counts for CentOS 6's scripts, and for people who look there.
  private func networkGlobal(_ situation: Situation) throws -> Proposal {
    guard let path = situation.platform.networkGlobalFile, let file = try situation.tree.file(path),
      case let said = IfcfgFile("", file, situation.configurations), let old = said.shell.value("HOSTNAME")
    else { return Proposal() }
    let shell = said.shell
    let seen = shell.literal("HOSTNAME")
    let wanted = situation.names.like(said.value("HOSTNAME") ?? "")
    guard old != .literal(wanted) else {
      return Proposal(claims: [Claim("HOSTNAME in \(file.path)", expected: wanted, seen: seen)])
    }
    var edited = shell
    do {
      try edited.set("HOSTNAME", to: wanted)
    } catch {
      throw FixupError(file.path, cannot: "set HOSTNAME", error)
    }
    situation.configurations.keep(edited, for: file.path)
    let change = Change.edit(file, to: edited.bytes, because: [situation.reason(seen, wanted)])
    return Proposal(
      changes: change.map { [$0] } ?? [], claims: [Claim("HOSTNAME in \(file.path)", expected: wanted, seen: seen)])
  }
}

extension Situation {
  /// What this node is called.
  var names: NodeNames { NodeNames(node, in: site) }

  fileprivate func reason(_ seen: String?, _ wanted: String) -> String {
    guard let seen, !NodeNames.isNobody(seen) else { return "it gave no name, and this node is \(wanted)" }
    guard !names.contains(seen) else { return "it said \(seen.shown), and the site calls this node \(wanted)" }
    if let other = site.node(called: seen) { return "it said \(seen.shown), which is the name of \(other.name)" }
    return "it said \(seen.shown), the name of what this disk was copied from"
  }
}

extension String {
  /// Safe inside a message: without control characters and passwords, and not longer than a name.
  var shown: String {
    // What begins with C2 may be one of those between 7F and A0.
    guard utf8.count > 80 || utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return self }
    // Whoever shows it would not know a password by its first half.
    let plain = SecretSetting.masked(self).unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F ~= $0.value) }
    return String(String.UnicodeScalarView(plain.prefix(80)))
  }
}
