public import Cluster
internal import Documents
internal import Fixups
internal import Site
internal import Tree

/// A peer's part of another node's join: what `imprint peer` does over there.
public enum PeerSide {
  /// Takes in what the joining node says of itself, by the same fixups as an apply, and answers with what this node is.
  ///
  /// The site is this node's own, where that knows the one that joins; else the one that came along, for this once.
  public static func answer(_ bytes: [UInt8], root: String) throws -> PeerDocument.Answer {
    guard let request = PeerDocument.Request(bytes) else {
      throw EngineError(.invalid, "what came in is not what an imprint says to a peer, or not all of it")
    }
    let tree = try Tree(root: root)
    var remarks: [String] = []
    let site = try site(for: request, tree, &remarks)
    guard let node = site.node(request.receiver) else {
      throw EngineError(.invalid, "the site has no node \(request.receiver)")
    }
    let ownProfile = try Target.platform(site.profile(of: node), of: tree)
    let target = Target(tree: tree, site: site.knowing([request.facts]), node: node, platform: ownProfile)
    try target.checkIsItself()
    let (plan, transaction) = try target.converge(title: "\(request.facts.node) joins", knowing: [request.facts])
    let facts = PeerFacts(node.name, try OwnKeys(of: target.situation()))
    remarks += plan.findings.filter { $0.value.severity == .warning }.map(\.value.text)
    return PeerDocument.Answer(
      facts: facts, changed: plan.changes.map(\.path.description), transaction: transaction, remarks: remarks)
  }

  private static func site(
    for request: PeerDocument.Request, _ tree: Tree, _ remarks: inout [String]
  ) throws -> Site {
    let profiles = try Target.ownProfiles(of: tree)
    let theirs = Array(request.site.utf8)
    let sent = try Target.site(
      Target.SiteSource(bytes: theirs, name: "the site of \(request.facts.node)", kind: .named), profiles)
    guard let own = try Target.ownSite(of: tree) else { return sent }
    let joining = request.facts.node
    if let known = own.node(joining), known.addresses == sent.node(joining)?.addresses,
      own.node(request.receiver) != nil
    {
      if own.migration.access != sent.migration.access {
        remarks.append(
          "its \(Target.sitePath) says access = \"\(own.migration.access.rawValue)\": copy the site file there")
      }
      let mixed = try mixed(own, sent, request, tree, &remarks)
      return mixed.trusting(sent.migration.authority?.description)
    }
    remarks.append("its \(Target.sitePath) does not have \(joining) as it is now: copy the site file there")
    return sent
  }
}

extension PeerSide {
  /// This node's own site, but for nodes that another's join has brought here as the joining one's site has them: what they were
  /// told of is not taken back for a site file that is older.
  private static func mixed(
    _ own: Site, _ sent: Site, _ request: PeerDocument.Request, _ tree: Tree, _ remarks: inout [String]
  ) throws -> Site {
    let table = HostsIndex(HostsFile(try tree.file("/etc/hosts")?.bytes ?? []))
    var mixed = own
    for (index, node) in own.nodes.enumerated() where ![request.facts.node, request.receiver].contains(node.name) {
      guard let theirs = sent.node(node.name), theirs.addresses != node.addresses else { continue }
      remarks.append(
        "its \(Target.sitePath) and \(request.facts.node)'s do not agree where \(node.name) is: copy the newer one there"
      )
      let resolved = Set(table.addresses(of: node.name.description).compactMap { HostAddress($0)?.description })
      let expected = Set(sent.hostAddresses(of: theirs).compactMap { HostAddress($0.description)?.description })
      if resolved == expected { mixed.nodes[index].addresses = theirs.addresses }
    }
    return mixed
  }
}

extension Target {
  /// - Throws: where the tree is another node's, or a copy that has not been made into its node yet.
  func checkIsItself() throws {
    let situation = try situation()
    let name = try tree.file("/etc/hostname").flatMap {
      HostnameFile($0.bytes).name(readsFirstLineOnly: platform.systemd.hostnameIsFirstLine)
    }
    let short = name.map { String($0.prefix { $0 != "." }).lowercased() }
    guard short == nil || short == node.name.description, !situation.provenance.isCopy else {
      throw EngineError(
        .invalid,
        "this machine is not \(node.name): \(situation.provenance.isCopy ? situation.provenance.evidence : "it calls itself \(name ?? "nothing")")",
        advice: "imprint apply \(node.name) makes it that")
    }
  }
}
