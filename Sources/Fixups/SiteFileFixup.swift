internal import Tree

/// A site file that somebody outside of the disk gave, or whose addresses somebody outside told.
public struct SiteFile: Sendable, Hashable {
  public var bytes: [UInt8]
  /// Who did: `the config drive /dev/sr0 (ISO 9660)`.
  public var source: String

  public init(_ bytes: [UInt8], from source: String) {
    self.bytes = bytes
    self.source = source
  }
}

/// Keeps it in the tree, so that the next apply needs nobody to ask. The one place where it goes is ours.
struct SiteFileFixup: Fixup {
  let name = "site"
  static let path: TreePath = "/etc/imprint/site.toml"

  func propose(for situation: Situation) throws -> Proposal {
    guard let file = situation.siteFile else { return Proposal() }
    let reason = "\(file.source) says so, and the next apply must not depend on it"
    guard let snapshot = try situation.tree.file(Self.path) else {
      let new = try situation.newFile(Self.path, mode: 0o600)
      let parents = try situation.missingParents(of: Self.path, because: "the site file goes there")
      return Proposal(changes: parents + [.create(new.path, .bytes(file.bytes), new.attributes, because: [reason])])
    }
    return Proposal(changes: Change.edit(snapshot, to: file.bytes, because: [reason]).map { [$0] } ?? [])
  }
}
