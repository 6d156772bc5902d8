internal import Glibc
public import Site
internal import Transaction
public import Tree

/// What is left of a join, in the state directory: read by `imprint status`, taken up by the next `imprint join`.
public struct JoinRecord: Sendable, Hashable {
  public static let path: TreePath = "/var/lib/imprint/joining"

  public struct Item: Sendable, Hashable {
    public var node: String
    public var task: String
    public var reason: String
    /// Since when it is so, seconds since the epoch.
    public var since: Int64
  }

  /// Who joins: a copy of the disk that has become another node has its own to do.
  public var node: String
  public var items: [Item]
  /// What trust was made of; a site that says otherwise by now is to be joined again.
  public var access: Migration.Access
  /// The last transaction before it: what comes later the others have not been told.
  public var transaction: String?

  public init(node: NodeName, items: [Item], access: Migration.Access, transaction: String? = nil) {
    self.node = node.description
    self.items = items
    self.access = access
    self.transaction = transaction
  }

  /// Whether nothing is left of joining a target.
  public func isDone(for target: Target) -> Bool {
    node == target.node.name.description && items.isEmpty && access == target.site.migration.access
  }

  /// Before anything was tried: should nobody come to the end of it, this tells.
  static func begun(_ target: Target) -> JoinRecord {
    JoinRecord(
      node: target.node.name,
      items: target.others.map {
        Item(node: $0.name.description, task: "joining", reason: "not tried yet", since: now)
      },
      access: target.site.migration.access)
  }

  init(_ report: JoinReport, access: Migration.Access, transaction: String?, after former: JoinRecord?) {
    let items = report.entries.flatMap { entry in
      entry.left.map { left -> Item in
        let known = former?.items.first { $0.node == entry.node.description && $0.task == left.task }
        return Item(
          node: entry.node.description, task: left.task, reason: left.reason,
          since: known?.reason == left.reason ? known?.since ?? Self.now : Self.now)
      }
    }
    self.init(node: report.node, items: items, access: access, transaction: transaction)
  }

  private static var now: Int64 { Int64(time(nil)) }

  /// What has become of this node since; nil where nothing has.
  private func changed(in history: [Journal]) -> Item? {
    guard let transaction else { return nil }
    let later = history.filter { $0.id > transaction }
    let last = later.last { journal in
      if let undone = journal.undoes { return !later.contains { $0.id == undone } }
      return journal.state == .applied && journal.title.hasPrefix("apply ") && !journal.awaitsConfirmation
    }
    return last.map {
      Item(node: node, task: "joining", reason: "the others do not know of \($0.title)", since: $0.time)
    }
  }

  /// nil where no join has been begun.
  public init?(in tree: Tree) throws {
    guard let file = try tree.file(Self.path) else { return nil }
    let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map { Field.unescape(String($0)) }
    }
    guard let first = lines.first, first.count == 2, first[0] == "node" else { return nil }
    node = first[1]
    access = lines.first { $0.count == 2 && $0[0] == "access" }.flatMap { Migration.Access(rawValue: $0[1]) } ?? .keys
    items = lines.dropFirst().compactMap { fields in
      guard fields.count == 5, fields[0] == "left", let since = Int64(fields[4]) else { return nil }
      return Item(node: fields[1], task: fields[2], reason: fields[3], since: since)
    }
    transaction = lines.first { $0.count == 2 && $0[0] == "transaction" }?[1]
    if let changed = try changed(in: Store(tree: tree).history()) { items.append(changed) }
  }

  /// Replaces what is there, where it says something else.
  ///
  /// - Parameter store: Locked, so that of two joins one writes after the other.
  func write(to tree: Tree, holding store: LockedStore) throws {
    let lines =
      ["node\t\(Field.escape(node))", "access\t\(access.rawValue)"]
      + (transaction.map { ["transaction\t\(Field.escape($0))"] } ?? [])
      + items.map { item in
        (["left"] + [item.node, item.task, item.reason, String(item.since)].map(Field.escape)).joined(separator: "\t")
      }
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    if let file = try tree.file(Self.path), file.bytes == bytes { return }
    try tree.replaceRecord(Self.path, with: bytes)
  }
}

extension Tree {
  /// Puts a record of the state directory in place at once, closed to others.
  func replaceRecord(_ path: TreePath, with bytes: [UInt8]) throws(TreeError) {
    let path = try record(path)
    let new = path.parent.appending(".\(path.name).new")
    if try status(new) != nil { try remove(new) }
    try create(new, bytes, FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600)))
    try rename(new, to: path)
  }

  /// Where a record really is: /var may be a link, and what is changed is changed by its own path.
  func record(_ path: TreePath) throws(TreeError) -> TreePath { try resolve(path.parent).appending(path.name) }
}

extension Target {
  /// Every other node of the site.
  public var others: [Node] { site.nodes.filter { $0.name != node.name } }
}
