public import Site
public import Tree

/// What an interface stands on, as a tree makes it: through bridges, bonds and VLANs down to the cards.
public struct InterfaceStack: Sendable, Hashable {
  public let interface: InterfaceName
  /// As the kernel calls them, in the order of the files; the interface itself where nothing makes it.
  public private(set) var cards: [String] = []
  /// The VLANs on the way up from the cards, the outermost first.
  public private(set) var vlans: [Int] = []

  /// What a node calls its interface to a network, and what that stands on; nil where neither the site nor the tree says.
  public init?(
    of node: Node, on network: NetworkName, in site: Site, _ platform: Platform, _ tree: any TreeReading
  ) throws {
    let files = try InterfaceFiles(platform, tree)
    guard let interface = files.interface(of: node, network, in: site) else { return nil }
    self.interface = interface
    var seen: Set<String> = []
    follow(interface.description, files.ports, files.backends.vlans, &seen)
  }

  private mutating func follow(_ name: String, _ ports: [Port], _ devices: [VLANDevice], _ seen: inout Set<String>) {
    guard seen.insert(name).inserted else { return }
    if let device = devices.first(where: { $0.interface == name }) {
      follow(device.parent, ports, devices, &seen)
      vlans.append(device.id)
      return
    }
    let own = ports.filter { $0.master == name }.map(\.interface)
    for port in own { follow(port, ports, devices, &seen) }
    if own.isEmpty { cards.append(name) }
  }
}

extension InterfaceStack: CustomStringConvertible {
  /// Stands after "ens33 is": `a card`, `VLAN 101 on ens33`, `made of ens33 and ens34`
  public var description: String {
    let bottom = cards.joined(separator: " and ")
    let tags = vlans.reversed().map { "VLAN \($0) on " }.joined()
    if !tags.isEmpty { return tags + bottom }
    return cards == [interface.description] ? "a card" : "made of \(bottom)"
  }
}
