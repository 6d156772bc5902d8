internal import Cluster
internal import Fixups
internal import Site
internal import Transaction
internal import Tree

extension Target {
  /// The same with another site.
  func with(_ site: Site) -> Target { Target(tree: tree, site: site, node: node, platform: platform, told: told) }

  /// What this tree is to its node, for fixups.
  func situation() throws -> Situation {
    let tree = CachedTree(tree)
    let provenance = try Provenance.inspect(
      site: site, node: node, platform: platform, tree: tree, configurations: ConfigurationCache(), machine: machine)
    return Situation(
      site: site, node: node, platform: platform, tree: tree, provenance: provenance, fresh: KernelRandomness(),
      ownerCanChange: Self.ownerCanChange)
  }

  /// Brings what another node's arrival changes to what the site says, as one transaction.
  /// - Parameters:
  ///   - facts: Of the nodes that have just been asked.
  ///   - more: What is done beside that.
  func converge(
    title: String, knowing facts: [PeerFacts], and more: [any Fixup] = []
  ) throws -> (plan: Plan, transaction: String?) {
    let fixups = Catalog.joining(facts, in: site) + more
    let early = try plan(recordsMachine: false, fixups: fixups)
    guard !early.isEmpty else { return (early, nil) }
    let store = try UnderLock(Store(tree: tree), wait: true).store
    defer { store.tidy() }
    // Another may have joined while we waited.
    let plan = try retold().plan(recordsMachine: false, fixups: fixups)
    guard !plan.isEmpty else { return (plan, nil) }
    let operations = try Materialization.operations(for: plan.changes)
    return (plan, try uninterrupted { try store.commit(operations, title: title) })
  }
}
