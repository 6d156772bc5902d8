internal import Glibc
internal import Site
internal import Tree

/// Which of NetworkManager's checkpoints is this program's: a file below /run, where a run that comes after one that was
/// killed finds it. Without it that checkpoint is a stranger's, and the device cannot be changed until its time is over.
struct CheckpointRecord: Equatable {
  let path: String
  /// As the checkpoint itself says it: CLOCK_BOOTTIME in milliseconds.
  let created: UInt64

  init(path: String, created: UInt64) {
    self.path = path
    self.created = created
  }

  private static let directory: TreePath = "/run/imprint"
  private static func file(_ interface: InterfaceName) -> TreePath { directory.appending("checkpoint-\(interface)") }

  /// nil where there is none, or none that can be read.
  init?(of interface: InterfaceName) {
    guard let file = try? Tree(root: "/").file(Self.file(interface)) else { return nil }
    let words = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let created = UInt64(words[1]) else { return nil }
    self.init(path: String(words[0]), created: created)
  }

  /// Where it cannot be written, only the run after one that was killed has to wait.
  func write(for interface: InterfaceName) {
    guard let tree = try? Tree(root: "/") else { return }
    let mode = { FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode($0)) }
    if (try? tree.status(Self.directory)) == nil { try? tree.makeDirectory(Self.directory, mode(0o755)) }
    Self.remove(for: interface)
    try? tree.create(Self.file(interface), Array("\(path) \(created)\n".utf8), mode(0o644))
  }

  static func remove(for interface: InterfaceName) { try? Tree(root: "/").remove(file(interface)) }
}
