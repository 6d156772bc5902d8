internal import Fixups
internal import Identity
internal import Metadata
internal import Site
internal import Tree

/// What outside sources say of this machine. They are asked when somebody first needs to know, and once: the plain apply
/// never does.
struct OutsideWords {
  private let root: String
  private let facts: MachineFacts?
  private var answer: OutsideSources.Answer?
  private var tree: String { root.allSatisfy { $0 == "/" } ? "/" : root }

  init(_ request: Request, on facts: MachineFacts?) {
    root = request.root
    self.facts = facts
    answer = request.outside
  }

  /// - Parameter site: Says whether the metadata service may be asked; nil where there is none yet.
  /// - Returns: nil where the tree is not this machine's.
  private mutating func asked(for site: Site?) -> OutsideSources.Answer? {
    guard let facts else { return nil }
    if let answer { return answer }
    let answer = OutsideSources.ask(
      IdentityQuestion(machine: facts, root: tree, patience: .asked, service: site?.identity.metadataService))
    self.answer = answer
    return answer
  }

  /// A site that a source carries.
  mutating func site() throws -> Target.SiteSource? {
    do {
      guard let found = try asked(for: nil)?.site else { return nil }
      return Target.SiteSource(bytes: found.bytes, name: "the site of \(found.source)", kind: .carried)
    } catch {
      throw EngineError(.invalid, "\(error)")
    }
  }

  /// - Parameter former: The node that the disk was, on another machine.
  mutating func node(for facts: MachineFacts, in site: Site, former: String?) throws -> IdentityAnswer? {
    guard let answer = asked(for: site) else { return nil }
    let said = SaidNode(answer.claims, former: former)
    if let unknown = said.unknownNames(in: site).first { throw EngineError(.invalid, unknown) }
    return try Target.identify(facts, in: site, Identification.sources + [said])
  }

  /// The site and the node with what only the cloud knows of its networks, and the file that then has it.
  mutating func complete(
    _ site: Site, _ node: Node, _ source: Target.SiteSource, _ profiles: [String], _ platform: Platform,
    _ files: any TreeReading
  ) throws -> (Site, Node, SiteFile?) {
    let carried = source.kind == .carried ? SiteFile(source.bytes, from: source.name) : nil
    guard node.awaitsAddresses else { return (site, node, carried) }
    guard let facts, let answer = asked(for: site), let network = answer.network else {
      let why = answer?.failures.first.map { ": \($0)" } ?? ""
      throw EngineError(
        .unavailable,
        "the site leaves the addresses of \(node.name) to the cloud, and no config drive or metadata service tells them\(why)",
        advice: "boot it with a config drive, or write its addresses into the site")
    }
    let told = try CloudNetworks(network.data, network.source, facts, root: tree) { name in
      try InterfaceStack(of: node, on: name, in: site, platform, files)
    }.told(of: node, in: site)
    do throws(SiteProblems) {
      guard
        let filled = try Site.filling(
          source.bytes, node.name, with: told, by: network.source, file: source.name,
          profiles: Platform.names + profiles),
        let complete = filled.site.node(node.name)
      else { throw SiteProblems([]) }
      // A site that was named is not ours to write.
      let file = source.kind == .named ? nil : SiteFile(filled.bytes, from: network.source)
      return (filled.site, complete, file)
    } catch {
      throw EngineError(.invalid, "what \(network.source) tells of the networks does not fit the site:\n\(error)")
    }
  }
}
