internal import Documents
internal import Site
internal import Tree

// What names a card by its address names none in a template, and still says which name: the apply of a copy finds it as it finds the
// original's, and lets it follow the card that the site says.

extension PersistentNetRules {
  /// Rules that name a card by its address; others are an administrator's.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let (files, findings) = try TemplateCards.files(of: thing, template)
    guard !files.isEmpty else { return SealedThing(proposal: Proposal(findings: findings)) }
    let names = try TemplateCards(template)
    return files.reduce(into: SealedThing(proposal: Proposal(findings: findings))) { sealed, found in
      let (place, file) = found
      var named: [String] = []
      let edit = edit(
        file.bytes, of: place.path,
        named: { name in
          named.insert(name, at: 0)
          return ForeignCards.nobodys
        }, TemplateCards.places(in:))
      sealed =
        sealed + (edit.bytes.map { SealedThing(proposal: thing.blanking(file, to: $0)) } ?? thing.removal([place]))
      sealed.proposal.findings += (named + edit.lost).compactMap { names.loss(of: $0, in: place.path) }
    }
  }
}

extension NetworkLinks {
  /// The card's address goes where its place tells it as well, and becomes nobody's where a link would match every card without it.
  /// What a link gives a card as its address goes. netplan's own links are made at boot, of definitions that stay as they are.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let (files, findings) = try TemplateCards.files(of: thing, template)
    let names = try TemplateCards(template)
    let told = SealedThing(proposal: Proposal(findings: findings + names.lostByNetplan + names.madeOfAddresses))
    guard !files.isEmpty else { return told }
    let there = try NetworkdFiles.units(".link", in: template.tree)
    let made = try NetworkdFiles.dropInsOfNetplan(".link", in: template.tree)
    let links = there + made.filter { unit in !there.contains { $0.name == unit.name } }
    return files.reduce(into: told) { sealed, found in
      let (place, file) = found
      let link = links.first { $0.documents.contains { $0.snapshot.path == file.path } }
      var document = NetworkdFile(file.bytes)
      func addresses(_ section: String, _ key: String) -> [NetworkdFile.Setting] {
        document.settings(section, key).filter { !TemplateCards.places(in: $0.value.utf8).isEmpty }
      }
      document.remove(addresses("Link", "MACAddress"))
      let matches = matchKeys.flatMap { addresses("Match", $0) }
      if link.map(isPlaced) ?? false {
        document.remove(matches)
      } else {
        for setting in matches.sorted(by: { $0.line > $1.line }) {
          document.replace(setting, with: followed(setting, by: ForeignCards.nobodys))
        }
        let name = matches.isEmpty ? nil : link.flatMap(names.name)
        sealed.proposal.findings += [name.flatMap { names.loss(of: $0, in: place.path) }].compactMap(\.self)
      }
      sealed.proposal += thing.blanking(file, to: document.bytes)
    }
  }
}

extension UniqueThing {
  fileprivate func blanking(_ file: FileSnapshot, to bytes: [UInt8]) -> Proposal {
    Proposal(changes: Change.edit(file, to: bytes, because: sealReasons).map { [$0] } ?? [])
  }
}

/// The names by which a template's interfaces, and what they stand on, find their cards.
private struct TemplateCards {
  private let names: Set<String>
  private let netplan: NetplanFiles?

  init(_ template: Template) throws {
    let backends: [any NetworkBackend]
    do {
      backends = try InterfaceFiles(template.platform, template.tree).live
    } catch is FixupError {
      // Files that cannot be read are an apply's to refuse.
      backends = []
    }
    let configured = backends.flatMap { $0.configured([:]).map(\.name.description) + $0.addressed.map(\.interface) }
    netplan = backends.lazy.compactMap { $0 as? NetplanFiles }.first
    names = Set(configured + backends.ports.map(\.interface) + backends.vlans.map(\.parent))
  }

  /// What a link names: as it says itself, or as netplan's definition does that it is made of.
  func name(of link: NetworkdUnit) -> String? { link.namedCard(by: netplan) }

  /// `set-name`, where a definition finds its card by the address (netplan's reference, `match`).
  var lostByNetplan: [Finding] {
    guard let netplan else { return [] }
    return netplan.definitions.compactMap { definition in
      guard definition.card != nil, let name = definition.last(["set-name"]),
        let part = definition.parts.last(where: { $0.node["set-name"] != nil })
      else { return nil }
      return loss(of: name, in: netplan.all[part.file].snapshot.path)
    }
  }

  /// Names that udev makes of the addresses of the template's cards.
  var madeOfAddresses: [Finding] {
    names.sorted().compactMap { name in
      guard let card = ForeignCards.address(inName: name) else { return nil }
      return Finding(
        .warning,
        "\(name), which this tree's interfaces need, is what udev calls the card \(card) alone: no card of a copy has that name",
        advice: "let a *.link file name the card by where it sits (Path=), and use that name")
    }
  }

  /// A name that no card has in a copy before an apply.
  func loss(of name: String, in path: TreePath) -> Finding? {
    guard names.contains(name) else { return nil }
    return Finding(
      .warning,
      "\(path) named \(name.shown), which this tree's interfaces need, by the template's card: it names no card in a copy",
      advice:
        "say mac = { NETWORK = \"…\" } of each node in the site, and an apply lets it follow; else udev names cards by where they sit"
    )
  }

  /// The files with addresses of cards in lines that are no comments.
  static func files(
    of thing: UniqueThing, _ template: Template
  ) throws -> (files: [(place: Place, file: FileSnapshot)], findings: [Finding]) {
    let (places, findings) = try template.tree.regularFiles(thing.places(in: template))
    let files = try places.compactMap { place in try template.tree.file(place.path).map { (place, $0) } }
    return (
      files.filter { !ForeignCards.addresses(in: $0.1.bytes).isSubset(of: [ForeignCards.nobodys]) }, findings
    )
  }

  /// Where in a line they stand; the one that is nobody's is none.
  static func places<Line: Collection<UInt8>>(in line: Line) -> [Line.SubSequence] {
    ForeignCards.allPlaces(in: line).filter { ForeignCards.text($0) != ForeignCards.nobodys }
  }
}
