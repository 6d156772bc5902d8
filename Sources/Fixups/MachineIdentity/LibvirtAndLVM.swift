internal import Documents
internal import Site
internal import Tree

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
    // Three of them quote as in Python (libvirt, src/util/virconf.c, virConfParseString).
    let triple = [UInt8](repeating: UInt8(ascii: "\""), count: 3)
    let mark = rest.starts(with: triple) ? triple : [quote]
    rest = rest.dropFirst(mark.count)
    guard let end = rest.indices.first(where: { rest[$0...].starts(with: mark) }) else { return nil }
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
    let (text, advice): (String, String?)
    switch sources.last {
    case "machineid", "uname":
      text = "LVM takes its system id from \(sources.last ?? ""), which changes (\(file.path)): \(thing.reason)"
      advice = thing.advice
    case "file", "lvmlocal":
      text =
        "LVM takes its system id from \(sources.last == "file" ? "a file" : "lvmlocal.conf"), which every copy has (\(file.path)): two "
        + "machines would take each other's volume groups for their own"
      advice = "say another one there for this machine (lvmsystemid(7)), and vgchange --systemid its own groups"
    default: return Proposal()
    }
    return Proposal(findings: [Finding(.warning, text, advice: advice)])
  }
}
