internal import Cluster
internal import Fixups
internal import Glibc
internal import Live
internal import Site
internal import Transaction
internal import Tree

/// Where nodes are by their own word, as far as the tree's site file has it otherwise: each that joins says where it is, and a
/// file that is older than that takes nothing back. It counts until the file says something new of that node.
struct ToldAddresses: Sendable, Equatable {
  static let path: TreePath = "/var/lib/imprint/told"
  /// Who says it in a plan.
  static let name = "other nodes"

  struct Item: Sendable, Equatable {
    let node: NodeName
    /// With their prefixes, since the file's subnets need not be those that they are in.
    let addresses: [(network: NetworkName, address: InterfaceAddress)]
    /// What the file said of it then.
    let file: String
    /// Seconds since the epoch.
    let since: Int64

    static func == (left: Self, right: Self) -> Bool { left.fields == right.fields }

    fileprivate var fields: [String] {
      ["told", node.description, Self.text(addresses), file, String(since)]
    }

    fileprivate static func text(_ addresses: [(network: NetworkName, address: InterfaceAddress)]) -> String {
      addresses.map { "\($0.network)=\($0.address)" }.sorted().joined(separator: " ")
    }
  }

  private(set) var items: [Item] = []

  /// Those that still count beside a site file.
  init(in tree: any TreeReading, beside file: Site) throws {
    guard let record = try tree.file(Self.path) else { return }
    items = String(decoding: record.bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { Field.unescape(String($0)) }
      guard fields.count == 5, fields[0] == "told", let node = try? NodeName(fields[1]), let since = Int64(fields[4]),
        fields[3] == Self.text(of: node, in: file)
      else { return nil }
      let addresses = fields[2].split(separator: " ").compactMap { Self.address(String($0)) }
      return addresses.isEmpty ? nil : Item(node: node, addresses: addresses, file: fields[3], since: since)
    }
  }

  /// `network=address/prefix`
  static func address(_ text: String) -> (network: NetworkName, address: InterfaceAddress)? {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let network = try? NetworkName(parts[0]), let address = try? InterfaceAddress(parts[1])
    else { return nil }
    return (network, address)
  }

  /// What a site says of a node, in the words of these records; empty where it does not have it.
  private static func text(of node: NodeName, in site: Site) -> String {
    site.node(node).map { Item.text(site.placed($0)) } ?? ""
  }

  /// A node's own word. What the file says too is nothing to keep.
  mutating func learn(
    _ node: NodeName, _ addresses: [(network: NetworkName, address: InterfaceAddress)], beside file: Site
  ) {
    let known = items.first { $0.node == node }
    items.removeAll { $0.node == node }
    let said = Self.text(of: node, in: file)
    guard !addresses.isEmpty, !said.isEmpty, Item.text(addresses) != said else { return }
    let isKnown = known.map { Item.text($0.addresses) == Item.text(addresses) } ?? false
    items.append(
      Item(node: node, addresses: addresses, file: said, since: isKnown ? known?.since ?? 0 : Int64(time(nil))))
  }

  /// The site as these nodes know better.
  ///
  /// - Parameter node: The tree's own, whose addresses are the site's business.
  func applied(to site: Site, except node: NodeName) -> Site {
    var active = items.filter { $0.node != node }
    while true {
      let overlaid = active.reduce(into: site) { $0.place($1) }
      // An address that another has too is nobody's to say; the operator is told of it.
      let doubtful = active.first { item in
        overlaid.nodes.contains { other in
          other.name != item.node && item.addresses.contains { other.allAddresses.contains($0.address.address) }
        }
      }
      guard let doubtful else { return overlaid }
      active.removeAll { $0.node == doubtful.node }
    }
  }

  /// Where the file has a node that has said otherwise.
  func formerAddress(of node: NodeName) -> IPAddress? {
    items.first { $0.node == node }?.file.split(separator: " ").lazy.compactMap { Self.address(String($0)) }.first?
      .address.address
  }

  /// For a person: which of two is the newer only they know.
  func findings(except node: NodeName) -> [(node: NodeName, finding: Finding)] {
    items.filter { $0.node != node }.map { item in
      let finding = Finding(
        .warning,
        "\(item.node) itself says that it is at \(Item.text(item.addresses)), and \(Target.sitePath) says \(item.file); its own word counts",
        advice: "copy its newer site file here; where this one is the newer, imprint apply on \(item.node)")
      return (item.node, finding)
    }
  }

  /// What a tree's record is after something was learned, and the record too where that is another: under the lock, since several nodes
  /// may join at once.
  static func learning(
    in tree: Tree, beside file: Site, _ learn: (inout ToldAddresses) -> Void
  ) throws -> ToldAddresses {
    var told = try ToldAddresses(in: tree, beside: file)
    learn(&told)
    guard try told.text != String(decoding: tree.file(Self.path)?.bytes ?? [], as: UTF8.self) else { return told }
    let store = try Store(tree: tree).lock(wait: true)
    defer { store.tidy() }
    told = try ToldAddresses(in: tree, beside: file)
    learn(&told)
    try told.write(to: tree)
    return told
  }

  private var text: String { items.map { $0.fields.map(Field.escape).joined(separator: "\t") + "\n" }.joined() }

  private func write(to tree: Tree) throws {
    if items.isEmpty {
      if try tree.status(Self.path) != nil { try tree.remove(tree.record(Self.path)) }
      return
    }
    try tree.replaceRecord(Self.path, with: Array(text.utf8))
  }
}

extension Site {
  /// Where a node is, with the prefixes of the subnets.
  func placed(_ node: Node) -> [(network: NetworkName, address: InterfaceAddress)] {
    node.addresses.flatMap { network, addresses in
      addresses.compactMap { address in
        guard let prefix = self.networks.first(where: { $0.name == network })?.prefix(for: address),
          let placed = try? InterfaceAddress(address, prefix)
        else { return nil }
        return (network, placed)
      }
    }
  }

  /// A node is where it says. A network of the file's gets a subnet that it lacks only where it has one like it: what else a network
  /// is about, and for whom, is the file's word.
  fileprivate mutating func place(_ item: ToldAddresses.Item) {
    guard let place = nodes.firstIndex(where: { $0.name == item.node }) else { return }
    var addresses = PerNetwork<[IPAddress]>()
    for (network, address) in item.addresses {
      guard let known = networks.firstIndex(where: { $0.name == network }) else { continue }
      addresses[network] = (addresses[network] ?? []) + [address.address]
      let subnets = networks[known].subnets
      if networks[known].subnet(for: address.address) == nil,
        subnets.contains(where: {
          $0.address.family == address.address.family && $0.prefix.value <= address.prefix.value
        }),
        let subnet = Subnet(containing: address.address, address.prefix)
      {
        networks[known].subnets.append(subnet)
      }
    }
    if !addresses.isEmpty { nodes[place].addresses = addresses }
  }

  /// What a node says of where it is.
  func told(of node: Node) -> [String] { placed(node).map { "\($0.network)=\($0.address)" } }
}

extension Target {
  /// The same, knowing what nodes have just said of themselves: their keys, and where they are.
  func learning(_ facts: [PeerFacts], _ remarks: inout [String]) throws -> Target {
    guard told != nil, let file = try Self.ownSite(of: tree) else { return with(site.knowing(facts)) }
    let said = facts.filter { $0.node != node.name && !$0.addresses.isEmpty }
    let told = try ToldAddresses.learning(in: tree, beside: file) { told in
      for fact in said { told.learn(fact.node, fact.addresses.compactMap(ToldAddresses.address), beside: file) }
    }
    // Who is back where the file has it is no longer where it said before.
    var site = site
    for fact in said {
      guard let place = site.nodes.firstIndex(where: { $0.name == fact.node }), let node = file.node(fact.node) else {
        continue
      }
      site.nodes[place].addresses = node.addresses
    }
    remarks += told.findings(except: node.name).map(\.finding.text)
    return Target(
      tree: tree, site: told.applied(to: site, except: node.name).knowing(facts), node: node, platform: platform,
      told: told)
  }

  /// The same, with what other nodes have told since.
  func retold() throws -> Target {
    guard let told, let file = try Self.ownSite(of: tree) else { return self }
    let now = try ToldAddresses(in: tree, beside: file)
    guard now != told else { return self }
    return Target(
      tree: tree, site: now.applied(to: site, except: node.name), node: node, platform: platform, told: now)
  }

  /// - Throws: where this machine does not have the addresses yet that it would tell others of.
  func checkIsThere() throws {
    if let missing = try MissingAddress(of: node, in: site, platform, tree) {
      let seen = missing.seen.map(\.description).joined(separator: ", ")
      throw EngineError(
        .invalid,
        "this machine is not at \(missing.address) yet: the configuration of \(missing.interface) says \(seen)",
        advice: "imprint apply first, which joins")
    }
  }

  /// - Throws: where this machine has them in its files alone, for now.
  func checkIsUp() throws {
    guard machine != nil else { return }
    let wanted = site.hostAddresses(of: node)
    let own = try KernelLinks.addresses()
    guard !wanted.isEmpty, !wanted.contains(where: own.contains) else { return }
    throw EngineError(
      .unavailable, "\(wanted[0]) is in this machine's files, and on none of its links",
      advice: "imprint apply brings into effect what is not; or is the link down?")
  }
}
