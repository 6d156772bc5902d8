internal import Site
internal import Tree

/// A connection that has the UUID of another, as after a file was copied by hand, and so is none: NetworkManager keeps the one that was
/// written last, else the last by name (nms-keyfile-storage.c and nms-ifcfg-rh-storage.c, `cmp_fcn`).
struct Namesake {
  let path: TreePath
  let uuid: String
  /// The one that is kept.
  let other: TreePath

  static func all(_ files: [(snapshot: FileSnapshot, uuid: String?)]) -> [Namesake] {
    var kept: [String: FileSnapshot] = [:]
    for case (let snapshot, let uuid?) in files {
      guard let other = kept[uuid], isLess(snapshot, other) else {
        kept[uuid] = snapshot
        continue
      }
    }
    return files.compactMap { snapshot, uuid in
      guard let uuid, let other = kept[uuid], other.path != snapshot.path else { return nil }
      return Namesake(path: snapshot.path, uuid: uuid, other: other.path)
    }
  }

  private static func isLess(_ one: FileSnapshot, _ other: FileSnapshot) -> Bool {
    (one.identity.modified, one.path.description) < (other.identity.modified, other.path.description)
  }
}

extension KeyfileFiles {
  var namesakes: [Namesake] { Namesake.all(all.map { ($0.snapshot, $0.uuid) }) }

  /// Of those that are for one interface, all but the interface's own: what somebody keeps of it beside it.
  var spares: Set<TreePath> {
    func connection(_ path: TreePath) -> KeyfileConnection? { all.first { $0.snapshot.path == path } }
    return namesakes.reduce(into: []) { spares, namesake in
      guard let name = connection(namesake.path)?.placeName, name == connection(namesake.other)?.placeName else {
        return
      }
      let own = (try? InterfaceName(name)).flatMap { self.connection(of: $0, mac: nil) }?.snapshot.path
      spares.insert(namesake.path == own ? namesake.other : namesake.path)
    }
  }
}

extension IfcfgFiles {
  var namesakes: [Namesake] {
    Namesake.all(all.filter(\.isCurrent).map { ($0.snapshot, $0.value("UUID")?.lowercased()) })
  }
}
