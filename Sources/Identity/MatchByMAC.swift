public import Site

/// A node of whose `match` one of this machine's cards is, or to one of whose interfaces the site ties it (`mac`).
public struct MatchByMAC: IdentitySource {
  public init() {}

  public func answers(for machine: MachineFacts, in site: Site) -> [IdentityAnswer] {
    site.nodes.compactMap { node in
      if let mac = machine.macs.first(where: node.match.macs.contains) {
        return IdentityAnswer(node.name, "the site's match of \(node.name) has its card \(mac)")
      }
      let tied = node.macs.map(\.value)
      return machine.macs.first(where: tied.contains).map {
        IdentityAnswer(node.name, "the site ties an interface of \(node.name) to its card \($0)")
      }
    }
  }
}
