public import Site
public import Tree

/// The names that a node goes by, compared as resolvers do: without regard to case.
struct NodeNames {
  let short: String
  let full: String

  init(_ node: Node, in site: Site) {
    short = node.name.description
    full = site.hostname(of: node)?.description ?? short
  }

  /// Whether a name is this node's: the short one, with any domain behind it or none. Another domain is a mistake about
  /// the domain, not about who this is.
  func contains(_ name: String) -> Bool { Self.short(name.lowercased()) == short }

  /// The name in the form of another: full where that one was. Where the site has no domain, that one's stays: services
  /// that agree on a name now have to agree on it afterwards.
  ///
  /// What follows an `@` names a backend of cinder's, and stays.
  func like(_ other: String) -> String {
    if let at = other.firstIndex(of: "@") { return like(String(other[..<at])) + other[at...] }
    guard other.contains("."), !Self.isNobody(other), (try? IPAddress(other)) == nil else { return short }
    guard full == short else { return full }
    return (try? Hostname(short + other.lowercased().drop { $0 != "." }))?.description ?? short
  }

  static func short(_ name: String) -> String {
    name.utf8.firstIndex(of: UInt8(ascii: ".")).map { String(name[..<$0]) } ?? name
  }

  /// What systemd, libvirt and installers call a machine that has no name.
  static func isNobody(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.isEmpty || name.hasPrefix("localhost") || name == "(none)"
  }
}

extension Site {
  /// The node that a name belongs to, short or full.
  func node(called name: String) -> Node? {
    let short = NodeNames.short(name.lowercased())
    return nodes.first { $0.name.description == short }
  }
}

extension Provenance {
  /// Whether a tree calls itself by a node's name.
  public static func isNamed(
    _ node: Node, in site: Site, platform: Platform, tree: any TreeReading
  ) throws -> Bool {
    try Traces.hostnames(platform, tree, ConfigurationCache()).first.map(NodeNames(node, in: site).contains) ?? false
  }
}
