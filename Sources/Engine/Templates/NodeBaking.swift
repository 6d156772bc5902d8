internal import CLinux
internal import Fixups
internal import Glibc
public import Site
internal import Tree

/// One node: made aside, given its identity exactly as an apply gives it, and put in its place. A process of its own does it, so that one
/// that fails, is killed or runs out of something takes no other along.
public struct NodeBaking {
  private let node: NodeName
  private let template: BakeTemplate
  private let form: BakeForm
  private let profile: String?
  private let folder: BakeFolder

  /// - Parameter into: A folder that a ``Baking`` has made ready.
  public init(_ node: NodeName, from: String, into: String, form: BakeForm, profile: String?) throws {
    self.node = node
    self.form = form
    self.profile = profile
    template = try BakeTemplate(from)
    folder = try BakeFolder(into)
  }

  /// From here on this process ends when the one that started it does.
  ///
  /// - Throws: ``EngineError`` where that has ended already.
  public static func endWith(parent: Int32) throws {
    guard imprint_end_with(parent) == 0 else { throw EngineError(.unavailable, "who started this has ended") }
  }

  public func run() throws -> BakedNode {
    let lock = try folder.beBusy()
    defer { withExtendedLifetime(lock) {} }
    do {
      try folder.clear(node)
      var baked =
        switch form {
        case .tree: try makeTree()
        case .overlay: try makeOverlay()
        case .image: try makeImage()
        case .qcow2: try makeQcow()
        }
      let site = try HostFile.read(folder.name(BakeFolder.site))
      let mark = BakeMark(form: form, template: template, site: site, changes: baked.changes)
      try folder.finish(node, mark)
      baked.remarks = baked.remarks.map(named)
      return baked
    } catch {
      guard let known = EngineError(error) else { throw error }
      throw EngineError(known.code, named(known.reason), advice: known.advice.map(named))
    }
  }

  // MARK: the three forms

  private func makeTree() throws -> BakedNode {
    try makeDirectory(part)
    let amount = try folder.tree.copy(Tree(root: template.path), into: part)
    var baked = try apply(root: folder.name(part))
    baked.add(amount)
    return baked
  }

  private func makeOverlay() throws -> BakedNode {
    let (upper, work) = (part.appending("upper"), part.appending("work"))
    for directory in [part, upper, work] { try makeDirectory(directory) }
    let lower = try Tree(root: template.path)
    // The root of an overlay is the upper one.
    try folder.tree.dress(upper, asRootOf: lower)
    let baked = try apply(over: lower, upper, work)
    // The kernel's own, which it makes again.
    try folder.tree.removeAll(work.appending("work"))
    return baked
  }

  /// The mount ends with the call.
  private func apply(over lower: Tree, _ upper: TreePath, _ work: TreePath) throws -> BakedNode {
    let root = try mount(lower, upper, work)
    defer { withExtendedLifetime(root) {} }
    return try apply(root: "/proc/self/fd/\(root.number)")
  }

  private func mount(_ lower: Tree, _ upper: TreePath, _ work: TreePath) throws -> Descriptor {
    let (root, reason) = try lower.withDirectory(.root) { lower throws(TreeError) in
      try folder.tree.withDirectory(upper) { upper throws(TreeError) in
        try folder.tree.withDirectory(work) { work throws(TreeError) in
          let root = imprint_mount_overlay_aside(lower, upper, work)
          return (root, imprint_errno())
        }
      }
    }
    guard root < 0 else { return Descriptor(root) }
    throw EngineError(
      reason == EPERM ? .notPermitted : .inputOutput,
      "cannot mount an overlay over \(template.path): \(String(cString: strerror(reason)))",
      advice: reason == EPERM
        ? "only root may mount it"
        : "\(folder.path) has to be on a file system that an overlay can write to, which NFS and overlays are not; --form tree "
          + "goes anywhere")
  }

  private func makeImage() throws -> BakedNode {
    let source = open(template.path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard source >= 0 else {
      throw EngineError(.notPermitted, "cannot open \(template.path): \(String(cString: strerror(errno)))")
    }
    let image = Descriptor(source)
    var status = stat()
    guard fstat(source, &status) == 0 else {
      throw EngineError(.inputOutput, "cannot look at \(template.path): \(String(cString: strerror(errno)))")
    }
    let isDevice = status.st_mode & S_IFMT == S_IFBLK
    // Whoever may read the template sees no keys in it, and what is made of it has a node's private ones.
    let amount = try folder.tree.copy(
      file: image.number, size: isDevice ? UInt64(max(0, imprint_device_size(source))) : nil, to: part,
      FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o600)))
    var baked = try DiskImage(folder.name(part)).withRoot { try apply(root: $0.path) }
    baked.add(amount)
    return baked
  }

  private func makeQcow() throws -> BakedNode {
    guard let image = try QcowImage(template.path, isOnlyRead: true) else {
      throw EngineError(.invalid, "\(template.path) is no qcow2 image any more")
    }
    let made = try image.copy(to: folder.name(part)) { try apply(root: $0) }
    var baked = made.result
    baked.add(CopiedAmount(files: 1, written: made.bytes))
    return baked
  }

  private func makeDirectory(_ path: TreePath) throws {
    try folder.tree.makeDirectory(path, FileAttributes(owner: geteuid(), group: getegid(), mode: FileMode(0o700)))
  }

  // MARK: its identity

  /// As `imprint apply NODE --root` does it.
  private func apply(root: String) throws -> BakedNode {
    let target = try Target(
      Request(root: root, site: folder.name(BakeFolder.site), node: node.description, profile: profile))
    let applied = try target.apply { _ in true }
    let verification = applied.verification
    let failures = (verification?.failures ?? []).map {
      "\($0.value.subject): \($0.value.seen), and not \($0.value.expected)"
    }
    if let verification, !verification.mistakes.isEmpty {
      let wrong = failures + verification.differences.map { "\($0.path) would be changed again" }
      throw EngineError(.invalid, "it did not become \(node): \(wrong.joined(separator: "; "))")
    }
    var baked = BakedNode()
    baked.changes = applied.plan.changes.count
    baked.remarks = applied.plan.findings.map(\.value).filter { $0.severity == .warning }.map { finding in
      finding.text + (finding.advice.map { " (\($0))" } ?? "")
    }
    baked.remarks += failures
    if !applied.plan.provenance.isCopy {
      baked.remarks.append(
        "the template is \(node)'s own (\(applied.plan.provenance.evidence)), whose keys and ids this keeps (imprint seal makes a "
          + "template nobody's)")
    }
    return baked
  }

  private var part: TreePath { folder.part(of: node) }

  /// What is being made has a path that nobody knows, or none at all.
  private func named(_ text: String) -> String {
    let place = folder.name(folder.place(of: node, form))
    // What cannot be changed is so in the template, and what was made of it goes.
    let (flags, root) = ("chattr -ia ", "/proc/self/fd/0")
    let isImage = form == .image || form == .qcow2
    return text.replacing(flags + folder.name(part), with: flags + root)
      .replacing(/chattr -ia \/proc\/self\/fd\/[0-9]+(\/[^ )]*)/) {
        isImage ? "\(flags)\($0.1) in \(template.path)" : "\(flags)\(template.path)\($0.1)"
      }.replacing(folder.name(part), with: place).replacing(/\/proc\/self\/fd\/[0-9]+/, with: place)
  }
}
