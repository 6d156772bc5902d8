internal import Documents
internal import Site

extension Situation {
  /// Whether files that are for these cards alone bring up nothing here: no card of them is the interface's, as far as one can tell.
  func areForeign(_ cards: [MACAddress], of intent: InterfaceIntent) -> Bool {
    if !cards.isEmpty, let own = intent.mac { return !cards.contains(own) }
    return areForeign(cards, own: [])
  }

  /// The same of files that any card of the node's may be in.
  func areForeign(_ cards: [MACAddress], own: [MACAddress]) -> Bool {
    guard !cards.isEmpty, !cards.contains(where: own.contains) else { return false }
    if cards.contains(where: node.match.macs.contains) { return false }
    if !provenance.isCopy, let known = try? Stamp.read(from: original)?.machine?.macs,
      cards.contains(where: { known.contains($0) })
    {
      return false
    }
    if let machine, !machine.macs.isEmpty { return cards.allSatisfy { !machine.macs.contains($0) } }
    // What a copied disk knows is the original's, also after an apply.
    return provenance.isCopy || !(provenance.pastNames.isEmpty && provenance.pastAddresses.isEmpty)
  }
}

extension IfcfgFile {
  /// What the card has to have for the file to count (sysconfig.txt of initscripts, `HWADDR`).
  var cards: [MACAddress] { value("HWADDR").flatMap { try? MACAddress($0) }.map { [$0] } ?? [] }
}
