public import Cluster
internal import Documents
internal import Fixups
internal import Site
internal import Transaction
internal import Tree

/// A peer's part of another node's join: what `imprint peer` does over there.
public enum PeerSide {
  /// Takes in what the joining node says of itself, by the same fixups as an apply, and answers with what this node is.
  ///
  /// The site is this node's own; the one that came along where it has none, or one that is not applied here yet.
  public static func answer(_ bytes: [UInt8], root: String) throws -> PeerDocument.Answer {
    guard let request = PeerDocument.Request(bytes) else {
      throw EngineError(.invalid, "what came in is not what an imprint says to a peer, or not all of it")
    }
    let tree = try Tree(root: root)
    try Target.checkIsConfirmed(tree)
    var remarks: [String] = []
    let (site, told) = try site(for: request, tree, &remarks)
    guard let node = site.node(request.receiver) else {
      throw EngineError(.invalid, "the site has no node \(request.receiver)")
    }
    let ownProfile = try Target.platform(site.profile(of: node), of: tree)
    let theirs = request.facts.ofMigrationUser(site.migration.user)
    let target = Target(tree: tree, site: site.knowing([theirs]), node: node, platform: ownProfile, told: told)
    try target.checkIsItself()
    let (plan, transaction) = try target.converge(title: "\(request.facts.node) joins", knowing: [theirs])
    var facts = PeerFacts(node.name, try OwnKeys(of: target.situation()))
    facts.access = site.migration.access.rawValue
    facts.user = site.migration.user.description
    // What it says of itself has to be so.
    if let own = try Target.ownSite(of: tree), let known = own.node(node.name),
      try MissingAddress(of: known, in: own, ownProfile, tree) == nil
    {
      facts.addresses = own.told(of: known)
    }
    remarks += plan.findings.filter { $0.value.severity == .warning && $0.fixup != ToldAddresses.name }
      .map(\.value.text)
    return PeerDocument.Answer(
      facts: facts, changed: plan.changes.map(\.path.description), transaction: transaction, remarks: remarks)
  }

  /// This node's own site, with the joining one as that is now. Every node speaks for itself: of the others it is what they have
  /// said, or the file.
  private static func site(
    for request: PeerDocument.Request, _ tree: Tree, _ remarks: inout [String]
  ) throws -> (site: Site, told: ToldAddresses?) {
    let profiles = try Target.ownProfiles(of: tree)
    let theirs = Array(request.site.utf8)
    let sent = try Target.site(
      Target.SiteSource(bytes: theirs, name: "the site of \(request.facts.node)", kind: .named), profiles)
    guard let own = try Target.ownSite(of: tree) else { return (sent, nil) }
    guard let node = own.node(request.receiver) else {
      remarks.append("its \(Target.sitePath) does not have it: copy the site file there")
      return (sent, nil)
    }
    let platform = try Target.platform(own.profile(of: node), of: tree)
    if let missing = try MissingAddress(of: node, in: own, platform, tree) {
      remarks.append(
        "its \(Target.sitePath) has it at \(missing.address), where it is not yet: imprint apply there")
      return (sent, nil)
    }
    if own.migration.access != sent.migration.access {
      remarks.append(
        "its \(Target.sitePath) says access = \"\(own.migration.access.rawValue)\", and \(request.facts.node)'s \"\(sent.migration.access.rawValue)\": copy the newer one over the older"
      )
    }
    let (site, told) = try own.with(request.facts.node, as: sent, of: tree, at: request.receiver, &remarks)
    return (site.trusting(sent.migration.authority?.description), told)
  }
}

extension Site {
  /// - Parameters:
  ///   - joining: Who says where it is now, which is kept.
  ///   - sent: The site as that node has it.
  ///   - receiver: Whose tree it is.
  fileprivate func with(
    _ joining: NodeName, as sent: Site, of tree: Tree, at receiver: NodeName, _ remarks: inout [String]
  ) throws -> (site: Site, told: ToldAddresses) {
    if let node = sent.node(joining) {
      if let known = self.node(joining) {
        if known.addresses != node.addresses {
          remarks.append(
            "its \(Target.sitePath) and \(joining)'s do not agree where \(joining) is, whose own word counts: copy the newer one over the older"
          )
        }
      } else {
        remarks.append("its \(Target.sitePath) does not have \(joining): copy the site file there")
      }
    }
    let said = sent.node(joining).map(sent.placed) ?? []
    let told = try ToldAddresses.learning(in: tree, beside: self) { $0.learn(joining, said, beside: self) }
    remarks += told.findings(except: receiver).filter { $0.node != joining }.map(\.finding.text)
    var site = told.applied(to: self, except: receiver)
    if site.node(joining) == nil, let node = sent.node(joining) { site.nodes.append(node) }
    for node in site.nodes where node.name != joining && node.name != receiver {
      guard let theirs = sent.node(node.name), theirs.addresses != node.addresses else { continue }
      remarks.append(
        "its \(Target.sitePath) and \(joining)'s do not agree where \(node.name) is: copy the newer one over the older")
    }
    return (site, told)
  }
}

extension Target {
  /// - Throws: where what this machine is now may be undone any moment: that is no state to tell of.
  static func checkIsConfirmed(_ tree: Tree) throws {
    guard let waiting = try Store(tree: tree).unconfirmed() else { return }
    throw EngineError(
      .unavailable, "transaction \(waiting.id) (\(waiting.title)) still waits to be confirmed there",
      advice: "imprint confirm there keeps it and joins, imprint rollback undoes it")
  }

  func checkIsConfirmed() throws {
    guard let waiting = try Store(tree: tree).unconfirmed() else { return }
    throw EngineError(
      .unavailable,
      "transaction \(waiting.id) (\(waiting.title)) still waits to be confirmed: nobody is told of what may be undone",
      advice: "imprint confirm keeps it and joins, imprint rollback undoes it")
  }

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
