internal import Site
internal import Tree

/// The files that say which interface has which address, whatever the platform calls them.
enum InterfaceFiles {
  case ifcfg(IfcfgFiles)
  case ifupdown(IfupdownFiles)

  /// - Parameter cache: may know some of them already.
  init(_ platform: Platform, _ tree: any TreeReading, _ cache: ConfigurationCache? = nil) throws(TreeError) {
    switch platform.network {
    case .ifcfg(let directory, _): self = .ifcfg(try IfcfgFiles(tree, directory, cache))
    case .ifupdown(let file, _): self = .ifupdown(try IfupdownFiles(tree, file))
    }
  }

  /// What the tree gives an interface now.
  func addresses(of interface: InterfaceName, mac: MACAddress? = nil) -> [IPAddress] {
    switch self {
    case .ifcfg(let files): files.file(of: interface, mac: mac)?.addresses ?? []
    case .ifupdown(let files): files.addresses(of: interface)
    }
  }

  /// What a node calls its interface to a network: as the site says, else the only one in the tree that has an address
  /// there.
  func interface(of node: Node, _ network: NetworkName, in site: Site) -> InterfaceName? {
    if let said = site.interface(of: node, network) { return said }
    guard let network = site.network(network) else { return nil }
    let ports = Set(ports.map(\.interface))
    let names = Set(addressed.filter { network.subnet(for: $0.address) != nil }.map(\.interface)).subtracting(ports)
    return names.count == 1 ? names.first.flatMap { try? InterfaceName($0) } : nil
  }

  private var addressed: [(interface: String, address: IPAddress)] {
    switch self {
    case .ifcfg(let files): files.all.filter(\.isCurrent).flatMap { file in file.addresses.map { (file.device, $0) } }
    case .ifupdown(let files): files.addressed
    }
  }
}
