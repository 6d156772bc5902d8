public import JSON
public import Site

/// network_data.json: links, what is on them, and name servers (nova, doc/api_schemas/network_data.json).
public struct NetworkData: Sendable, Hashable {
  public struct Link: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
      case bond(links: [String])
      case vlan(id: Int, link: String)
      /// Whatever the hypervisor calls it: to the machine it is a card.
      case card(String)
    }

    public let id: String
    public let kind: Kind
    public let mac: MACAddress?
    public let mtu: Int?
  }

  public struct Network: Sendable, Hashable {
    public let id: String
    /// ipv4, ipv4_dhcp, ipv6, ipv6_slaac, ipv6_dhcpv6-stateful …
    public let type: String
    public let link: String
    /// nil where it comes by DHCP or router advertisements.
    public let address: IPAddress?
    public let prefix: PrefixLength?
    public let routes: [Route]
    public let dns: [IPAddress]

    public var isDynamic: Bool { address == nil }
  }

  public struct Route: Sendable, Hashable {
    public let destination: IPAddress
    public let prefix: PrefixLength
    public let gateway: IPAddress?

    public var isDefault: Bool { prefix.value == 0 }
  }

  public let links: [Link]
  public let networks: [Network]
  public let dns: [IPAddress]

  public init(_ document: JSONNode) throws(JSONError) {
    var links: [Link] = []
    for link in try document.optional("links")?.elements() ?? [] { links.append(try Link(link)) }
    self.links = links
    var networks: [Network] = []
    for network in try document.optional("networks")?.elements() ?? [] { networks.append(try Network(network)) }
    self.networks = networks
    dns = try Self.servers(document)
  }

  fileprivate static func servers(_ node: JSONNode) throws(JSONError) -> [IPAddress] {
    var servers: [IPAddress] = []
    for service in try node.optional("services")?.elements() ?? [] {
      guard try service.optional("type")?.string() == "dns" else { continue }
      let address = try service.member("address").string(as: "an IP address") { try IPAddress($0) }
      if !servers.contains(address) { servers.append(address) }
    }
    return servers
  }

  public func link(_ id: String) -> Link? { links.first { $0.id == id } }
}

extension NetworkData.Link {
  fileprivate init(_ link: JSONNode) throws(JSONError) {
    id = try link.member("id").string()
    // Some write 0 where they know none.
    mtu = try link.optional("mtu")?.integer().nonZero
    var own = try link.optional("vlan_mac_address")
    if own == nil { own = try link.optional("ethernet_mac_address") }
    mac = try own?.string(as: "a MAC address") { try MACAddress($0) }
    switch try link.member("type").string() {
    case "bond":
      var members: [String] = []
      for member in try link.member("bond_links").elements() { members.append(try member.string()) }
      kind = .bond(links: members)
    case "vlan":
      let number = try link.member("vlan_id")
      // Some write it as a text; cloud-init takes both.
      var id: Int?
      if case .string(let text) = number.value { id = Int(text) } else { id = try number.integer() }
      guard let id, (1...4094).contains(id) else { throw number.invalid("is not a VLAN's number, 1 to 4094") }
      kind = .vlan(id: id, link: try link.member("vlan_link").string())
    case let type: kind = .card(type)
    }
  }
}

extension NetworkData.Network {
  fileprivate init(_ network: JSONNode) throws(JSONError) {
    id = try network.optional("id")?.string() ?? ""
    type = try network.member("type").string()
    link = try network.member("link").string()
    dns = try NetworkData.servers(network)
    var routes: [NetworkData.Route] = []
    for route in try network.optional("routes")?.elements() ?? [] { routes.append(try NetworkData.Route(route)) }
    guard let said = try network.optional("ip_address"), !type.hasSuffix("dhcp") else {
      (address, prefix, self.routes) = (nil, nil, routes)
      return
    }
    let text = try said.string()
    let address = try said.string(as: "an IP address") { try IPAddress(String($0.prefix { $0 != "/" })) }
    self.address = address
    // `10.0.0.5/24`, or the mask beside it.
    if let slash = text.firstIndex(of: "/") {
      prefix = try said.prefix(String(text[text.index(after: slash)...]), address.family)
    } else {
      prefix = try network.optional("netmask").map { mask throws(JSONError) in
        try mask.prefix(try mask.text(), address.family)
      }
    }
    if let gateway = try network.optional("gateway") {
      let address = try gateway.string(as: "an IP address") { try IPAddress($0) }
      routes.append(NetworkData.Route(defaultBy: address))
    }
    self.routes = routes
  }
}

extension NetworkData.Route {
  fileprivate init(_ route: JSONNode) throws(JSONError) {
    let network = try route.member("network")
    let text = try network.string()
    let destination = try network.string(as: "an IP address") { try IPAddress(String($0.prefix { $0 != "/" })) }
    self.destination = destination
    // The mask beside it, as nova writes it, or behind it.
    if let slash = text.firstIndex(of: "/") {
      prefix = try network.prefix(String(text[text.index(after: slash)...]), destination.family)
    } else {
      let mask = try route.member("netmask")
      prefix = try mask.prefix(try mask.text(), destination.family)
    }
    gateway = try route.optional("gateway")?.string(as: "an IP address") { try IPAddress($0) }
  }

  fileprivate init(defaultBy gateway: IPAddress) {
    destination = gateway.family == .v4 ? .v4(0) : .v6(0, 0)
    prefix = PrefixLength.none(gateway.family)
    self.gateway = gateway
  }
}

extension Int {
  fileprivate var nonZero: Int? { self == 0 ? nil : self }
}

extension JSONNode {
  /// A text, or a whole number as one: some write a mask's length so.
  fileprivate func text() throws(JSONError) -> String {
    if case .string(let text) = value { return text }
    return String(try integer())
  }

  /// `255.255.255.0`, `ffff:ffff::`, or the number of bits.
  fileprivate func prefix(_ text: String, _ family: IPAddress.Family) throws(JSONError) -> PrefixLength {
    if let bits = Int(text), let prefix = try? PrefixLength(bits, family) { return prefix }
    guard let prefix = PrefixLength(mask: text), prefix.family == family else { throw invalid("is not a netmask") }
    return prefix
  }
}
