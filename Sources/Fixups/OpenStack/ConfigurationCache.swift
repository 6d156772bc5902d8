internal import Documents
internal import Synchronization
internal import Tree

/// Configuration files that were parsed already in the making of a plan: nova.conf has ten thousand lines, and several
/// fixups ask it.
public final class ConfigurationCache: Sendable {
  private let parsed = Mutex<[TreePath: OsloConfig]>([:])

  public init() {}

  func config(_ file: FileSnapshot) -> OsloConfig {
    if let known = parsed.withLock({ $0[file.path] }), known.bytes == file.bytes { return known }
    let config = OsloConfig(file.bytes)
    keep(config, for: file.path)
    return config
  }

  /// What a file will be: parsed by the edit itself.
  func keep(_ config: OsloConfig, for path: TreePath) { parsed.withLock { $0[path] = config } }
}
