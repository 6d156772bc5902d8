internal import Documents
internal import Site
internal import Tree

/// Takes out of a template what no two machines may share: the table, walked once, and the record that makes the tree one.
public enum Sealing {
  public static let fixup = "seal"

  public static func propose(for template: Template) throws -> Proposal {
    let former = try SealRecord.read(from: template.tree)
    var sealed = SealedThing()
    for thing in UniqueThings.table { sealed = sealed + (try thing.sealed(in: template)) }
    // A path that two rows name goes once.
    var seen: Set<TreePath> = []
    sealed.proposal.changes.removeAll { !seen.insert($0.path).inserted }
    // Sealed again, nothing is found, and nothing changes.
    if former != nil, sealed.proposal.changes.isEmpty {
      return Proposal(findings: sealed.proposal.findings + (try readiness(template)))
    }
    let names = try formerNames(template)
    let record = (former ?? SealRecord()).adding(sealed.anew, names: names)
    sealed.proposal.changes += try ownFiles(record, template.tree)
    sealed.proposal.findings += try Leftovers.findings(template.tree, template.platform) + readiness(template)
    return sealed.proposal
  }

  /// - Throws: ``FixupError`` for a key that no row has, naming those that there are.
  public static func check(_ asked: Set<String>) throws(FixupError) {
    let keys = UniqueThings.table.map(\.key)
    let unknown = asked.subtracting(keys).sorted()
    guard unknown.isEmpty else {
      throw FixupError(
        "there is no \(unknown.joined(separator: ", ")) among the unique things; there are \(keys.joined(separator: ", "))"
      )
    }
  }

  /// imprint's own: whose disk it was goes, and what it is now comes.
  private static func ownFiles(_ record: SealRecord, _ tree: any TreeReading) throws -> [Change] {
    let former = [
      Stamp.path.description, "/var/lib/imprint/joining", "/var/lib/imprint/told", "/var/lib/imprint/first-boot",
    ]
    var changes = try tree.places(former)
      .filter(\.isRemovable).map { $0.removal(because: ["a template is nobody's disk"]) }
    let reason = "a copy of it is nobody until it is told who it is, also on the machine that the template comes from"
    if let file = try tree.file(SealRecord.path) {
      changes += [Change.edit(file, to: record.bytes, because: [reason])].compactMap(\.self)
      return changes
    }
    let root = try tree.status(.root)?.attributes ?? FileAttributes(owner: 0, group: 0, mode: FileMode(0o755))
    // Whoever takes the lock makes the state directory.
    changes.append(
      .create(
        try tree.resolve(SealRecord.path), .bytes(record.bytes), root.with(mode: FileMode(0o600)), because: [reason]))
    return changes
  }

  /// What the tree calls itself, and what the stamp says that it was called.
  static func formerNames(_ template: Template) throws -> [String] {
    var names = try Traces.hostnames(template.platform, template.tree, ConfigurationCache())
    if let stamp = try Stamp.read(from: template.tree) { names += [stamp.node] + stamp.formerNames }
    names += try Traces.keyComments(template.platform, template.tree).map(\.host)
    var seen: Set<String> = []
    return names.filter { Stamp.isPlain($0) && !NodeNames.isNobody($0) && seen.insert($0).inserted }
  }

  /// Whether a copy will find out who it is.
  private static func readiness(_ template: Template) throws -> [Finding] {
    let tree = template.tree
    var findings = try ConfiguredMounts.absent(from: template)
    let units = ["/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system"]
    let isEnabled = try !tree.places(units.map { "\($0)/*.wants/imprint-boot.service" }).isEmpty
    let isMasked = try tree.place("/etc/systemd/system/imprint-boot.service").map {
      try tree.resolve($0.path) == "/dev/null"
    }
    if !isEnabled || isMasked == true {
      findings.append(
        Finding(
          .warning,
          "imprint-boot.service is not enabled in this tree: a copy comes up with the template's name and addresses, and "
            + "nothing asks who it is",
          advice: "install the package of imprint in it, or run imprint apply NODE --root on each copy before it boots")
      )
      if try HostKeys.hasServerWithoutKeyMaker(tree), try !HostKeys.areMadeByCloudInit(tree),
        !template.kept.contains("ssh-host-keys")
      {
        findings.append(
          Finding(
            .warning, "nothing in this tree makes SSH host keys at boot, and sshd does not start without one",
            advice: "ssh-keygen -A on the copy, or imprint in the template"))
      }
    } else if try tree.place("/etc/imprint/site.toml") == nil {
      findings.append(
        Finding(
          .note, "there is no /etc/imprint/site.toml in this tree: a copy is held back until something tells it one",
          advice: "put the site into the template, or give it on a config drive"))
    }
    return findings
  }
}
