internal import Documents
internal import Site
internal import Tree

/// The host keys of sshd: regenerated in place, type by type, so that sshd_config stays right.
///
/// Where no key is left at all, sshd's own unit makes them at its next start on Red Hat (`sshd-keygen`); on Debian
/// nothing does, and sshd would not start, so they are made here. A type that is missing beside others is somebody's
/// choice and stays missing.
enum HostKeys {
  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    let tree = situation.tree
    let places = try places(situation.platform, tree)
    let (files, findings) = try tree.regularFiles(places)
    let links = try places.filter { $0.status.kind == .symbolicLink }.map { (path: $0.path, end: try tree.leadsTo($0)) }
    let keys = try files.map { file in
      try HostKey(file, links: links.filter { $0.end?.path == file.path }.map(\.path), in: tree)
    }
    guard !keys.isEmpty else {
      // What a sealed template had is made as it was.
      return try situation.anew(thing).isEmpty ? creation(situation) : Proposal()
    }
    guard thing.isRenewed(in: situation) else {
      return Proposal(findings: findings, claims: try keys.flatMap { try $0.claims(in: situation.tree) })
    }
    let copies = thing.removal(of: try copies(files, situation.platform, situation.tree))
    return try keys.reduce(into: Proposal(findings: findings)) { $0 += try renewal(of: $1, thing, situation) }
      + copies
  }

  /// Private keys beside those that sshd reads, under names that somebody's copying gave them: `ssh_host_rsa_key.rpmsave`.
  static func copies(_ keys: [Place], _ platform: Platform, _ tree: any TreeReading) throws -> [Place] {
    try tree.places(["\(platform.identity.hostKeysDirectory)/ssh_host_*"]).filter { place in
      try !keys.contains { $0.path == place.path } && tree.isPrivateKey(place)
    }
  }

  /// Every private host key: those of the usual names, and those that sshd_config(5) or sshd's command line names.
  static func places(_ platform: Platform, _ tree: any TreeReading) throws -> [Place] {
    let directory = platform.identity.hostKeysDirectory
    var paths = ["\(directory)/ssh_host_*_key", "\(directory)/ssh_host_key"]
    for file in try ServerConfig.files(in: tree) {
      paths += SSHClientConfig(file.bytes).directives(named: "HostKey").compactMap(\.arguments.first)
        .filter { $0.hasPrefix("/") && !$0.hasSuffix(".pub") }
    }
    paths += try ServerCommandLine(in: tree).hostKeys.filter { $0.hasPrefix("/") && !$0.hasSuffix(".pub") }
    return try tree.places(paths)
  }

  static func renewal(of key: HostKey, _ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    var proposal = Proposal(claims: [thing.stillTheOriginals(key.place.path)])
    if let type = key.type {
      let request = KeyRequest(
        name: key.place.path.description, type: type.type, bits: type.bits, comment: "root@\(situation.node.name)")
      let mode = key.closedMode(for: situation.platform)
      let attributes = key.place.status.attributes
      proposal.changes = [
        Change(
          key.place.path, .write(.privateKey(request), attributes.with(mode: mode)), before: .unread(key.place.status),
          reasons: [thing.reason], isSecret: true),
        publicHalf(key, key.publicPlace, request),
      ]
      proposal.changes += key.otherHalves.map { publicHalf(key, $0, request) }
    } else {
      proposal.changes = [
        key.place.removal(because: ["the original's, and ssh-keygen makes no more of its kind"], isSecret: true)
      ]
      for half in [key.publicPlace].compactMap(\.self) + key.otherHalves {
        proposal.changes.append(half.removal(because: ["its private half goes"]))
      }
      proposal.findings.append(
        Finding(.note, "\(key.place.path) is \(key.typeName); it is removed, and no other made in its place"))
    }
    for certificate in key.certificates {
      proposal.changes.append(
        certificate.removal(because: ["it certifies the original's key under the original's name"]))
      // Which authority that was is not known here; where the site has one, joining goes there.
      let isJoinings = situation.site.migration.access == .certificate
      proposal.findings.append(
        Finding(
          isJoinings ? .note : .warning, "\(certificate.path) certified the original's host key and is removed",
          advice: isJoinings
            ? "imprint join has the new one certified"
            : "have the new host key signed for \(situation.node.name) by the same authority"))
    }
    return proposal
  }

  /// - Parameter half: where it stands; nil: nowhere yet.
  private static func publicHalf(_ key: HostKey, _ half: Place?, _ request: KeyRequest) -> Change {
    let attributes = (half?.status ?? key.place.status).attributes.with(mode: FileMode(0o644))
    let before: Before = half.map { .unread($0.status) } ?? .absent
    return Change(
      half?.path ?? key.place.path.sibling(".pub"), .write(.publicKey(request), attributes), before: before,
      reasons: ["the public half of the new key"])
  }

  // MARK: none at all

  private static func creation(_ situation: Situation) throws -> Proposal {
    let directory = try TreePath(situation.platform.identity.hostKeysDirectory.description)
      .map { try situation.tree.resolve($0) }
    guard let directory, let status = try situation.tree.status(directory), try hasServerWithoutKeyMaker(situation.tree)
    else { return Proposal() }
    var proposal = Proposal()
    for name in situation.platform.identity.hostKeyTypes {
      guard let type = KeyRequest.KeyType(rawValue: name) else { continue }
      let path = directory.appending("ssh_host_\(name)_key")
      let request = KeyRequest(
        name: path.description, type: type, bits: nil, comment: "root@\(situation.node.name)")
      let reason = "sshd does not start without a host key, and nothing makes one at boot"
      let attributes = status.attributes
      let half = path.sibling(".pub")
      // A link that leads nowhere may stand there; anything else that is no file is left, and sshd told of it.
      let there = try [path, half].map { try situation.tree.place($0) }
      if let other = there.compactMap(\.self).first(where: { !$0.isRemovable }) {
        proposal.findings.append(other.isInTheWay)
        continue
      }
      let before = there.map { place -> Before in place.map { .unread($0.status) } ?? .absent }
      proposal.changes += [
        Change(
          path, .write(.privateKey(request), attributes.with(mode: FileMode(0o600))), before: before[0],
          reasons: [reason], isSecret: true),
        Change(
          half, .write(.publicKey(request), attributes.with(mode: FileMode(0o644))), before: before[1],
          reasons: ["the public half of the new key"]),
      ]
      proposal.claims.append(Claim("SSH host key (\(path))", expected: "a closed \(name) key", seen: nil))
    }
    return proposal
  }

  /// Whether sshd is there and nothing makes its keys when it starts.
  static func hasServerWithoutKeyMaker(_ tree: any TreeReading) throws -> Bool {
    guard try !tree.places(["/usr/sbin/sshd"]).isEmpty else { return false }
    return try tree.places(keyMakers).isEmpty && !startsKeyMaker(tree)
  }

  /// The distributions' own: `sshd-keygen.service` and `sshd-keygen@.service` of Fedora and its kin, `sshdgenkeys.service` of Arch, what
  /// SUSE's sshd.service starts first.
  private static let keyMakers = [
    "/usr/lib/systemd/system/sshd-keygen*", "/lib/systemd/system/sshd-keygen*", "/usr/lib/systemd/system/sshdgenkeys*",
    "/usr/sbin/sshd-gen-keys-start",
  ]

  /// Whether a unit of the machine's own runs ssh-keygen at boot: the server's, or one that is enabled.
  private static func startsKeyMaker(_ tree: any TreeReading) throws -> Bool {
    try tree.regularFiles(matching: [
      "/etc/systemd/system/ssh*.service", "/etc/systemd/system/ssh*.service.d/*.conf",
      "/etc/systemd/system/*.wants/*.service", "/usr/lib/systemd/system/ssh*.service.d/*.conf",
    ]).contains { file in
      Lines(file.bytes).contains { line in
        line.text.hasPrefix("Exec") && line.text.contains("ssh-keygen") && line.text.contains("-A")
      }
    }
  }

  /// Whether cloud-init makes those that are missing where it meets a new instance: its module `ssh`, in `cloud_init_modules`.
  static func areMadeByCloudInit(_ tree: any TreeReading) throws -> Bool {
    guard try tree.place("/etc/cloud/cloud-init.disabled") == nil,
      try !tree.places(["/usr/lib/systemd/system/cloud-init*.service", "/lib/systemd/system/cloud-init*.service"])
        .isEmpty
    else { return false }
    return try tree.regularFiles(matching: ["/etc/cloud/cloud.cfg", "/etc/cloud/cloud.cfg.d/*.cfg"]).contains { file in
      Lines(file.bytes).contains { line in
        let words = line.text.prefix { $0 != "#" }.split { " \t\r[],".contains($0) }
        return words == ["-", "ssh"] || line.text.hasPrefix("cloud_init_modules:") && words.contains("ssh")
      }
    }
  }
}

extension FileAttributes {
  func with(mode: FileMode) -> FileAttributes { FileAttributes(owner: owner, group: group, mode: mode) }
}

extension TreePath {
  /// The file beside this one with more at the end of its name.
  func sibling(_ suffix: String) -> TreePath { parent.appending(name + suffix) }
}
