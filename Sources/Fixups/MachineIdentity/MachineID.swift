internal import Documents
internal import Site
internal import Tree

/// The machine-id (machine-id(5)): the system's, and the copy that D-Bus keeps.
///
/// Both are written in one step and with the same id: where the system's own is empty, systemd takes D-Bus's, and
/// so the original's would come back. Always a whole id, never an empty file or `uninitialized`, which older releases
/// don't understand.
enum MachineID {
  private static let mode = FileMode(0o444)

  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    let places = TreePath.each(thing.paths + situation.platform.identity.machineIDs.map(\.description))
    guard let main = places.first else { return Proposal() }
    let current = try situation.tree.file(main)
    let isUnkept = try current == nil && situation.tree.resolve(main).isWithin("/run")
    // Where no boot keeps the system's own, systemd takes D-Bus's (machine-id-setup.c, acquire_machine_id).
    let kept = isUnkept ? try places.dropFirst().compactMap { try situation.tree.file($0) }.first : nil
    let id = (current ?? kept).flatMap { self.id(in: $0.bytes) }
    let wanted = if let id, !thing.isRenewed(in: situation) { id } else { try situation.fresh.machineID() }
    var proposal = Proposal()
    var seen: Set<TreePath> = []
    for path in places {
      guard let file = try situation.tree.file(path) else { continue }
      guard seen.insert(file.path).inserted else { continue }
      if self.id(in: file.bytes) != wanted {
        let reason = thing.isRenewed(in: situation) ? thing.reason : "both readers must see one valid id"
        // D-Bus makes its own with another.
        let attributes = path == main ? file.attributes.with(mode: mode) : file.attributes
        let change = Change.edit(
          file, to: Array("\(wanted)\n".utf8), attributes: attributes, because: [reason])
        proposal.changes += change.map { [$0] } ?? []
      }
      proposal.claims.append(claim(thing, file, id, situation))
    }
    if isUnkept {
      proposal.findings.append(try unkept(main, kept?.path, situation))
    } else if current == nil {
      proposal += try creation(main, wanted, situation)
    }
    let copies = try situation.anew(thing).filter { !seen.contains($0.path) }
    proposal.changes += copies.map {
      .create(
        $0.path, .bytes(Array("\(wanted)\n".utf8)), $0.attributes, because: ["both readers must see one valid id"])
    }
    return proposal
  }

  private static func claim(
    _ thing: UniqueThing, _ file: FileSnapshot, _ id: String?, _ situation: Situation
  ) -> Claim {
    let seen = self.id(in: file.bytes)
    if thing.isRenewed(in: situation) {
      return isAsked(file.bytes) ? thing.notMadeYet(file.path) : thing.stillTheOriginals(file.path)
    }
    return Claim(
      "machine-id (\(file.path))", expected: id ?? "32 hexadecimal digits", seen: seen ?? "no valid id",
      holds: seen != nil && seen == id)
  }

  /// - Parameter copy: D-Bus's.
  private static func unkept(_ path: TreePath, _ copy: TreePath?, _ situation: Situation) throws -> Finding {
    let what = copy.map { "takes that of \($0)" } ?? "makes another id"
    return Finding(
      .note,
      "\(path) leads to \(try situation.tree.resolve(path)), which no boot keeps: systemd \(what) at each of them",
      advice: copy == nil ? "where the id shall stay, put a file in the link's place" : nil)
  }

  private static func creation(_ path: TreePath, _ id: String, _ situation: Situation) throws -> Proposal {
    let real = try situation.tree.resolve(path)
    var proposal = Proposal(claims: [Claim("machine-id (\(real))", expected: "32 hexadecimal digits", seen: nil)])
    let (missing, directory) = try situation.tree.missingDirectories(
      for: real, because: "systemd's machine-id is there")
    proposal.changes =
      missing + [
        .create(
          real, .bytes(Array("\(id)\n".utf8)), directory.with(mode: mode),
          because: ["systemd and D-Bus need one, and none is there"])
      ]
    return proposal
  }

  /// Whether a file has systemd make an id at the boot (machine-id(5), "First Boot Semantics").
  private static func isAsked(_ bytes: [UInt8]) -> Bool { ["", "uninitialized"].contains(Word.only(bytes)) }

  /// The id that a file holds: 32 hexadecimal digits, not all zero, then nothing or a line's end.
  static func id(in bytes: [UInt8]) -> String? {
    let text = Word.only(bytes)
    let isHex =
      text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isHex && text.utf8.contains { $0 != UInt8(ascii: "0") } ? text : nil
  }

  // MARK: what is named after the old id

  /// The journal of the original is somebody's record of what happened: it goes only where the site asks for that.
  @Sendable
  static func journals(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard let old = try formerID(situation) else { return Proposal() }
    if thing.isRenewed(in: situation) {
      return thing.removal(of: try situation.tree.places(["/var/log/journal/\(old)/**"]))
    }
    return try note(
      thing, situation, "the journal of the original stays: journalctl -D shows it, and nothing is added to it")
  }

  @Sendable
  static func bootEntries(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    try note(
      thing, situation, "boot entries keep the original's machine-id in their names",
      advice: "they boot as before; the next kernel update makes a second rescue image, so watch the room in /boot")
  }

  /// What the copy came with.
  private static func formerID(_ situation: Situation) throws -> String? {
    guard situation.provenance.isCopy else { return nil }
    return try situation.original.file("/etc/machine-id").flatMap { id(in: $0.bytes) }
  }

  private static func note(
    _ thing: UniqueThing, _ situation: Situation, _ text: String, advice: String? = nil
  ) throws -> Proposal {
    guard let old = try formerID(situation) else { return Proposal() }
    let named = try thing.places(in: situation).filter { $0.path.name.contains(old) }
    guard let first = named.first else { return Proposal() }
    let more = named.count > 1 ? " and \(named.count - 1) more" : ""
    return Proposal(findings: [Finding(.note, "\(text) (\(first.path)\(more))", advice: advice)])
  }
}

extension TreePath {
  /// Several paths, each once; what is none is left out.
  static func each(_ texts: [String]) -> [TreePath] {
    var seen: Set<TreePath> = []
    return texts.compactMap { TreePath($0) }.filter { seen.insert($0).inserted }
  }
}
