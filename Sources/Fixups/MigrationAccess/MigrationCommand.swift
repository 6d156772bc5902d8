internal import Site
internal import Tree

/// What peers' keys are held to: imprint's own gate, where the tree has imprint. Where it has not, a key is held to its peer's
/// addresses only.
struct MigrationCommand {
  private static let program: TreePath = "/usr/bin/imprint"

  /// How what is run begins.
  static let gate = "\(program) migration-gate "
  /// How its entry among the options of a key begins.
  static let option = "command=\"\(gate)"

  /// As sshd gives it to the account's shell.
  let words: String

  /// nil where nothing holds them to it.
  init?(_ situation: Situation) throws {
    guard situation.site.migration.commands == .migration, let status = try situation.tree.target(Self.program),
      status.kind == .regular, status.attributes.mode.bits & 0o111 != 0
    else { return nil }
    let instances = situation.platform.nova.instancesPath.description
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
}
