public import Tree

/// The files that a peer has shown, as a tree that fixups can read: what they propose for it is what its own imprint would.
///
/// It knows only what was asked for; anything else is absent here.
public struct PeerTree: TreeReading {
  struct Item: Sendable {
    var kind: FileKind
    var bytes: [UInt8]
    var attributes: FileAttributes
    /// As the peer's stat(1) says it: another text, another state.
    var state: String
  }

  private var items: [TreePath: Item] = [:]
  private var real: [TreePath: TreePath] = [:]

  /// nil where the answer is torn, or not one: a file that changed while it was read, too.
  public init?(_ answer: [UInt8]) {
    var rest = answer[...]
    func line() -> Substring? {
      guard let end = rest.firstIndex(of: 0x0A) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)[...]
    }
    guard line() == PeerScript.header[...] else { return nil }
    while let next = line() {
      if next == "end" { return }
      let fields = next.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 3 || fields.count == 6, let path = TreePath(fields[1]), let real = TreePath(fields[2])
      else {
        return nil
      }
      self.real[path] = real
      switch fields[0] {
      case "absent", "other": continue
      case "file", "directory":
        guard fields.count == 6, let attributes = Self.attributes(fields[3]), let size = Int(fields[5]),
          (0..<rest.count).contains(size), rest[rest.startIndex + size] == 0x0A
        else { return nil }
        let bytes = Array(rest.prefix(size))
        rest = rest.dropFirst(size + 1)
        let kind: FileKind = fields[0] == "file" ? .regular : .directory
        items[real] = Item(kind: kind, bytes: bytes, attributes: attributes, state: fields[4])
      default: return nil
      }
    }
    return nil
  }

  /// `uid gid mode`, the mode in octal digits (stat(1), %a).
  private static func attributes(_ text: String) -> FileAttributes? {
    let words = text.split(separator: " ")
    guard words.count == 3, let owner = UInt32(words[0]), let group = UInt32(words[1]),
      let mode = UInt32(words[2], radix: 8)
    else { return nil }
    return FileAttributes(owner: owner, group: group, mode: FileMode(mode))
  }

  /// What has to be so still when the file is written; nil for one that was not there.
  func state(_ path: TreePath) -> String? { items[path]?.state }

  // MARK: TreeReading

  public func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    let real = try resolve(path)
    guard let item = items[real] else { return nil }
    guard item.kind == .regular else {
      throw TreeError(.wrongKind, "read", real, reason: "it is a \(item.kind.rawValue)")
    }
    return FileSnapshot(path: real, bytes: item.bytes, attributes: item.attributes, identity: identity(of: item))
  }

  public func status(_ path: TreePath) throws(TreeError) -> FileStatus? {
    items[try resolve(path)].map {
      FileStatus(kind: $0.kind, attributes: $0.attributes, identity: identity(of: $0), links: 1)
    }
  }

  public func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    let place = try resolve(path)
    let below = items.filter { !$0.key.isRoot && $0.key.parent == place }
    guard !below.isEmpty || items[place]?.kind == .directory else { return nil }
    return below.map { DirectoryEntry(name: $0.key.name, kind: $0.value.kind) }.sorted { $0.name < $1.name }
  }

  public func resolve(_ path: TreePath) throws(TreeError) -> TreePath { real[path] ?? path }

  private func identity(of item: Item) -> FileIdentity {
    FileIdentity(device: 0, inode: 0, size: UInt64(item.bytes.count), modified: 0, changed: 0)
  }
}
