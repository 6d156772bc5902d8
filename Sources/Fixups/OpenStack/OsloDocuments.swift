internal import Documents
internal import Site
internal import Tree

/// Configuration files that oslo.config reads, each opened once, with the edits that are wanted in them.
struct OsloDocuments {
  struct Document {
    let snapshot: FileSnapshot
    let original: OsloConfig
    var config: OsloConfig
    private(set) var reasons: [String] = []
    private var given: Set<String> = []

    init(_ snapshot: FileSnapshot, _ config: OsloConfig) {
      self.snapshot = snapshot
      original = config
      self.config = config
    }

    /// What packages own: a later file says otherwise, this one stays.
    var isVendors: Bool { snapshot.path.isWithin("/usr") }

    mutating func because(_ reason: String) { if given.insert(reason).inserted { reasons.append(reason) } }
  }

  private(set) var paths: [TreePath] = []
  private var documents: [TreePath: Document] = [:]
  private let cache: ConfigurationCache

  init(_ cache: ConfigurationCache) { self.cache = cache }

  subscript(path: TreePath) -> Document? { documents[path] }

  /// Opens a file, and says where it really is; nil where there is none.
  mutating func open(_ path: TreePath, in tree: any TreeReading) throws(TreeError) -> TreePath? {
    guard let snapshot = try tree.file(path) else { return nil }
    open(snapshot)
    return snapshot.path
  }

  mutating func open(_ snapshot: FileSnapshot) {
    guard documents[snapshot.path] == nil else { return }
    let config = cache.config(snapshot)
    documents[snapshot.path] = Document(snapshot, config)
    paths.append(snapshot.path)
  }

  /// Opens what a service is given, in its reading order: the files, then each directory's `*.conf` by name (oslo.config,
  /// `--config-dir`).
  mutating func open(
    _ files: [AbsolutePath], _ directories: [AbsolutePath], in tree: any TreeReading
  ) throws(TreeError) -> [TreePath] {
    var order: [TreePath] = []
    for file in files {
      if let path = try open(TreePath(file), in: tree) { order.append(path) }
    }
    for directory in directories {
      let isRead: (String) -> Bool = { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }
      for found in try tree.files(in: TreePath(directory), where: isRead) {
        open(found.file)
        order.append(found.file.path)
      }
    }
    return order
  }

  /// What the service reads before any edit, and where: the last file that sets the option.
  func original(_ section: String, _ option: String, in order: [TreePath]) -> (value: String, path: TreePath)? {
    order.reversed().lazy.compactMap { path in
      documents[path]?.original.value(section, option).map { ($0, path) }
    }.first
  }

  /// The same with the edits.
  func value(_ section: String, _ option: String, in order: [TreePath]) -> (value: String, path: TreePath)? {
    order.reversed().lazy.compactMap { path in
      documents[path]?.config.value(section, option).map { ($0, path) }
    }.first
  }

  mutating func edit(
    _ path: TreePath, because reason: String, _ change: (inout OsloConfig) throws(EditError) -> Void
  ) throws {
    guard var document = documents[path] else { return }
    do throws(EditError) {
      try change(&document.config)
    } catch {
      throw FixupError("\(path): \(error)")
    }
    guard document.config != documents[path]?.config else { return }
    document.because(reason)
    documents[path] = document
  }

  /// What becomes of one occurrence of an option, by its position in `options`, and why.
  typealias Revision = (position: Int, revision: OsloConfig.Revision, reasons: [String])

  /// Many edits of a file as one: with tens of thousands each would take as long as all.
  ///
  /// - Parameter revisions: in the order of the options.
  /// - Returns: the positions of those that came to something.
  mutating func revise(_ path: TreePath, _ revisions: [Revision]) throws -> Set<Int> {
    guard !revisions.isEmpty else { return [] }
    do throws(EditError) {
      let revised = try documents[path]?.config.revise(revisions.map { ($0.position, $0.revision) }) ?? []
      for (position, _, reasons) in revisions where revised.contains(position) {
        for reason in reasons { documents[path]?.because(reason) }
      }
      return revised
    } catch {
      throw FixupError("\(path): \(error)")
    }
  }

  /// What oslo.config stops at, each with file and line: the service would not start.
  ///
  /// - Parameter readsBytes: Python 2 runs the service; no encoding stops it.
  func problems(readsBytes: Bool) -> [String] {
    paths.flatMap { path in
      documents[path].map { problems(of: $0.original, path, readsBytes: readsBytes) } ?? []
    }
  }

  /// The first few: a file that is no configuration at all has one for every line.
  private func problems(of config: OsloConfig, _ path: TreePath, readsBytes: Bool) -> [String] {
    let all = config.problems.filter { !readsBytes || !$0.isOfEncoding }
    guard !all.isEmpty else { return [] }
    if config.bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      return ["\(path):1: a byte order mark stands before the first section"]
    }
    let limit = 3
    return all.prefix(limit).map { "\(path):\($0.line): \($0.reason)" }
      + (all.count > limit ? ["\(all.count - limit) more lines of \(path) are no better"] : [])
  }

  var changes: [Change] {
    paths.compactMap { path in
      documents[path].flatMap { document in
        cache.keep(document.config, for: path)
        return Change.edit(document.snapshot, to: document.config.bytes, because: document.reasons)
      }
    }
  }
}
