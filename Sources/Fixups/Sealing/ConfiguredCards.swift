internal import Documents
internal import Site
internal import Tree

/// MAC addresses in the files by which interfaces come up, in whatever words: a setting, a command of ifupdown's, the JSON of a team, a
/// bond's options. Found as an apply finds them in a copy (``ForeignCards``).
enum ConfiguredCards {
  private struct Mention {
    let path: TreePath
    /// Counted from 1.
    let line: Int
    let address: String
    /// Whether it gives an interface that address, rather than asks for the card that has it.
    let isGiven: Bool
  }

  static let values: UniqueValues.Reader = { _, template in
    var found: [UniqueValue] = []
    for mention in try mentions(in: template) {
      let value = UniqueValue(mention.path, mention.address)
      if !found.contains(value) { found.append(value) }
    }
    return found + (try UniqueValues.started(template, ["ifname=", "ip="]) { BootLoaderWords.card($0)?.description })
  }

  /// They stay, since an apply to a copy deals with them; what gives an interface one is told.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let given = try mentions(in: template).filter(\.isGiven)
    let findings = given.map { mention in
      Finding(
        .warning, "\(mention.path):\(mention.line) gives an interface of every copy the MAC address \(mention.address)",
        advice:
          "take the line out; else an apply to a copy takes it out where it is a setting of the node's interfaces, and tells it otherwise"
      )
    }
    return SealedThing(proposal: Proposal(findings: findings))
  }

  /// Those that a file gives interfaces.
  static func given(in file: FileSnapshot) -> [String] {
    mentions(in: file, unread: []).filter { $0.isGiven && !isVirtualRouters($0.address) }.map(\.address)
  }

  /// One that several machines have on purpose: virtual routers (RFC 9568, section 7.3), and Cumulus Linux's anycast gateways.
  private static func isVirtualRouters(_ address: String) -> Bool {
    ["00:00:5e:00:01:", "00:00:5e:00:02:", "44:38:39:ff:"].contains { address.hasPrefix($0) }
  }

  private static func mentions(in template: Template) throws -> [Mention] {
    let files: InterfaceFiles
    do {
      files = try InterfaceFiles(template.platform, template.tree)
    } catch is FixupError {
      // Files that cannot be read are an apply's to refuse.
      return []
    }
    // compat-suse.c knows no HWADDR.
    let wicked = Set(files.backends.compactMap { $0 as? WickedFiles }.flatMap(\.snapshots).map(\.path))
    return files.snapshots.flatMap { file in mentions(in: file, unread: wicked.contains(file.path) ? ["HWADDR"] : []) }
  }

  private static func mentions(in file: FileSnapshot, unread: Set<String>) -> [Mention] {
    guard !ForeignCards.addresses(in: file.bytes).isEmpty else { return [] }
    var context = Context()
    // What a backslash at the end of a line has the next one continue.
    var head: [UInt8] = []
    return Lines(file.bytes).enumerated().flatMap { index, line -> [Mention] in
      let content = head + line.content
      if head.isEmpty { context.enter(line.text) }
      head = content.last == UInt8(ascii: "\\") ? Array(content.dropLast()) : []
      guard !context.isRemark, !unread.contains(context.key) else { return [] }
      // Each once, in the line where it stands.
      let places = ForeignCards.places(in: content[(content.count - line.content.count)...])
      guard !places.isEmpty, !ForeignCards.isOfNoCard(line.content) else { return [] }
      return places.compactMap { place in
        let address = ForeignCards.text(place)
        guard isOneCards(address) else { return nil }
        let isGiven: Bool
        switch context.use(before: content[..<place.startIndex], after: content[place.endIndex...]) {
        case .given: isGiven = true
        case .bound: isGiven = false
        case .anothers, .unknown: return nil
        }
        return Mention(path: file.path, line: index + 1, address: address, isGiven: isGiven)
      }
    }
  }

  /// No group of cards, and not nobody's (IEEE 802, the I/G bit).
  private static func isOneCards(_ address: String) -> Bool {
    guard let first = UInt8(address.prefix(2), radix: 16) else { return false }
    return first.isMultiple(of: 2) && address.contains { $0 != "0" && $0 != ":" }
  }

  /// What a line stands under, in any of the backends' formats.
  private struct Context {
    private var section = ""
    /// The indent of netplan's `match:` that the line is below.
    private var match: Int?
    private(set) var key = ""

    mutating func enter(_ text: String) {
      let indent = text.prefix { $0 == " " }.count
      let line = text.trimmingBlanks
      if let match, !line.isEmpty, indent <= match { self.match = nil }
      if line.hasPrefix("[") { section = String(line.dropFirst().prefix { $0 != "]" }) }
      key = line.prefix { !$0.isWhitespace && $0 != "=" && $0 != ":" }.filter { $0 != "\"" }
      if key == "match" { match = indent }
    }

    var isRemark: Bool { key.hasPrefix("#") || key.hasPrefix(";") }

    func use(before: ArraySlice<UInt8>, after: ArraySlice<UInt8>) -> CardUse {
      if match != nil || key == "rename" { return .bound }
      return CardUse(section.isEmpty ? key : "\(section).\(key)", before: before, after: after)
    }
  }
}
