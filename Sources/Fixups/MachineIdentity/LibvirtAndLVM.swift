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
      proposal += Proposal.replacing(file, with: lines.bytes, of: thing)
    }
    return proposal
  }
}

enum LVMSystemID {
  /// What lvmlocal.conf says goes before what lvm.conf does.
  static let paths: [TreePath] = ["/etc/lvm/lvm.conf", "/etc/lvm/lvmlocal.conf"]

  /// Where the system id comes from (lvmsystemid(7), `system_id_source`), and the file that says so.
  private struct Source {
    var kind: String
    var path: TreePath
    var settings: [(path: TreePath, settings: BracedSettings)]

    init?(_ tree: any TreeReading) throws {
      settings = try LVMSystemID.paths.compactMap { path in
        try tree.file(path).map { ($0.path, BracedSettings($0.bytes)) }
      }
      guard let said = Self.last("global/system_id_source", of: settings) else { return nil }
      (kind, path) = (said.value.lowercased(), said.path)
    }

    func last(_ name: String) -> (value: String, path: TreePath)? { Self.last(name, of: settings) }

    private static func last(
      _ name: String, of settings: [(path: TreePath, settings: BracedSettings)]
    ) -> (value: String, path: TreePath)? {
      settings.reversed().lazy.compactMap { path, settings in settings[name].map { ($0, path) } }.first
    }
  }

  /// lvmsystemid(7): derived from the machine-id or the host name, both of which change.
  @Sendable
  static func report(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard situation.provenance.isCopy else { return Proposal() }
    return try report(thing, situation.tree)
  }

  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    SealedThing(proposal: try report(thing, template.tree))
  }

  private static func report(_ thing: UniqueThing, _ tree: any TreeReading) throws -> Proposal {
    guard let source = try Source(tree) else { return Proposal() }
    let (text, advice): (String, String?)
    switch source.kind {
    case "machineid", "machine-id", "appmachineid", "uname":
      text =
        "LVM takes its system id from \(source.kind), which changes (\(source.path)): volume groups that carry another system id are "
        + "foreign, and stay inactive"
      advice = thing.advice
    case "file", "lvmlocal":
      text =
        "LVM takes its system id from \(source.kind == "file" ? "a file" : "lvmlocal.conf"), which every copy has (\(source.path)): "
        + thing.reason
      advice = "say another one there for this machine (lvmsystemid(7)), and vgchange --systemid its own groups"
    default: return Proposal()
    }
    return Proposal(findings: [Finding(.warning, text, advice: advice)])
  }

  /// One that was written down; what LVM derives is another thing's.
  static let values: UniqueValues.Reader = { _, template in
    guard let source = try Source(template.tree) else { return [] }
    switch source.kind {
    case "lvmlocal":
      guard let said = source.last("local/system_id"), !said.value.isEmpty else { return [] }
      return [UniqueValue(said.path, said.value)]
    case "file":
      guard let path = source.last("global/system_id_file").flatMap({ TreePath($0.value) }),
        let file = try template.tree.file(path),
        let id = Lines(file.bytes).lazy.map({ Word.only(Array($0.content.prefix { $0 != UInt8(ascii: "#") })) })
          .first(where: { !$0.isEmpty })
      else { return [] }
      return [UniqueValue(file.path, id)]
    default: return []
    }
  }
}
