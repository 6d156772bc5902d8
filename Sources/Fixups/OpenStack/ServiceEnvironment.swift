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
    + services.flatMap { ["/etc/default/\($0)*", "/etc/sysconfig/\($0)*"] }

  /// Whether a file is one of those, by a link of theirs.
  static func edits(_ path: TreePath, _ tree: any TreeReading) throws -> Bool {
    try tree.places(patterns).contains { try tree.leadsTo($0)?.path == path }
  }

  func propose(for situation: Situation) throws -> Proposal {
    try situation.proposal(forOwnFiles: Self.patterns, edit)
  }

  private func edit(_ file: FileSnapshot, _ situation: Situation) throws -> Proposal {
    let options = IdentityOptions(situation)
    var lines = Lines(file.bytes)
    var proposal = Proposal()
    var reasons: [String] = []
    for (index, line) in lines.enumerated() {
      guard let first = line.text.trimmingBlanks.first, first != "#", first != ";" else { continue }
      proposal = proposal + (try otherFiles(in: line.text, "\(file.path):\(index + 1)", options))
      var content = Array(line.content)
      for setting in Setting.all(in: content[...]).reversed() {
        guard let own = own(setting, options) else {
          if PerNodeOptions.isAddress(setting.asOption.section, setting.asOption.key) {
            proposal =
              proposal + situation.unanswered(setting.value, of: setting.name, at: "\(file.path):\(index + 1)")
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
    proposal.findings.append(
      Finding(
        .note, "a running systemd starts services as \(file.path) said until it is told",
        advice: "systemctl daemon-reload, then restart them"))
    return proposal
  }

  private func own(_ setting: Setting, _ options: IdentityOptions) -> (value: String, whose: String)? {
    let situation = options.situation
    if setting.section == "DEFAULT", setting.option == "host" { return situation.ownName(insteadOf: setting.value) }
    if let own = options.own(setting.asOption) { return own }
    let new = situation.renewing(Array(setting.value.utf8))
    return new.said.isEmpty ? nil : (String(decoding: new.bytes, as: UTF8.self), new.said.joined(separator: " and "))
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

  /// `OS_SECTION__OPTION=value`, in quotes or not.
  private struct Setting {
    var name: String
    var section: String
    var option: String
    var value: String
    /// Of the value, in the line.
    var place: Range<Int>

    var asOption: OsloConfig.Option { .init(section: section, key: option, value: value) }

    static func all(in line: ArraySlice<UInt8>) -> [Setting] {
      var found: [Setting] = []
      var rest = line
      while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
        let name = rest[..<equals].reversed().prefix { isNamed($0) }.reversed()
        rest = line[(equals + 1)...]
        guard let text = String(validating: Array(name), as: UTF8.self), text.hasPrefix("OS_"),
          let mark = text.dropFirst(3).firstRange(of: "__")
        else { continue }
        let start = rest.first.map(isQuote) ?? false ? equals + 2 : equals + 1
        let value = line[min(start, line.endIndex)...].prefix { !isQuote($0) && $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
        let section = text.dropFirst(3)[..<mark.lowerBound]
        guard !value.isEmpty, !section.isEmpty else { continue }
        found.append(
          Setting(
            name: text, section: section == "DEFAULT" ? "DEFAULT" : section.lowercased(),
            option: text[mark.upperBound...].lowercased(), value: String(decoding: value, as: UTF8.self),
            place: value.startIndex..<value.endIndex))
      }
      return found
    }

    private static func isNamed(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
  }
}
