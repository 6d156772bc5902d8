internal import Fixups
internal import Identity
internal import Metadata
internal import Site

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

  /// - Returns: nil where the tree is not this machine's.
  private mutating func asked() -> OutsideSources.Answer? {
    guard let facts else { return nil }
    if let answer { return answer }
    let answer = OutsideSources.ask(IdentityQuestion(machine: facts, root: tree, patience: .asked))
    self.answer = answer
    return answer
  }

  /// A site that a source carries.
  mutating func site() throws -> Target.SiteSource? {
    do {
      guard let found = try asked()?.site else { return nil }
      return Target.SiteSource(bytes: found.bytes, name: "the site of \(found.source)", kind: .carried)
    } catch {
      throw EngineError(.invalid, "\(error)")
    }
  }

  /// - Parameter former: The node that the disk was, on another machine.
  mutating func node(for facts: MachineFacts, in site: Site, former: String?) throws -> IdentityAnswer? {
    guard let answer = asked() else { return nil }
    let said = SaidNode(answer.claims, former: former)
    if let unknown = said.unknownNames(in: site).first { throw EngineError(.invalid, unknown) }
    return try Target.identify(facts, in: site, Identification.sources + [said])
  }

  /// The site and the node with the addresses that only the cloud knows, and the file that then has them.
  mutating func complete(
    _ site: Site, _ node: Node, _ source: Target.SiteSource, _ profiles: [String]
  ) throws -> (Site, Node, SiteFile?) {
    let carried = source.kind == .carried ? SiteFile(source.bytes, from: source.name) : nil
    guard node.awaitsAddresses else { return (site, node, carried) }
    guard let facts, let answer = asked(), let network = answer.network else {
      let why = answer?.failures.first.map { ": \($0)" } ?? ""
      throw EngineError(
        .unavailable,
        "the site leaves the addresses of \(node.name) to the cloud, and no config drive or metadata service tells them\(why)",
        advice: "boot it with a config drive, or write its addresses into the site")
    }
    let addresses = try ToldAddresses(network.data, network.source, facts, tree).addresses(of: node, in: site)
    do throws(SiteProblems) {
      guard
        let filled = try Site.filling(
          source.bytes, node.name, with: addresses, file: source.name, profiles: Platform.names + profiles),
        let complete = filled.site.node(node.name)
      else { throw SiteProblems([]) }
      // A site that was named is not ours to write.
      let file = source.kind == .named ? nil : SiteFile(filled.bytes, from: network.source)
      return (filled.site, complete, file)
    } catch {
      throw EngineError(.invalid, "the addresses that \(network.source) tells do not fit the site:\n\(error)")
    }
  }
}

/// Which of the addresses in network_data.json are a node's on the networks of the site.
private struct ToldAddresses {
  private let network: NetworkData
  private let source: String
  private let facts: MachineFacts
  private let root: String

  init(_ network: NetworkData, _ source: String, _ facts: MachineFacts, _ root: String) {
    (self.network, self.source, self.facts, self.root) = (network, source, facts, root)
  }

  /// Each on the network whose subnet it is in. An address on no network of the site is none of its business.
  func addresses(of node: Node, in site: Site) throws -> PerNetwork<[IPAddress]> {
    var addresses: PerNetwork<[IPAddress]> = [:]
    for placement in network.placements {
      guard let address = placement.network.address,
        let network = site.networks.first(where: { $0.subnet(for: address) != nil })
      else { continue }
      try check(placement, address, network, site.interface(of: node, network.name))
      addresses[network.name, default: []].append(address)
    }
    guard !addresses.isEmpty else {
      throw EngineError(.invalid, "\(source) tells no address of \(node.name) on any network of the site")
    }
    return addresses
  }

  private func check(
    _ placement: NetworkPlacement, _ address: IPAddress, _ network: Network, _ interface: InterfaceName?
  ) throws {
    if let prefix = placement.network.prefix, let wanted = network.prefix(for: address), prefix != wanted {
      throw EngineError(
        .invalid, "\(source) tells \(address)/\(prefix), and the site's network \(network.name) has /\(wanted)")
    }
    for card in placement.cards where !facts.macs.contains(card) {
      throw EngineError(
        .invalid, "\(source) has \(address) on the card \(card), and this machine has none with that address",
        advice: "it may be another machine's, copied with the disk")
    }
    guard placement.vlans.isEmpty, !placement.isBond, let card = placement.cards.first, let interface else { return }
    if let name = MachineFacts.interface(of: card, root: root), name != interface.description {
      throw EngineError(
        .invalid,
        "\(source) has \(address) on the card \(card), which is \(name), and the site calls the interface to \(network.name) \(interface)",
        advice: "say interfaces = { \(network.name) = \"\(name)\" } for this node")
    }
  }
}

extension PerNetwork {
  fileprivate subscript(network: NetworkName, default value: @autoclosure () -> Value) -> Value {
    get { self[network] ?? value() }
    set { self[network] = newValue }
  }
}
