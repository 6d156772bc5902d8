internal import Glibc
internal import Transaction
internal import Tree

/// What has been committed on a running system and is not in effect yet: gateways, routes and the like cannot be told from
/// addresses, and a command may be killed before it has handed over what it committed.
///
/// A mark below /run names the transaction up to which all is in effect. It is made before a later one is committed, and goes when
/// an activation has come to its end. The next boot does not find it: then everything has started from the new files.
struct Backlog {
  private static let mark = ActivationLog.directory.appending("in-effect")
  private let tree: Tree

  init(_ tree: Tree) { self.tree = tree }

  /// Says that something is about to be committed.
  ///
  /// - Parameter store: Locked, so that nothing comes between.
  func begin(holding store: LockedStore) throws {
    guard try last() == nil else { return }
    try ActivationLog.makeDirectory(in: tree)
    try settle()
    let over = try Store(tree: tree).history().prefix(while: \.isOver)
    let line = "\(over.last?.id ?? "-")\n"
    try tree.create(
      Self.mark, Array(line.utf8), FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600)))
  }

  /// Says that what a crash had left, if anything, is about to be completed.
  func announceRecovery(holding store: LockedStore) throws {
    guard try Store(tree: tree).history().contains(where: { !$0.isOver }) else { return }
    try begin(holding: store)
  }

  /// Says that all is in effect.
  func settle() throws {
    if try tree.status(Self.mark) != nil { try tree.remove(Self.mark) }
  }

  /// The transactions that are not in effect, oldest first.
  func journals() throws -> [Journal] { try journals(among: Store(tree: tree).history()) }

  /// What an activation follows: they, and a transaction that is to be in effect, whatever is known of it.
  func occasion(with journal: Journal? = nil) throws -> Occasion? {
    let history = try Store(tree: tree).history()
    var pending = try journals(among: history)
    if let journal, !pending.contains(where: { $0.id == journal.id }) { pending.append(journal) }
    return Occasion(pending, in: history)
  }

  private func journals(among history: [Journal]) throws -> [Journal] {
    guard let last = try last(), let marked = try tree.status(Self.mark)?.identity.modified else { return [] }
    // Ids sort by their time, and `-` before all of them.
    let pending = history.filter { $0.id > last }
    return try pending.filter { journal in
      switch journal.state {
      // Its images are gone; what undid it has what matters.
      case .undone: return false
      case .applied:
        guard let undone = pending.first(where: { $0.id == journal.undoes }), undone.undoes == nil else { return true }
        // Both are past, and nothing of them was ever in effect.
        return try ActivationLog.tellsOfDeeds(since: marked, in: tree)
      default: return true
      }
    }
  }

  /// nil where everything is in effect; a torn line means that nothing was committed after it.
  private func last() throws -> String? {
    guard let file = try tree.file(Self.mark), file.bytes.last == UInt8(ascii: "\n") else { return nil }
    return String(decoding: file.bytes.dropLast(), as: UTF8.self)
  }
}
