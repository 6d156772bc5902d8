internal import Documents
internal import Site
public import Tree

/// One value that only one machine should have, and where a tree says it.
public struct UniqueValue: Hashable, Sendable {
  public var path: TreePath
  /// As it may be shown: of what is private, and of what is no short text, its fingerprint.
  public var shown: String
  /// What is compared.
  let bytes: [UInt8]
  /// Of two values that are compared by where they stand, too; nil where the value alone counts.
  let place: TreePath?

  init(_ path: TreePath, _ text: String) { self.init(path, Array(text.utf8), shown: text, place: nil) }

  init(_ path: TreePath, _ bytes: [UInt8], shown: String, place: TreePath?) {
    self.path = path
    self.bytes = bytes
    self.shown = shown
    self.place = place
  }

  /// Whether two machines have one thing in common.
  public func isTwin(of other: UniqueValue) -> Bool { bytes == other.bytes && place == other.place }

  /// As ssh-keygen(1) shows a key's.
  static func fingerprint(_ bytes: [UInt8]) -> String {
    "SHA256:" + Base64.encode(SHA256.hash(bytes)).filter { $0 != "=" }
  }
}

extension UniqueThing {
  /// What of it a tree has. Nothing of what a sealed template has in its place.
  public func values(in template: Template) throws -> [UniqueValue] {
    switch comparison {
    case .none: return []
    case .values(let values): return try values(self, template)
    case .bytes:
      return try template.tree.regularFiles(places(in: template)).files.compactMap { place in
        guard place.status.identity.size <= Self.mostCompared, let file = try template.tree.file(place.path),
          !file.bytes.isEmpty
        else { return nil }
        return UniqueValue(place.path, file.bytes, shown: UniqueValue.fingerprint(file.bytes), place: place.path)
      }
    }
  }

  /// Nothing that identifies a machine is a hundredth of it, bytes.
  private static let mostCompared: UInt64 = 4 << 20
}

/// The values of the rows that are not compared byte for byte.
enum UniqueValues {
  typealias Reader = @Sendable (UniqueThing, Template) throws -> [UniqueValue]

  static let machineID: Reader = { thing, template in
    try files(thing.paths + template.platform.identity.machineIDs.map(\.description), template) {
      MachineID.id(in: $0)?.lowercased()
    } + started(template, ["systemd.machine_id="]) { MachineID.id(in: Array($0.utf8))?.lowercased() }
  }

  static let hostKeys: Reader = { thing, template in
    let places = try HostKeys.places(template.platform, template.tree)
    return try template.tree.regularFiles(places).files.flatMap { try key($0, template.tree) }
  }

  static let migrationKeys: Reader = { thing, template in
    try MigrationKeys.pairs(template).flatMap { try $0.first.map { try key($0, template.tree) } ?? [] }
  }

  static let liveMigrationKeys: Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.flatMap { try key($0, template.tree) }
  }

  /// By the public half, in ssh-keygen's words: as the private one has it in it, whatever lies beside that, and else as its own file
  /// does; one that has none by its own fingerprint.
  private static func key(_ place: Place, _ tree: any TreeReading) throws -> [UniqueValue] {
    let bytes = try tree.glance(place.path)?.bytes ?? []
    var half = OpenSSHKey.publicHalf(ofPrivateKey: bytes)
    if half == nil, let file = try tree.glance(place.path.sibling(".pub")), let key = OpenSSHKey(file.bytes[...]) {
      half = (key.type, Base64.decode(Array(key.base64.utf8)[...]) ?? [])
    }
    if let (type, blob) = half {
      return [UniqueValue(place.path, blob, shown: "\(type) \(UniqueValue.fingerprint(blob))", place: nil)]
    }
    guard !bytes.isEmpty else { return [] }
    return [UniqueValue(place.path, bytes, shown: UniqueValue.fingerprint(bytes), place: nil)]
  }

  static let computeID: Reader = { thing, template in
    try files(ComputeID.paths(template.platform.nova), template) { ComputeID.uuid(in: $0) }
  }

  static let nvme: Reader = { thing, template in
    let named = try template.tree.regularFiles(matching: NVMeConnections.paths).flatMap { file in
      NVMeConnections.places(in: file).map {
        UniqueValue(file.path, String(decoding: file.bytes[$0.value], as: UTF8.self))
      }
    }
    return try words(thing.paths.filter { !NVMeConnections.paths.contains($0) }, template) + named
      + BootHost.values(thing, template)
  }

  static let openVSwitch: Reader = { thing, template in
    let files = try OpenVSwitch.options + OpenVSwitch.netplan(template.tree)
    let named = try template.tree.regularFiles(matching: files).flatMap { file in
      OpenVSwitch.settings(of: file).filter(\.isID).map {
        UniqueValue(file.path, String(decoding: file.bytes[$0.value], as: UTF8.self))
      }
    }
    let databases = try thing.places(in: template).filter { $0.path.name == "conf.db" }.compactMap { place in
      try SwitchDatabase.read(place, template.tree)?["system-id"].map { UniqueValue(place.path, $0) }
    }
    return try words(OpenVSwitch.files, template) + named + databases
  }

  private static func words(_ paths: [String], _ template: Template) throws -> [UniqueValue] {
    try files(paths, template) { bytes in
      let text = Word.only(bytes)
      return text.isEmpty || text.contains { $0.isNewline } ? nil : text
    }
  }

  static let initiator: Reader = { thing, template in
    let own = try files(InitiatorName.paths, template) { bytes in
      InitiatorName.names(in: Lines(bytes)).first?.name
    }
    let records = try template.tree.regularFiles(matching: InitiatorRecords.interfaces + InitiatorRecords.targets)
    return try own + BootHost.values(thing, template)
      + records.flatMap { file in
        InitiatorRecords.names(in: Lines(file.bytes)).map { UniqueValue(file.path, $0.name) }
      }
  }

  static let libvirt: Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.flatMap { place in
      Lines(try template.tree.file(place.path)?.bytes ?? []).compactMap { line in
        QuotedSetting.value(of: "host_uuid", in: line.content)
          .map { UniqueValue(place.path, String(decoding: line.content[$0], as: UTF8.self).lowercased()) }
      }
    }
  }

  static let netRules: Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.flatMap { place in
      let bytes = try template.tree.file(place.path)?.bytes ?? []
      let found =
        place.path.name.hasSuffix(".rules")
        ? PersistentNetRules.addresses(in: bytes, of: place.path) : ForeignCards.addresses(in: bytes)
      return found.subtracting([ForeignCards.nobodys]).sorted().map { UniqueValue(place.path, $0) }
    }
  }

  static let hostname: Reader = { thing, template in
    try Traces.hostnames(template.platform, template.tree, ConfigurationCache()).prefix(1)
      .map { UniqueValue(HostnameFixup.path, $0.lowercased()) }
      + (template.platform.systemd.version < KernelCommandLine.firstWithHostname
        ? [] : started(template, ["systemd.hostname="]) { $0.isEmpty ? nil : $0.lowercased() })
  }

  static let addresses: Reader = { thing, template in
    let files = try InterfaceFiles(template.platform, template.tree)
    let hostLocal = HostLocalInterfaces(files)
    var found: [UniqueValue] = []
    for (interface, address, place) in files.backends.flatMap(\.startedAddresses)
    where address.identifiesMachine && !hostLocal.isCardless(interface) {
      let path =
        place
        ?? (try? InterfaceName(interface)).flatMap { name in
          files.backends.lazy.compactMap { $0.files(of: name, mac: nil).first }.first
        }
      // An alias has no name of an interface.
      let alias = path == nil ? files.backends.lazy.compactMap { $0 as? IfupdownFiles }.first?.file(of: interface) : nil
      let value = UniqueValue(path ?? alias ?? "/etc", address.description)
      if !found.contains(value) { found.append(value) }
    }
    return found
      + (try started(template, ["ip="]) { word in
        BootLoaderWords.address(word).flatMap { $0.identifiesMachine ? $0.description : nil }
      })
  }

  /// What nova and the agents of neutron say of this node alone.
  static let services: Reader = { thing, template in
    let platform = template.platform
    var nova = OsloDocuments(ConfigurationCache())
    let order = try nova.open(platform.nova.configFiles, platform.nova.configDirectories, in: template.tree)
    var found = ["my_ip", "host"].compactMap { option in
      nova.original("DEFAULT", option, in: order).map { UniqueValue($0.path, "\(option) = \($0.value)") }
    }
    for agent in platform.neutron {
      guard let option = agent.localIP else { continue }
      var files = OsloDocuments(ConfigurationCache())
      let order = try files.open(agent.configFiles, agent.configDirectories, in: template.tree)
      if let said = files.original(option.section, option.option, in: order) {
        found.append(UniqueValue(said.path, "local_ip = \(said.value)"))
      }
    }
    // A reference to another option is each node's own.
    return found.filter { !$0.shown.contains("$") }
  }

  private static func files(
    _ paths: [String], _ template: Template, _ value: ([UInt8]) throws -> String?
  ) throws -> [UniqueValue] {
    var found: [UniqueValue] = []
    for place in try template.tree.regularFiles(template.tree.places(paths)).files {
      guard let file = try template.tree.file(place.path), let text = try value(file.bytes) else { continue }
      found.append(UniqueValue(file.path, text))
    }
    return found
  }
}
