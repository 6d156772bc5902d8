internal import Cluster
internal import Documents
internal import Fixups
internal import Site
internal import Tree

/// What a peer without imprint needs: the same fixups, on the files that it has shown.
struct PeerPlan {
  var edits: [PeerEdit] = []
  var changed: [String] = []
  var remarks: [String] = []
  let facts: PeerFacts

  /// - Parameter site: With the keys of the node that joins.
  init(_ peer: Node, in site: Site, _ tree: PeerTree, joining: [PeerFacts]) throws {
    let platform = try Target.platform(site.profile(of: peer), of: tree)
    try Self.check(peer, platform, tree)
    // A password is for the operator to set there: /etc/shadow is not read over ssh.
    var situation = Situation(
      site: site.withoutSecrets, node: peer, platform: platform, tree: tree,
      provenance: Provenance(origin: .own, evidence: "it answers to its name"), fresh: KernelRandomness(),
      ownerCanChange: true)
    facts = PeerFacts(peer.name, try OwnKeys(of: situation))
    let proposals = try Proposals(of: Catalog.joining(joining, in: site), for: &situation)
    remarks = proposals.findings.filter { $0.value.severity == .warning }.map(\.value.text)
    if peer.role == .compute, site.migration.commands == .migration {
      remarks.append(
        "it has no imprint, so that keys there are held to their nodes' addresses only, and not to what migration runs")
    }
    for change in proposals.changes { add(change) }
  }

  /// Not one's own word for it, but the machine's: another that answers in its place is left alone.
  private static func check(_ peer: Node, _ platform: Platform, _ tree: PeerTree) throws {
    guard let file = try tree.file("/etc/hostname"),
      let name = HostnameFile(file.bytes).name(readsFirstLineOnly: platform.systemd.hostnameIsFirstLine),
      name.prefix(while: { $0 != "." }).lowercased() != peer.name.description
    else { return }
    throw EngineError(
      .invalid, "the machine that answers as \(peer.name) calls itself \(name.shownOnOneLine)",
      advice: "is it a copy that has not been made into its node yet?")
  }

  private mutating func add(_ change: Change) {
    switch change.action {
    case .write(.bytes(let bytes), let attributes):
      edits.append(.write(change.path, bytes, attributes))
    case .directory(let attributes): edits.append(.directory(change.path, attributes))
    case .write(.privateKey(let request), let attributes):
      guard case .absent = change.before else {
        remarks.append(
          "\(change.path) is not a key that nova can use (\(change.reasons.joined(separator: "; "))): mend it there")
        return
      }
      edits.append(
        .key(change.path, type: request.type.rawValue, bits: request.bits, comment: request.comment, attributes))
    // The pair is made at once, over there.
    case .write(.publicKey, _): return
    // Nothing of a machine that nobody applies to is taken away.
    case .remove: return
    }
    changed.append(change.path.description)
  }
}
