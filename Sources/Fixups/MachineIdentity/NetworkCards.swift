internal import Documents
internal import Site
internal import Tree

/// Rules that give an interface its name by the address of its card: on a clone they match no card, and the interface
/// that the site speaks of is missing.
enum PersistentNetRules {
  @Sendable
  static func remove(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    let foreign = try foreign(thing, situation)
    guard thing.isRenewed(in: situation) else {
      return Proposal(findings: foreign.map { finding(thing, $0) })
    }
    return thing.removal(of: foreign)
  }

  @Sendable
  static func report(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    Proposal(findings: try foreign(thing, situation).map { finding(thing, $0) })
  }

  private static func finding(_ thing: UniqueThing, _ place: Place) -> Finding {
    Finding(.warning, "\(place.path): \(thing.reason)", advice: thing.advice)
  }

  /// The files that name a card which the site doesn't give this node.
  private static func foreign(_ thing: UniqueThing, _ situation: Situation) throws -> [Place] {
    guard situation.provenance.isCopy else { return [] }
    let node = situation.node
    let own = Set((node.macs.map(\.value) + node.match.macs).map { $0.description.lowercased() })
    return try thing.places(in: situation).filter { place in
      guard try situation.tree.leadsTo(place)?.status.kind == .regular,
        let file = try situation.tree.file(place.path)
      else { return false }
      return !addresses(in: file.bytes).isSubset(of: own)
    }
  }

  /// Every MAC address in the lines that are no comments, in lower case with colons.
  static func addresses(in bytes: [UInt8]) -> Set<String> {
    var found: Set<String> = []
    for line in Lines(bytes) where line.content.first != UInt8(ascii: "#") {
      let words = line.content.split { !isHex($0) && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "-") }
      for word in words {
        let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let isAddress = parts.count == 6 && parts.allSatisfy { $0.count == 2 && $0.allSatisfy(isHex) }
        if isAddress { found.insert(String(decoding: word, as: UTF8.self).lowercased()) }
      }
    }
    return found
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }
}

/// Settings of the form `key = "value"`, comments behind `#`: libvirt's daemons and LVM.
enum QuotedSetting {
  /// The value's place in a line, and nil where the line doesn't set the key.
  static func value(of key: String, in line: ArraySlice<UInt8>) -> Range<Int>? {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    let start = line.drop(while: isBlank)
    guard start.starts(with: key.utf8) else { return nil }
    var rest = start.dropFirst(key.utf8.count).drop(while: isBlank)
    guard rest.first == UInt8(ascii: "=") else { return nil }
    rest = rest.dropFirst().drop(while: isBlank)
    guard let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
    rest = rest.dropFirst()
    guard let end = rest.firstIndex(of: quote) else { return nil }
    return rest.startIndex..<end
  }
}

enum LibvirtHostUUID {
  /// What stands before a setting that imprint took out of a template.
  static let mark = Array("#imprint-sealed# ".utf8)

  /// One fresh UUID in every daemon's file that sets one. Where none is set, libvirt asks the firmware.
  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard thing.isRenewed(in: situation) else { return Proposal() }
    let (files, _) = try situation.tree.regularFiles(thing.places(in: situation))
    guard !files.isEmpty else { return Proposal() }
    let uuid = try situation.fresh.uuid()
    var proposal = Proposal()
    for place in files {
      guard let file = try situation.tree.file(place.path) else { continue }
      var lines = Lines(file.bytes)
      for (index, line) in lines.enumerated() {
        // One that was taken out of a template comes back.
        let setting = line.content.starts(with: mark) ? line.content.dropFirst(mark.count) : line.content
        guard let value = QuotedSetting.value(of: "host_uuid", in: setting) else { continue }
        let edited = Array(setting[..<value.lowerBound]) + Array(uuid.utf8) + setting[value.upperBound...]
        lines.replace(at: index, with: edited)
      }
      proposal = proposal + Proposal.replacing(file, with: lines.bytes, of: thing)
    }
    return proposal
  }
}

enum LVMSystemID {
  /// lvmsystemid(7): derived from the machine-id or the host name, both of which change.
  @Sendable
  static func report(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard situation.provenance.isCopy, let place = try thing.places(in: situation).first else { return Proposal() }
    return try report(thing, place, situation.tree)
  }

  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    guard let place = try thing.places(in: template).first else { return SealedThing() }
    return SealedThing(proposal: try report(thing, place, template.tree))
  }

  private static func report(_ thing: UniqueThing, _ place: Place, _ tree: any TreeReading) throws -> Proposal {
    guard let file = try tree.file(place.path) else { return Proposal() }
    let sources = Lines(file.bytes).compactMap { line in
      QuotedSetting.value(of: "system_id_source", in: line.content).map {
        String(decoding: line.content[$0], as: UTF8.self)
      }
    }
    guard let source = sources.last, ["machineid", "uname"].contains(source) else { return Proposal() }
    return Proposal(findings: [
      Finding(
        .warning, "LVM takes its system id from \(source), which changes (\(file.path)): \(thing.reason)",
        advice: thing.advice)
    ])
  }
}
