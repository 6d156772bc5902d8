internal import Documents
internal import Site
internal import Tree

/// The key by which guests are moved while they run, where it is not in the .ssh of the account: RDO's packages have a place for it
/// (openstack-nova.spec), which Packstack and TripleO fill, and nova's `live_migration_uri` names it (libvirt's URIs, `keyfile`).
///
/// What the package itself brings there is a file without a key.
enum LiveMigrationKey {
  static let packaged = "/etc/nova/migration/identity"

  /// The paths that nova's files name besides, also those in directories of drop-ins. Keys of accounts and of sshd are others' business.
  @Sendable
  static func named(_ tree: any TreeReading) throws -> [String] {
    let directory: TreePath = "/etc/nova"
    var paths: [String] = []
    for entry in try tree.listing(directory) ?? [] where entry.name.hasPrefix("nova") {
      let path = directory.appending(entry.name)
      if entry.name.hasSuffix(".conf") {
        paths += try tree.glance(path).map(named(in:)) ?? []
      } else if entry.name.hasSuffix(".conf.d") {
        paths += try tree.files(in: path) { $0.hasSuffix(".conf") }.flatMap { named(in: $0.file) }
      }
    }
    var seen: Set<String> = []
    return paths.filter { seen.insert($0).inserted }
  }

  private static func named(in file: FileSnapshot) -> [String] {
    guard file.bytes.mayContain(Array("keyfile=".utf8)) else { return [] }
    let config = OsloConfig(file.bytes)
    let uris = ["live_migration_uri", "connection_uri"].compactMap { config.value("libvirt", $0) }
    let words = uris.compactMap { $0.split(separator: "?", maxSplits: 1).dropFirst().first }
      .flatMap { $0.split { $0 == "&" || $0 == ";" } }
    let named = words.filter { $0.hasPrefix("keyfile=/") }.map { String($0.dropFirst("keyfile=".count)) }
    return named.filter { !$0.contains("/.ssh/") && !$0.hasPrefix("/etc/ssh/") && $0 != packaged }
  }

  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard thing.isRenewed(in: situation), try isThere(situation.tree) else { return Proposal() }
    let keys = try situation.tree.regularFiles(thing.places(in: situation)).files.map {
      try HostKey($0, in: situation.tree)
    }
    let renewed = try keys.reduce(into: Proposal()) { $0 += try HostKeys.renewal(of: $1, thing, situation) }
    let anew = try situation.anew(thing).filter { $0.form != .publicHalf }
    let made = keys.filter { $0.type != nil }.map(\.place.path) + anew.map(\.path)
    return renewed
      + Proposal(
        findings: made.map { path in
          Finding(
            .warning, "\(path) becomes a key of this node's own, and no peer lets that one in yet",
            advice: "add \(path).pub on the peers to what let the original in: \(Self.authorized) with RDO's packages")
        })
  }

  private static let authorized = "/etc/nova/migration/authorized_keys"

  /// Hardly any tree has it: nothing is looked up for the others but what is known of them.
  private static func isThere(_ tree: any TreeReading) throws -> Bool {
    if try tree.listing("/etc/nova")?.contains(where: { $0.name == "migration" }) ?? false { return true }
    return try !named(tree).isEmpty
  }

  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    try template.tree.regularFiles(thing.places(in: template)).files.reduce(into: SealedThing()) { sealed, place in
      sealed = sealed + HostKeys.sealed(try HostKey(place, in: template.tree), thing, template)
    }
  }
}
