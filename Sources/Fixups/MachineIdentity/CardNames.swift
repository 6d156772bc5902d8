internal import Documents
internal import Site
internal import Tree

/// Which card shall have which name, as far as the site says a card's address: of the node's interfaces, and of what they stand on.
struct CardNames {
  private let underlay: Underlay
  private let node: Node
  private let netplan: NetplanFiles?

  init(_ situation: Situation) throws {
    let files = try InterfaceFiles(situation)
    let intents = situation.node.addresses.networks.compactMap { InterfaceIntent(situation, $0, files) }
    underlay = files.underlay(of: intents)
    node = situation.node
    netplan = files.backends.lazy.compactMap { $0 as? NetplanFiles }.first
  }

  /// What a link names: as it says itself, or as netplan's definition does that it is made of.
  func name(of link: NetworkdUnit) -> String? { link.namedCard(by: netplan) }

  func card(_ name: String) -> MACAddress? { underlay.card(named: name) }

  /// A name that nothing gives any more, and that the node has use for.
  ///
  /// - Parameter isLeft: Whether the file stays as it is.
  func loss(of name: String, in path: TreePath, isLeft: Bool = false) -> Finding? {
    guard underlay.has(name) else { return nil }
    return Finding(
      .warning,
      isLeft
        ? "\(path) names \(name.shown) by the original's card; it is left as it is, and udev names this machine's by where it sits"
        : "\(path) named \(name.shown) by the original's card; without it udev names this machine's by where it sits",
      advice:
        "where that is another name, say mac = { NETWORK = \"…\" } under [nodes.\(node.name)], and the rule follows")
  }
}

extension NetworkdUnit {
  /// What a link names, as ``CardNames/name(of:)`` says.
  func namedCard(by netplan: NetplanFiles?) -> String? {
    value("Link", "Name")
      ?? netplan?.definitions.first { NetplanDropIns.file(of: $0.id, ".link") == name }?.interface
  }
}

/// systemd's *.link files (systemd.link(5)) that know the original's card, in themselves or in a drop-in, which may be one of a file
/// that netplan makes at boot.
enum NetworkLinks {
  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    let cards = ForeignCards(situation, of: thing)
    guard cards.areRenewed(thing) else { return Proposal() }
    let units = try units(situation)
    let foreign = units.compactMap { unit in
      let known = unit.editable.filter { cards.areIn(unit.documents[$0].snapshot.bytes) }
      let isOthers = unit.newHost != nil && thing.isOthers(in: situation)
      return known.isEmpty && !isOthers ? nil : (unit: unit, documents: known)
    }
    let told = Proposal(findings: units.flatMap { packaged($0, cards) })
    guard !foreign.isEmpty else { return told }
    let names = try CardNames(situation)
    return foreign.reduce(into: told) { proposal, found in
      var edit = NetworkdEdit(found.unit, situation)
      edit.convergeHost()
      let isSettled = follow(&edit.unit, found.documents, names, cards)
      for index in found.documents {
        edit.note(thing.reason, index)
        if isSettled { proposal.claims.append(thing.stillTheOriginals(edit.unit.documents[index].snapshot.path)) }
      }
      proposal.changes += edit.changes
      proposal.claims += edit.claims
      guard !isSettled else { return }
      let path = edit.unit.documents[found.documents[0]].snapshot.path
      proposal.findings.append(
        names.name(of: edit.unit).flatMap { names.loss(of: $0, in: path, isLeft: true) }
          ?? Finding(
            .warning, "\(path) is for the original's card, and matches no other",
            advice: "write this machine's address into MACAddress=, or take the file away"))
    }
  }

  private static func units(_ situation: Situation) throws -> [NetworkdUnit] {
    let there = try NetworkdFiles.units(".link", in: situation.tree)
    let netplan = try NetworkdFiles.dropInsOfNetplan(".link", in: situation.tree)
    let units = there + netplan.filter { unit in !there.contains { $0.name == unit.name } }
    return units.contains { $0.host != nil } ? try NetworkdHosts(situation).heeded(units) : units
  }

  /// What is below /run is made anew at every boot; what is below /usr stays, and nobody edits it here.
  private static func packaged(_ unit: NetworkdUnit, _ cards: ForeignCards) -> [Finding] {
    unit.documents.indices.filter { index in
      let snapshot = unit.documents[index].snapshot
      return !unit.editable.contains(index) && !snapshot.path.description.hasPrefix("/run/")
        && cards.areIn(snapshot.bytes)
    }.map { index in
      let path = unit.documents[index].snapshot.path
      return Finding(
        .warning, "\(path) names a card by its address; it is left as it is",
        advice: "copy it to the same place below /etc, where it counts before this one")
    }
  }

  /// - Parameter documents: those of the link that have a foreign address.
  /// - Returns: whether the link is this machine's then.
  private static func follow(
    _ link: inout NetworkdUnit, _ documents: [Int], _ names: CardNames, _ cards: ForeignCards
  ) -> Bool {
    // What one document says of the name or the place holds for all of them.
    let card = names.name(of: link).flatMap { names.card($0) }
    // Where it sits tells a card as well; less than that would mean every card.
    let isPlaced = isPlaced(link)
    var isSettled = true
    for index in documents {
      func foreign(_ section: String, _ key: String) -> [NetworkdFile.Setting] {
        link.documents[index].document.settings(section, key).filter { !cards.foreign(in: $0.value.utf8).isEmpty }
      }
      link.documents[index].document.remove(foreign("Link", "MACAddress"))
      let matches = matchKeys.flatMap { foreign("Match", $0) }
      if let card {
        for setting in matches.sorted(by: { $0.line > $1.line }) {
          link.documents[index].document.replace(setting, with: followed(setting, by: card.description))
        }
      } else if isPlaced {
        link.documents[index].document.remove(matches)
      } else if !matches.isEmpty {
        isSettled = false
      }
    }
    return isSettled
  }

  /// By what a link knows a card's address; `Property=ID_NET_NAME_MAC=enx525400112233` is the name that udev makes of it.
  static let matchKeys = ["MACAddress", "PermanentMACAddress", "Property"]

  static func followed(_ setting: NetworkdFile.Setting, by card: String) -> String {
    guard setting.key == "Property", let name = ForeignCards.names(in: Array(setting.value.utf8)[...]).first else {
      return card
    }
    let bytes = Array(setting.value.utf8)
    return String(
      decoding: bytes[..<name.startIndex] + ForeignCards.spelling(card, like: name) + bytes[name.endIndex...],
      as: UTF8.self)
  }

  static func isPlaced(_ link: NetworkdUnit) -> Bool {
    let places = link.words("Match", "Path")
    return places.count == 1 && !places[0].contains { "*?[!".contains($0) }
  }
}

/// Addresses of cards that the site doesn't give this node.
struct ForeignCards {
  /// What a template has in the place of an address: a group's, which no card has. In a copy it is foreign, as any other.
  static let nobodys = "ff:ff:ff:ff:ff:ff"

  private let situation: Situation
  private let own: Set<String>
  /// On a node of its own, where not the whole file came back: those that an earlier apply took out.
  private let past: Set<String>?

  /// - Parameter thing: whose files they are in; nil: a copy's.
  init(_ situation: Situation, of thing: UniqueThing? = nil) {
    self.situation = situation
    past = thing?.isOthers(in: situation) == false ? situation.provenance.pastTies : nil
    let node = situation.node
    own = Set((node.macs.map(\.value) + node.match.macs).map { $0.description.lowercased() })
  }

  /// The files in a copy that name one.
  func files(of thing: UniqueThing) throws -> [(place: Place, file: FileSnapshot)] {
    guard past?.isEmpty != true else { return [] }
    return try thing.places(in: situation).compactMap { place in
      guard try situation.tree.leadsTo(place)?.status.kind == .regular,
        let file = try situation.tree.file(place.path)
      else { return nil }
      return areIn(file.bytes) ? (place, file) : nil
    }
  }

  /// Whether files that name one are this apply's to change.
  func areRenewed(_ thing: UniqueThing) -> Bool {
    guard past != nil else { return thing.isRenewed(in: situation) }
    let isWished = thing.name.map { situation.site.reset.renews($0, byDefault: thing.isRenewedByDefault) } ?? true
    return past?.isEmpty != true && isWished
  }

  func areIn(_ bytes: [UInt8]) -> Bool { Self.addresses(in: bytes).contains(where: isForeign) }

  private func isForeign(_ address: String) -> Bool { !own.contains(address) && past?.contains(address) ?? true }

  /// Where in a line they stand.
  func foreign<Line: Collection<UInt8>>(in line: Line) -> [Line.SubSequence] {
    Self.allPlaces(in: line).filter { isForeign(Self.text($0)) }
  }

  /// Every MAC address in the lines that are no comments, in lower case with colons.
  static func addresses(in bytes: [UInt8]) -> Set<String> {
    Lines(bytes).filter { $0.content.first != UInt8(ascii: "#") }.reduce(into: []) { found, line in
      let places = allPlaces(in: line.content)
      if !places.isEmpty, !isOfNoCard(line.content) { found.formUnion(places.map(text)) }
    }
  }

  /// Settings that look like an address, and are a mask or a password (nm-settings-nmcli(5), ethernet.generate-mac-address-mask;
  /// nm-settings-ifcfg-rh(5); systemd.link(5), `WakeOnLanPassword`).
  private static let noCards: Set = ["generate-mac-address-mask", "GENERATE_MAC_ADDRESS_MASK", "WakeOnLanPassword"]

  /// Whether what stands in a line is not what a card is known by, or given.
  static func isOfNoCard(_ line: some Collection<UInt8>) -> Bool {
    let key = line.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ":") }
      .filter { $0 != 0x20 && $0 != 0x09 && $0 != UInt8(ascii: "\"") }
    let last = key.split(separator: UInt8(ascii: ".")).last ?? []
    return noCards.contains(String(decoding: last, as: UTF8.self))
  }

  /// Also those that are in names which udev makes of them. One of a neighbour's, `lladdr 52:54:00:1c:0f:20` (ip-neighbour(8)), is no card
  /// of the machine's.
  static func allPlaces<Line: Collection<UInt8>>(in line: Line) -> [Line.SubSequence] {
    (places(in: line) + names(in: line)).filter { place in
      !(line[..<place.startIndex].split { $0 == 0x20 || $0 == 0x09 }.last?.elementsEqual("lladdr".utf8) ?? false)
    }
  }

  /// The digits in a name that udev makes of a card's address: `enx525400112233` (systemd.net-naming-scheme(7)). No other card gets it.
  static func names<Line: Collection<UInt8>>(in line: Line) -> [Line.SubSequence] {
    guard line.count >= 15, line.contains(UInt8(ascii: "x")) else { return [] }
    return line.split { !isHex($0) && !(0x67...0x7A).contains($0) && $0 != UInt8(ascii: "_") }
      .filter { word in
        word.count == 15 && word.dropFirst(2).first == UInt8(ascii: "x") && word.dropFirst(3).allSatisfy(isHex)
          && ["en", "ib", "sl", "wl", "ww"].contains { word.starts(with: $0.utf8) }
      }.map { $0.dropFirst(3) }
  }

  /// As ``names(in:)`` of one name alone.
  static func address(inName name: String) -> MACAddress? {
    name.utf8.count == 15 ? names(in: Array(name.utf8)[...]).first.flatMap(address) : nil
  }

  /// An address as it has to be in the place of another: the digits alone in a name.
  static func spelling(_ card: String, like place: some Collection<UInt8>) -> [UInt8] {
    switch place.count {
    case 12: card.utf8.filter(isHex)
    case 22: Array(card.replacing(":", with: "\\:").utf8)
    default: Array(card.utf8)
    }
  }

  /// With colons or with dashes, as networkd and NetworkManager take them; or three groups with dots, as systemd does
  /// (systemd.link(5), `MACAddress`).
  static func places<Line: Collection<UInt8>>(in line: Line) -> [Line.SubSequence] {
    let dotted = dotted(in: line) + escaped(in: line)
    guard line.count >= 17, line.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "-") }) else {
      return dotted
    }
    return dotted
      + line.split { !isHex($0) && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "-") }.filter { word in
        // Most lines have none, and what has is 17 bytes long.
        word.count == 17
          && [UInt8(ascii: ":"), UInt8(ascii: "-")].contains { separator in
            let parts = word.split(separator: separator, omittingEmptySubsequences: false)
            return parts.count == 6 && parts.allSatisfy { $0.count == 2 && $0.allSatisfy(isHex) }
          }
      }
  }

  private static func dotted<Line: Collection<UInt8>>(in line: Line) -> [Line.SubSequence] {
    let dot = UInt8(ascii: ".")
    guard line.count >= 14, line.contains(dot) else { return [] }
    return line.split { !isHex($0) && $0 != dot }.filter { word in
      word.count == 14 && word.split(separator: dot).map(\.count) == [4, 4, 4]
    }
  }

  /// `52\:54\:…`, as ovs-vsctl(8) takes them.
  private static func escaped<Line: Collection<UInt8>>(in line: Line) -> [Line.SubSequence] {
    let (colon, backslash) = (UInt8(ascii: ":"), UInt8(ascii: "\\"))
    guard line.count >= 22, line.contains(backslash) else { return [] }
    // One behind it is somebody else's.
    let words: [Line.SubSequence] = line.split { !isHex($0) && $0 != colon && $0 != backslash }
    return words.filter { (22...23).contains($0.count) }.map { $0.prefix(22) }.filter { word in
      let parts = word.split(separator: colon, omittingEmptySubsequences: false)
      return parts.count == 6 && parts.allSatisfy { $0.prefix(2).count(where: isHex) == 2 }
        && parts.dropLast().allSatisfy { $0.count == 3 && $0.dropFirst(2).first == backslash }
    }
  }

  static func address(_ place: some Collection<UInt8>) -> MACAddress? { try? MACAddress(text(place)) }

  static func text(_ address: some Collection<UInt8>) -> String {
    guard address.count == 17 else {
      let digits = Array(String(decoding: address.filter(isHex), as: UTF8.self).lowercased())
      return stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<min($0 + 2, digits.count)]) }
        .joined(separator: ":")
    }
    return String(decoding: address.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: ":") : $0 }, as: UTF8.self)
      .lowercased()
  }

  static func isHex(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }
}
