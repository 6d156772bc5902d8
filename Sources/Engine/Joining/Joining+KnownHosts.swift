internal import Documents
internal import Fixups
internal import Glibc
internal import Site
internal import Tree

extension Joining {
  private static let knownHosts: TreePath = "/run/imprint/known_hosts"

  /// Host keys that ssh shall know beside its own: what the site says, and what the migration user knows already, from the site,
  /// from the disk that this one was copied from, or from an earlier join. Nothing is taken on trust.
  ///
  /// - Returns: Where it is.
  func writeKnownHosts() throws -> String {
    let tree = target.tree
    let situation = try target.situation()
    let known = try situation.knownHosts()
    var file = KnownHosts([])
    for authority in try situation.authorities() { file.ensureAuthority(authority) }
    for peer in target.others {
      let names = target.site.names(of: peer)
      for key in peer.hostKeys.compactMap({ Documents.SSHPublicKey($0.description) }) {
        file.ensure(hosts: names, key: key)
      }
      let types = Set(file.keys(for: peer.name.description).map(\.type))
      for key in names.flatMap({ known.keys(for: $0) }) where !types.contains(key.type) {
        file.ensure(hosts: names, key: key)
      }
    }
    let attributes = FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600))
    let directory = Self.knownHosts.parent
    if try tree.status(directory) == nil {
      try tree.makeDirectory(directory, FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o755)))
    }
    if try tree.status(Self.knownHosts) == nil {
      try tree.create(Self.knownHosts, file.bytes, attributes)
    } else {
      try tree.overwrite(Self.knownHosts, file.bytes, attributes)
    }
    return (tree.rootPath == "/" ? "" : tree.rootPath) + Self.knownHosts.description
  }
}
