internal import Site

/// What the node's interfaces stand on: the ports of bridges and bonds, the cards below VLANs. Their files say no address, but
/// one that is tied to the original's card does not come up on another, and what stands on it neither.
struct Underlay {
  /// An interface that has no address of the node's, below one that has.
  struct Part {
    let name: String
    /// The card's own address, where the site says one for what stands on this card alone.
    let mac: MACAddress?
    /// The network whose `mac` in the site would be this card's; nil where several cards are below it.
    var network: NetworkName?
  }

  private let lower: [String: [String]]
  private let intents: [InterfaceIntent]

  init(_ ports: [Port], _ vlans: [VLANDevice], _ intents: [InterfaceIntent]) {
    let pairs = ports.map { ($0.master, $0.interface) } + vlans.map { ($0.interface, $0.parent) }
    lower = Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
    self.intents = intents
  }

  /// The address of an interface's own card, where the site says one; nil for what stands on another.
  func card(of intent: InterfaceIntent) -> MACAddress? {
    guard below(intent.interface.description).isEmpty else { return nil }
    return intent.mac ?? mac(of: intent.interface.description)
  }

  /// Each part once, from the top; those that are the node's own interfaces are with them.
  var parts: [Part] {
    let own = Set(intents.map(\.interface.description))
    var names: [String] = []
    for name in intents.flatMap({ below($0.interface.description) }) where !own.contains(name) && !names.contains(name)
    {
      names.append(name)
    }
    return names.map { Part(name: $0, mac: mac(of: $0)) }
  }

  /// The cards at the bottom: the node's interfaces with nothing below, and the ends of the others.
  var cards: [Part] {
    let names = intents.map(\.interface.description).filter { below($0).isEmpty }
    let others = parts.map(\.name).filter { below($0).isEmpty && !names.contains($0) }
    return (names + others).map { name in
      let own = intents.first { $0.interface.description == name || ends(of: $0.interface.description) == [name] }
      return Part(name: name, mac: card(named: name), network: own?.network.name)
    }
  }

  /// Whether a name is that of a node's interface, or of what one stands on.
  func has(_ name: String) -> Bool {
    intents.contains { $0.interface.description == name || below($0.interface.description).contains(name) }
  }

  /// The interface of the node's that stands on one of that name.
  func intent(above name: String) -> InterfaceIntent? {
    intents.first { below($0.interface.description).contains(name) }
  }

  /// The address that the site says of the card of that name.
  func card(named name: String) -> MACAddress? {
    guard let intent = intents.first(where: { $0.interface.description == name }) else { return mac(of: name) }
    return card(of: intent)
  }

  /// The address that the site says of the one card that an interface is or stands on; nil where several are below it.
  func bottom(of name: String) -> MACAddress? {
    let ends = ends(of: name)
    return ends.count > 1 ? nil : card(named: ends.first ?? name)
  }

  private func mac(of card: String) -> MACAddress? {
    guard below(card).isEmpty else { return nil }
    return intents.lazy.filter { ends(of: $0.interface.description) == [card] }.compactMap(\.mac).first
  }

  /// The cards that an interface stands on; none for a card.
  private func ends(of name: String) -> [String] { below(name).filter { below($0).isEmpty } }

  /// All that an interface stands on, each once. Files may name each other in a circle.
  func below(_ name: String) -> [String] {
    var found: [String] = []
    var next = lower[name] ?? []
    while !next.isEmpty {
      let part = next.removeFirst()
      guard part != name, !found.contains(part) else { continue }
      found.append(part)
      next += lower[part] ?? []
    }
    return found
  }
}
