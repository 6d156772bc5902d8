internal import Documents
public import Site
public import Tree

extension Provenance {
  /// Finds out whose disk a tree is, before anything is changed in it.
  ///
  /// A template that imprint sealed is nobody's. It is the node's own where the stamp of an earlier apply says so, and was not made on another machine; or where, without a stamp, the tree bears the
  /// node's name, has at least one of its addresses and none of others, and holds no key that was made on another node
  /// of the site. In doubt it is a copy: renewing a node's own key is a nuisance, two nodes with one key are a danger.
  public static func inspect(
    site: Site, node: Node, platform: Platform, tree: any TreeReading,
    configurations: ConfigurationCache = ConfigurationCache(), machine: StampedMachine? = nil
  ) throws -> Provenance {
    let traces = try Traces(
      site: site, node: node, platform: platform, tree: tree, configurations: configurations, machine: machine)
    let (origin, evidence) = traces.verdict
    let former = traces.formerAddresses
    return Provenance(
      origin: origin, evidence: evidence, formerNames: traces.formerNames, formerAddresses: former,
      unansweredAddresses: origin == .copy ? traces.besides(former) : [], pastNames: traces.pastNames,
      pastAddresses: traces.pastAddresses, pastTies: traces.pastTies(on: machine))
  }
}

/// What a tree says of whom it belonged to.
struct Traces {
  let site: Site
  let node: Node
  let names: NodeNames
  let stamp: Stamp?
  /// What a template remembers; nil where the tree is none.
  let seal: SealRecord?
  /// What the tree calls itself, in its several places.
  let hostnames: [String]
  /// Whose keys are in the tree, by their comments: where, and which other node of the site.
  let foreignKeys: [(path: TreePath, owner: Node, host: String)]
  /// What the tree gives itself now, by network.
  let addresses: [(network: NetworkName, address: IPAddress, place: String)]
  /// What it has besides, on networks that are none of the node's.
  private let others: [IPAddress]
  /// The machine that runs the tree, where one does.
  let machine: StampedMachine?

  init(
    site: Site, node: Node, platform: Platform, tree: any TreeReading, configurations: ConfigurationCache,
    machine: StampedMachine?
  ) throws {
    self.machine = machine
    self.site = site
    self.node = node
    names = NodeNames(node, in: site)
    stamp = try Stamp.read(from: tree, configurations)
    seal = try SealRecord.read(from: tree)
    hostnames = try Self.hostnames(platform, tree, configurations)
    let names = names
    foreignKeys = try Self.keyComments(platform, tree).compactMap { path, host in
      guard !names.contains(host), let owner = site.node(called: host) else { return nil }
      return (path, owner, host)
    }
    let files = try InterfaceFiles(platform, tree, configurations)
    let (found, told) = try Self.addresses(site, node, platform, tree, configurations, files)
    addresses = found
    others = Self.others(files, site, besides: Set(found.map(\.address)), told)
  }

  // MARK: Whose it is

  var verdict: (Provenance.Origin, String) {
    if seal != nil { return (.copy, "\(SealRecord.path) says that it is a template, and nobody's disk") }
    if let stamp, let machine, let former = stamp.machine, machine.sameness(with: former) == .other {
      return (.copy, "\(Stamp.path) was written on another machine (\(former)); this one is \(machine)")
    }
    if let stamp {
      return stamp.node == node.name.description
        ? (.own, "\(Stamp.path) says that it was made into \(node.name)")
        : (.copy, "\(Stamp.path) says that it was made into \(stamp.node), not \(node.name)")
    }
    guard let hostname = hostnames.first else { return (.copy, "it has no host name of its own") }
    if let other = hostnames.first(where: { !names.contains($0) }) {
      return (.copy, "it calls itself \(other), not \(node.name)")
    }
    if let foreign = addresses.first(where: isForeign) {
      let owner = site.owner(of: foreign.address).map { "the address of \($0.name)" } ?? "no address of \(node.name)"
      return (.copy, "it calls itself \(hostname), but \(foreign.place) says \(foreign.address), \(owner)")
    }
    guard addresses.contains(where: { node.allAddresses.contains($0.address) }) else {
      return (.copy, "it calls itself \(hostname), but no address of \(node.name) is in it")
    }
    if let key = foreignKeys.first {
      return (.copy, "it calls itself \(hostname), but \(key.path) was made on \(key.host)")
    }
    return (.own, "it calls itself \(hostname) and has the addresses of \(node.name)")
  }

  /// An address that somebody else has, or would have: one of another node, or a free one of the site's own subnets. What
  /// the site knows nothing of, such as a second address for another purpose, speaks for nobody, and neither does a free one beside
  /// the node's own.
  private func isForeign(_ found: (network: NetworkName, address: IPAddress, place: String)) -> Bool {
    if let owner = site.owner(of: found.address) { return owner.name != node.name }
    let hasOwn = addresses.contains { $0.place == found.place && node.allAddresses.contains($0.address) }
    return !hasOwn && site.networks.contains { $0.admits(found.address) }
  }

  // MARK: What it must lose

  /// Short and full, each once; never the node's own.
  var formerNames: [String] {
    var found = hostnames
    if let stamped = stamp?.node, stamped != node.name.description { found.append(stamped) }
    found += foreignKeys.map(\.host) + (seal?.formerNames.filter { site.node(called: $0) != nil } ?? [])
    var former: [String] = []
    func add(_ name: String) {
      if !names.contains(name), !NodeNames.isNobody(name), !former.contains(name) { former.append(name) }
    }
    for name in found where !names.contains(name) {
      add(name)
      add(NodeNames.short(name))
      if let owner = site.node(called: name) {
        let names = NodeNames(owner, in: site)
        add(names.short)
        add(names.full)
      }
    }
    return former
  }

  // MARK: What it has lost

  private var own: Stamp? { stamp.flatMap { $0.node == node.name.description ? $0 : nil } }

  var pastNames: [String] { own?.formerNames.filter { !names.contains($0) } ?? [] }

  /// Those of before, and of whoever has the names of before now; none that anybody may speak of here.
  var pastAddresses: [IPAddress] {
    guard let own, !own.formerNames.isEmpty || !own.formerAddresses.isEmpty else { return [] }
    let short = Set(pastNames.map { NodeNames.short($0.lowercased()) })
    let nodes = site.nodes.filter { $0.name != node.name && short.contains($0.name.description) }
    let kept = Set(node.allAddresses + site.nodes.filter { $0.role == .controller }.flatMap(\.allAddresses))
    return (own.formerAddresses + nodes.flatMap(\.allAddresses)).reduce(into: []) { past, address in
      if !kept.contains(address), !past.contains(address) { past.append(address) }
    }
  }

  /// What it has on networks that are none of the node's: nothing of the node's can take its place.
  func besides(_ former: [NetworkName: [IPAddress]]) -> [IPAddress] {
    let known = Set(node.allAddresses + former.values.flatMap(\.self))
    return others.reduce(into: []) { besides, address in
      guard !known.contains(address), site.owner(of: address) == nil, !besides.contains(address) else { return }
      besides.append(address)
    }
  }

  /// None of a card that this machine has, or had at its last apply.
  func pastTies(on machine: StampedMachine?) -> Set<String> {
    guard let own, !own.formerTies.isEmpty else { return [] }
    let cards = node.macs.map(\.value) + node.match.macs + (machine?.macs ?? []) + (own.machine?.macs ?? [])
    return Set(own.formerTies).subtracting(cards.map(\.description))
  }

  var formerAddresses: [NetworkName: [IPAddress]] {
    // Once, and not for each of a thousand nodes.
    let formerNames = Set(formerNames.map { NodeNames.short($0.lowercased()) })
    let formerNodes = site.nodes.filter { $0.name != node.name && formerNames.contains($0.name.description) }
    let controllers = site.nodes.filter { other in
      other.role == .controller && other.name != node.name && !formerNodes.contains { $0.name == other.name }
    }
    let kept = Set(node.allAddresses + controllers.flatMap(\.allAddresses))
    var families: [NetworkName: Set<IPAddress.Family>] = [:]
    for network in site.networks {
      let own = node.addresses[network.name] ?? []
      families[network.name] = Set(network.subnets.map(\.address.family) + own.map(\.family))
    }
    var former: [NetworkName: [IPAddress]] = [:]
    let ofNodes = formerNodes.flatMap {
      $0.addresses.flatMap { element in element.value.map { (element.network, $0) } }
    }
    let isCopy = verdict.0 == .copy
    for (network, address) in addresses.map({ ($0.network, $0.address) }) + ofNodes {
      // A family that the site is silent about is no business of ours, unless it is another node's, as all is in a copy.
      let isOurs = isCopy || families[network]?.contains(address.family) ?? false
      guard isOurs || site.owner(of: address) != nil else { continue }
      guard !kept.contains(address), former[network]?.contains(address) != true else { continue }
      former[network, default: []].append(address)
    }
    return former
  }
}
