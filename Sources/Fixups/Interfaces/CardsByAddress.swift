internal import Documents
internal import Site
internal import Tree

/// A copy's file that knows its card by nothing but the original's MAC address, and has an address of a network on which the site says
/// the address of the node's card: it is for that card. From then on the file is the interface's, for all that comes after.
struct CardsByAddress: Fixup {
  let name = "cards"

  func propose(for situation: Situation) throws -> Proposal {
    guard situation.provenance.isCopy, !situation.node.macs.isEmpty else { return Proposal() }
    let files = try InterfaceFiles(situation)
    let intents = situation.node.addresses.networks.compactMap { InterfaceIntent(situation, $0, files) }
    return try intents.reduce(into: Proposal()) { proposal, intent in
      guard let mac = intent.mac, let card = files.onlyUnnamed(of: intent, situation), card.cards != [mac],
        let file = try situation.tree.file(card.file)
      else { return }
      let old = card.cards[0]
      var lines = Lines(file.bytes)
      for index in lines.indices where !OtherReader.code(lines[index].text).isEmpty {
        let places = ForeignCards.places(in: lines[index].content).filter { ForeignCards.address($0) == old }
        // One line has one card.
        if let place = places.first { lines.replace(place.indices, ofLine: index, with: mac.description.utf8) }
      }
      let reason = "the card of \(intent.interface) was \(old), which the original has; the site says \(mac)"
      guard let change = Change.edit(file, to: lines.bytes, because: [reason]) else { return }
      proposal.changes.append(change)
      proposal.claims.append(
        Claim("card of \(intent.interface) (\(card.place))", expected: "\(mac)", seen: "\(old)", holds: false))
    }
  }
}
