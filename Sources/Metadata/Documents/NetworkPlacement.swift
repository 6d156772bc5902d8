public import Site

/// One address of network_data.json, and the cards of a machine that it belongs on.
public struct NetworkPlacement: Sendable, Hashable {
  public let network: NetworkData.Network
  public let link: NetworkData.Link
  /// The cards below the link, whatever they are called: one, or a bond's.
  public let cards: [MACAddress]
  /// The VLANs on the way up from the card, innermost last.
  public let vlans: [Int]
  public let isBond: Bool
}

extension NetworkData {
  /// Every network with the cards that its link stands on. A link is matched by its MAC address, never by its name: nova
  /// calls it after the hypervisor's end of the cable.
  public var placements: [NetworkPlacement] {
    networks.compactMap { network in
      guard let link = link(network.link) else { return nil }
      var path = Path()
      follow(link, &path)
      return NetworkPlacement(
        network: network, link: link, cards: path.cards, vlans: path.vlans.reversed(), isBond: path.isBond)
    }
  }

  private struct Path {
    var cards: [MACAddress] = []
    var vlans: [Int] = []
    var isBond = false
    var seen: Set<String> = []
  }

  /// Hostile links may go round in circles: each is followed once.
  private func follow(_ link: Link, _ path: inout Path) {
    guard path.seen.insert(link.id).inserted else { return }
    switch link.kind {
    case .card: if let mac = link.mac, !path.cards.contains(mac) { path.cards.append(mac) }
    case .vlan(let id, let below):
      path.vlans.append(id)
      if let below = self.link(below) { follow(below, &path) }
    case .bond(let members):
      path.isBond = true
      for member in members { if let below = self.link(member) { follow(below, &path) } }
    }
  }
}

extension NetworkPlacement: CustomStringConvertible {
  /// `card 52:54:00:12:34:56`, `VLAN 101 on a bond of …, …`
  public var description: String {
    let names = cards.map(\.description).joined(separator: ", ")
    let bottom = isBond ? "a bond of \(names)" : cards.isEmpty ? "link \(link.id)" : "card \(names)"
    return vlans.reversed().map { "VLAN \($0) on " }.joined() + bottom
  }
}
