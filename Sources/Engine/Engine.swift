/// The order of things: identify → inspect → plan → commit → verify.
///
/// What may enter this room: the sequence, and what ties the other rooms together. It decides nothing about a file
/// (Fixups), writes none itself (Transaction), and prints nothing (the executable).
public import Fixups
internal import Glibc
public import Identity
public import Site
public import Tree

/// What the user asked for.
public struct Request: Sendable {
  /// The target's root directory.
  public var root: String
  /// A site file on this machine; nil for etc/imprint/site.toml of the tree.
  public var site: String?
  public var node: String?
  /// A platform profile by name; nil to find it from the tree's os-release.
  public var profile: String?
  /// What outside sources said, where they were asked already.
  public var outside: OutsideSources.Answer?

  public init(root: String, site: String? = nil, node: String? = nil, profile: String? = nil) {
    self.root = root
    self.site = site
    self.node = node
    self.profile = profile
  }
}

/// What a request stands for, once its names are resolved.
public struct Target: Sendable {
  public let tree: Tree
  /// As the site file has it, and beside that as nodes themselves have said since.
  public let site: Site
  public let node: Node
  public let platform: Platform
  /// What of it is the nodes' own word; nil where the site is not of the tree, whose user means what is in it.
  let told: ToldAddresses?
  /// What the tree's own site file becomes, where a source gave it or completed it.
  let siteFile: SiteFile?
  /// The machine that runs the tree; nil where the tree is below a directory of another.
  public let machine: StampedMachine?

  static let sitePath: TreePath = "/etc/imprint/site.toml"
  static let profilesPath: TreePath = "/etc/imprint/profiles"

  /// - Throws: ``EngineError`` where a name stands for nothing, or nobody says which node this is.
  public init(_ request: Request) throws {
    try self.init(request, on: Self.isRunning(request.root) ? MachineFacts(root: request.root) : nil)
  }

  /// - Parameter facts: The machine that runs the tree; nil for a tree below a directory.
  init(_ request: Request, on facts: MachineFacts?) throws {
    tree = try Tree(root: request.root)
    let ownProfiles = try Self.ownProfiles(of: tree)
    var words = OutsideWords(request, on: facts)
    let source = try Self.siteSource(request, tree, &words)
    let said = try Self.site(source, ownProfiles)
    let named = try Self.node(request.node, in: said, of: tree, on: facts, &words)
    platform = try Self.platform(request.profile ?? said.profile(of: named), of: tree, ownProfiles)
    let completed: Site
    (completed, node, siteFile) = try words.complete(said, named, source, ownProfiles, platform, tree)
    told = source.kind == .ofTree ? try ToldAddresses(in: tree, beside: completed) : nil
    site = told?.applied(to: completed, except: node.name) ?? completed
    machine = facts.map(StampedMachine.init)
  }

  init(tree: Tree, site: Site, node: Node, platform: Platform, told: ToldAddresses? = nil) {
    self.tree = tree
    self.site = site
    self.node = node
    self.platform = platform
    self.told = told
    machine = nil
    siteFile = nil
  }

  /// Whether a tree is the one that this machine runs. Any other says nothing about this machine, nor this machine about it.
  static func isRunning(_ root: String) -> Bool {
    !root.isEmpty && root.allSatisfy { $0 == "/" } && !MachineFacts.areOfAnotherTree
  }

  /// The bytes of the site, and from where.
  struct SiteSource {
    let bytes: [UInt8]
    /// What messages call it.
    let name: String
    enum Kind { case named, ofTree, carried }
    let kind: Kind
  }

  static func siteSource(_ request: Request, _ tree: Tree, _ words: inout OutsideWords) throws -> SiteSource {
    if let path = request.site { return SiteSource(bytes: try HostFile.read(path), name: path, kind: .named) }
    let name = "\(request.root == "/" ? "" : request.root)\(sitePath)"
    if let file = try tree.file(sitePath) { return SiteSource(bytes: file.bytes, name: name, kind: .ofTree) }
    if let carried = try words.site() { return carried }
    throw EngineError(
      .invalid, "there is no site file \(name)", advice: "name one with --site, or write one with imprint init")
  }

  /// - Parameter ownProfiles: Those of the tree; nil where they are not known yet: then it may name any.
  static func site(_ source: SiteSource, _ ownProfiles: [String]?) throws -> Site {
    do {
      return try Site.parse(source.bytes, file: source.name, profiles: ownProfiles.map { Platform.names + $0 })
    } catch {
      throw EngineError(.invalid, error.description)
    }
  }

  /// The site that a tree has itself; nil where it has none.
  static func ownSite(of tree: any TreeReading) throws -> Site? {
    guard let file = try tree.file(sitePath) else { return nil }
    return try site(SiteSource(bytes: file.bytes, name: sitePath.description, kind: .ofTree), ownProfiles(of: tree))
  }

  /// The names of the tree's own profiles.
  static func ownProfiles(of tree: any TreeReading) throws -> [String] {
    (try tree.entries(profilesPath) ?? []).map(\.name).filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) }
  }

  /// The profile of that name, the tree's own before those of the program; for nil the one that its os-release fits.
  public static func platform(_ name: String?, of tree: any TreeReading) throws -> Platform {
    try platform(name, of: tree, ownProfiles(of: tree))
  }

  static func platform(_ name: String?, of tree: any TreeReading, _ ownProfiles: [String]) throws -> Platform {
    let host = try hostPlatform(name, of: tree, ownProfiles)
    let services = try Platform.containers { marker in
      try TreePath(marker.description).map { path in try tree.status(path) != nil } ?? false
    }.first
    guard let services, try !host.runsNova(beside: services, in: tree) else { return host }
    return host.running(services)
  }

  private static func hostPlatform(
    _ name: String?, of tree: any TreeReading, _ ownProfiles: [String]
  ) throws -> Platform {
    if let name {
      if let file = try tree.file(profilesPath.appending("\(name).toml")) {
        return try parse(file)
      }
      if let platform = Platform.named(name) { return platform }
      throw EngineError(
        .invalid, "there is no platform profile \(name); there are \(Platform.names.joined(separator: ", "))")
    }
    let release = try OperatingSystem(of: tree)
    for name in ownProfiles {
      guard let file = try tree.file(profilesPath.appending("\(name).toml")) else { continue }
      let platform = try parse(file)
      if platform.isMeant(by: release.fields) { return platform }
    }
    if let platform = Platform.detect(osRelease: release.fields) { return platform }
    throw EngineError(
      .invalid, "no platform profile fits \(release.title) (\(release.path))",
      advice: "name one with --profile: \(Platform.names.joined(separator: ", "))")
  }

  private static func parse(_ file: FileSnapshot) throws -> Platform {
    do {
      return try Platform.parse(file.bytes, file: file.path.description)
    } catch {
      throw EngineError(.invalid, error.description)
    }
  }
}

extension Target {
  /// Whether this process may give files to other users.
  static var ownerCanChange: Bool { geteuid() == 0 }
}
