internal import Glibc
internal import Transaction
public import Tree

/// The events of one activation in a file below /run, which the next boot does not find: then everything has started
/// from the new files anyway.
public struct ActivationLog: Sendable {
  static let directory: TreePath = "/run/imprint"
  let path: TreePath

  /// - Parameter id: The transaction that it follows; nil where it follows none.
  public init(of id: String?) { path = Self.directory.appending("activation-\(id ?? "now")") }

  /// Whether any activation has done something since then, nanoseconds since the epoch.
  static func tellsOfDeeds(since time: Int64, in tree: Tree) throws(TreeError) -> Bool {
    for entry in try tree.entries(directory) ?? [] where entry.name.hasPrefix("activation-") {
      let path = directory.appending(entry.name)
      guard let status = try tree.status(path), status.identity.modified >= time else { continue }
      for case .started in try Self(path: path).events(in: tree) { return true }
    }
    return false
  }

  /// What the activation said that wrote last; empty where there was none.
  static func latest(in tree: Tree) throws(TreeError) -> [ActivationEvent] {
    var latest: (path: TreePath, time: Int64)?
    for entry in try tree.entries(directory) ?? [] where entry.name.hasPrefix("activation-") {
      let path = directory.appending(entry.name)
      guard let time = try tree.status(path)?.identity.modified, time > latest?.time ?? 0 else { continue }
      latest = (path, time)
    }
    return try latest.map { latest throws(TreeError) in try Self(path: latest.path).events(in: tree) } ?? []
  }

  private init(path: TreePath) { self.path = path }

  /// The events up to now, torn lines left out; empty where there is no such activation.
  public func events(in tree: Tree) throws(TreeError) -> [ActivationEvent] {
    guard let file = try read(tree, attempts: 100) else { return [] }
    let text = String(decoding: file.bytes, as: UTF8.self)
    // What follows the last newline is not whole yet.
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap(ActivationEvent.init)
  }

  /// Somebody else may add a line at any moment: then it is read again.
  private func read(_ tree: Tree, attempts: Int) throws(TreeError) -> FileSnapshot? {
    do throws(TreeError) {
      return try tree.file(path)
    } catch {
      guard error.code == .changed, attempts > 1 else { throw error }
      return try read(tree, attempts: attempts - 1)
    }
  }

  func append(_ event: ActivationEvent, in tree: Tree) throws(TreeError) {
    try tree.append(path, Array((event.line + "\n").utf8), flush: false)
  }

  func exists(in tree: Tree) throws(TreeError) -> Bool { try tree.status(path) != nil }

  /// Makes the file empty: what an earlier activation said is over.
  func begin(in tree: Tree) throws(TreeError) {
    try Self.makeDirectory(in: tree)
    if try tree.status(path) != nil { try tree.remove(path) }
    try tree.create(path, [], FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600)))
  }

  /// Held by an activation while it runs, however it ends: nil where one does.
  static func claim(in tree: Tree, wait: Bool = false) throws(TreeError) -> DirectoryLock? {
    try tree.lock(directory, wait: wait)
  }

  static func makeDirectory(in tree: Tree) throws(TreeError) {
    guard try tree.status(directory) == nil else { return }
    try tree.makeDirectory(
      directory, FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o755)))
  }
}
