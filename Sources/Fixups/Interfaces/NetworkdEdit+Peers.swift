internal import Documents
internal import Site

/// `Peer=` of [Address] (systemd.network(5)).
extension NetworkdEdit {
  /// With the address of a peer the prefix is that one's alone, and no route leads to the subnet (ip-address(8), peer).
  mutating func dropPeers(_ intent: InterfaceIntent, _ family: IPAddress.Family) {
    for (document, setting) in unit.addresses.reversed() where setting.section == "Address" {
      guard let address = Self.address(setting.value), address.family == family, intent.addresses.contains(address),
        intent.prefix(address).value < family.bitCount - 1
      else { continue }
      let peers = unit.documents[document].document.settings(inSection: setting.sectionIndex).filter {
        $0.key == "Peer" && !$0.value.isEmpty
      }
      guard let peer = peers.last else { continue }
      remove(
        peers, document,
        because: "Peer said \(peer.value.shown): with it no route leads to \(intent.network.name)'s subnet")
    }
  }
}

extension NetworkdUnit {
  /// An address with the prefix that counts: that of its peer, where it has one.
  func withPrefix(_ place: (document: Int, setting: NetworkdFile.Setting)) -> String {
    guard place.setting.section == "Address",
      let peer = documents[place.document].document.settings(inSection: place.setting.sectionIndex).last(where: {
        $0.key == "Peer"
      })?.value, !peer.isEmpty
    else { return place.setting.value }
    let parts = peer.split(separator: "/", maxSplits: 1)
    let isSix = peer.contains(":")
    return place.setting.value.prefix { $0 != "/" } + "/" + (parts.count > 1 ? parts[1] : isSix ? "128" : "32")
  }
}
