internal import Documents
public import Site
public import Tree

/// An address that the site gives a node, and a tree's interface files do not.
public struct MissingAddress: Sendable, Hashable {
  public let address: IPAddress
  public let interface: InterfaceName
  /// What the files say in its place.
  public let seen: [IPAddress]

  /// The first of a node's: where the files give its interface others of that family, and none of the site's. Where they give it
  /// none, somebody else than files may.
  public init?(of node: Node, in site: Site, _ platform: Platform, _ tree: any TreeReading) throws {
    let files = try InterfaceFiles(platform, tree, ConfigurationCache())
    for (network, addresses) in node.addresses {
      guard let interface = files.interface(of: node, network, in: site), let first = addresses.first else { continue }
      let found = files.addresses(of: interface, mac: node.macs[network])
        .filter { $0.family == first.family && $0.identifiesMachine }
      guard !found.isEmpty, !found.contains(where: addresses.contains) else { continue }
      (address, self.interface, seen) = (first, interface, found)
      return
    }
    return nil
  }
}
