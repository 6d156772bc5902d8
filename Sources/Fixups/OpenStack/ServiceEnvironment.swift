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

  /// Whether a file is one of those, by a link of theirs, or one that they name.
  static func edits(_ path: TreePath, _ situation: Situation) throws -> Bool {
    let tree = situation.tree
    return try files(UnitEnvironment(tree, where: isOpenStack), tree).contains { file, _ in
      if file.path == path { return true }
      return try NamedConfiguration.all(in: file, tree).contains { named in
        try named.others(situation).contains { $0.path == path && isEditable($0, situation) }
      }
    }
  }

  func propose(for situation: Situation) throws -> Proposal {
    // Every line gets what is this node's, so that it does not matter which counts; what a package brought is only told.
    let environment = try UnitEnvironment(situation.tree, where: Self.isOpenStack)
    var decision = Decision(environment, IdentityOptions(situation))
    var proposal = try vendors(&decision)
    let files = try Self.files(environment, situation.tree)
    for (file, reader) in files { proposal += try edit(file, reader, &decision) }
    proposal += try named(files.map(\.file), &decision.options)
    proposal.findings += decision.options.findings
    return proposal
  }

  /// Those of units, of the variables that they have read, and what init scripts read by name; none of a package.
  static func files(
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
  private func vendors(_ decision: inout Decision) throws -> Proposal {
    var seen: Set<String> = []
    var proposal = Proposal()
    for (unit, said) in decision.environment.counting where Self.isVendors(said.path) {
      let place = "\(said.path):\(said.setting.line)"
      guard let own = try decision.own(said.setting, in: said.path),
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
    var proposal = Proposal()
    var edits: [EnvironmentAssignment.Edit] = []
    var reasons: [String] = []
    for setting in EnvironmentSetting.all(in: file, reader) {
      let place = "\(file.path):\(setting.line)"
      let told = decision.options.findings.count
      guard let own = try decision.own(setting, in: file.path) else {
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

  /// What units have services read besides the platform's files.
  private func named(_ sources: [FileSnapshot], _ options: inout IdentityOptions) throws -> Proposal {
    let situation = options.situation
    var (documents, left) = (OsloDocuments(situation.configurations), OsloDocuments(situation.configurations))
    var proposal = Proposal()
    var told: Set<String> = []
    for named in try sources.flatMap({ try NamedConfiguration.all(in: $0, situation.tree) }) {
      let others = try named.others(situation)
      guard named.files.isEmpty || !others.isEmpty else { continue }
      let isUsual = ["/etc/nova/", "/etc/neutron/", "/etc/cinder/"].contains { named.path.hasPrefix($0) }
      var advice = named.files.isEmpty && !isUsual ? "see whether it has the original's name or address" : nil
      for file in others {
        if Self.isEditable(file, situation) {
          documents.open(file)
        } else {
          left.open(file)
          advice = "see what it says of this node"
        }
      }
      guard let advice, told.insert(named.path).inserted else { continue }
      proposal.findings.append(
        Finding(
          .warning, "\(named.place) has a service read \(named.path), which imprint does not edit", advice: advice))
    }
    try options.setHost(in: &documents, order: documents.paths)
    for path in documents.paths { try options.renew(path, in: &documents) }
    for read in [documents, left] {
      // Which of several counts is not known here.
      for path in read.paths {
        proposal.claims += try options.hostClaim("services", read, order: [path])
        proposal.claims += options.ownClaims("services", read, order: [path])
      }
    }
    proposal.changes += documents.changes
    return proposal
  }

  private static func isEditable(_ file: FileSnapshot, _ situation: Situation) -> Bool {
    !isVendors(file.path) && situation.configurations.config(file).problems.isEmpty
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
  mutating func own(_ setting: EnvironmentSetting, in file: TreePath) throws -> (value: String, whose: String)? {
    let situation = options.situation
    if setting.section == "DEFAULT", setting.option == "host" {
      let readers = environment.readers[file] ?? [file.description]
      let isGroups = readers.allSatisfy(ServicesBeside.isGroups)
      guard !setting.isWorkedOut, let wanted = try options.host(insteadOf: setting.value, in: file, isGroups: isGroups)
      else { return nil }
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
