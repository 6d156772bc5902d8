internal import Fixups
internal import Glibc
internal import Live
internal import Site
public import Tree

/// How the first boot of a clone goes on, in a file below /run: from the moment before the network, when the disk became
/// the node's, to the moment when the network and the services are up and it is seen whether all is well.
public struct FirstBootRecord: Sendable, Hashable {
  public static let path: TreePath = "/run/imprint/first-boot"
  /// Stands on the disk from the moment before it is made the node's until all is seen, and holds the node's name, and whether
  /// its files were seen to be right: where the machine goes down meanwhile, the next boot goes on.
  public static let unfinished: TreePath = "/var/lib/imprint/first-boot"

  public enum State: Sendable, Hashable {
    /// The network and the services are not up yet.
    case starting
    case well
    /// What is not as it should be.
    case unwell(String)
  }

  public var node: String
  public var state: State

  public init(node: String, state: State) {
    self.node = node
    self.state = state
  }

  /// nil where this was no first boot.
  public init?(in tree: Tree) throws {
    guard let file = try tree.file(Self.path) else { return nil }
    let fields = String(decoding: file.bytes.prefix { $0 != 0x0A }, as: UTF8.self).split(
      separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3 else { return nil }
    node = String(fields[0])
    switch fields[1] {
    case "starting": state = .starting
    case "well": state = .well
    default: state = .unwell(String(fields[2]))
    }
  }

  public static func begin(_ node: String, in tree: Tree) throws {
    try note("\(node)\n", at: tree.record(unfinished), in: tree)
  }

  /// The node's files were read again, and are right.
  static func prove(_ node: String, in tree: Tree) throws {
    let path = try tree.record(unfinished)
    let beside = path.parent.appending("\(path.name).new")
    try note("\(node)\nproven\n", at: beside, in: tree)
    try tree.rename(beside, to: path)
  }

  /// No first boot goes on.
  static func forget(in tree: Tree) throws { try tree.remove(tree.record(unfinished)) }

  private static func note(_ text: String, at path: TreePath, in tree: Tree) throws {
    try tree.remove(path)
    let attributes = FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o644))
    try tree.create(path, Array(text.utf8), attributes)
  }

  /// Whose first boot is not done yet, and whether the disk was seen to be that node's.
  static func unfinished(in tree: Tree) throws -> (node: String, isProven: Bool)? {
    try tree.file(unfinished).map { file in
      let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      return (String(lines[0]), lines.dropFirst().first == "proven")
    }
  }

  public func write(to tree: Tree) throws {
    let words: (String, String) =
      switch state {
      case .starting: ("starting", "")
      case .well: ("well", "")
      case .unwell(let reason): ("unwell", String(reason.map { $0.isNewline ? " " : $0 }))
      }
    try tree.writeRunFile("\(node)\t\(words.0)\t\(words.1)\n", to: Self.path)
  }
}

extension FirstBootRecord {
  /// Once the network is up: brings up what is not what its files say, and looks whether all is well.
  ///
  /// - Returns: What was seen; nil where this was no first boot.
  @LiveActor
  public static func complete(_ target: Target, _ system: some RunningSystem) async throws -> Verification? {
    guard var record = try FirstBootRecord(in: target.tree) else { return nil }
    let job = ActivationJob(
      tree: target.tree, platform: target.platform, id: nil,
      options: .init(onFailure: .keep, interfaces: target.interfaces), system: system)
    _ = try await job.run()
    let verification = try target.verify().adding(running: try await target.verifyRunning(system))
    let failures =
      verification.failures.map { "\($0.value.subject): \($0.value.seen)" }
      + verification.differences.map(\.path.description)
    record.state = failures.isEmpty ? .well : .unwell(failures.joined(separator: "; "))
    try record.write(to: target.tree)
    try forget(in: target.tree)
    return verification
  }

  public func announce() {
    switch state {
    case .starting: return
    case .well:
      JournalEntry(.firstBootWell, "the first boot of \(node) is done, and all is well", .notice, [.node: node]).send()
    case .unwell(let reason):
      JournalEntry(
        .firstBootUnwell, "the first boot of \(node) is done, and not all is well: \(reason)", .error,
        [.node: node, .reason: reason]
      ).send()
    }
  }
}
