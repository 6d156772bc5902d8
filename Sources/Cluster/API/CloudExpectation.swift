public import Site

/// What the cloud should say of a compute node.
public struct CloudExpectation: Sendable, Equatable {
  /// What it may be called there, best first: nova takes the host name as it is, or what the host table makes of it.
  public var names: [String]
  /// nova's my_ip.
  public var myIP: IPAddress?
  /// What its compute_id file holds; nil where there is none, as before nova of 2023.
  public var computeID: String?

  public init(names: [String], myIP: IPAddress?, computeID: String? = nil) {
    self.names = names
    self.myIP = myIP
    self.computeID = computeID
  }

  /// - Parameters:
  ///   - host: CONF.host where nova.conf fixes it.
  ///   - myIP: What nova.conf says of it.
  public init(
    _ node: Node, of site: Site, host: String? = nil, myIP: String? = nil, computeID: String? = nil
  ) {
    let names = [host, site.hostname(of: node)?.description, node.name.description].compactMap(\.self)
    self.init(
      names: names.enumerated().filter { names.firstIndex(of: $1) == $0 }.map(\.element),
      myIP: site.myIP(of: node, insteadOf: myIP), computeID: computeID)
  }

  public var name: String { names.first ?? "" }

  public func isNamed(_ hypervisor: CloudView.Hypervisor) -> Bool {
    names.contains { $0.lowercased() == hypervisor.name.lowercased() }
  }
}
