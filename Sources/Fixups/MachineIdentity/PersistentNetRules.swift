internal import Documents
internal import Site
internal import Tree

/// Rules that give an interface its name by the address of its card (udev(7)): on a clone they match no card, and the interface
/// that the site speaks of is missing. Where the site says the card's address the rule follows it; otherwise it goes.
enum PersistentNetRules {
  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    let cards = ForeignCards(situation, of: thing)
    let foreign = try cards.files(of: thing)
    guard !foreign.isEmpty else { return Proposal() }
    guard cards.areRenewed(thing) else {
      return Proposal(findings: foreign.map { Finding(.warning, "\($0.place.path): \(thing.reason)", advice: nil) })
    }
    let names = try CardNames(situation)
    return foreign.reduce(into: Proposal()) { proposal, found in
      let path = found.place.path
      let edit = edit(found.file.bytes, of: path, named: { names.card($0)?.description }, cards.foreign(in:))
      if edit.bytes != found.file.bytes {
        proposal +=
          edit.bytes.map { Proposal.replacing(found.file, with: $0, of: thing) } ?? thing.removal(of: [found.place])
      }
      proposal.findings += edit.lost.compactMap { names.loss(of: $0, in: path) }
      proposal.findings += edit.left.map { line in
        Finding(
          .warning, "\(path):\(line + 1) has the address of a card that is the original's; the rule is left as it is",
          advice: "say this machine's there, or take the rule out")
      }
    }
  }

  /// What installers write, and replace; any other file is somebody's own, and what does not name a card in it is theirs to change.
  static func isGenerated(_ path: TreePath) -> Bool {
    ["70-persistent-net.rules", "90-eno-fix.rules"].contains(path.name)
  }

  /// The file with the cards that are said, and without rules that name the original's others; nil where no rule would be left.
  ///
  /// - Parameters:
  ///   - card: which address belongs to a name.
  ///   - foreign: where in a line another machine's stand.
  static func edit(
    _ bytes: [UInt8], of path: TreePath, named card: (String) -> String?,
    _ foreign: (ArraySlice<UInt8>) -> [ArraySlice<UInt8>]
  ) -> (bytes: [UInt8]?, lost: [String], left: [Int]) {
    var lines = Lines(bytes)
    var (lost, left): ([String], [Int]) = ([], [])
    var isRule = false
    let isTheirs = !isGenerated(path)
    for rule in rules(in: lines).reversed() {
      let places = rule.lines.flatMap { line in foreign(lines[line].content).map { (line: line, card: $0) } }
      let name = quoted("NAME", in: rule.text)
      if places.isEmpty {
        isRule = true
      } else if let name, places.count == 1, !isTheirs || isPlain(rule.text, 1), let card = card(name) {
        let (line, place) = places[0]
        lines.replace(place.indices, ofLine: line, with: ForeignCards.spelling(card, like: place))
        isRule = true
      } else if isTheirs, name == nil || !isPlain(rule.text, places.count) {
        left.insert(places[0].line, at: 0)
        isRule = true
      } else {
        if let name { lost.insert(name, at: 0) }
        for line in rule.lines.reversed() { lines.remove(at: line) }
      }
    }
    return (isRule ? lines.bytes : nil, lost, left)
  }

  /// A rule goes on in the next line where its line ends in a backslash; a comment between the two is passed over (udev-rules.c,
  /// udev_rules_parse_file).
  private static func rules(in lines: Lines) -> [(lines: [Int], text: String)] {
    var rules: [(lines: [Int], text: String)] = []
    var isOpen = false
    for index in lines.indices {
      let text = String(lines[index].text.drop { $0.isWhitespace })
      guard !text.hasPrefix("#"), isOpen || !text.isEmpty else { continue }
      if !isOpen { rules.append(([], "")) }
      isOpen = text.hasSuffix("\\")
      rules[rules.count - 1].lines.append(index)
      rules[rules.count - 1].text += isOpen ? String(text.dropLast()) : text
    }
    return rules
  }

  /// Whether a rule names a card by one address and does nothing else with it: `ATTR{address}=="…"`, or the name that udev makes of the
  /// address, once, of the network's devices.
  private static func isPlain(_ rule: String, _ foreign: Int) -> Bool {
    let parts = rule.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    let cards = parts.filter { part in
      ["ATTR{address}", "ATTRS{address}", "ENV{ID_NET_NAME_MAC}"].contains { part.hasPrefix("\($0)==\"") }
    }
    let isNetworks = parts.allSatisfy {
      !$0.hasPrefix("SUBSYSTEM") || ["SUBSYSTEM==\"net\"", "SUBSYSTEMS==\"net\""].contains($0)
    }
    let others = ["LABEL=", "GOTO=", "RUN", "MODE=", "OWNER=", "GROUP=", "SYMLINK"]
    return foreign == 1 && cards.count == 1 && ForeignCards.allPlaces(in: Array(cards[0].utf8)[...]).count == 1
      && ForeignCards.allPlaces(in: Array(rule.utf8)[...]).count == 1 && isNetworks
      && !parts.contains { part in others.contains { part.hasPrefix($0) } }
  }

  /// Addresses by which rules name cards; in an installer's file all that there are.
  static func addresses(in bytes: [UInt8], of path: TreePath) -> Set<String> {
    guard !isGenerated(path) else { return ForeignCards.addresses(in: bytes) }
    return rules(in: Lines(bytes)).reduce(into: []) { found, rule in
      if quoted("NAME", in: rule.text) != nil, isPlain(rule.text, 1) {
        found.formUnion(ForeignCards.addresses(in: Array(rule.text.utf8)))
      }
    }
  }

  /// `NAME="eth0"`, `NAME:="eth0"`.
  private static func quoted(_ key: String, in rule: String) -> String? {
    for part in rule.split(separator: ",") {
      let words = part.split(separator: "\"", omittingEmptySubsequences: false)
      let operation = words.first?.filter { !$0.isWhitespace }
      guard words.count == 3, ["\(key)=", "\(key):="].contains(operation) else { continue }
      return String(words[1])
    }
    return nil
  }
}
