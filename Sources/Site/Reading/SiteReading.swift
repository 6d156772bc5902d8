extension Site {
  /// Reads a site.toml. Every problem of the file is reported in one go, in the order of the file.
  ///
  /// - Parameters:
  ///   - file: what messages call the file.
  ///   - profiles: the platform profiles that the file may name; nil for any.
  public static func parse(
    _ bytes: [UInt8], file: String, profiles: [String]? = Platform.names
  ) throws(SiteProblems) -> Site {
    try parseDraft(bytes, file: file, profiles: profiles).site()
  }

  static func parseDraft(_ bytes: [UInt8], file: String, profiles: [String]?) throws(SiteProblems) -> SiteDraft {
    let entries = try readDocument(bytes, file: file)
    let problems = Problems(file: file)
    guard !entries.isEmpty else {
      throw SiteProblems([
        SiteProblem(
          file: file, line: 1, column: 1, message: "the file says nothing",
          suggestion: "name the cloud's networks and nodes under [networks.NAME] and [nodes.NAME]")
      ])
    }
    var reader = TableReader(entries, title: "", place: .start, problems: problems)
    let draft = SiteDraft(&reader)
    reader.finish()
    draft.check(profiles: profiles, problems)
    try problems.throwIfAny()
    return draft
  }
}

extension SiteDraft {
  init(_ reader: inout TableReader) {
    if var site = reader.table("site") {
      domain = site.value("domain")
      profile = site.text("profile")
      site.finish()
    }
    if var networks = reader.table("networks") {
      for entry in networks.takeAll() {
        guard let table = networks.table(entry, title: "[networks.\(entry.key)]") else { continue }
        self.networks.append(NetworkDraft(table, name: Placed(entry.key, entry.place)))
      }
    }
    if var nodes = reader.table("nodes") {
      nodesPlace = nodes.place
      for entry in nodes.takeAll() {
        guard let table = nodes.table(entry, title: "[nodes.\(entry.key)]") else { continue }
        self.nodes.append(NodeDraft(table, name: Placed(entry.key, entry.place)))
      }
    }
    readChoice(&hosts, from: &reader)
    readChoice(&nova, from: &reader)
    readChoice(&neutron, from: &reader)
    if let table = reader.table("migration") { migration = Migration(table) }
    if let table = reader.table("controller") { controller = Controller(table) }
    if let table = reader.table("reset") { reset = Reset(table) }
    if var table = reader.table("fence") {
      fence = Fence(mode: table.choice("mode")?.value ?? fence.mode)
      table.finish()
    }
    if var table = reader.table("identity") {
      identity.metadataService = table.choice("metadata-service")?.value ?? identity.metadataService
      table.finish()
    }
  }

  private func readChoice(_ choice: inout NetworkChoice, from reader: inout TableReader) {
    guard var table = reader.table(choice.table) else { return }
    choice.place = table.place
    if let entry = table.take(choice.key) {
      choice.said = table.value(entry.value, of: choice.key)
      choice.isBroken = choice.said == nil
    }
    table.finish()
  }
}

extension NetworkDraft {
  init(_ table: TableReader, name: Placed<String>) {
    var table = table
    self.name = name
    validName = table.checkName(name)
    let subnet = table.take("subnet")
    saysSubnet = subnet.map { if case .array(let list) = $0.value.content { !list.isEmpty } else { true } } ?? false
    subnets = subnet.map { table.list($0) } ?? []
    subnetPlace = subnet?.place
    (saysGateway, saysDNS) = (table.says("gateway"), table.says("dns"))
    gateways = table.list("gateway")
    dns = table.list("dns")
    // 68: RFC 791 asks every link to carry that much.
    mtu = table.integer("mtu", in: 68...65535)
    routes = table.routes("routes")
    interface = table.value("interface")
    table.finish()
  }
}

extension TableReader {
  /// The name that a table's own key gives it, if it can be one.
  func checkName<T: TextValue>(_ name: Placed<String>) -> T? {
    do {
      return try T(name.value)
    } catch {
      problems.report(name.place, error)
      return nil
    }
  }
}
