extension TableReader {
  /// A text that must be there.
  mutating func required(_ key: String) -> String? {
    guard says(key) else { return missing(key) }
    return text(key)?.value
  }

  mutating func required<T: TextValue>(_ key: String) -> T? {
    guard says(key) else { return missing(key) }
    return value(key)?.value
  }

  mutating func requiredList<T: TextValue>(_ key: String) -> [T]? {
    guard says(key) else { return missing(key) }
    return list(key).map(\.value)
  }

  mutating func requiredTable(_ key: String) -> TableReader? {
    guard says(key) else { return missing(key) }
    return table(key)
  }

  private mutating func missing<T>(_ key: String) -> T? {
    _ = take(key)
    problems.report(place, "\(title.isEmpty ? "the profile" : title) has no \(key)", "it is needed")
    return nil
  }

  /// The tables of [[key]].
  mutating func tables(_ key: String) -> [TableReader] {
    guard let entry = take(key) else { return [] }
    guard case .array(let elements) = entry.value.content else {
      wrongType(entry.value, of: key, expected: "a list of tables", "write [[\(key)]]")
      return []
    }
    return elements.compactMap { element in
      guard case .table(let entries) = element.content else {
        wrongType(element, of: "each of \(key)", expected: "a table", "write [[\(key)]]")
        return nil
      }
      return TableReader(entries, title: "[[\(key)]]", place: element.place, problems: problems)
    }
  }
}

extension Platform.Release {
  /// What [[match]] says.
  static func list(_ reader: inout TableReader) -> [Platform.Release] {
    let tables = reader.tables("match")
    if tables.isEmpty, !reader.says("match") {
      reader.problems.report(reader.place, "the profile has no match", "say [[match]] with the ID of os-release")
    }
    return tables.compactMap { table in
      var table = table
      let id = table.required("id")
      let versions = table.texts("versions")
      table.finish()
      return id.map { Platform.Release(id: $0, versions: versions) }
    }
  }
}

extension TableReader {
  /// One text, or a list of them.
  fileprivate mutating func texts(_ key: String) -> [String] {
    guard let entry = take(key) else { return [] }
    guard case .array(let elements) = entry.value.content else {
      return text(entry.value, of: key, expected: "a text").map { [$0.value] } ?? []
    }
    return elements.compactMap { text($0, of: "each of \(key)", expected: "a text")?.value }
  }

  /// The file that an option goes into which is set nowhere: it must be one that is read.
  fileprivate mutating func editedFile(of files: [AbsolutePath]?) -> AbsolutePath? {
    guard says("edited-file") else { return missing("edited-file") }
    guard let file: Placed<AbsolutePath> = value("edited-file") else { return nil }
    if let files, !files.contains(file.value) {
      problems.report(file.place, "edited-file \(file.value) is not read", "name one of config-files")
    }
    return file.value
  }
}

extension Platform.Systemd {
  init?(_ table: TableReader) {
    var table = table
    let version = table.integer("version", in: 200...999)
    let isFirstLine = table.boolean("hostname-is-first-line")
    if !table.says("version") {
      table.problems.report(table.place, "[systemd] has no version", "say version = 252, or whatever it is")
    }
    table.finish()
    guard let version else { return nil }
    self.init(version: version.value, hostnameIsFirstLine: isFirstLine?.value ?? (version.value < 230))
  }
}

extension Platform.NetworkBackend {
  private enum Name: String, CaseIterable { case keyfile, networkd, netplan, ifcfg, ifupdown, wicked }

  /// `[network]`, or one `[[network]]` for each, the one that goes first at the top.
  static func list(_ reader: inout TableReader) -> [Platform.NetworkBackend]? {
    guard reader.says("network"), !reader.isTable("network") else {
      return reader.requiredTable("network").flatMap { Platform.NetworkBackend($0) }.map { [$0] }
    }
    let backends = reader.tables("network").compactMap { Platform.NetworkBackend($0) }
    return backends.isEmpty ? nil : backends
  }

  init?(_ table: TableReader) {
    var table = table
    guard table.says("backend") else {
      let _: String? = table.required("backend")
      return nil
    }
    let name = table.choice("backend", as: Name.self)?.value
    switch name {
    case .keyfile: self = .keyfile
    case .networkd: self = .networkd
    case .netplan: self = .netplan
    case .wicked:
      let directory: AbsolutePath? = table.required("directory")
      table.finish()
      guard let directory else { return nil }
      self = .wicked(directory: directory)
      return
    // With an unknown backend nothing is known about the other keys, only that ours have some.
    case .ifcfg, .ifupdown, nil:
      let directory: AbsolutePath? = table.required("directory")
      let file: AbsolutePath? = name.flatMap { table.required($0 == .ifcfg ? "global" : "file") }
      if name != nil { table.finish() }
      guard let name, let directory, let file else { return nil }
      self = name == .ifcfg ? .ifcfg(directory: directory, global: file) : .ifupdown(file: file, directory: directory)
      return
    }
    table.finish()
  }
}

extension Platform.Nova {
  init?(_ table: TableReader) {
    var table = table
    let unit: UnitName? = table.required("unit")
    let files: [AbsolutePath]? = table.requiredList("config-files")
    let directories: [AbsolutePath] = table.list("config-directories").map(\.value)
    let edited = table.editedFile(of: files)
    let state: AbsolutePath? = table.required("state-path")
    let instances: AbsolutePath? = table.required("instances-path")
    let readsBytes = table.boolean("reads-bytes")?.value ?? false
    table.finish()
    guard let unit, let files, let edited, let state, let instances else { return nil }
    self.init(
      configFiles: files, configDirectories: directories, editedFile: edited, statePath: state,
      instancesPath: instances, unit: unit, readsBytes: readsBytes)
  }
}

extension Platform.NeutronAgent {
  init?(_ table: TableReader) {
    var table = table
    let name = table.required("name")
    let unit: UnitName? = table.required("unit")
    let files: [AbsolutePath]? = table.requiredList("config-files")
    let directories: [AbsolutePath] = table.list("config-directories").map(\.value)
    let edited = table.editedFile(of: files)
    var localIP: Platform.ConfigOption?
    if var option = table.table("local-ip") {
      if let section = option.required("section"), let name = option.required("option") {
        localIP = Platform.ConfigOption(section: section, option: name)
      }
      option.finish()
    }
    table.finish()
    guard let name, let unit, let files, let edited else { return nil }
    self.init(
      name: name, unit: unit, configFiles: files, configDirectories: directories, editedFile: edited, localIP: localIP)
  }
}

extension Platform.MigrationAccount {
  init?(_ table: TableReader) {
    var table = table
    let user: UserName? = table.required("user")
    let shell: AbsolutePath? = table.required("shell")
    let home: AbsolutePath? = table.required("home")
    table.finish()
    guard let user, let shell, let home else { return nil }
    self.init(user: user, shell: shell, home: home)
  }
}

extension Platform.IdentityFiles {
  init?(_ table: TableReader) {
    var table = table
    let directory: AbsolutePath? = table.required("host-keys-directory")
    let group: UserName? = table.value("host-keys-group")?.value
    let types = table.texts("host-key-types")
    let machineIDs: [AbsolutePath]? = table.requiredList("machine-ids")
    let mayBeUninitialized = table.boolean("machine-id-may-be-uninitialized")?.value ?? false
    let seeds: [AbsolutePath] = table.list("random-seeds").map(\.value)
    let leases: [PathPattern] = table.list("dhcp-leases").map(\.value)
    let rules: [PathPattern] = table.list("persistent-net-rules").map(\.value)
    table.finish()
    guard let directory, let machineIDs else { return nil }
    self.init(
      hostKeysDirectory: directory, hostKeysGroup: group?.description, hostKeyTypes: types, machineIDs: machineIDs,
      machineIDMayBeUninitialized: mayBeUninitialized, randomSeeds: seeds, dhcpLeases: leases,
      persistentNetRules: rules)
  }
}

extension Platform.Unit {
  init?(_ table: TableReader) {
    var table = table
    let name: UnitName? = table.required("name")
    let order = table.integer("order", in: 0...99)
    if !table.says("order") { table.problems.report(table.place, "[[units]] has no order", "say order = 0 to 99") }
    let files: [PathPattern]? = table.requiredList("files")
    let action = table.choice("action", as: Action.self)?.value ?? .restart
    let keepsHostname = table.boolean("keeps-hostname")?.value ?? false
    let purpose = table.required("purpose")
    table.finish()
    guard let name, let order, let files, let purpose else { return nil }
    self.init(
      name: name, order: order.value, files: files, action: action, keepsHostname: keepsHostname, purpose: purpose)
  }
}
