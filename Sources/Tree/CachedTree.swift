internal import Synchronization

/// A tree that is read once: all that one plan is made from is one reading, and no fixup pays for another's.
///
/// Whatever is asked of a path, one look at it answers, and a second one at what its link leads to.
public final class CachedTree: TreeReading {
  private let base: Tree
  // A plan asks for some hundred paths: a table that grows step by step is made anew each time.
  private let looks = Mutex(PathTable<Look>(capacity: 256))
  private let ends = Mutex(PathTable<Look>())
  private let files = Mutex(PathTable<Reading>(capacity: 64))
  private let listings = Mutex(PathTable<[DirectoryEntry]?>(capacity: 64))
  private let crowds = crowded.map { Crowd($0) }

  /// Directories that most questions are about. Some hundred files of theirs that a plan asks for are on no tree of this kind,
  /// and to find that out the kernel searches the directory each time: for one name about a tenth of what all names cost. In /opt are agents, of which most nodes have none.
  private static let crowded: [TreePath] = ["/etc", "/var/lib", "/opt"]

  private final class Crowd: Sendable {
    enum Names {
      case unread
      case read(NameSet)
      /// It is a link, is not there, or is closed to us.
      case unknown
    }

    let path: TreePath
    let names = Mutex(Names.unread)
    init(_ path: TreePath) { self.path = path }
  }

  /// What stands at a path, and what a path leads to: in one piece, since they are handed on by the hundred.
  private final class Look: Sendable {
    let place: Tree.Place
    init(_ place: Tree.Place) { self.place = place }
  }

  private final class Reading: Sendable {
    let file: FileSnapshot?
    init(_ file: FileSnapshot?) { self.file = file }
  }

  public init(_ base: Tree) { self.base = base }

  public func file(_ path: TreePath) throws(TreeError) -> FileSnapshot? {
    if let known = files.withLock({ $0[path] }) { return known.file }
    let place = try end(of: path).place
    let reading: Reading
    do throws(TreeError) {
      reading = Reading(try base.file(at: place))
    } catch {
      throw base.reached(error, from: path)
    }
    files.withLock {
      $0.record(reading, at: path)
      // Under its real path too: that is how an overlay asks.
      if let file = reading.file, file.path != path { $0.record(reading, at: file.path) }
    }
    return reading.file
  }

  public func status(_ path: TreePath) throws(TreeError) -> FileStatus? { try look(at: path).place.status }

  public func entries(_ path: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    if let known = listings.withLock({ $0[path] }) { return known }
    let entries =
      if let directory = base.directories.known(path) { try base.list(directory, path) } else {
        try base.entries(at: end(of: path).place)
      }
    listings.withLock { $0.record(entries, at: path) }
    return entries
  }

  public func resolve(_ path: TreePath) throws(TreeError) -> TreePath {
    base.directories.isSettled(path) ? path : try end(of: path).place.path
  }

  /// What stands at a path itself.
  private func look(at path: TreePath) throws(TreeError) -> Look {
    if let known = looks.withLock({ $0[path] }) { return known }
    let isMissing = isMissing(path)
    let look = Look(
      isMissing ? Tree.Place(path: path, parent: nil, status: nil) : try base.locate(path, followingLast: false))
    looks.withLock { $0.record(look, at: path) }
    return look
  }

  /// What a path leads to.
  private func end(of path: TreePath) throws(TreeError) -> Look {
    let look = try look(at: path)
    guard look.place.status?.kind == .symbolicLink else { return look }
    if let known = ends.withLock({ $0[path] }) { return known }
    let end = Look(try base.locate(path))
    ends.withLock { $0.record(end, at: path) }
    return end
  }

  /// Whether a path begins with a name that its directory, one of the crowded, lacks.
  private func isMissing(_ path: TreePath) -> Bool {
    path.bytes { bytes in
      for crowd in crowds {
        guard let rest = crowd.path.bytes({ bytes.below($0) }) else { continue }
        let name = UnsafeBufferPointer(rebasing: rest[..<(rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex)])
        return crowd.names.withLock { known in
          if case .unread = known { known = names(in: crowd.path) }
          return if case .read(let names) = known { !names.contains(name) } else { false }
        }
      }
      return false
    }
  }

  private func names(in directory: TreePath) -> Crowd.Names {
    guard let descriptor = try? base.directories.open(directory),
      let entries = try? base.rawEntries(descriptor, directory)
    else { return .unknown }
    return .read(NameSet(entries: entries))
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// What follows a directory and a slash; nil for a path that is not below it.
  fileprivate func below(_ directory: Self) -> Self? {
    guard count > directory.count + 1, self[directory.count] == UInt8(ascii: "/"),
      Self(rebasing: self[..<directory.count]).isSame(as: directory)
    else { return nil }
    return Self(rebasing: self[(directory.count + 1)...])
  }
}
