internal import Glibc
internal import Live
public import Site
internal import Transaction
internal import Tree

/// One template, many nodes: the order of things.
///
/// All is looked at before anything is made: names, site, template, folder, and what an earlier bake has left. Each node is then a
/// process of its own (``NodeBaking``), as many at a time as make it faster. A second run goes on where the first ended, however it ended.
public struct Baking: Sendable {
  public struct Request: Sendable {
    public var template: String
    public var site: String
    /// As ``NodeSet`` reads it.
    public var nodes: String
    public var folder: String
    /// nil: what the template is itself, a tree or an image.
    public var form: BakeForm?
    public var profile: String?
    /// How many at a time; nil to find out.
    public var jobs: Int?

    public init(
      template: String, site: String, nodes: String, folder: String, form: BakeForm? = nil, profile: String? = nil,
      jobs: Int? = nil
    ) {
      self.template = template
      self.site = site
      self.nodes = nodes
      self.folder = folder
      self.form = form
      self.profile = profile
      self.jobs = jobs
    }
  }

  public let form: BakeForm
  public let nodes: [Node]
  let template: BakeTemplate
  let folder: BakeFolder
  let profile: String?
  let jobs: Int?
  private let site: [UInt8]
  private let lock: DirectoryLock
  /// Nobody changes a template while it is copied.
  private let still: DirectoryLock?
  /// A template's image, held as long as it is copied.
  private let image: (any Sendable)?
  /// What is said of each node that is made, whatever else is said of it.
  private let remarks: [String]

  /// - Throws: ``EngineError`` for whatever can be known to be wrong before anything is made.
  public init(_ request: Request) throws {
    template = try BakeTemplate(request.template)
    form = try Self.form(request.form, of: template, called: request.template)
    site = try HostFile.read(request.site)
    profile = request.profile
    jobs = request.jobs
    let tree = template.isDirectory ? try Tree(root: template.path) : nil
    let source = Target.SiteSource(bytes: site, name: request.site, kind: .named)
    // An image's own profiles are known once it is mounted.
    let site = try Target.site(source, tree.map { try Target.ownProfiles(of: $0) })
    nodes = try NodeSet(request.nodes).nodes(of: site)
    if let tree { try Self.check(source, nodes, request.profile, on: tree) }
    guard !form.needsRoot || geteuid() == 0 else {
      throw EngineError(
        .notPermitted, "only root may mount what a bake of \(form == .overlay ? "overlays" : "an image") needs",
        advice: form != .overlay ? "run as root" : "run as root, or with --form tree")
    }
    if form == .overlay, let tree {
      let overlay = OverlayTemplate(template: template, tree: tree)
      try overlay.check()
      remarks = try overlay.remarks()
    } else {
      remarks = []
    }
    let qcow = template.isQcow ? try QcowImage(template.path, isOnlyRead: true) : nil
    let disk = template.isDirectory || template.isQcow ? nil : try DiskImage(template.path, isOnlyRead: true)
    image = qcow ?? disk
    still = try tree.flatMap { try Store(tree: $0).share() }
    folder = try Self.folder(request.folder, for: template)
    lock = try folder.hold()
    try checkEarlier()
    // An image that cannot be mounted as it should is no template for any node. A qcow2 image, which has to be copied for that, is
    // looked at where the first node would not say it just as well.
    let named = ([request.profile] + site.nodes.map(site.profile(of:))).compactMap(\.self)
    let isOwnProfile = !Set(named).isSubset(of: Platform.names)
    if try isOwnProfile || nodes.contains(where: { try isToBeMade($0.name) }) {
      let (nodes, profile) = (nodes, request.profile)
      func look(_ root: String) throws {
        if isOwnProfile { try Self.check(source, nodes, profile, on: Tree(root: root)) }
      }
      if isOwnProfile || nodes.count > 1 { try qcow?.read(in: folder.name(BakeFolder.own), look) }
      do {
        try disk?.withRoot { try look($0.path) }
      } catch let error as EngineError where error.code == .inputOutput {
        // A journal that has to be played first cannot be where nothing may be written; each node's copy is looked at anyway.
      }
    }
    try folder.keep(site: self.site)
  }

  /// What no node could be made with is said once, and not by each.
  private static func check(
    _ source: Target.SiteSource, _ nodes: [Node], _ profile: String?, on tree: Tree
  ) throws {
    let profiles = try Target.ownProfiles(of: tree)
    let site = try Target.site(source, profiles)
    guard let first = nodes.first else { return }
    _ = try Target.platform(profile ?? site.profile(of: first), of: tree, profiles)
  }

  private static func form(
    _ wanted: BakeForm?, of template: BakeTemplate, called name: String
  ) throws(EngineError) -> BakeForm {
    // An image is made of an image, whichever kind it is.
    let form = wanted == nil || wanted == .image && template.isQcow ? template.forms[0] : wanted ?? .tree
    guard template.forms.contains(form) else {
      throw EngineError(
        .usage,
        "\(name) is \(template.isDirectory ? "a directory" : "an image"), and cannot be baked as \(form.rawValue)",
        advice: "--form \(template.forms.map(\.rawValue).joined(separator: " or "))")
    }
    return form
  }

  /// Makes the folder where only its last name is missing.
  private static func folder(_ name: String, for template: BakeTemplate) throws -> BakeFolder {
    let parts = name.split(separator: "/")
    if access(name, F_OK) != 0, errno == ENOENT, let last = parts.last {
      let above = parts.dropLast().joined(separator: "/")
      let parent = name.hasPrefix("/") ? "/\(above)" : above.isEmpty ? "." : above
      let real = try BakeTemplate.real(parent)
      try template.check(doesNotHold: real)
      guard mkdir("\(real)/\(last)", 0o755) == 0 || errno == EEXIST else {
        throw EngineError(.cannotCreate, "cannot create \(name): \(String(cString: strerror(errno)))")
      }
    }
    let path = try BakeTemplate.real(name)
    try template.check(apartFrom: path)
    return try BakeFolder(path)
  }

  /// What stands where a node should be, and was not made by such a bake, is nothing to skip, and nothing to remove.
  private func checkEarlier() throws {
    var strangers: [NodeName] = []
    var others: [NodeName] = []
    for node in nodes.map(\.name) {
      switch try folder.standing(of: node, form) {
      case .somebodyElses: strangers.append(node)
      case .finished(let mark), .whole(let mark):
        if !mark.isOf(template, form) { others.append(node) }
      case .absent, .half: continue
      }
    }
    guard strangers.isEmpty else {
      throw EngineError(
        .invalid, "\(folder.path) has \(NodeSet.folded(strangers)) already, and not from a bake",
        advice: "move it away, or bake into another directory")
    }
    guard others.isEmpty else {
      throw EngineError(
        .invalid,
        "\(NodeSet.folded(others)) in \(folder.path) came from another template, or one that has changed since, or in another form",
        advice: "remove it to bake it anew, or bake into another directory")
    }
  }

  private func isToBeMade(_ node: NodeName) throws -> Bool {
    switch try folder.standing(of: node, form) {
    case .absent, .half: true
    case .whole, .finished, .somebodyElses: false
    }
  }

  /// Makes all that is not there yet.
  ///
  /// - Parameter stop: A descriptor that becomes readable when no more shall be begun, and those that are being made shall end.
  public func run(
    stop: Int32, _ tell: @escaping @Sendable (BakeEvent) -> Void
  ) throws -> BakeReport {
    let begun = ContinuousClock.now
    let digest = BakeMark.digest(site)
    var report = BakeReport(
      form: form, template: template.path, folder: folder.path,
      entries: try nodes.map { try entry(of: $0.name, digest) },
      milliseconds: 0)
    let wanted = report.entries.indices.filter { report.entries[$0].state == .left }
    let crew = BakeCrew(baking: self, program: try OwnProgram.again(), tell: tell)
    let (made, stopped) = try LiveActor.run { await crew.work(wanted.map { nodes[$0].name }, stop: stop) }
    for (index, entry) in zip(wanted, made) {
      report.entries[index] = entry
      report.entries[index].baked?.remarks += remarks
    }
    report.stopped = stopped
    try folder.tree.remove(BakeFolder.site)
    // The names that they got last.
    try folder.tree.synchronize([.root])
    report.milliseconds = Int(begun.duration(to: .now).wholeMilliseconds)
    withExtendedLifetime((lock, still, image)) {}
    return report
  }

  /// What is known of a node before the run: it is finished, or it is left to do.
  private func entry(of node: NodeName, _ site: String) throws -> BakeReport.Entry {
    var entry = BakeReport.Entry(
      node: node, path: folder.name(folder.place(of: node, form)), state: .left, baked: nil, milliseconds: 0,
      failure: nil)
    let standing = try folder.standing(of: node, form)
    if case .whole = standing { try folder.name(node, form) }
    switch standing {
    case .finished(let mark), .whole(let mark):
      entry.state = .before
      var baked = BakedNode()
      baked.changes = mark.changes
      if mark.site != site {
        baked.remarks = ["baked with another site file, and stays as it is (remove it to bake it anew)"]
      }
      entry.baked = baked
    case .absent, .half, .somebodyElses: break
    }
    return entry
  }
}
