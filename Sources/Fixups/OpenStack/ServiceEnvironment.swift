internal import Documents
internal import Site
internal import Tree

/// How systemd starts OpenStack's services here: `OS_SECTION__OPTION` in their environment goes before every file (oslo.config,
/// sources/_environment.py), and a command line of one's own may have them read other files than the platform's.
struct ServiceEnvironment: Fixup {
  let name = "service environment"

  /// DevStack's are called `devstack@n-cpu.service`.
  private static let services = ["nova", "neutron", "openstack", "devstack@"] + ServicesBeside.units

  /// Whether a unit is one of OpenStack's, or a file of variables for one.
  static func isOpenStack(_ name: String) -> Bool { services.contains { name.hasPrefix($0) } }

  /// Whether a file is one of those, by a link of theirs.
  static func edits(_ path: TreePath, _ tree: any TreeReading) throws -> Bool {
    try files(UnitEnvironment(tree, where: isOpenStack), tree).contains { $0.file.path == path }
  }

  func propose(for situation: Situation) throws -> Proposal {
    // Every line gets what is this node's, so that it does not matter which counts; what a package brought is only told.
    let environment = try UnitEnvironment(situation.tree, where: Self.isOpenStack)
    var decision = Decision(environment, IdentityOptions(situation))
    var proposal = vendors(&decision)
    for (file, reader) in try Self.files(environment, situation.tree) {
      proposal += try edit(file, reader, &decision)
    }
    proposal.findings += decision.options.findings
    return proposal
  }

  /// Those of units, of the variables that they have read, and what init scripts read by name; none of a package.
  private static func files(
    _ environment: UnitEnvironment, _ tree: any TreeReading
  ) throws -> [(file: FileSnapshot, reader: EnvironmentSetting.Reader)] {
    var files = environment.files.filter { !isVendors($0.file.path) }
    let seen = Set(files.map(\.file.path))
    func add(_ patterns: [String], _ reader: EnvironmentSetting.Reader) throws {
      for file in try tree.regularFiles(matching: patterns)
      where file.path.isWithin("/etc") && !seen.contains(file.path) {
        files.append((file, reader))
      }
    }
    // Also where no unit is there to read it.
    try add(["/etc/systemd/system/service.d/*.conf"], .unit)
    // Red Hat's are for units that the package brings.
    for (directory, reader) in [("/etc/default", .shell), ("/etc/sysconfig", .variables)]
      as [(TreePath, EnvironmentSetting.Reader)]
    {
      let named = try (tree.listing(directory) ?? []).filter { isOpenStack($0.name) }
      try add(named.map { "\(directory)/\($0.name)" }, reader)
    }
    return files
  }

  private static func isVendors(_ path: TreePath) -> Bool { ["/usr", "/lib"].contains { path.isWithin($0) } }

  /// What counts, and stands in a file of a package.
  private func vendors(_ decision: inout Decision) -> Proposal {
    var seen: Set<String> = []
    var proposal = Proposal()
    for (unit, said) in decision.environment.counting where Self.isVendors(said.path) {
      let place = "\(said.path):\(said.setting.line)"
      guard let own = decision.own(said.setting, in: said.path),
        seen.insert("\(place) \(said.setting.name)").inserted
      else { continue }
      proposal.findings.append(
        Finding(
          .warning,
          "\(place) gives \(unit) \(said.setting.name)=\(said.setting.value.shown), which is \(own.whose); "
            + "imprint edits no file of a package",
          advice:
            "say \(said.setting.name)=\(own.value) in a file that EnvironmentFile= of a drop-in of "
            + "/etc/systemd/system/\(unit).d names: that goes before units, and before what is read earlier"
        ))
      proposal.claims.append(.anothers("\(said.setting.name) (\(place))", said.setting.value, own.whose))
    }
    return proposal
  }

  private func edit(
    _ file: FileSnapshot, _ reader: EnvironmentSetting.Reader, _ decision: inout Decision
  ) throws -> Proposal {
    let situation = decision.options.situation
    var proposal = try otherFiles(in: file, decision.options)
    var edits: [EnvironmentAssignment.Edit] = []
    var reasons: [String] = []
    for setting in EnvironmentSetting.all(in: file, reader) {
      let place = "\(file.path):\(setting.line)"
      let told = decision.options.findings.count
      guard let own = decision.own(setting, in: file.path) else {
        if PerNodeOptions.isAddress(setting.section, setting.option) {
          let unanswered = situation.unanswered(setting.value, of: setting.name, at: place)
          proposal.claims += unanswered.claims
          if decision.options.findings.count == told { proposal.findings += unanswered.findings }
        }
        continue
      }
      proposal.claims.append(.anothers("\(setting.name) (\(place))", setting.value, own.whose))
      guard let edit = setting.edit(to: own.value) else {
        proposal.findings.append(
          Finding(
            .warning,
            "\(place): \(setting.name) is \(setting.value.shown), which is \(own.whose), in a form that is not edited",
            advice: "correct it by hand"))
        continue
      }
      edits.append(edit)
      reasons.append("\(setting.name) said \(setting.value.shown), which is \(own.whose)")
    }
    let bytes = EnvironmentAssignment.applying(edits, to: file.bytes)
    guard let change = Change.edit(file, to: bytes, because: reasons) else { return proposal }
    proposal.changes = [change]
    // Since 220 it takes the manager's settings with its units (main.c, set_manager_defaults).
    if file.path.isWithin("/etc/systemd"), !file.path.isWithin("/etc/systemd/system"),
      situation.platform.systemd.version < 220
    {
      proposal.findings.append(
        Finding(
          .warning, "a running systemd of this age starts services as \(file.path) said until it is started anew",
          advice: "systemctl daemon-reexec, then restart them"))
    }
    return proposal
  }

  /// What a service is told to read that no fixup edits: what it says of the original counts all the same.
  private func otherFiles(in file: FileSnapshot, _ options: IdentityOptions) throws -> Proposal {
    let situation = options.situation
    let platform = situation.platform
    var known: Set<String> = []
    var proposal = Proposal()
    for (place, option, path) in Self.options(in: file) {
      if known.isEmpty {
        known = Set(
          ([platform.nova.configFiles, platform.nova.configDirectories]
            + platform.neutron.flatMap { [$0.configFiles, $0.configDirectories] }).flatMap(\.self).map(\.description))
      }
      guard !known.contains(path) else { continue }
      let files = try situation.tree.regularFiles(matching: [option == "--config-dir" ? "\(path)/*.conf" : path])
      // Of these another fixup says what there is to say.
      let others = try files.filter { try !ServicesBeside.reads($0.path) && !NeutronFixup.reads($0, situation) }
      guard files.isEmpty || !others.isEmpty else { continue }
      let claims = others.flatMap { othersValues(in: $0, options) }
      proposal.claims += claims
      let isUsual = ["/etc/nova/", "/etc/neutron/", "/etc/cinder/"].contains { path.hasPrefix($0) }
      guard !isUsual || !claims.isEmpty else { continue }
      proposal.findings.append(
        Finding(
          .warning, "\(place) has a service read \(path), which imprint does not edit",
          advice: claims.isEmpty
            ? "see whether it has the original's name or address" : "correct by hand what verify names there"))
    }
    return proposal
  }

  /// `--config-file` and `--config-dir` with an absolute path, which may stand on the next line behind a backslash.
  private static func options(in file: FileSnapshot) -> [(place: String, option: String, path: String)] {
    // Most files have none.
    guard file.bytes.mayContain(Array("--config-".utf8)) else { return [] }
    var found: [(place: String, option: String, path: String)] = []
    var words: [(text: String, line: Int)] = []
    func take() {
      for (option, path) in zip(words, words.dropFirst())
      where ["--config-file", "--config-dir"].contains(option.text) && path.text.hasPrefix("/") {
        found.append(("\(file.path):\(path.line)", option.text, path.text))
      }
      words = []
    }
    for (index, line) in Lines(file.bytes).enumerated() {
      let text = line.text.trimmingBlanks
      if text.hasPrefix("#") || text.hasPrefix(";") { continue }
      words += text.split { $0.isWhitespace || "=\"'\\".contains($0) }.map { (String($0), index + 1) }
      if !text.hasSuffix("\\") { take() }
    }
    take()
    return found
  }

  /// What a file that no fixup edits says of another node.
  private func othersValues(in file: FileSnapshot, _ options: IdentityOptions) -> [Claim] {
    OsloConfig(file.bytes).options.compactMap { option in
      let isHost = option.section == "DEFAULT" && option.key == "host"
      let own = isHost ? options.situation.ownName(insteadOf: option.value) : nil
      let whose =
        own?.whose ?? options.own(option)?.whose
        ?? options.situation.formerTokens.first { $0.token.occurs(in: option) }
        .map { "\($0.address) is \(options.situation.whose($0.address))" }
      guard let whose else { return nil }
      return .anothers("\(option.key) in [\(option.section)] (\(file.path))", option.value, whose)
    }
  }
}

/// What a setting of the environment becomes: as the same option of a file does.
private struct Decision {
  let environment: UnitEnvironment
  var options: IdentityOptions

  init(_ environment: UnitEnvironment, _ options: IdentityOptions) {
    self.environment = environment
    self.options = options
  }

  /// nil where it may stay.
  mutating func own(_ setting: EnvironmentSetting, in file: TreePath) -> (value: String, whose: String)? {
    let situation = options.situation
    if setting.section == "DEFAULT", setting.option == "host" {
      guard !setting.isWorkedOut, let wanted = options.host(insteadOf: setting.value) else { return nil }
      return (wanted, situation.ownName(insteadOf: setting.value)?.whose ?? "not this node's name")
    }
    let option = setting.asOption
    if !setting.isWorkedOut, let wanted = wanted(setting, in: file) {
      return wanted == setting.value ? nil : (wanted, options.own(option)?.whose ?? "not what the site says")
    }
    if setting.isWorkedOut, PerNodeOptions.isKnown(setting.option), let own = address(in: setting.value) { return own }
    guard let (revision, _) = options.revision(of: option, in: file) else { return nil }
    let value = revision.applied(to: setting.value)
    guard value != setting.value else { return nil }
    switch revision {
    case .value: return (value, options.own(option)?.whose ?? "not this node's")
    case .tokens(let tokens):
      let whose = tokens.compactMap { try? IPAddress($0.old) }.map { "\($0), which is \(situation.whose($0))" }
      return (value, whose.joined(separator: " and "))
    }
  }

  /// The original's in what a shell works out, whatever stands beside it (`${MY_IP:-192.168.10.20}`).
  private func address(in text: String) -> (value: String, whose: String)? {
    let situation = options.situation
    for word in text.split(whereSeparator: { !$0.isHexDigit && $0 != "." && $0 != ":" }) {
      // `:-` stands before a default.
      let said = String(word.drop { $0 == ":" })
      guard let address = try? IPAddress(said), situation.isOthers(address) else { continue }
      return situation.ownAddress(insteadOf: said) ?? (text, situation.whose(address))
    }
    return nil
  }

  /// Of the options that the fixups of nova and neutron set by name, whatever they say.
  private func wanted(_ setting: EnvironmentSetting, in file: TreePath) -> String? {
    let situation = options.situation
    if setting.section == "DEFAULT", setting.option == "my_ip" {
      // Others have one of their own.
      let readers = environment.readers[file] ?? [file.description]
      let isOthers = readers.allSatisfy { reader in ServicesBeside.units.contains { reader.contains($0) } }
      return isOthers ? nil : situation.site.myIP(of: situation.node, insteadOf: setting.value)?.description
    }
    let isLocalIP = situation.platform.neutron.contains { agent in
      agent.localIP.map { $0.section == setting.section && $0.option == setting.option } ?? false
    }
    return isLocalIP ? situation.site.localIP(of: situation.node, insteadOf: setting.value)?.description : nil
  }
}
