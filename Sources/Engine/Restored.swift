internal import Fixups
internal import Site
internal import Transaction
internal import Tree

/// Something that an apply renewed, and that the tree has again.
struct ReturnedThing {
  static let name = "restored"

  let key: String
  let claim: Claim
}

extension Target {
  /// What the original had, and an apply renewed, and somebody has put back since: a backup or a configuration manager does that, and
  /// two machines share it again. The history knows it by its digest.
  func returned(to reading: any TreeReading) throws -> [ReturnedThing] {
    var renewed: [TreePath: (entry: Journal.Entry, id: String)] = [:]
    for journal in try Store(tree: tree).history()
    where journal.stands && journal.title.hasPrefix("apply ") {
      for entry in journal.entries where entry.beforeDigest != nil { renewed[entry.path] = (entry, journal.id) }
    }
    guard !renewed.isEmpty else { return [] }
    let template = Template(tree: reading, platform: platform)
    var things: [ReturnedThing] = []
    for thing in UniqueThings.table {
      var seen: Set<TreePath> = []
      for value in try thing.values(in: template) {
        let path = try reading.resolve(value.path)
        guard seen.insert(path).inserted, let (entry, id) = renewed[path], entry.beforeDigest != entry.afterDigest,
          let file = try reading.file(path), Digest(of: file.bytes) == entry.beforeDigest
        else { continue }
        let claim = Claim(
          "\(thing.subject) in \(path)", expected: "\(node.name)'s own", seen: "what was there before \(id)",
          holds: false)
        things.append(ReturnedThing(key: thing.key, claim: claim))
      }
    }
    return things
  }
}

extension Plan {
  /// Whether the tree had something again that an apply had renewed.
  var hasReturnedThings: Bool { claims.contains { $0.fixup == ReturnedThing.name } }
}
