extension Platform {
  /// Reads a profile, as strictly as a site. Its name is the file's, without directory and .toml.
  public static func parse(_ bytes: [UInt8], file: String) throws(SiteProblems) -> Platform {
    let base = file.split(separator: "/").last.map(String.init) ?? file
    return try read(
      readDocument(bytes, file: file), name: base.hasSuffix(".toml") ? String(base.dropLast(5)) : base, file: file)
  }

  static func read(_ entries: [TOMLEntry], name: String, file: String) throws(SiteProblems) -> Platform {
    let problems = Problems(file: file)
    let draft = PlatformDraft(TableReader(entries, title: "", place: .start, problems: problems), name: name)
    try problems.throwIfAny()
    guard let platform = draft.platform else {
      throw SiteProblems([SiteProblem(file: file, line: 1, column: 1, message: "the profile is not complete")])
    }
    return platform
  }
}

/// A profile as it was read. Incomplete only where a problem was reported.
private struct PlatformDraft {
  var platform: Platform?

  init(_ reader: TableReader, name: String) {
    var reader = reader
    let title = reader.required("title")
    let match = Platform.Release.list(&reader)
    let systemd = reader.requiredTable("systemd").flatMap { Platform.Systemd($0) }
    let networks = Platform.NetworkBackend.list(&reader)
    let novaTable = reader.requiredTable("nova")
    let nova = novaTable.flatMap { Platform.Nova($0) }
    let agents = reader.tables("neutron").map { ($0, Platform.NeutronAgent($0)) }
    let migration = reader.requiredTable("migration").flatMap { Platform.MigrationAccount($0) }
    let identity = reader.requiredTable("identity").flatMap { Platform.IdentityFiles($0) }
    let units = reader.tables("units").map { ($0, Platform.Unit($0)) }
    reader.finish()
    if units.isEmpty {
      reader.problems.report(.start, "the profile has no units", "describe each under [[units]]")
    }
    Self.checkUnits(units.compactMap { table, unit in unit.map { Placed($0, table.place) } }, reader.problems)
    let names = Set(units.compactMap { $0.0.plainText("name") })
    for (table, agent) in agents {
      if let agent { table.checkUnit(agent.unit, names) }
    }
    if let nova { novaTable?.checkUnit(nova.unit, names) }
    guard let title, let systemd, let networks, let nova, let migration, let identity else { return }
    let complete = Platform(
      name: name, title: title, match: match, systemd: systemd, networks: networks, nova: nova,
      neutron: agents.compactMap(\.1), migration: migration, identity: identity, units: units.compactMap(\.1))
    platform = complete.readingOwnConfiguration()
  }

  private static func checkUnits(_ units: [Placed<Platform.Unit>], _ problems: Problems) {
    var seen: Set<UnitName> = []
    for unit in units where !seen.insert(unit.value.name).inserted {
      problems.report(unit.place, "unit \(unit.value.name) is described twice", "describe it once")
    }
  }
}

extension ContainerPlatform {
  /// Reads a profile that says `over = "host"`.
  static func read(_ entries: [TOMLEntry], name: String) throws(SiteProblems) -> ContainerPlatform {
    let file = "\(name).toml"
    let problems = Problems(file: file)
    var reader = TableReader(entries, title: "", place: .start, problems: problems)
    let title = reader.required("title")
    let over = reader.required("over")
    if let over, over != "host" { problems.report(.start, "over = \"\(over)\" is unknown", "it is \"host\"") }
    let marker: AbsolutePath? = reader.required("marker")
    let nova = reader.requiredTable("nova").flatMap { Platform.Nova($0) }
    let neutron = reader.tables("neutron").compactMap { Platform.NeutronAgent($0) }
    let units = reader.tables("units").compactMap { Platform.Unit($0) }
    reader.finish()
    try problems.throwIfAny()
    guard let title, let marker, let nova else {
      throw SiteProblems([SiteProblem(file: file, line: 1, column: 1, message: "the profile is not complete")])
    }
    return ContainerPlatform(name: name, title: title, marker: marker, nova: nova, neutron: neutron, units: units)
  }
}

extension Platform {
  /// With the files that nova-compute and the agents read added to their units, and the units in their order.
  func readingOwnConfiguration() -> Platform {
    var result = self
    var files = [nova.unit: patterns(nova.configFiles, nova.configDirectories)]
    // nova-compute looks for its compute_id beside each of its configuration files, and in the state directory.
    let places = nova.configFiles.map(\.parent) + [nova.statePath.description]
    for (index, place) in places.enumerated() where !places[..<index].contains(place) {
      if let pattern = try? PathPattern("\(place)/compute_id") { files[nova.unit]?.append(pattern) }
    }
    for agent in neutron { files[agent.unit, default: []] += patterns(agent.configFiles, agent.configDirectories) }
    for index in result.units.indices {
      let declared = result.units[index].files
      result.units[index].files += (files[result.units[index].name] ?? []).filter { !declared.contains($0) }
    }
    // sort is stable since Swift 5, but doesn't promise it: the place in the file decides.
    let order = result.units.indices.sorted { (result.units[$0].order, $0) < (result.units[$1].order, $1) }
    result.units = order.map { result.units[$0] }
    return result
  }

  private func patterns(_ files: [AbsolutePath], _ directories: [AbsolutePath]) -> [PathPattern] {
    (files.map(\.description) + directories.map { "\($0)/*.conf" }).compactMap { try? PathPattern($0) }
  }
}

extension TableReader {
  fileprivate func checkUnit(_ unit: UnitName, _ known: Set<String>) {
    guard !known.contains(unit.description) else { return }
    problems.report(place, "unit \(unit) of \(title) is not described", "add it under [[units]]")
  }
}
