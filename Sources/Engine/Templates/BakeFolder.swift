internal import Glibc
internal import Site
internal import Tree

/// Where bakes go: what is finished, each by its node's name, and `.imprint-bake`, closed to others, with what is being made
/// (`NODE.part`), a mark of each that is finished (`NODE.done`), and the site.
///
/// A node is made in its part, which is given its name only when it is whole; the mark is there before that. So what a crash leaves is
/// told from what is finished, and from what somebody else put there.
struct BakeFolder: Sendable {
  static let own: TreePath = "/.imprint-bake"
  static let site: TreePath = "/.imprint-bake/site.toml"

  /// As the user named it.
  let path: String
  let tree: Tree

  /// One that is there.
  init(_ path: String) throws(TreeError) {
    self.path = path
    tree = try Tree(root: path)
  }

  func place(of node: NodeName, _ form: BakeForm) -> TreePath { TreePath.root.appending(form.name(of: node)) }
  func part(of node: NodeName) -> TreePath { Self.own.appending("\(node).part") }
  private func mark(of node: NodeName) -> TreePath { Self.own.appending("\(node).done") }

  /// A path of the folder as this machine calls it.
  func name(_ path: TreePath) -> String {
    self.path + (self.path.hasSuffix("/") ? path.description.dropFirst() : path.description[...])
  }

  /// Errors name places in the folder as this machine does.
  private func naming<Result>(_ body: () throws(TreeError) -> Result) throws(TreeError) -> Result {
    do { return try body() } catch { throw error.below(path) }
  }

  // MARK: what is there

  enum Standing: Equatable {
    case absent
    /// What a crash left.
    case half
    /// Whole, but it has not been given its name yet.
    case whole(BakeMark)
    case finished(BakeMark)
    /// Something has the node's name that no bake made.
    case somebodyElses
  }

  func standing(of node: NodeName, _ form: BakeForm) throws(TreeError) -> Standing {
    let mark = try tree.file(mark(of: node)).flatMap { BakeMark($0.bytes) }
    let isThere = try tree.status(place(of: node, mark?.form ?? form)) != nil
    let hasPart = try tree.status(part(of: node)) != nil
    return switch (mark, isThere, hasPart) {
    case (let mark?, true, _): .finished(mark)
    case (let mark?, false, true): .whole(mark)
    // Somebody took it away: it is made again.
    case (_?, false, false), (nil, false, false): .absent
    case (nil, true, _): .somebodyElses
    case (nil, false, true): .half
    }
  }

  // MARK: making

  /// Takes away what is left of a node that is not finished.
  func clear(_ node: NodeName) throws(TreeError) {
    try naming { () throws(TreeError) in
      // The mark first: without it nothing that comes later is taken for whole.
      try tree.remove(mark(of: node))
      try tree.remove(Self.own.appending("\(node).mark"))
      try tree.removeAll(part(of: node))
    }
  }

  /// The part of a node is whole: from here on it is finished, or becomes so with the next start.
  func finish(_ node: NodeName, _ mark: BakeMark) throws(TreeError) {
    let draft = Self.own.appending("\(node).mark")
    try naming { () throws(TreeError) in
      try tree.create(draft, mark.bytes, FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600)))
      // All that the part is, and the mark, before either has its name.
      try tree.synchronize([Self.own])
      try tree.rename(draft, to: self.mark(of: node))
    }
    try name(node, mark.form)
  }

  /// Gives a part that is whole its name.
  func name(_ node: NodeName, _ form: BakeForm) throws(TreeError) {
    try naming { () throws(TreeError) in try tree.renameToNew(part(of: node), place(of: node, form)) }
  }

  // MARK: the folder itself

  /// Makes what is missing of it, and holds it alone for as long as the lock lives.
  ///
  /// - Throws: ``EngineError`` where another bake works in it.
  func hold() throws -> DirectoryLock {
    try naming { () throws(TreeError) in
      guard try tree.status(Self.own) == nil else { return }
      try tree.makeDirectory(
        Self.own, FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o700)))
      try tree.removeDefaultList(of: Self.own)
    }
    guard let status = try tree.status(Self.own), status.kind == .directory, status.attributes.owner == geteuid(),
      status.attributes.mode.bits & 0o077 == 0
    else {
      throw EngineError(
        .invalid, "\(name(Self.own)) is not a directory of yours that is closed to others",
        advice: "move it away, or bake into another directory")
    }
    guard let lock = try tree.lock(Self.own, wait: false) else {
      throw EngineError(.locked, "another imprint bakes into \(path)", advice: "wait for it, or name another directory")
    }
    // What a killed bake had started ends with it, which may take a moment.
    _ = try tree.lock(.root, wait: true)
    return lock
  }

  /// As long as it lives no other bake begins here.
  func beBusy() throws(TreeError) -> DirectoryLock? { try tree.lock(.root, wait: true, isShared: true) }

  func keep(site bytes: [UInt8]) throws(TreeError) {
    try naming { () throws(TreeError) in
      try tree.remove(Self.site)
      try tree.create(Self.site, bytes, FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600)))
    }
  }
}
