internal import Documents
internal import Site
internal import Tree

/// A card of which its file does not say what the kernel calls it: the file is for whatever card matches, knows its card by the MAC
/// address, or gives it a name of somebody's own once it has found it so. In a copy the card is another one.
struct UnnamedCard {
  /// What it goes by in these files: the name that it is given, what they call it, or the path of the one that has it.
  let name: String
  let file: TreePath
  /// File and line.
  let place: String
  /// None: whatever card matches.
  let cards: [MACAddress]
  var addresses: [IPAddress] = []
  /// Whether the files give the card that name.
  var isRenamed = false
  /// What a file says to name the interface, without the name.
  let remedy: String

  /// Whether kernels and udev call cards so by themselves (systemd.net-naming-scheme(7), biosdevname(1)); any other name is one
  /// that somebody gives.
  static func isUsual(_ name: String) -> Bool {
    func isNumber(_ text: Substring) -> Bool { !text.isEmpty && text.allSatisfy(\.isNumber) }
    if ["eth", "em", "usb", "ib", "wlan", "wwan"].contains(where: {
      name.hasPrefix($0) && isNumber(name.dropFirst($0.count))
    }) {
      return true
    }
    if name.hasPrefix("p"), name.contains(where: \.isNumber) {
      return name.dropFirst().split(separator: "p").count == 2
        && name.dropFirst().allSatisfy { $0.isNumber || $0 == "p" }
    }
    guard ["en", "ib", "wl", "ww", "sl"].contains(where: name.hasPrefix), let way = name.dropFirst(2).first else {
      return false
    }
    return "abciopPsuvx".contains(way) && name.dropFirst(3).contains(where: \.isHexDigit)
      && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } && name.contains(where: \.isNumber)
  }
}

extension InterfaceFiles {
  private var unnamed: [UnnamedCard] { live.flatMap(\.unnamed) }

  /// Files without a name that have an address of the network of an interface that no file names.
  private func unnamed(of intent: InterfaceIntent, _ situation: Situation) -> [(card: UnnamedCard, address: IPAddress)]
  {
    guard backends.allSatisfy({ $0.files(of: intent.interface, mac: intent.mac).isEmpty }) else { return [] }
    let network = intent.network.name
    let former =
      situation.site.nodes.flatMap { $0.addresses[network] ?? [] }
      + situation.formerAddresses.filter { $0.network == network }.map(\.address)
    return unnamed.flatMap { card in card.addresses.filter(former.contains).map { (card, $0) } }
  }

  /// The one that is for this interface beyond doubt, and for one card.
  func onlyUnnamed(of intent: InterfaceIntent, _ situation: Situation) -> UnnamedCard? {
    let found = unnamed(of: intent, situation).map(\.card)
    guard let card = found.first, card.cards.count == 1,
      found.allSatisfy({ $0.file == card.file && $0.cards == card.cards })
    else { return nil }
    return card
  }

  /// Beside a new file such a one would go on giving the address to a card.
  func refuseUnnamed(_ intents: [InterfaceIntent], _ situation: Situation) throws {
    let problems = intents.flatMap { intent in
      unnamed(of: intent, situation).map { card, address in
        let whose = card.cards.first.map { "the card \($0)" } ?? "whatever card matches"
        let other =
          situation.provenance.isCopy && card.cards.count == 1 && intent.mac == nil
          ? ", or mac = { \(intent.network.name) = \"…\" } under [nodes.\(situation.node.name)]" : ""
        return "\(card.place) has \(address) for \(whose), and no file is for \(intent.interface)"
          + " (say there that it is \(intent.interface)'s: \(card.remedy)\(other))"
      }
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }

  /// A card of a copy that is known by the original's address alone, and that the site says no address of: by what it would be known
  /// instead only somebody else can say.
  func refuseTied(_ underlay: Underlay, _ situation: Situation) throws {
    guard situation.provenance.isCopy else { return }
    let tied = unnamed.filter { !$0.cards.isEmpty }
    let node = situation.node.name
    let problems = underlay.cards.filter { $0.mac == nil }.flatMap { part in
      tied.filter { $0.name == part.name }.map { card -> String in
        let list = card.cards.map(\.description).joined(separator: " and ")
        let name = part.name == "\(card.file)" ? "its card" : part.name
        let other = part.network.map { ", or mac = { \($0) = \"…\" } under [nodes.\(node)]" } ?? ""
        return "\(card.place): \(name) is known by \(list) alone, which the original has"
          + " (say there what the kernel calls it: \(card.remedy)\(other))"
      }
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }
}

extension InterfaceFiles {
  /// A name that udev makes of a card's address (`enx525400112233`, systemd.net-naming-scheme(7)) is no other card's.
  func refuseNamesOfOthers(_ underlay: Underlay, _ situation: Situation) throws {
    let node = situation.node
    let problems = try underlay.cards.compactMap { part -> String? in
      guard let card = ForeignCards.address(inName: part.name),
        part.mac.map({ $0 != card }) ?? isOthers(card, part, situation),
        try !isGiven(part.name, situation)
      else { return nil }
      let new = part.mac.map { part.name.prefix(3) + $0.description.filter { $0 != ":" } }
      let own = part.mac.map { ", and the site says \($0)" } ?? ", which the original has"
      let said =
        part.network.map { "interfaces = { \($0) = \"\(new ?? "…")\" } under [nodes.\(node.name)], and " } ?? ""
      let other =
        part.network.map { part.mac == nil ? ", or mac = { \($0) = \"\(card)\" } where it is this node's" : "" } ?? ""
      return "\(part.name) is what udev calls the card \(card) alone\(own)"
        + " (say \(said)in the files what this node's card is called\(new.map { ": \($0)" } ?? "")\(other))"
    }
    guard problems.isEmpty else { throw FixupError(problems.joined(separator: "\n")) }
  }

  private func isOthers(_ card: MACAddress, _ part: Underlay.Part, _ situation: Situation) -> Bool {
    let node = situation.node
    // Who says it of this node alone means this node's card.
    if part.network.flatMap({ node.interfaces[$0] })?.description == part.name { return false }
    let own = node.match.macs + (situation.machine?.macs ?? [])
    return situation.provenance.isCopy && !own.contains(card)
  }

  /// Whether somebody gives a card that name, whatever its address.
  private func isGiven(_ name: String, _ situation: Situation) throws -> Bool {
    let isInFiles = backends.contains { backend in
      if let netplan = backend as? NetplanFiles {
        return netplan.definitions.contains { $0.last(["set-name"]) == name }
      }
      return (backend as? IfcfgFiles)?.all.contains { $0.device == name && !$0.cards.isEmpty } ?? false
    }
    if isInFiles { return true }
    let patterns = ["/etc/udev/rules.d/*.rules", "/etc/systemd/network/*.link", "/etc/systemd/network/*.link.d/*.conf"]
    return try situation.tree.regularFiles(matching: patterns).contains { file in
      Lines(file.bytes).contains { line in
        let text = line.text.filter { !$0.isWhitespace && $0 != "\"" }
        return ["Name=\(name)", "NAME=\(name)", "NAME:=\(name)"].contains { text == $0 || text.contains(",\($0)") }
      }
    }
  }
}

// MARK: Who has them

extension IfcfgFiles {
  /// Of initscripts `HWADDR` finds the card, which gets the name that `DEVICE` says (rename_device of initscripts).
  var unnamed: [UnnamedCard] {
    all.filter { $0.isCurrent && $0.startsAtBoot && !$0.isMade && !UnnamedCard.isUsual($0.device) }.compactMap { file in
      guard let card = file.value("HWADDR").flatMap({ try? MACAddress($0) }) else { return nil }
      return UnnamedCard(
        name: file.device, file: file.snapshot.path, place: file.place(of: "HWADDR"), cards: [card],
        addresses: file.value("DEVICE") == nil ? file.addresses : [], isRenamed: file.value("DEVICE") != nil,
        remedy: "DEVICE=, and no HWADDR")
    }
  }
}

extension KeyfileFiles {
  var unnamed: [UnnamedCard] {
    all.filter { $0.interface == nil && !$0.isSwitch && $0.startsAtBoot }.map { connection in
      let line = connection.document.line(of: connection.cardSection, "mac-address")
      return UnnamedCard(
        name: connection.placeName, file: connection.snapshot.path,
        place: "\(connection.snapshot.path)\(line.map { ":\($0)" } ?? "")",
        cards: connection.card.map { [$0] } ?? [], addresses: connection.found("").addresses.map(\.address),
        remedy: "interface-name= under [connection]")
    }
  }
}

extension NetworkdFiles {
  var unnamed: [UnnamedCard] {
    all.filter { !Self.isGenerated($0) && $0.interface == nil }.map { unit in
      let matches = unit.settings("Match", "MACAddress") + unit.settings("Match", "PermanentMACAddress")
      return UnnamedCard(
        name: unit.placeName, file: unit.path, place: "\(unit.path)\(matches.first.map { ":\($0.line)" } ?? "")",
        cards: unit.words("Match", "Name").isEmpty ? unit.cards : [],
        addresses: unit.found("").addresses.map(\.address), remedy: "Name= under [Match]")
    }
  }
}

extension NetplanFiles {
  /// `match: macaddress` finds the card, which gets the name that `set-name` says.
  var unnamed: [UnnamedCard] {
    definitions.compactMap { definition in
      let matches = definition.parts.filter { $0.node["match"] != nil }
      guard let match = matches.last, definition.last(["match", "name"]) == nil else { return nil }
      let name = definition.interface ?? definition.id
      guard !UnnamedCard.isUsual(name) else { return nil }
      let file = all[match.file]
      let line = file.document.line(of: definition.path + ["match"]).map { ":\($0)" } ?? ""
      let isRenamed = definition.last(["set-name"]) != nil
      let addresses = definition.items(["addresses"]).compactMap {
        try? IPAddress(String($0.text.prefix { $0 != "/" }))
      }
      return UnnamedCard(
        name: name, file: file.snapshot.path, place: "\(file.snapshot.path)\(line)",
        cards: definition.card.map { [$0] } ?? [], addresses: isRenamed ? [] : addresses, isRenamed: isRenamed,
        remedy: "name: under match, in the place of macaddress")
    }
  }
}
