internal import Documents
internal import Fixups
public import Site
internal import Transaction
internal import Tree

/// A site made from what one node says: itself, its networks, and those that its host table knows.
public struct Initialization: Sendable {
  public let site: Site
  /// What could not be told, for a person to complete.
  public private(set) var remarks: [String]
  private var unknown: UnknownManagement?
  /// The site as a file. Where the management network is not in it, it begins with what to write, and no plan is made of it until then.
  public var text: String { (unknown?.comment ?? "") + site.tomlText() }

  public init(root: String, profile: String?) throws {
    let tree = try Tree(root: root)
    let platform = try Target.platform(profile, of: tree)
    let survey = try InterfaceSurvey(platform, tree)
    let options = try Options(tree, platform)
    let names = try Self.names(tree, platform)
    let own = [names.node.description] + (names.domain.map { ["\(names.node).\($0)"] } ?? [])
    let management = try options.myIP ?? Self.tabledAddress(of: own, tree, survey)
    let draft = NetworkDraft(
      survey.interfaces, management: management, tunnel: options.localIP, isAsking: !survey.asking.isEmpty)
    remarks = survey.remarks + draft.remarks
    if draft.lacksManagement {
      unknown = UnknownManagement(management, survey, names.node)
      remarks += unknown.map { [$0.remark] } ?? []
    }
    remarks += Self.surprises(draft, management, options, names.node, said: names.said)
    guard !draft.networks.isEmpty else {
      throw EngineError(
        .invalid, "no interface of \(root) has a fixed address",
        advice: "a site is made of fixed addresses: write it by hand, README.md has an example")
    }
    var site = Site(domain: names.domain, networks: draft.networks)
    site.neutron.localIP = draft.tunnel
    let addresses = draft.addresses.flatMap(\.value) + (management.map { [$0] } ?? [])
    let service = options.service(on: own + addresses.map(\.description))
    if let service {
      remarks.append(
        "\(names.node) runs services of the cloud itself (\(service)): it is written down as a controller, so that a copy goes on using them"
          + " there; say role = \"compute\" where each copy runs its own, or where guests shall be moved to and from it"
      )
    }
    site.nodes = [
      Node(name: names.node, role: service == nil ? .compute : .controller, addresses: options.ordered(draft))
    ]
    for node in try Self.others(tree, site, options) {
      guard let tunnel = draft.tunnel, node.role == .compute, node.addresses[tunnel] == nil else {
        site.nodes.append(node)
        if node.addresses.count < site.networks.count {
          remarks.append("\(node.name): its addresses on the other networks are not known here")
        }
        continue
      }
      let addresses = node.allAddresses.map(\.description).joined(separator: ", ")
      remarks.append("\(node.name) (\(addresses)) is left out: its address on \(tunnel) is not known here")
    }
    self.site = site
    remarks += try Self.strays(tree, site)
    if site.nodes.count == 1, unknown == nil {
      remarks.append("etc/hosts knows no other node of which a site could be made")
    }
    remarks.append("add the clone: a [nodes.NAME] with its own addresses")
  }

  /// Writes the site into the tree's own place for it, where there must be none yet.
  public func save(root: String) throws -> String {
    let tree = try Tree(root: root)
    let store = try Store(tree: tree).lock()
    defer { store.tidy() }
    _ = try store.recover()
    let path = try tree.resolve(Target.sitePath)
    guard try tree.status(path) == nil else {
      throw EngineError(
        .cannotCreate, "there is a site file \(path) already", advice: "move it away, or print with --site -")
    }
    let etc = try tree.target("/etc")?.attributes ?? FileAttributes(owner: 0, group: 0, mode: FileMode(0o755))
    var operations: [Operation] = []
    if try tree.status(path.parent) == nil {
      let attributes = FileAttributes(owner: etc.owner, group: etc.group, mode: FileMode(0o755))
      operations.append(Operation(path.parent, .directory(attributes), before: .absent, label: "init"))
    }
    let attributes = FileAttributes(owner: etc.owner, group: etc.group, mode: FileMode(0o644))
    operations.append(
      Operation(path, .write(Array(text.utf8), attributes), before: .absent, label: "init"))
    return try store.commit(operations, title: "init")
  }

  /// What an apply of the site would change on the node itself, or leave, against what its files say now.
  private static func surprises(
    _ draft: NetworkDraft, _ management: IPAddress?, _ options: Options, _ node: NodeName, said: String
  ) -> [String] {
    var remarks: [String] = []
    if let management, !draft.lacksManagement, !draft.addresses.contains(where: { $0.value.contains(management) }) {
      remarks.append(
        "\(management), which \(options.myIP == nil ? "etc/hosts" : "my_ip") says, is on no interface here: an apply of this site puts an "
          + "address of \(node) in its place")
    }
    if let localIP = options.localIP, draft.tunnel == nil {
      remarks.append(
        "local_ip \(localIP) is on no network here: write its network as well, or it stays as it is, in a clone too")
    }
    let said = String(said.prefix { $0 != "." })
    if said != node.description {
      remarks.append(
        "the tree calls itself \(said), and a site writes names in small letters: an apply makes it \(node), under which nova "
          + "does not know it yet")
    }
    return remarks
  }

  // MARK: what the tree says

  private static func names(_ tree: Tree, _ platform: Platform) throws -> (
    node: NodeName, domain: DomainName?, said: String
  ) {
    var text = try tree.file("/etc/hostname").flatMap {
      HostnameFile($0.bytes).name(readsFirstLineOnly: platform.systemd.hostnameIsFirstLine)
    }
    if text == nil, let file = try tree.file("/etc/sysconfig/network") {
      text = ShellAssignments(file.bytes).literal("HOSTNAME")
    }
    guard var text else { throw EngineError(.invalid, "the tree says no host name: etc/hostname is missing or empty") }
    // Installers write the full name into the host table only, before the short one.
    if !text.contains("."), let hosts = try tree.file("/etc/hosts"),
      let full = HostsIndex(HostsFile(hosts.bytes)).fullName(of: text)?.lowercased(), !full.hasPrefix("localhost")
    {
      text = full
    }
    let parts = text.lowercased().split(separator: ".", maxSplits: 1).map(String.init)
    do {
      return (try NodeName(parts.first ?? ""), try parts.count == 2 ? DomainName(parts[1]) : nil, text)
    } catch {
      throw EngineError(.invalid, "the tree's host name cannot be a node's: \(error)")
    }
  }

  /// The node's address by the host table. Installers also have the name at a loopback one (Debian Reference, 5.1.1). One that no
  /// interface has, or may have by DHCP, as that of a translation has none, tells nothing of a network.
  private static func tabledAddress(of names: [String], _ tree: Tree, _ survey: InterfaceSurvey) throws -> IPAddress? {
    guard let file = try tree.file("/etc/hosts") else { return nil }
    let table = HostsIndex(HostsFile(file.bytes))
    return names.lazy.flatMap { table.addresses(of: $0) }.compactMap { try? IPAddress($0) }
      .first { address in
        address.identifiesMachine
          && (!survey.asking.isEmpty
            || survey.interfaces.contains { $0.addresses.contains { $0.subnet.contains(address) } })
      }
  }

  /// What tells which network is which, and which of the others is the controller.
  private struct Options {
    var myIP: IPAddress?
    var localIP: IPAddress?
    /// Values of nova.conf that name hosts: where its services are.
    var endpoints: [String] = []
    /// The hosts that nova.conf has for services, each with its option.
    var services: [(option: String, host: String)] = []

    init(_ tree: Tree, _ platform: Platform) throws {
      let own = try OwnServiceAddresses(platform, in: tree)
      (myIP, localIP) = (own.myIP, own.localIP)
      for file in try NovaFiles(platform, in: tree).files {
        let config = OsloConfig(file.bytes)
        services += config.options.filter { Self.serviceOptions.contains($0.key) }.flatMap { option in
          ConnectionHost.all(in: option.value).map { ("\(option.key) in [\(option.section)] of \(file.path)", $0) }
        }
        endpoints += config.options.filter { ["transport_url", "auth_url", "www_authenticate_uri"].contains($0.key) }
          .map(\.value)
      }
    }

    /// The node's addresses, on each network that family first that its services are told: what is first becomes my_ip and local_ip.
    func ordered(_ draft: NetworkDraft) -> PerNetwork<[IPAddress]> {
      var addresses = draft.addresses
      for (network, said) in [(draft.tunnel, localIP), (NetworkName.management, myIP)] {
        guard let network, let said, let all = addresses[network] else { continue }
        addresses[network] = all.filter { $0.family == said.family } + all.filter { $0.family != said.family }
      }
      return addresses
    }

    private static let serviceOptions = ["transport_url", "auth_url", "www_authenticate_uri", "connection"]

    /// An option that has a service of the cloud on a host of these names or addresses.
    func service(on names: [String]) -> String? {
      services.first { names.contains($0.host.lowercased()) }?.option
    }

    func isEndpoint(_ names: [String], _ address: IPAddress) -> Bool {
      let tokens = (names + [address.description]).map(Token.init)
      return endpoints.contains { endpoint in tokens.contains { $0.occurs(in: endpoint) } }
    }
  }

  /// Those whose names etc/hosts has for addresses in the networks, each with all of them.
  private static func others(_ tree: Tree, _ site: Site, _ options: Options) throws -> [Node] {
    guard let file = try tree.file("/etc/hosts") else { return [] }
    var nodes: [Node] = []
    for entry in HostsFile(file.bytes).entries {
      guard let address = try? IPAddress(entry.address.description), site.owner(of: address) == nil,
        let network = site.networks.first(where: { $0.subnet(for: address) != nil && $0.name == site.hosts.network }),
        let name = entry.names.lazy.compactMap({ try? NodeName(String($0.lowercased().prefix { $0 != "." })) }).first,
        name != site.nodes.first?.name,
        !nodes.contains(where: { $0.addresses[network.name]?.contains(address) == true }),
        !network.gateways.contains(address), network.admits(address)
      else { continue }
      let isController = options.isEndpoint(entry.names, address) || name.description.hasPrefix("controller")
      guard let known = nodes.firstIndex(where: { $0.name == name }) else {
        nodes.append(
          Node(name: name, role: isController ? .controller : .compute, addresses: [network.name: [address]]))
        continue
      }
      nodes[known].addresses[network.name] = (nodes[known].addresses[network.name] ?? []) + [address]
      if isController { nodes[known].role = .controller }
    }
    return nodes
  }

  /// Names of nodes at addresses in etc/hosts that the site does not give them: a plan of it takes them away from there.
  private static func strays(_ tree: Tree, _ site: Site) throws -> [String] {
    guard let file = try tree.file("/etc/hosts") else { return [] }
    let named = site.nodes.flatMap { node in site.names(of: node).map { ($0, node) } }
    let nodes = Dictionary(named, uniquingKeysWith: { first, _ in first })
    return HostsFile(file.bytes).entries.flatMap { entry -> [String] in
      guard let address = try? IPAddress(entry.address.description), !address.isLoopback else { return [] }
      let known = Set(entry.names.compactMap { nodes[$0.lowercased()] }.map(\.name))
      return site.nodes.filter { node in
        let own = site.hostAddresses(of: node)
        return known.contains(node.name) && !own.isEmpty && !own.contains(address)
      }.map {
        "\($0.name) is at \(address) in etc/hosts too, on no network that the site has there: an apply takes it away from that line"
      }
    }
  }
}
