internal import Documents
internal import Site
internal import Tree

/// What ties a tree to one machine: MAC addresses and UUIDs of connections, in the files by which interfaces come up and cards get
/// their names. An apply to a copy takes out the original's, and the stamp remembers which: what says one of them is still the
/// original's, or was put back by a backup or a configuration manager.
enum Ties {
  /// Rules and links, which no backend reads.
  private static let namings = [
    "/etc/udev/rules.d/*.rules", "/etc/systemd/network/*.link", "/etc/systemd/network/*.link.d/*.conf",
  ]

  /// Those in lines that are no comments, in lower case, with colons.
  static func words(in bytes: [UInt8]) -> Set<String> {
    Lines(bytes).filter { $0.content.first != UInt8(ascii: "#") }.reduce(into: ForeignCards.addresses(in: bytes)) {
      $0.formUnion(uuids(in: $1.content))
    }
  }

  /// 8-4-4-4-12 hexadecimal digits (RFC 9562, section 4).
  private static func uuids(in line: some Collection<UInt8>) -> [String] {
    let dash = UInt8(ascii: "-")
    guard line.count >= 36, line.contains(dash) else { return [] }
    return line.split { $0 != dash && !ForeignCards.isHex($0) }.compactMap { word in
      guard word.count >= 36 else { return nil }
      let parts = word.split(separator: dash)
      guard parts.map({ $0.count }) == [8, 4, 4, 4, 12] else { return nil }
      return parts.map { String(decoding: $0, as: UTF8.self).lowercased() }.joined(separator: "-")
    }
  }

  /// The original's that must not be in the files of a copy that became somebody: what a plan takes out of it, and MAC addresses that
  /// its interfaces are still given. In a steady order.
  static func originals(in situation: Situation) throws -> [String] {
    guard situation.provenance.isCopy else { return [] }
    let before = try files(situation)
    let after = try successors(of: before, situation)
    let left = Dictionary(after.map { ($0.path, $0.bytes) }) { first, _ in first }
    let gone = before.filter { left[$0.path]?.isSame(as: $0.bytes) != true }
      .reduce(into: Set<String>()) { $0.formUnion(words(in: $1.bytes)) }
    let taken = gone.isEmpty ? gone : after.reduce(into: gone) { $0.subtract(words(in: $1.bytes)) }
    let own = situation.node.macs.map(\.value.description) + situation.node.match.macs.map(\.description)
    // A rule only asks for a card, and on another there is none.
    let configured = after.filter { !$0.path.name.hasSuffix(".rules") }
    return configured.reduce(into: taken) { $0.formUnion(ConfiguredCards.given(in: $1)) }
      .subtracting(own + [ForeignCards.nobodys]).sorted()
  }

  /// The files that can tie the tree, as the original has them.
  private static func files(_ situation: Situation) throws -> [FileSnapshot] {
    let interfaces: InterfaceFiles
    do {
      interfaces = try InterfaceFiles(situation.platform, situation.original, situation.configurations)
    } catch is FixupError {
      // Files that cannot be read are refused already.
      return []
    }
    return try interfaces.snapshots + situation.original.regularFiles(matching: namings)
  }

  /// What becomes of them, and what comes to stand beside them.
  private static func successors(of files: [FileSnapshot], _ situation: Situation) throws -> [FileSnapshot] {
    let beside = try Set(files.map(\.path.parent)).flatMap { directory -> [TreePath] in
      let former = try Set((situation.original.listing(directory) ?? []).map(\.name))
      return try (situation.tree.listing(directory) ?? []).filter { !former.contains($0.name) }
        .map { directory.appending($0.name) }
    }
    return try (files.map(\.path) + beside).compactMap { try situation.tree.glance($0) }
  }
}

extension InterfaceFiles {
  /// Those that somebody reads and that last.
  var snapshots: [FileSnapshot] { backends.flatMap(\.snapshots).filter { !$0.path.isWithin("/run") } }

  /// Of the original's, what no apply could take out, or what one took out and somebody put back.
  func originalsTies(_ situation: Situation) -> [Claim] {
    let past = situation.provenance.pastTies
    guard !past.isEmpty, !situation.provenance.isCopy else { return [] }
    return snapshots.flatMap { file in
      Ties.words(in: file.bytes).intersection(past).sorted().map { word in
        let line = Lines(file.bytes).firstIndex { Ties.words(in: Array($0.content)).contains(word) }
        return Claim(
          "what ties \(file.path) to a machine", expected: "\(situation.node.name)'s own",
          seen: "the original's \(word)" + (line.map { " in line \($0 + 1)" } ?? ""), holds: false)
      }
    }
  }
}

extension Situation {
  /// Whether a MAC address or a UUID of a connection is the original's: whatever a copy has, and what an earlier apply took out.
  func isOriginals(_ word: String?) -> Bool {
    provenance.isCopy || word.map { provenance.pastTies.contains($0.lowercased()) } ?? false
  }

  func isOriginals(_ card: MACAddress?) -> Bool { isOriginals(card?.description) }
}
