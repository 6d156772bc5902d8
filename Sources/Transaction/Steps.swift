internal import Tree

/// The single steps of one transaction, each safe to do again: commit walks them once, recovery as often as it must.
struct Steps {
  let tree: Tree
  /// Where the journal and the before-images are.
  let directory: TreePath
  let journal: Journal

  func kept(_ index: Int) -> TreePath { directory.appending("before-\(index)") }

  /// What an image was when it was made, where somebody else may have written to it since.
  func kept(aside index: Int) -> TreePath { directory.appending("aside-\(index)") }

  /// The name of an after-image until it is renamed in. It begins with a dot and ends in a number, so that no reader
  /// of drop-in directories takes it for its own (`ifcfg-*`, `*.conf`, `*.nmconnection`).
  private func temporaryName(_ index: Int) -> String { ".imprint-\(journal.id)-\(index)" }

  /// Beside the target; below the temporary name of a directory that is itself still to be made.
  func staged(_ index: Int) -> TreePath {
    let parent = journal.entries[index].path.parent
    let made = journal.entries[..<index].lastIndex { $0.kind == .makeDirectory && $0.path == parent }
    return (made.map(staged) ?? parent).appending(temporaryName(index))
  }

  /// The same once that directory is in place.
  private func settled(_ index: Int) -> TreePath {
    journal.entries[index].path.parent.appending(temporaryName(index))
  }

  /// The directories whose file systems the transaction touches.
  var directories: [TreePath] { [directory] + journal.entries.map(\.path.parent) }

  // MARK: forward

  /// Renames every after-image in, in the plan's order.
  func putInPlace() throws {
    for (index, entry) in journal.entries.enumerated() {
      switch entry.kind {
      case .create, .replace:
        try renameIn(index, entry)
      case .makeDirectory:
        if try tree.status(settled(index)) != nil { try tree.rename(settled(index), to: entry.path) }
      case .changeDirectory:
        if let after = entry.after { try tree.setAttributes(ofDirectory: entry.path, after) }
      case .remove, .removeDirectory:
        // Gone already, or replaced by somebody since: only what we saw is removed.
        if try isBefore(entry, at: entry.path, index) { try tree.remove(entry.path) }
      }
    }
  }

  private func renameIn(_ index: Int, _ entry: Journal.Entry) throws {
    let source = settled(index)
    guard let image = try tree.status(source) else { return }  // done by an earlier run
    try put(source, hasOtherNames: image.links > 1, at: entry.path, entry.after)
  }

  /// Renames an image over its target, in either direction.
  private func put(
    _ image: TreePath, hasOtherNames: Bool = true, at target: TreePath, _ attributes: FileAttributes?
  ) throws {
    do {
      try tree.rename(image, to: target)
      guard hasOtherNames else { return }
    } catch let failure {
      // A mount point cannot be renamed over: its contents are rewritten, and the image goes last.
      guard failure.code == .busy, let file = try tree.file(image), let attributes else { throw failure }
      try tree.overwrite(target, file.bytes, attributes)
    }
    // Renaming one name of a file onto another name of it does nothing at all (rename(2)).
    try tree.remove(image)
  }

  private func isBefore(_ entry: Journal.Entry, at path: TreePath, _ index: Int) throws -> Bool {
    guard let now = try tree.status(path) else { return false }
    if entry.kind == .removeDirectory { return now.kind == .directory }
    guard let image = try tree.status(kept(index)) else { return false }
    if image.identity.hasSameContents(as: now.identity) { return true }
    // On another file system the image is a copy.
    if let text = try tree.linkText(path) { return try tree.linkText(kept(index)) == text }
    guard image.kind == .regular, now.kind == .regular, image.identity.size == now.identity.size else { return false }
    return try tree.file(kept(index))?.bytes == tree.file(path)?.bytes
  }

  /// Whether a file has another identity only because of the second name that its before-image gave it. link(2) copies a file of an
  /// overlay's lower layer up, and the copy is another inode where the file had several names already, or another device where the layers
  /// are on several file systems (overlayfs.rst of the kernel, "Inode properties" and "Non-standard behavior"). It is still the one
  /// that the plan was made from where nobody put another in its place since, and it says the same.
  func isCopiedUp(_ index: Int, _ operation: Operation) throws -> Bool {
    guard case .file(let before, let attributes, _) = operation.before, try tree.isOverlay(operation.path.parent),
      let now = try tree.status(operation.path), now.attributes == attributes, now.identity.size == before.size,
      let image = try tree.status(kept(index)), image.identity == now.identity
    else { return false }
    guard let digest = journal.entries[index].beforeDigest else { return now.identity.modified == before.modified }
    return try tree.file(operation.path).map { Digest(of: $0.bytes) == digest } ?? false
  }

  // MARK: back

  /// Removes after-images that were never renamed in: every one that can be, also after one that cannot.
  func removeStaged() throws {
    var first: (any Error)?
    for index in journal.entries.indices.reversed() {
      do { try tree.remove(staged(index)) } catch { first = first ?? error }
    }
    if let first { throw first }
  }

  /// Undoes whatever part of ``putInPlace()`` was done, last step first.
  func takeBack() throws {
    for (index, entry) in journal.entries.enumerated().reversed() {
      switch entry.kind {
      case .create, .makeDirectory:
        try takeBackCreated(index, entry)
      case .replace:
        try takeBackReplaced(index, entry)
      case .changeDirectory, .removeDirectory:
        guard let before = entry.before else { continue }
        if try tree.status(entry.path) == nil { try tree.makeDirectory(entry.path, before) }
        try tree.setAttributes(ofDirectory: entry.path, before)
      case .remove:
        if try tree.status(entry.path) == nil { try bringBack(index, entry) }
      }
    }
    try tree.synchronize(directories)
  }

  private func takeBackCreated(_ index: Int, _ entry: Journal.Entry) throws {
    var waiting = false
    for place in Set([staged(index), settled(index)]) where try tree.status(place) != nil {
      waiting = true
      try tree.remove(place)
    }
    if !waiting { try tree.remove(entry.path) }
  }

  private func takeBackReplaced(_ index: Int, _ entry: Journal.Entry) throws {
    let waiting = try tree.status(settled(index)) != nil
    let original = try tree.status(kept(index))
    let now = try tree.status(entry.path)
    let isOriginal = original != nil && original?.identity.inode == now?.identity.inode
    if !isOriginal, original != nil, try !waiting || wasOverwritten(entry) { try bringBack(index, entry) }
    try tree.remove(settled(index))
  }

  private func wasOverwritten(_ entry: Journal.Entry) throws -> Bool {
    guard let now = try tree.file(entry.path) else { return true }
    return Digest(of: now.bytes) != entry.beforeDigest || now.attributes != entry.before
  }

  /// Puts a before-image where it came from.
  private func bringBack(_ index: Int, _ entry: Journal.Entry) throws {
    let temporary = entry.path.parent.appending(".imprint-\(journal.id)-back-\(index)")
    try tree.remove(temporary)
    try copy(kept(index), to: temporary, entry.before)
    try put(temporary, at: entry.path, entry.before)
  }

  /// One more name for a file where the file system can; else a copy with everything that belongs to it.
  func copy(_ source: TreePath, to target: TreePath, _ attributes: FileAttributes?) throws {
    do {
      try tree.link(source, as: target)
    } catch let failure {
      guard failure.code == .noLink || failure.code == .notPermitted else { throw failure }
      if let text = try tree.linkText(source) { return try tree.makeSymbolicLink(target, to: text) }
      guard let image = try tree.file(source) else { throw failure }
      try tree.create(target, image.bytes, attributes ?? image.attributes, like: source)
    }
  }

  // MARK: before-images

  /// Keeps what stands at a path: under a second name, with which all comes back that the file is, its other names included. Where
  /// somebody can still write to it then, by another name or as a DHCP client to its leases, it is copied, too.
  func keep(_ path: TreePath, _ index: Int, _ attributes: FileAttributes) throws {
    try copy(path, to: kept(index), attributes)
    guard try tree.isWrittenElsewhere(kept(index), names: 2) else { return }
    do {
      try tree.duplicate(kept(index), as: kept(aside: index), attributes)
    } catch let failure {
      // Its owner may replace what they may not read, or give away. Half a copy is none.
      guard failure.code == .notPermitted else { throw failure }
      try tree.remove(kept(aside: index))
    }
  }

  /// The image that is what the file was.
  func image(_ index: Int) throws -> TreePath {
    let (kept, aside) = (kept(index), kept(aside: index))
    guard let copy = try tree.status(aside) else { return kept }
    guard let now = try tree.status(kept), now.attributes == copy.attributes,
      now.identity.size == copy.identity.size, now.identity.modified == copy.identity.modified,
      // Times can be put back. What is too large to be read at once goes by them.
      try now.identity.size > Tree.sizeLimit || tree.file(kept)?.bytes == tree.file(aside)?.bytes,
      try tree.extendedAttributes(of: kept) == tree.extendedAttributes(of: aside)
    else { return aside }
    return kept
  }
}
