internal import Documents
public import Site
public import Tree

/// What a tree's services take for the node's own addresses, wherever they read it: in their environment, which goes before every file
/// (oslo.config, sources/_environment.py), else in files and directories of configuration.
public struct OwnServiceAddresses: Sendable {
  /// nova's my_ip.
  public let myIP: IPAddress?
  /// The tunnel endpoint of neutron's agents.
  public let localIP: IPAddress?

  public init(_ platform: Platform, in tree: any TreeReading) throws {
    let environment = try UnitEnvironment(tree, where: ServiceEnvironment.isOpenStack)
    let settings = try Self.settings(environment, tree)
    /// - Parameter unit: whose setting goes before those of others.
    func said(_ section: String, _ option: String, to unit: UnitName) -> String? {
      let found = settings.filter { $0.setting.section == section && $0.setting.option == option }
      return (found.first { $0.reader == unit.description } ?? found.first)?.setting.value
    }
    var documents = OsloDocuments(ConfigurationCache())
    let nova = platform.nova
    let order = try documents.open(nova.configFiles, nova.configDirectories, in: tree)
    let myIP = said("DEFAULT", "my_ip", to: nova.unit) ?? documents.original("DEFAULT", "my_ip", in: order)?.value
    self.myIP = myIP.flatMap(Self.address).flatMap { $0.identifiesMachine ? $0 : nil }
    localIP = try platform.neutron.compactMap { agent -> IPAddress? in
      guard let option = agent.localIP else { return nil }
      let order = try documents.open(agent.configFiles, agent.configDirectories, in: tree)
      let text =
        said(option.section, option.option, to: agent.unit)
        ?? documents.original(option.section, option.option, in: order)?.value
      return text.flatMap(Self.address)
    }.last
  }

  private static func address(_ text: String) -> IPAddress? { try? IPAddress(text.trimmingBlanks) }

  /// What counts of units, then what init scripts and packaged units read by name; cinder and the like have a my_ip of their own.
  private static func settings(
    _ environment: UnitEnvironment, _ tree: any TreeReading
  ) throws -> [(reader: String, setting: EnvironmentSetting)] {
    let counting = environment.counting.map { (reader: $0.unit, setting: $0.said.setting) }
    let known = Set(environment.files.map(\.file.path))
    let named = try ServiceEnvironment.files(environment, tree).filter { !known.contains($0.file.path) }
      .flatMap { file, reader in
        EnvironmentSetting.all(in: file, reader).map { (reader: "\(file.path.name).service", setting: $0) }
      }
    return (counting + named).filter { reader, setting in
      !setting.isWorkedOut && !ServicesBeside.units.contains { reader.contains($0) }
    }
  }
}
