internal import Documents
internal import Site
internal import Tree

/// The account that nova-compute runs as, as /etc/passwd has it, and the directories that ssh and sshd look in.
struct MigrationAccount {
  let user: String
  let uid: UInt32
  let gid: UInt32
  let passwd: FileSnapshot
  /// Whether its password is in /etc/shadow.
  let isShadowed: Bool
  /// Real paths, links resolved.
  let home: TreePath
  let directory: TreePath
  let homeStatus: FileStatus?
  let directoryStatus: FileStatus?
  /// Links in .ssh that lead to /dev/null: nothing is there, and what is written goes in their place.
  private let idleLinks: [TreePath: FileStatus]
  /// Whom new files are given to: the account where that is possible, else the owner of the home directory.
  private let owner: FileAttributes
  private let ownerCanChange: Bool
  /// Its own and those that it is a member of.
  private let groups: Set<UInt32>

  init(in situation: Situation) throws {
    let tree = situation.tree
    user = situation.site.migration.user.description
    guard let passwd = try tree.file("/etc/passwd") else {
      throw FixupError("there is no /etc/passwd: install the nova packages first")
    }
    let records = PasswdFile(passwd.bytes)
    guard let record = records.record(named: user), let uid = record.number(.uid), let gid = record.number(.gid) else {
      if let line = records.refusedLine(named: user) { throw FixupError.unreadableRecord(user, passwd, line) }
      throw FixupError("\(user) is not in /etc/passwd: install the nova packages first")
    }
    guard uid != 0 else {
      throw FixupError(
        "\(user) has the uid 0 in /etc/passwd:\(record.line), so a peer's key would let it in as root: give \(user) an account of its own"
      )
    }
    self.passwd = passwd
    isShadowed = record.text(.password) == "x"
    self.uid = uid
    self.gid = gid
    let text = record.text(.home)
    guard text.hasPrefix("/"), let home = TreePath(text), !home.isRoot else {
      throw FixupError(
        "\(user)'s home directory in /etc/passwd is \(text.isEmpty ? "empty" : text): it has to be an absolute path below /"
      )
    }
    self.home = try tree.resolve(home)
    directory = try tree.resolve(self.home.appending(".ssh"))
    homeStatus = try Self.directoryStatus(self.home, tree)
    directoryStatus = try Self.directoryStatus(directory, tree)
    idleLinks = try Self.idleLinks(in: directory, tree)
    ownerCanChange = situation.ownerCanChange
    groups = try Self.groups(of: user, tree).union([gid])
    let account = FileAttributes(owner: uid, group: gid, mode: FileMode(0o755))
    owner = ownerCanChange ? account : try homeStatus?.attributes ?? tree.status(.root)?.attributes ?? account
    try checkLinks(tree)
  }

  /// Whoever is the account can make links in its home, and what is written through one becomes the account's: that may only be what
  /// is its own already.
  private func checkLinks(_ tree: any TreeReading) throws {
    let entries = directoryStatus == nil ? [] : try tree.listing(directory) ?? []
    let links =
      [home.appending(".ssh")] + entries.filter { $0.kind == .symbolicLink }.map { directory.appending($0.name) }
    for link in links {
      let end = try tree.resolve(link)
      let isInside = end == link || end.isWithin(home) || link.parent == directory && end.isWithin(directory)
      // /dev/null takes everything, and stays whose it is.
      guard !isInside, end != "/dev/null" else { continue }
      let status = try tree.status(end)
      guard status?.attributes.owner != owner.owner else { continue }
      // Somebody else's link for all of .ssh: the directory is made where it leads.
      if status == nil, link.parent == home, try tree.status(link)?.attributes.owner != owner.owner { continue }
      throw FixupError(
        "\(link) leads to \(end), which is outside of \(user)'s home and not \(user)'s own: \(user) could have made that link, and would be given what it leads to; put a file or a directory of its own there"
      )
    }
  }

  private static func directoryStatus(_ path: TreePath, _ tree: any TreeReading) throws -> FileStatus? {
    guard let status = try tree.status(path) else { return nil }
    guard status.kind == .directory else {
      throw FixupError("\(path) is a \(status.kind.rawValue), not a directory: move it away")
    }
    return status
  }

  private static func groups(of user: String, _ tree: any TreeReading) throws -> Set<UInt32> {
    guard let file = try tree.glance("/etc/group") else { return [] }
    return Set(
      GroupFile(file.bytes).records.filter { $0.text(.members).split(separator: ",").contains { $0 == user } }
        .compactMap { $0.number(.gid) })
  }

  private static func idleLinks(in directory: TreePath, _ tree: any TreeReading) throws -> [TreePath: FileStatus] {
    var found: [TreePath: FileStatus] = [:]
    for entry in try tree.listing(directory) ?? [] where [.symbolicLink, .unknown].contains(entry.kind) {
      let path = directory.appending(entry.name)
      if path != "/dev/null", try tree.resolve(path) == "/dev/null" { found[path] = try tree.status(path) }
    }
    return found
  }

  /// The attributes that a file of the account shall have. Somebody who cannot give files away leaves what is there.
  func attributes(_ mode: UInt32, keeping existing: FileAttributes? = nil) -> FileAttributes {
    let owner = ownerCanChange ? self.owner : existing ?? self.owner
    return FileAttributes(owner: owner.owner, group: owner.group, mode: FileMode(mode))
  }

  /// Whether ssh and sshd take a file or directory of these attributes for the account's own.
  func isTrusted(_ attributes: FileAttributes) -> Bool {
    attributes.mode.bits & 0o022 == 0 && (!ownerCanChange || attributes.owner == uid || attributes.owner == 0)
  }

  // MARK: directories

  /// Whether the account gets into a directory of these attributes: the owner's bit counts for the owner alone, the group's for its
  /// members alone (path_resolution(7)). sshd looks for keys as the account (auth2-pubkey.c, `user_key_allowed2`).
  private func canEnter(_ attributes: FileAttributes) -> Bool {
    let bit: UInt32 = attributes.owner == uid ? 0o100 : groups.contains(attributes.group) ? 0o010 : 0o001
    return !ownerCanChange || attributes.mode.bits & bit != 0
  }

  /// What the home directory has to become for the account to get in; nil where that is not for imprint to say.
  private func opened(_ attributes: FileAttributes) -> FileAttributes? {
    if attributes.owner == uid { return attributes.with(mode: FileMode(attributes.mode.bits | 0o700)) }
    // As after a restore that kept no owners. What is somebody else's, or has more in it than this account, stays.
    return attributes.owner == 0 && home.name == user ? self.attributes(attributes.mode.bits | 0o700) : nil
  }

  /// The directories on the way that the account cannot get through; the tree's own root is whoever's who mounted it.
  private func closedParents(_ tree: any TreeReading) throws -> [(path: TreePath, attributes: FileAttributes)] {
    var found: [(path: TreePath, attributes: FileAttributes)] = []
    for end in [home, directory] {
      var path = end.parent
      while !path.isRoot, path != home {
        if let attributes = try tree.status(path)?.attributes, !canEnter(attributes),
          !found.contains(where: { $0.path == path })
        {
          found.append((path, attributes))
        }
        path = path.parent
      }
    }
    return found
  }

  private static let ownKeys = "a directory of keys is its account's alone"
  static let strictModes = "sshd ignores keys below a directory that others can change (StrictModes)"

  /// The home directory and .ssh with what sshd demands of them (sshd_config(5), StrictModes).
  func directories(_ situation: Situation) throws -> Proposal {
    var proposal = try homeProposal(situation) + directoryProposal(situation)
    proposal.findings += try findings(situation)
    return proposal
  }

  private func homeProposal(_ situation: Situation) throws -> Proposal {
    var proposal = Proposal()
    if let status = homeStatus {
      let needed = canEnter(status.attributes) ? status.attributes : opened(status.attributes)
      if isTrusted(status.attributes), let needed, needed != status.attributes {
        let reason = "\(user) cannot get into it, and sshd reads its keys as \(user)"
        proposal.changes.append(
          Change(home, .directory(needed), before: .directory(status.attributes), reasons: [reason]))
      }
      if !isTrusted(status.attributes) {
        let isOwned = status.attributes.owner == uid || status.attributes.owner == 0 || !ownerCanChange
        let kept = needed ?? status.attributes
        let mode = FileMode(kept.mode.bits & ~0o022)
        let attributes = isOwned ? kept.with(mode: mode) : self.attributes(mode.bits)
        proposal.changes.append(
          Change(home, .directory(attributes), before: .directory(status.attributes), reasons: [Self.strictModes]))
      }
    } else {
      let reason = "\(user) needs its home directory"
      proposal.changes += try situation.tree.missingDirectories(for: home, because: reason).changes
      proposal.changes.append(Change(home, .directory(attributes(0o755)), before: .absent, reasons: [reason]))
    }
    proposal.claims.append(
      claim(home, homeStatus, expected: "closed to others' writing, and open to \(user)") {
        isTrusted($0) && canEnter($0)
      })
    for (path, attributes) in try closedParents(situation.tree) {
      proposal.claims.append(
        Claim("\(path)", expected: "open to \(user)", seen: "\(attributes)", holds: false))
      proposal.findings.append(
        Finding(
          .warning, "\(path) is \(attributes): \(user) does not get through to its keys, nor does sshd as \(user)",
          advice: "chmod o+x \(path)"))
    }
    return proposal
  }

  private func directoryProposal(_ situation: Situation) throws -> Proposal {
    var proposal = Proposal()
    let wanted = attributes(0o700, keeping: directoryStatus?.attributes)
    if directoryStatus?.attributes != wanted {
      let before = directoryStatus.map { Before.directory($0.attributes) } ?? .absent
      let open = directoryStatus.map { isTrusted($0.attributes) ? Self.ownKeys : Self.strictModes }
      let reason = open ?? "ssh looks for keys and hosts in it"
      if !directory.isWithin(home) {  // .ssh is a link that leads nowhere yet
        proposal.changes += try situation.tree.missingDirectories(for: directory, because: reason).changes
      }
      proposal.changes.append(Change(directory, .directory(wanted), before: before, reasons: [reason]))
    }
    proposal.claims.append(
      claim(directory, directoryStatus, expected: "0700, \(user)'s") { $0.mode.bits == 0o700 && isTrusted($0) })
    return proposal
  }

  private func claim(
    _ path: TreePath, _ status: FileStatus?, expected: String, holds: (FileAttributes) -> Bool
  ) -> Claim {
    Claim(
      path.description, expected: expected, seen: status.map { "\($0.attributes)" } ?? "nothing",
      holds: status.map { holds($0.attributes) } ?? false)
  }

  private func findings(_ situation: Situation) throws -> [Finding] {
    var findings: [Finding] = []
    if !ownerCanChange, owner.owner != uid {
      findings.append(
        Finding(
          .note,
          "only root can give \(directory) to \(user) (\(uid):\(gid)); it stays with \(owner.owner):\(owner.group)",
          advice: "once as root: chown -R \(uid):\(gid) on it, or ssh and sshd refuse its files"))
    }
    if directoryStatus == nil, try isEnforcing(situation) {
      findings.append(
        Finding(
          .note, "SELinux is enforcing and \(directory) is new", advice: "restorecon -R \(directory) at the first boot")
      )
    }
    if let line = PasswdFile(passwd.bytes).lineOfNIS(before: user), try heedsNIS(situation) {
      findings.append(
        Finding(
          .warning,
          "/etc/passwd:\(line) comes before the record of \(user), and by compat in /etc/nsswitch.conf it counts",
          advice: "move the record of \(user) to the top, or take the line out"))
    }
    let twins = PasswdFile(passwd.bytes).twins(ofRecordNamed: user)
    if let twin = twins.first {
      findings.append(
        Finding(
          .warning,
          "/etc/passwd has \(user) again at line \(twin.line); only the first record counts, and only it is changed",
          advice: "remove the other record"))
    }
    return findings
  }

  /// nsswitch.conf(5), Compatibility mode.
  private func heedsNIS(_ situation: Situation) throws -> Bool {
    guard let file = try situation.tree.glance("/etc/nsswitch.conf") else { return false }
    return Lines(file.bytes).contains { line in
      let words = line.text.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == ":" }
      return words.first == "passwd" && words.dropFirst().contains("compat")
    }
  }

  private func isEnforcing(_ situation: Situation) throws -> Bool {
    guard let file = try situation.tree.file("/etc/selinux/config") else { return false }
    return Lines(file.bytes).contains { $0.text.split(separator: " ").first == "SELINUX=enforcing" }
  }

  // MARK: files

  /// What stands at a name in .ssh, links followed.
  func file(_ name: String, _ tree: any TreeReading) throws -> (path: TreePath, snapshot: FileSnapshot?) {
    let path = directory.appending(name)
    return idleLinks[path] == nil ? (try tree.resolve(path), try tree.file(path)) : (path, nil)
  }

  /// The file with these bytes and with modes that ssh and sshd accept; nil where all is so already.
  func edit(
    _ file: (path: TreePath, snapshot: FileSnapshot?), to bytes: [UInt8], newMode: UInt32, because reason: String
  ) -> Change? {
    guard let snapshot = file.snapshot else {
      guard !bytes.isEmpty else { return nil }
      guard let link = idleLinks[file.path] else {
        return .create(file.path, .bytes(bytes), attributes(newMode), because: [reason])
      }
      return Change(
        file.path, .write(.bytes(bytes), attributes(newMode)), before: .unread(link),
        reasons: ["it led to /dev/null, which keeps nothing", reason])
    }
    let mode = snapshot.attributes.mode.bits & 0o644 | 0o600
    let wanted = attributes(mode, keeping: snapshot.attributes)
    var reasons = bytes == snapshot.bytes ? [] : [reason]
    if wanted != snapshot.attributes {
      reasons.append("ssh and sshd refuse a file that is not \(user)'s alone to change")
    }
    return Change.edit(snapshot, to: bytes, attributes: wanted, because: reasons)
  }
}
