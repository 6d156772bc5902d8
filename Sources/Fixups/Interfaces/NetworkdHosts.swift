internal import Documents
internal import Site
internal import Tree

/// A machine as `Host=` of [Match] asks for it: by a pattern of its host name, or by its machine-id (systemd.unit(5), ConditionHost=).
struct NetworkdHost {
  /// As the kernel has it; nil: only the machine can tell.
  let name: String?
  let id: String?

  func meets(_ condition: String) -> Bool? {
    let isInverted = condition.hasPrefix("!")
    let said = String(condition.dropFirst(isInverted ? 1 : 0)).lowercased()
    let isMeant =
      if let other = Self.id(said) { id.map { $0 == other } } else {
        name.map { NetworkdUnit.glob(said, $0.lowercased()) }
      }
    return isMeant.map { $0 != isInverted }
  }

  /// With dashes or without (sd-id128.c, sd_id128_from_string).
  private static func id(_ text: String) -> String? {
    [32, 36].contains(text.utf8.count) ? MachineID.id(in: Array(text.replacing("-", with: "").utf8)) : nil
  }
}

/// Whose files systemd-networkd heeds in a tree: it passes over those that are for another machine (networkd-network.c,
/// network_load_one). What was for the original alone is the copy's, and `Host=` follows, unless the copy has a file of its own in the
/// place of that.
struct NetworkdHosts {
  private let now: NetworkdHost
  /// What a copy was before, by each of its names.
  private var former: [NetworkdHost] = []

  /// As the tree is.
  init(_ platform: Platform, _ tree: any TreeReading, _ cache: ConfigurationCache?) throws {
    now = NetworkdHost(
      name: try Traces.hostnames(platform, tree, cache ?? ConfigurationCache()).first, id: try Self.id(in: tree))
  }

  /// As the plan leaves it, whether it has got to its name yet or not.
  init(_ situation: Situation) throws {
    let seen = try NetworkdHosts(situation.platform, situation.tree, situation.configurations).now
    let name = situation.names.like(seen.name ?? "")
    guard situation.provenance.isCopy else {
      now = NetworkdHost(name: name, id: seen.id)
      return
    }
    // Without one a copy makes its own, which no file says.
    now = NetworkdHost(name: name, id: seen.id ?? "")
    let original = try NetworkdHosts(situation.platform, situation.original, situation.configurations).now
    let isTelling = original.name.map { !situation.names.contains($0) } ?? false
    let names = isTelling ? [original.name ?? ""] : situation.provenance.formerNames
    former = (names.isEmpty ? [""] : names).map { NetworkdHost(name: $0, id: original.id) }
  }

  private static func id(in tree: any TreeReading) throws(TreeError) -> String? {
    try tree.glance("/etc/machine-id").flatMap { MachineID.id(in: $0.bytes) }
  }

  /// Those that count, each with what its `Host=` has to say.
  func heeded(_ units: [NetworkdUnit]) -> [NetworkdUnit] {
    let own = units.filter { unit in
      unit.host.map { host in now.meets(host.setting.value) == true && !wasMet(host.setting.value) } ?? false
    }
    return units.compactMap { unit in
      guard let host = unit.host, now.meets(host.setting.value) == false else { return unit }
      guard wasMet(host.setting.value), unit.editable.contains(host.document),
        !own.contains(where: { $0.isForSame(as: unit) })
      else { return nil }
      var unit = unit
      unit.newHost = now.name
      return unit
    }
  }

  /// Where the original had no machine-id either, one that is said may have been its own.
  private func wasMet(_ condition: String) -> Bool { former.contains { $0.meets(condition) != false } }
}

extension NetworkdUnit {
  /// Of what says something of the machine the last counts, and an empty one takes it back (net-condition.c,
  /// config_parse_net_condition).
  var host: (document: Int, setting: NetworkdFile.Setting)? {
    let said = documents.indices.flatMap { index in
      documents[index].document.settings("Match", "Host").map { (document: index, setting: $0) }
    }
    return said.last.flatMap { $0.setting.value.isEmpty ? nil : $0 }
  }

  /// Where that is said.
  var hostSetting: (path: TreePath, setting: NetworkdFile.Setting)? {
    host.map { (documents[$0.document].snapshot.path, $0.setting) }
  }

  /// Whether both name the same interfaces, or the same device to make.
  fileprivate func isForSame(as other: NetworkdUnit) -> Bool {
    func names(_ unit: NetworkdUnit) -> Set<String> {
      Set(unit.words("Match", "Name") + unit.words("NetDev", "Name"))
    }
    return names(self) == names(other) || !names(self).isDisjoint(with: names(other))
  }
}

extension NetworkdEdit {
  mutating func convergeHost() {
    guard let wanted = unit.newHost, let (index, setting) = unit.host, setting.value != wanted else { return }
    unit.documents[index].document.replace(setting, with: wanted)
    note("Host of [Match] said \(setting.value.shown): it was for the original, and would be for no machine", index)
    claims.append(Claim("host of \(unit.documents[index].snapshot.path)", expected: wanted, seen: setting.value))
  }
}
