internal import Documents
internal import Synchronization
internal import Tree

/// Files that were parsed already in the making of a plan: nova.conf has ten thousand lines, and several fixups ask it.
public final class ConfigurationCache: Sendable {
  private let parsed = Mutex<[TreePath: OsloConfig]>([:])
  private let shells = Mutex<[TreePath: ShellAssignments]>([:])
  /// As the tree has it, and as it will.
  private let hosts = Mutex<[(bytes: [UInt8], index: HostsIndex)]>([])

  public init() {}

  func config(_ file: FileSnapshot) -> OsloConfig {
    if let known = parsed.withLock({ $0[file.path] }), known.bytes.isSame(as: file.bytes) { return known }
    let config = OsloConfig(file.bytes)
    keep(config, for: file.path)
    return config
  }

  func shell(_ file: FileSnapshot) -> ShellAssignments {
    if let known = shells.withLock({ $0[file.path] }), known.bytes.isSame(as: file.bytes) { return known }
    let shell = ShellAssignments(file.bytes)
    keep(shell, for: file.path)
    return shell
  }

  /// The table of hosts of a tree; empty where it has none.
  ///
  /// Whoever edits it says what is wrong with it.
  func hosts(of tree: any TreeReading) -> HostsIndex {
    let file = try? tree.glance(HostsFixup.path)
    let bytes = file?.bytes ?? []
    if let known = hosts.withLock({ $0.first { $0.bytes.isSame(as: bytes) } }) { return known.index }
    let index = HostsIndex(HostsFile(bytes))
    hosts.withLock { $0.append((bytes, index)) }
    return index
  }

  /// What a file will be: parsed by the edit itself.
  func keep(_ shell: ShellAssignments, for path: TreePath) { shells.withLock { $0[path] = shell } }

  /// What a file will be: parsed by the edit itself.
  func keep(_ config: OsloConfig, for path: TreePath) { parsed.withLock { $0[path] = config } }
}
