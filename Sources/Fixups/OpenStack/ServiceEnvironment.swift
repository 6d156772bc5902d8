internal import Documents
internal import Site
internal import Tree

/// How systemd starts OpenStack's services here: `OS_SECTION__OPTION` in their environment goes before every file (oslo.config,
/// sources/_environment.py), and a command line of one's own may have them read other files than the platform's.
struct ServiceEnvironment: Fixup {
  let name = "service environment"

  private static let services = ["nova", "neutron", "cinder", "openstack"]
  private static let patterns =
    services.flatMap { ["/etc/systemd/system/\($0)*.service", "/etc/systemd/system/\($0)*.service.d/*.conf"] }
    + services.flatMap { ["/etc/default/\($0)*", "/etc/sysconfig/\($0)*"] } + [
      "/etc/systemd/system/service.d/*.conf", "/etc/systemd/system.conf", "/etc/systemd/system.conf.d/*.conf",
    ]

  /// Whether a unit is one of OpenStack's.
  static func isOpenStack(_ unit: String) -> Bool { services.contains { unit.hasPrefix($0) } }

  /// Whether a file is one of those, by a link of theirs.
  static func edits(_ path: TreePath, _ tree: any TreeReading) throws -> Bool {
    try tree.places(patterns).contains { try tree.leadsTo($0)?.path == path }
  }

  func propose(for situation: Situation) throws -> Proposal {
    // Every line gets what is this node's, so that it does not matter which counts; what a package brought is only told.
    let environment = try UnitEnvironment(situation.tree, where: Self.isOpenStack)
    let options = IdentityOptions(situation)
    var files = try situation.tree.regularFiles(matching: Self.patterns).filter { $0.path.isWithin("/etc") }
    for file in environment.files where !Self.isVendors(file.path) && !files.contains(where: { $0.path == file.path }) {
      files.append(file)
    }
    return try files.reduce(vendors(environment, options)) { try $0 + edit($1, environment, options) }
  }

  private static func isVendors(_ path: TreePath) -> Bool { ["/usr", "/lib"].contains { path.isWithin($0) } }

  /// What counts, and stands in a file of a package.
  private func vendors(_ environment: UnitEnvironment, _ options: IdentityOptions) -> Proposal {
    var seen: Set<String> = []
    return environment.counting.reduce(into: Proposal()) { proposal, counting in
      let said = counting.said
      let place = "\(said.path):\(said.line)"
      guard Self.isVendors(said.path), let own = own(said.setting, in: said.path, environment, options),
        seen.insert("\(place) \(said.setting.name)").inserted
      else { return }
      proposal.findings.append(
        Finding(
          .warning,
          "\(place) gives \(counting.unit) \(said.setting.name)=\(said.setting.value.shown), which is \(own.whose); "
            + "imprint edits no file of a package",
          advice:
            "say \(said.setting.name)=\(own.value) in a file that EnvironmentFile= of a drop-in of "
            + "/etc/systemd/system/\(counting.unit).d names: that goes before units, and before what is read earlier"
        ))
      proposal.claims.append(.anothers("\(said.setting.name) (\(place))", said.setting.value, own.whose))
    }
  }

  private func edit(
    _ file: FileSnapshot, _ environment: UnitEnvironment, _ options: IdentityOptions
  ) throws -> Proposal {
    let situation = options.situation
    var lines = Lines(file.bytes)
    var proposal = Proposal()
    var reasons: [String] = []
    for (index, line) in lines.enumerated() {
      guard UnitEnvironment.gives(line.text) else { continue }
      proposal += try otherFiles(in: line.text, "\(file.path):\(index + 1)", options)
      var content = Array(line.content)
      for setting in EnvironmentSetting.all(in: content[...]).reversed() {
        guard let own = own(setting, in: file.path, environment, options) else {
          if PerNodeOptions.isAddress(setting.asOption.section, setting.asOption.key) {
            proposal +=
              situation.unanswered(setting.value, of: setting.name, at: "\(file.path):\(index + 1)")
          }
          continue
        }
        content.replaceSubrange(setting.place, with: own.value.utf8)
        let said = "\(setting.name) said \(setting.value.shown), which is \(own.whose)"
        reasons.append(said)
        proposal.claims.append(
          .anothers("\(setting.name) (\(file.path):\(index + 1))", setting.value, own.whose))
      }
      if content != Array(line.content) { lines.replace(at: index, with: content) }
    }
    guard let change = Change.edit(file, to: lines.bytes, because: reasons) else { return proposal }
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

  private func own(
    _ setting: EnvironmentSetting, in file: TreePath, _ environment: UnitEnvironment, _ options: IdentityOptions
  ) -> (value: String, whose: String)? {
    let situation = options.situation
    if setting.section == "DEFAULT", setting.option == "host" {
      // A specifier is each node's own (systemd.unit(5)).
      guard !setting.value.contains("%"), let wanted = options.host(insteadOf: setting.value) else { return nil }
      return (wanted, situation.ownName(insteadOf: setting.value)?.whose ?? "not this node's name")
    }
    let own = options.own(setting.asOption)
    if let wanted = wanted(setting, in: file, environment, situation) {
      return wanted == setting.value ? nil : (wanted, own?.whose ?? "not what the site says")
    }
    if let own { return own }
    let new = situation.renewing(Array(setting.value.utf8))
    return new.said.isEmpty ? nil : (String(decoding: new.bytes, as: UTF8.self), new.said.joined(separator: " and "))
  }

  /// Of the options that the fixups of nova and neutron set by name, whatever they say.
  private func wanted(
    _ setting: EnvironmentSetting, in file: TreePath, _ environment: UnitEnvironment, _ situation: Situation
  ) -> String? {
    if setting.section == "DEFAULT", setting.option == "my_ip" {
      // Others have one of their own.
      let readers = environment.readers[file] ?? [file.description]
      let isOthers = readers.allSatisfy { reader in ServicesBeside.projects.contains { reader.contains($0) } }
      return isOthers ? nil : situation.site.myIP(of: situation.node)?.description
    }
    let isLocalIP = situation.platform.neutron.contains { agent in
      agent.localIP.map { $0.section == setting.section && $0.option == setting.option } ?? false
    }
    return isLocalIP ? situation.site.localIP(of: situation.node)?.description : nil
  }

  /// What a service is told to read that no fixup edits: what it says of the original counts all the same.
  private func otherFiles(in text: String, _ place: String, _ options: IdentityOptions) throws -> Proposal {
    let situation = options.situation
    let words = text.split { $0.isWhitespace || $0 == "=" || $0 == "\"" || $0 == "'" }
    let platform = situation.platform
    let known = Set(
      ([platform.nova.configFiles, platform.nova.configDirectories]
        + platform.neutron.flatMap { [$0.configFiles, $0.configDirectories] }).flatMap(\.self).map(\.description))
    var proposal = Proposal()
    for (option, path) in zip(words, words.dropFirst())
    where (option == "--config-file" || option == "--config-dir") && path.hasPrefix("/")
      && !known.contains(String(path))
    {
      let files = try situation.tree.regularFiles(
        matching: [option == "--config-dir" ? "\(path)/*.conf" : String(path)])
      let claims = files.flatMap { othersValues(in: $0, options) }
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
