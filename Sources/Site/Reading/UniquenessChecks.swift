extension SiteDraft {
  /// No two nodes share what tells machines apart: the first to claim something has it.
  func checkUniqueness(_ problems: Problems) {
    var names = Claims<String>("name", problems)
    var addresses = Claims<IPAddress>("address", problems)
    var cards = Claims<MACAddress>("MAC address", problems)
    var matches = Claims<MACAddress>("MAC address", problems)
    var uuids = Claims<SystemUUID>("UUID", problems)
    var serials = Claims<String>("serial number", problems)
    var tags = Claims<String>("asset tag", problems)
    var userKeys = Claims<String>("migration key", problems)
    var hostKeys = Claims<String>("host key", problems)
    for node in nodes {
      let owner = node.name.value
      names.claim(Placed(owner.lowercased(), node.name.place), by: owner)
      for address in node.addresses.flatMap(\.value) { addresses.claim(address, by: owner) }
      for card in node.macs { cards.claim(card.value, by: owner) }
      for mac in node.matchMACs { matches.claim(mac, by: owner) }
      if let uuid = node.uuid { uuids.claim(uuid, by: owner) }
      if let serial = node.serial { serials.claim(serial, by: owner) }
      if let tag = node.assetTag { tags.claim(tag, by: owner) }
      for key in node.migrationKeys { userKeys.claim(Placed(key.value.blob, key.place), by: owner, shown: "this") }
      for key in node.hostKeys { hostKeys.claim(Placed(key.value.blob, key.place), by: owner, shown: "this") }
    }
    checkCardsAcrossNodes(cards: cards, problems)
  }

  /// A card that one node is recognised by can't be in another. In one node it may be said in both ways.
  private func checkCardsAcrossNodes(cards: Claims<MACAddress>, _ problems: Problems) {
    for node in nodes {
      for mac in node.matchMACs {
        guard let owner = cards.owner(of: mac.value), owner != node.name.value else { continue }
        problems.report(
          mac.place, "MAC address \(mac.value) is the mac of node \(quoted(owner)) too", "each card is in one node")
      }
    }
  }
}

/// Who claimed which value first.
private struct Claims<Value: Hashable & CustomStringConvertible> {
  private let what: String
  private let problems: Problems
  private var owners: [Value: String] = [:]

  init(_ what: String, _ problems: Problems) {
    self.what = what
    self.problems = problems
  }

  func owner(of value: Value) -> String? { owners[value] }

  mutating func claim(_ value: Placed<Value>, by node: String, shown: String? = nil) {
    guard let owner = owners[value.value] else {
      owners[value.value] = node
      return
    }
    let text = shown.map { "\($0) \(what)" } ?? "\(what) \(quoted(value.value.description))"
    if owner == node {
      problems.report(value.place, "\(text) is said twice", "say it once")
    } else {
      problems.report(value.place, "\(text) is node \(quoted(owner))'s too", "it must be unique in the site")
    }
  }
}
