internal import Site
internal import Tree

/// What peers' keys are held to: imprint's own gate, where the tree has imprint. Where it has not, a key is held to its peer's
/// addresses only.
struct MigrationCommand {
  private static let program: TreePath = "/usr/bin/imprint"

  /// How its entry among the options of a key begins.
  static let option = "command=\"\(program) migration-gate "

  /// As sshd gives it to the account's shell.
  let words: String

  /// nil where nothing holds them to it.
  init?(_ situation: Situation) throws {
    guard situation.site.migration.commands == .migration, let status = try situation.tree.target(Self.program),
      status.kind == .regular, status.attributes.mode.bits & 0o111 != 0
    else { return nil }
    let instances = try Self.instances(situation)
    // What would have to be quoted twice, for sshd and for the shell, is no path that nova's packages have.
    guard instances.utf8.allSatisfy(Self.isPlain) else { return nil }
    words = "\(Self.program) migration-gate \(instances)"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    case UInt8(ascii: "-"): true
    default: false
    }
  }

  /// nova's instances_path, which is usually $state_path/instances (nova/conf/compute.py).
  private static func instances(_ situation: Situation) throws -> String {
    let nova = situation.platform.nova
    var documents = OsloDocuments(situation.configurations)
    let order = try documents.open(nova.configFiles, nova.configDirectories, in: situation.tree)
    func value(_ option: String) -> String? { documents.original("DEFAULT", option, in: order)?.value.trimmingBlanks }
    let state = value("state_path").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? nova.statePath.description
    guard let said = value("instances_path") else {
      return value("state_path") == nil ? nova.instancesPath.description : "\(state)/instances"
    }
    for prefix in ["$state_path", "${state_path}"] where said.hasPrefix(prefix) {
      return state + said.dropFirst(prefix.count)
    }
    return said.hasPrefix("/") ? said : nova.instancesPath.description
  }
}
