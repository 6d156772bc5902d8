internal import Site
internal import Tree

/// Something that stands in the tree: its own path, links before the last component resolved, and what it is.
struct Place: Hashable, Sendable {
  var path: TreePath
  var status: FileStatus

  /// Directories, devices, FIFOs and sockets are nobody's identity files.
  var isRemovable: Bool { status.kind == .regular || status.kind == .symbolicLink }

  /// Takes away the file, or the link and not what it leads to.
  func removal(because reasons: [String], isSecret: Bool = false) -> Change {
    Change(path, .remove, before: .unread(status), reasons: reasons, isSecret: isSecret)
  }

  var isInTheWay: Finding {
    Finding(
      .warning, "\(path) is a \(status.kind.rawValue) where a regular file belongs; it is left as it is",
      advice: "look at what made it, and move it away")
  }
}

extension TreeReading {
  /// What stands at a path itself, a final link not followed; nil also where a file stands in the way of a directory.
  func place(_ path: TreePath) throws(TreeError) -> Place? {
    guard !path.isRoot else { return nil }
    do throws(TreeError) {
      guard let found = try status(path) else { return nil }
      let real = try resolve(path.parent).appending(path.name)
      if real == path { return Place(path: path, status: found) }
      return try status(real).map { Place(path: real, status: $0) }
    } catch {
      guard error.code == .wrongKind else { throw error }
      return nil
    }
  }

  /// Everything that is there of some paths and patterns: in their order, those of one pattern by name, each once.
  ///
  /// A path without a wildcard costs one look; only a pattern lists directories.
  func places(_ patterns: [String]) throws(TreeError) -> [Place] {
    var found: [Place] = []
    var seen: Set<TreePath> = []
    for pattern in patterns {
      for path in try expand(pattern) {
        guard let place = try place(path), seen.insert(place.path).inserted else { continue }
        found.append(place)
      }
    }
    return found
  }

  private func expand(_ pattern: String) throws(TreeError) -> [TreePath] {
    var pattern = pattern
    guard let wildcard = pattern.withUTF8({ $0.firstIndex(where: Self.isWildcard) }) else {
      return TreePath(pattern).map { [$0] } ?? []
    }
    // What stands before is taken as it is, without taking it apart; where nothing is there, nor is the rest.
    let text = pattern.utf8
    guard let start = text.prefix(wildcard).lastIndex(of: UInt8(ascii: "/")),
      let directory = TreePath(String(pattern[..<start])), try listing(directory) != nil
    else { return [] }
    let parts = text[start...].split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    return try expand(parts[...], below: directory)
  }

  private static func isWildcard(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") }

  private static func isLiteral(_ part: String) -> Bool { !part.utf8.contains(where: isWildcard) }

  private func expand(_ parts: ArraySlice<String>, below directory: TreePath) throws(TreeError) -> [TreePath] {
    let literal = parts.prefix(while: Self.isLiteral)
    let base = literal.reduce(directory) { $0.appending($1) }
    guard let wild = parts.dropFirst(literal.count).first else { return literal.isEmpty ? [] : [base] }
    if wild == "**" { return try everything(below: base, depth: 0) }
    guard let listed = try listing(base), let pattern = try? PathPattern("/" + wild) else { return [] }
    let rest = parts.dropFirst(literal.count + 1)
    var found: [TreePath] = []
    for entry in listed where pattern.matches("/" + entry.name) {
      if entry.name.hasPrefix("."), !wild.hasPrefix(".") { continue }
      let path = base.appending(entry.name)
      if rest.isEmpty { found.append(path) } else { found += try expand(rest, below: path) }
    }
    return found
  }

  /// Files and links below a directory; links to directories are not entered, and nothing lies deeper than this.
  private func everything(below directory: TreePath, depth: Int) throws(TreeError) -> [TreePath] {
    guard depth < 16, let listed = try listing(directory) else { return [] }
    var found: [TreePath] = []
    for entry in listed {
      let path = directory.appending(entry.name)
      let kind = entry.kind == .unknown ? try status(path)?.kind : entry.kind
      if kind == .directory {
        found += try everything(below: path, depth: depth + 1)
      } else {
        found.append(path)
      }
    }
    return found
  }

  /// The names in a directory; nil where there is none, or something else.
  func listing(_ directory: TreePath) throws(TreeError) -> [DirectoryEntry]? {
    do throws(TreeError) {
      return try entries(directory)
    } catch {
      guard error.code == .wrongKind else { throw error }
      return nil
    }
  }
}
