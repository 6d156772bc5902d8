internal import Documents
internal import Synchronization
internal import Tree

/// Files that were parsed already in the making of a plan: nova.conf has ten thousand lines, and several fixups ask it.
public final class ConfigurationCache: Sendable {
  private let parsed = Mutex<[TreePath: OsloConfig]>([:])
  private let shells = Mutex<[TreePath: ShellAssignments]>([:])

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

  /// What a file will be: parsed by the edit itself.
  func keep(_ shell: ShellAssignments, for path: TreePath) { shells.withLock { $0[path] = shell } }

  /// What a file will be: parsed by the edit itself.
  func keep(_ config: OsloConfig, for path: TreePath) { parsed.withLock { $0[path] = config } }
}
