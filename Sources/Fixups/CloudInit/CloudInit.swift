internal import Documents
internal import Site
internal import Tree

/// Keeps cloud-init from undoing it all at the next boot: the name, the host table, the interfaces, the host keys.
///
/// A drop-in of ours says what it shall leave alone. Its name begins with `zz`, because cloud-init merges
/// cloud.cfg.d/*.cfg by name and the last one has the last word; 99- is what images use themselves. Settings that a
/// datasource hands over as user data come later still; those that lie in the tree already are told, and so are commands that set what
/// was the original's.
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
    let files = try files(tree)
    let given = try CloudUserData.files(in: tree) + files.flatMap { CloudUserData.embedded(in: $0) }
    return try dropIn(situation) + effect(files) + Proposal(findings: given.flatMap(overruled))
      + commands(files, given, situation) + state(situation)
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

  /// Its own settings: of two files that say the same, the later one counts.
  private func files(_ tree: any TreeReading) throws -> [FileSnapshot] {
    try tree.places(["/etc/cloud/cloud.cfg", "/etc/cloud/cloud.cfg.d/*.cfg"])
      .compactMap { try tree.leadsTo($0)?.status.kind == .regular ? tree.file($0.path) : nil }
  }

  /// What cloud-init reads in the end, and who overrules us.
  private func effect(_ files: [FileSnapshot]) -> Proposal {
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

  /// What user data that is here already says otherwise.
  private func overruled(_ data: CloudUserData) -> [Finding] {
    let said = CloudSettings(data.bytes)
    return Self.settings.compactMap { key, wanted in
      guard key != "network", let value = said[key], CloudSettings.plain(value) != CloudSettings.plain(wanted) else {
        return nil
      }
      let line = Lines(data.bytes).lastIndex { $0.text.hasPrefix(key) } ?? 0
      let place = data.start == nil ? "\(data.path)" : data.place(of: line)
      return Finding(
        .warning, "\(place) sets \(key) to \(value), and cloud-init heeds that before anything below /etc/cloud",
        advice: "take the line out there, and out of the user data that the cloud gives this instance")
    }
  }

  /// Commands that would give this machine the original's name or addresses again. Of cloud-init's own files the last one that has some
  /// is the one that counts.
  private func commands(_ files: [FileSnapshot], _ given: [CloudUserData], _ situation: Situation) -> Proposal {
    func read(_ data: CloudUserData) -> (data: CloudUserData, commands: CloudCommands) {
      (data, CloudCommands(data.bytes))
    }
    let (own, given) = (files.map { read(CloudUserData(path: $0.path, bytes: $0.bytes)) }, given.map(read))
    return CloudCommands.Key.allCases.reduce(into: Proposal()) { proposal, key in
      for (data, commands) in [own.last { $0.commands.has(key) }].compactMap(\.self) + given {
        for entry in commands.entries where entry.key == key {
          proposal += othersValues(in: entry, data, situation)
        }
      }
    }
  }

  private func othersValues(in entry: CloudCommands.Entry, _ data: CloudUserData, _ situation: Situation) -> Proposal {
    let provenance = situation.provenance
    let names = situation.formerNameTokens
    let tokens = names.map(\.token) + situation.formerTokens.map(\.token)
    return entry.lines.indices.reduce(into: Proposal()) { proposal, index in
      let line = entry.lines[index]
      guard tokens.contains(where: { $0.occurs(in: line.text) }) else { return }
      let commands = entry.commands(at: index)
      let place = data.place(of: line.line)
      func tell(_ said: String, _ whose: String, isSet: Bool) {
        proposal.findings.append(
          Finding(
            .warning,
            "\(place): cloud-init's \(entry.key) has \(said.shown), which is \(whose), and is run \(entry.key.moment)",
            advice: "say what is this node's in its place, or take the command out"))
        guard isSet, entry.key == .bootcmd else { return }
        proposal.claims.append(.anothers("cloud-init's bootcmd (\(place))", said, whose))
      }
      for (name, token) in names where token.occurs(in: line.text) {
        guard commands.flatMap(GivenName.words).contains(where: token.occurs) else { continue }
        tell(name, "what this machine was called before", isSet: true)
      }
      for (address, token) in situation.formerTokens where token.occurs(in: line.text) {
        // What only mentions it may well mean a peer.
        let isSet = commands.contains { GivenAddress.all(by: $0).contains { $0.address == address } }
        // Of a node of its own they are its peer's by now, and may be meant.
        if isSet || provenance.isCopy { tell(address.description, situation.whose(address), isSet: isSet) }
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
        var removal = $0.removal(because: ["cloud-init compares names with the original's, which is kept here"])
        removal.isRemade = true
        return removal
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
