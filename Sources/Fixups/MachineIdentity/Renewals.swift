internal import Documents
internal import Site
internal import Tree

/// Where a place leads: itself, or the regular file at the end of its link.
extension TreeReading {
  func leadsTo(_ place: Place) throws(TreeError) -> Place? {
    guard place.status.kind == .symbolicLink else { return place }
    let real = try resolve(place.path)
    return try status(real).map { Place(path: real, status: $0) }
  }

  /// The regular files that places lead to, each once, and findings about what is none.
  func regularFiles(_ places: [Place]) throws(TreeError) -> (files: [Place], findings: [Finding]) {
    var files: [Place] = []
    var findings: [Finding] = []
    for place in places {
      guard let target = try leadsTo(place), !files.contains(target) else { continue }
      if target.status.kind == .regular { files.append(target) } else { findings.append(target.isInTheWay) }
    }
    return (files, findings)
  }

  /// Whether a place is a private key of SSH's, by its contents; links are not followed.
  func isPrivateKey(_ place: Place) throws(TreeError) -> Bool {
    guard place.status.kind == .regular, place.status.identity.size < 64 << 10, !place.path.name.hasSuffix(".pub"),
      let file = try file(place.path)
    else { return false }
    return MigrationKeyPair.isPrivateKey(file.bytes)
  }

  /// The regular files that patterns lead to, each once; what else stands there is passed over.
  func regularFiles(matching patterns: [String]) throws -> [FileSnapshot] {
    try regularFiles(places(patterns)).files.compactMap { try file($0.path) }
  }
}

enum RandomSeed {
  /// What systemd and the older scripts keep: the size of the kernel's pool.
  static let leastBytes: UInt64 = 512
  /// A seed is credited by its content, not by its length.
  static let mostBytes: UInt64 = 8192

  /// The boot loader takes no other size than its own.
  static func size(of file: Place) -> Int {
    let least = file.path.parent.name == "loader" ? 32 : leastBytes
    return Int(min(max(file.status.identity.size, least), mostBytes))
  }

  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard thing.isRenewed(in: situation) else { return Proposal() }
    let (files, findings) = try situation.tree.regularFiles(thing.places(in: situation))
    var proposal = Proposal(findings: findings)
    for file in files {
      let count = size(of: file)
      proposal.changes.append(
        Change(
          file.path, .write(.bytes(try situation.fresh.bytes(count)), file.status.attributes),
          before: .unread(file.status), reasons: [thing.reason], isSecret: true))
      proposal.claims.append(thing.stillTheOriginals(file.path))
    }
    return proposal
  }
}

enum InitiatorName {
  /// Debian's iscsid makes a name for it at its start.
  static let generated = "GenerateName=yes"
  static let path: TreePath = "/etc/iscsi/initiatorname.iscsi"
  /// The host's own, and what is /etc/iscsi for kolla's iscsid and nova-compute.
  static let paths = [path.description] + ContainerVolumes.paths("iscsi_info", "initiatorname.iscsi")
  static let key = Array("InitiatorName=".utf8)

  /// The names in the file, with their places: as iscsid reads it, whatever stands behind the `=` but the blanks around it, and the key may
  /// stand anywhere before a `#` (open-iscsi, usr/iscsi_util.c, cfg_get_string_param).
  static func names(in lines: Lines) -> [(line: Int, range: Range<Int>, name: String)] {
    let key = Self.key.dropLast()
    return lines.enumerated().compactMap { index, line in
      let code = line.content.prefix { $0 != UInt8(ascii: "#") }
      guard let start = code.indices.first(where: { code[$0...].starts(with: key) }),
        let range = PlainSetting.value(behind: line.content[start...].drop { $0 != UInt8(ascii: "=") })
      else { return nil }
      return (index, range, String(decoding: line.content[range], as: UTF8.self))
    }
  }

  /// A fresh name in the file's own naming. `GenerateName=yes` (Debian) already asks for a new one at the next start.
  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard thing.isRenewed(in: situation) else { return Proposal() }
    var (proposal, names) = (Proposal(), [String: String]())
    for file in try situation.tree.regularFiles(matching: paths) {
      proposal += try own(file, thing, &names, situation)
    }
    return try proposal + InitiatorRecords.renew(thing, names, situation)
  }

  /// An initiator's own file.
  ///
  /// - Parameter names: What each name became.
  private static func own(
    _ file: FileSnapshot, _ thing: UniqueThing, _ names: inout [String: String], _ situation: Situation
  ) throws -> Proposal {
    if let naming = try situation.record(thing).first(where: { $0.path == file.path })?.form.naming {
      return try unsealed(file, naming, thing, situation)
    }
    var (lines, own) = (Lines(file.bytes), String?.none)
    for (index, range, old) in Self.names(in: lines) {
      let new = try own ?? names[old] ?? successor(of: old, situation)
      own = new
      names[old] = new
      lines.replace(range, ofLine: index, with: new.utf8)
    }
    return Proposal.replacing(file, with: lines.bytes, of: thing)
  }

  /// Another name in the naming of an old one: 12 new hex digits behind it.
  static func successor(of old: String, _ situation: Situation) throws -> String {
    try naming(of: old) + situation.fresh.hexadecimal(bytes: 6)
  }

  /// Everything up to the last colon; all of an `iqn.` without one, which its owner may go on behind a colon (RFC 3720, 3.2.6.3.1). An
  /// `eui.` or `naa.` belongs to a piece of hardware, and what is no name has no naming: in their place comes iscsi-iname(8)'s. Quotes,
  /// which iscsid takes for a part of the name, are in none.
  static func naming(of name: String) -> String {
    let isQuote: (Character) -> Bool = { $0 == "\"" || $0 == "'" }
    let bare = name.drop(while: isQuote).prefix { !$0.isWhitespace && !isQuote($0) }
    guard bare.hasPrefix("iqn."), bare.utf8.count <= 210 else { return "iqn.2016-04.com.open-iscsi:" }
    return bare.lastIndex(of: ":").map { String(bare[...$0]) } ?? "\(bare):"
  }
}

extension InitiatorName {
  /// A sealed template asks for a name of the distribution's; it had one.
  private static func unsealed(
    _ file: FileSnapshot, _ naming: String, _ thing: UniqueThing, _ situation: Situation
  ) throws -> Proposal {
    let name = Array("InitiatorName=\(naming)\(try situation.fresh.hexadecimal(bytes: 6))".utf8)
    var lines = Lines(file.bytes)
    for (index, line) in lines.enumerated() where line.content.elementsEqual(generated.utf8) {
      lines.replace(at: index, with: name)
    }
    var proposal = Proposal.replacing(file, with: lines.bytes, of: thing)
    if names(in: Lines(file.bytes)).isEmpty, !proposal.changes.isEmpty {
      proposal.claims = [thing.notMadeYet(file.path)]
    }
    return proposal
  }
}

enum Word {
  /// A file of one word, without the blanks around it.
  static func only(_ bytes: [UInt8]) -> String {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    let start = bytes.drop(while: isBlank)
    let end = start.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start.startIndex
    return String(decoding: start[start.startIndex..<end], as: UTF8.self)
  }
}

extension Proposal {
  /// A unique thing's file with other bytes, the claim that fails until then, and what to do afterwards.
  static func replacing(_ file: FileSnapshot, with bytes: [UInt8], of thing: UniqueThing) -> Proposal {
    guard let change = Change.edit(file, to: bytes, because: [thing.reason]) else { return Proposal() }
    let findings = thing.advice.map { [Finding(.note, "renewed: \(thing.subject)", advice: $0)] } ?? []
    return Proposal(changes: [change], findings: findings, claims: [thing.stillTheOriginals(file.path)])
  }
}

extension Situation {
  /// What becomes of each regular file that patterns lead to.
  func proposal(forFiles patterns: [String], _ edit: (FileSnapshot, Situation) throws -> Proposal) throws -> Proposal {
    try tree.regularFiles(matching: patterns).reduce(Proposal()) { try $0 + edit($1, self) }
  }

  /// The same but for links to what a package brought, which knows no node.
  func proposal(forOwnFiles patterns: [String], _ edit: (FileSnapshot, Situation) throws -> Proposal) throws -> Proposal
  {
    try proposal(forFiles: patterns) { try $0.path.isWithin("/etc") ? edit($0, $1) : Proposal() }
  }
}
