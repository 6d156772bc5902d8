internal import Documents
internal import Site
internal import Tree

/// Another node has gone to another address, a controller for example: what names it follows by the host table, and what has
/// its former address is told, since nobody can know what stands there now.
struct MovedNodes: Fixup {
  let name = "moved nodes"

  private static let paths = [
    "/etc/nova/*.conf", "/etc/neutron/*.conf", "/etc/neutron/*.ini", "/etc/neutron/plugins/ml2/*.ini",
    "/etc/cinder/*.conf", "/etc/ceilometer/*.conf",
  ]

  func propose(for situation: Situation) throws -> Proposal {
    let moved = try Self.moved(situation)
    guard !moved.isEmpty else { return Proposal() }
    let findings = try situation.tree.regularFiles(matching: Self.paths).flatMap { file in
      Lines(file.bytes).enumerated().flatMap { number, line -> [Finding] in
        let text = line.text
        guard !text.trimmingBlanks.hasPrefix("#") else { return [] }
        return moved.filter { $0.token.occurs(in: text) }.map { node, address, _ in
          Finding(
            .warning, "\(file.path):\(number + 1) has \(address), where \(node) was before",
            advice: "write where it is now, or its name")
        }
      }
    }
    return Proposal(findings: findings)
  }

  /// Addresses at which the table has a node, and the site has nobody any more.
  private static func moved(_ situation: Situation) throws -> [(node: NodeName, address: IPAddress, token: Token)] {
    guard !situation.provenance.isCopy, let file = try situation.original.file(HostsFixup.path) else { return [] }
    let table = HostsIndex(HostsFile(file.bytes))
    let site = situation.site
    return site.nodes.filter { $0.name != situation.node.name }.flatMap { node in
      table.addresses(of: node.name.description).compactMap { try? IPAddress($0) }.filter { address in
        address.isAssignable && site.owner(of: address) == nil && site.networks.contains { $0.admits(address) }
      }.map { (node.name, $0, Token($0.description)) }
    }
  }
}
