internal import Fixups
internal import Site
internal import Transaction
internal import Tree

/// Something that an apply renewed, and that the tree has again.
struct ReturnedThing {
  static let name = "restored"

  let key: String
  let path: TreePath
  let claim: Claim
}

extension Target {
  /// Nobody's identity has so many bytes; a full nova.conf has more.
  private static let largest: UInt64 = 64 << 10

  /// What the original had, and an apply renewed, and somebody has put back since: a backup or a configuration manager does that, and
  /// two machines share it again. The history knows it by its digest.
  func returned(to reading: any TreeReading, _ past: Past) throws -> [ReturnedThing] {
    var renewed: [TreePath: (entry: Journal.Entry, id: String)] = [:]
    for journal in past.journals
    where journal.stands && journal.title.hasPrefix("apply ") {
      for entry in journal.entries where entry.beforeDigest != nil { renewed[entry.path] = (entry, journal.id) }
    }
    // Only where something is as it was before, which it hardly ever is, one asks what of it is unique.
    let came = try renewed.filter { path, change in
      guard change.entry.beforeDigest != change.entry.afterDigest,
        let status = try reading.status(path), status.kind == .regular, status.identity.size <= Self.largest,
        let file = try reading.file(path)
      else { return false }
      return Digest(of: file.bytes) == change.entry.beforeDigest
    }
    guard !came.isEmpty else { return [] }
    let template = Template(tree: reading, platform: platform)
    var things: [ReturnedThing] = []
    for thing in UniqueThings.table where thing.canComeBack {
      var seen: Set<TreePath> = []
      for value in try thing.values(in: template) {
        let path = try reading.resolve(value.path)
        guard seen.insert(path).inserted, let (_, id) = came[path] else { continue }
        let claim = Claim(
          "\(thing.subject) in \(path)", expected: "\(node.name)'s own", seen: "what was there before \(id)",
          holds: false)
        things.append(ReturnedThing(key: thing.key, path: path, claim: claim))
      }
    }
    return things
  }
}

extension Plan {
  /// Whether the tree had something again that an apply had renewed.
  var hasReturnedThings: Bool { claims.contains { $0.fixup == ReturnedThing.name } }
}
