internal import Fixups
internal import Identity
internal import Site
internal import Tree

extension Target {
  /// Who the tree shall be: as the user says, as the machine that runs it is known by, or as it was made before.
  static func node(
    _ name: String?, in site: Site, of tree: Tree, on facts: MachineFacts?, _ words: inout OutsideWords
  ) throws -> Node {
    let names = site.nodes.map(\.name.description).joined(separator: ", ")
    var sources: [any IdentitySource] = []
    if let name {
      guard let node = site.nodes.first(where: { $0.name.description == name }) else {
        throw EngineError(.usage, "the site has no node \(name); it has \(names)")
      }
      guard facts != nil else { return node }
      sources.append(CommandLineName(node.name))
    }
    if let facts, let answer = try identify(facts, in: site, sources + Identification.sources),
      let node = site.node(answer.node)
    {
      return node
    }
    let stamp = try Stamp.read(from: tree)
    // Who is on a disk that was another machine's, or nobody's: then others are asked, which takes a while.
    if let facts, Self.isStrange(stamp, to: facts),
      let answer = try words.node(for: facts, in: site, former: stamp?.node), let node = site.node(answer.node)
    {
      return node
    }
    guard let stamp, let node = site.nodes.first(where: { $0.name.description == stamp.node }) else {
      throw EngineError(.usage, "which node shall this be? Name one of \(names)")
    }
    if let facts, let former = stamp.machine, StampedMachine(facts).sameness(with: former) == .other {
      throw EngineError(
        .usage,
        "which node shall this be? It is a copy of \(stamp.node), which was another machine (\(former)); name one of "
          + names)
    }
    return node
  }

  /// Whether a disk is nobody's yet, or another machine's.
  private static func isStrange(_ stamp: Stamp?, to facts: MachineFacts) -> Bool {
    guard let stamp else { return true }
    return stamp.machine.map { StampedMachine(facts).sameness(with: $0) == .other } ?? false
  }

  /// - Throws: ``EngineError`` with both answers where two disagree.
  static func identify(
    _ facts: MachineFacts, in site: Site, _ sources: [any IdentitySource] = Identification.sources
  ) throws(EngineError) -> IdentityAnswer? {
    do {
      return try Identification.node(of: facts, in: site, sources: sources)
    } catch {
      throw EngineError(.invalid, error.description, advice: "mend the one that is wrong")
    }
  }
}

extension StampedMachine {
  init(_ facts: MachineFacts) { self.init(uuid: facts.uuid, serial: facts.serial, macs: facts.macs) }
}
