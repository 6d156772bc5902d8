internal import Documents
internal import Site
internal import Tree

/// Keeps cloud-init from undoing it all at the next boot: the name, the host table, the interfaces, the host keys.
///
/// A drop-in of ours says what it shall leave alone. Its name begins with `zz`, because cloud-init merges
/// cloud.cfg.d/*.cfg by name and the last one has the last word; 99- is what images use themselves. Settings that a
/// datasource hands over as user data come later still; those that lie in the tree already are told.
///
/// State of the original: what cloud-init remembers of the host name goes. The instance itself stays: without it every
/// first-boot step would run again, user scripts included.
struct CloudInit: Fixup {
  let name = "cloud-init"

  static let dropIn = "zz-imprint.cfg"
  static let settings = [
    ("preserve_hostname", "true"), ("manage_etc_hosts", "false"), ("ssh_deletekeys", "false"),
    ("network", "{config: disabled}"),
  ]
  private static let text =
    "# Kept by imprint: this node's identity comes from the site file, not from cloud-init.\n"
    + settings.map { "\($0.0): \($0.1)\n" }.joined()

  func propose(for situation: Situation) throws -> Proposal {
    let tree = situation.tree
    guard try !tree.places(["/etc/cloud/cloud.cfg", "/usr/bin/cloud-init"]).isEmpty,
      try tree.places(["/etc/cloud/cloud-init.disabled"]).isEmpty
    else { return Proposal() }
    return try dropIn(situation) + effect(tree) + Proposal(findings: userData(tree)) + state(situation)
  }

  private func dropIn(_ situation: Situation) throws -> Proposal {
    let tree = situation.tree
    let reason = "cloud-init would set the name, the host table and the interfaces anew at each boot"
    let path = try tree.resolve("/etc/cloud/cloud.cfg.d").appending(Self.dropIn)
    if let file = try tree.file(path) {
      return Proposal(changes: [Change.edit(file, to: Array(Self.text.utf8), because: [reason])].compactMap(\.self))
    }
    let (directories, attributes) = try tree.missingDirectories(
      for: path, because: "cloud-init looks for settings in it")
    let file = Change.create(
      try tree.resolve(path), .bytes(Array(Self.text.utf8)), attributes.with(mode: FileMode(0o644)), because: [reason])
    return Proposal(changes: directories + [file])
  }

  /// What cloud-init reads in the end, and who overrules us.
  private func effect(_ tree: any TreeReading) throws -> Proposal {
    let files = try tree.places(["/etc/cloud/cloud.cfg", "/etc/cloud/cloud.cfg.d/*.cfg"])
      .compactMap { try tree.leadsTo($0)?.status.kind == .regular ? tree.file($0.path) : nil }
    var proposal = Proposal()
    for (key, wanted) in Self.settings {
      let said = files.compactMap { file in CloudSettings(file.bytes)[key].map { (file.path, $0) } }
      proposal.claims.append(
        Claim(
          "cloud-init's \(key)", expected: wanted, seen: said.last?.1 ?? "unset",
          holds: said.last.map { CloudSettings.plain($0.1) == CloudSettings.plain(wanted) } ?? false))
      for (path, value) in said
      where path.name > Self.dropIn && CloudSettings.plain(value) != CloudSettings.plain(wanted) {
        proposal.findings.append(
          Finding(
            .warning, "\(path) comes after \(Self.dropIn) and sets \(key) to \(value)",
            advice: "take the line out, or rename the file to come earlier"))
      }
    }
    return proposal
  }

  /// User data that the tree has from a seed or from the original's boots goes before all of /etc/cloud (cloudinit/helpers.py,
  /// `ConfigMerger`).
  private func userData(_ tree: any TreeReading) throws -> [Finding] {
    let places = try tree.places([
      "/var/lib/cloud/seed/*/user-data", "/var/lib/cloud/seed/*/vendor-data",
      "/var/lib/cloud/instance/cloud-config.txt",
    ])
    return try places.flatMap { place -> [Finding] in
      guard let file = try tree.glance(place.path), file.bytes.count < 1 << 20 else { return [] }
      let said = CloudSettings(file.bytes)
      return Self.settings.compactMap { key, wanted in
        guard key != "network", let value = said[key], CloudSettings.plain(value) != CloudSettings.plain(wanted) else {
          return nil
        }
        return Finding(
          .warning, "\(place.path) sets \(key) to \(value), and cloud-init heeds that before anything below /etc/cloud",
          advice: "take the line out there, and out of the user data that the cloud gives this instance")
      }
    }
  }

  private func state(_ situation: Situation) throws -> Proposal {
    guard situation.provenance.isCopy else { return Proposal() }
    var proposal = Proposal()
    if situation.site.reset.renews(.cloudInit) {
      let places = try situation.tree.places([
        "/var/lib/cloud/data/set-hostname", "/var/lib/cloud/data/previous-hostname",
      ])
      proposal.changes = places.filter(\.isRemovable).map {
        $0.removal(because: ["cloud-init compares names with the original's, which is kept here"])
      }
      proposal.claims = proposal.changes.map {
        Claim(
          "cloud-init's state (\($0.path))", expected: "nothing of the original", seen: "the original's", holds: false)
      }
    }
    if try !situation.tree.places(["/var/lib/cloud/instance"]).isEmpty {
      proposal.findings.append(
        Finding(
          .note,
          "cloud-init takes this node for the original's instance (/var/lib/cloud/instance), so first-boot steps don't run again",
          advice: "cloud-init clean, if they shall"))
    }
    return proposal
  }
}
