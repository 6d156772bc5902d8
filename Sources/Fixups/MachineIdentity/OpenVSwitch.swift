internal import Documents
internal import Site
internal import Tree

enum OpenVSwitch {
  /// Where ovs-ctl's unit takes options from, which go before what it says itself.
  static let options = ["/etc/sysconfig/openvswitch", "/etc/default/openvswitch-switch"]
  /// Files of nothing but the id. ovn-controller takes the second before what the database says.
  static let files = ["/etc/openvswitch/system-id.conf", "/etc/ovn/system-id-override"]

  /// ovs-ctl(8) keeps the file's id, or the option's, and hands it to the database at each start. The database itself is a log that
  /// only its server may write: what else of the original is in it is said, with the commands.
  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    let places = try thing.places(in: situation)
    var proposal = Proposal()
    if thing.isRenewed(in: situation) {
      let uuid = try situation.fresh.uuid()
      for place in places where place.path.name != "conf.db" {
        guard let file = try situation.tree.glance(place.path) else { continue }
        guard !Self.files.contains(place.path.description) else {
          let own = situation.ownName(insteadOf: Word.only(file.bytes))?.value ?? uuid
          proposal += Proposal.replacing(file, with: Array("\(own)\n".utf8), of: thing)
          continue
        }
        var bytes = file.bytes
        for option in settings(of: file).reversed() {
          let said = String(decoding: bytes[option.value], as: UTF8.self)
          guard let own = situation.ownName(insteadOf: said)?.value ?? (option.isID ? uuid : nil) else { continue }
          bytes.replaceSubrange(option.value, with: own.utf8)
        }
        proposal += Proposal.replacing(file, with: bytes, of: thing)
      }
    }
    for place in try databases(places, situation.tree) {
      proposal.findings += try SwitchDatabase.findings(place, situation)
    }
    return proposal
  }

  /// Debian's package has a link to one that comes with the first start.
  private static func databases(_ places: [Place], _ tree: any TreeReading) throws -> [Place] {
    try tree.regularFiles(places.filter { $0.path.name == "conf.db" }).files
  }

  /// `--system-id=` and `--hostname=` in what the shell reads there, by the places of their values; `random` is what the file says.
  static func settings(in bytes: [UInt8]) -> [(isID: Bool, value: Range<Int>)] {
    Lines(bytes).flatMap { line -> [(Bool, Range<Int>)] in
      guard line.content.first(where: { $0 != 0x20 && $0 != 0x09 }) != UInt8(ascii: "#") else { return [] }
      return line.content.split(whereSeparator: { " \t\"'".utf8.contains($0) }).compactMap { word in
        for (name, isID) in [("--system-id=", true), ("--hostname=", false)] {
          let value = word.startIndex + name.utf8.count..<max(word.endIndex, word.startIndex + name.utf8.count)
          guard bytes[word.startIndex..<word.endIndex].starts(with: name.utf8), !value.isEmpty,
            !bytes[value].elementsEqual("random".utf8), !bytes[value].contains(UInt8(ascii: "$"))
          else { continue }
          return (isID, value)
        }
        return nil
      }
    }
  }

  /// Where netplan says an id, which it hands to the database at each boot.
  static let netplan: @Sendable (any TreeReading) throws -> [String] = { tree in
    try tree.regularFiles(matching: ["/etc/netplan/*.yaml"]).filter { !ids(ofNetplan: $0.bytes).isEmpty }
      .map(\.path.description)
  }

  /// `system-id` below `external-ids` of `openvswitch` (netplan's reference), by the places of the values.
  static func ids(ofNetplan bytes: [UInt8]) -> [Range<Int>] {
    Lines(bytes).compactMap { line in
      let code = line.content.prefix { $0 != UInt8(ascii: "#") }
      let words = code.split { " \t{},'\"".utf8.contains($0) }
      return zip(words, words.dropFirst()).first { $0.0.elementsEqual("system-id:".utf8) }?.1.indices
    }
  }

  /// Of either kind of file.
  static func settings(of file: FileSnapshot) -> [(isID: Bool, value: Range<Int>)] {
    options.contains(file.path.description) ? settings(in: file.bytes) : ids(ofNetplan: file.bytes).map { (true, $0) }
  }

  /// The database stays, and says the original's names until a server runs on it. An id that is the machine's name stays with that: it
  /// becomes the node's in a copy, as it would in one of a tree that was never sealed.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    let names = Set(try Sealing.formerNames(template).map { NodeNames.short($0.lowercased()) })
    func isName(_ bytes: some Sequence<UInt8>) -> Bool {
      names.contains(NodeNames.short(Word.only(Array(bytes)).lowercased()))
    }
    let named = try template.tree.places(files).filter { place in
      try place.status.kind == .regular && isName(template.tree.glance(place.path)?.bytes ?? [])
    }
    var sealed = try UUIDFiles.seal(thing, template) { !named.contains($0) }
    sealed = sealed + thing.staying(named, "it is the host name, which an apply replaces", .note)
    for file in try template.tree.regularFiles(matching: options) {
      var bytes = file.bytes
      for option in settings(in: bytes).reversed() where option.isID && !isName(bytes[option.value]) {
        bytes.replaceSubrange(option.value, with: "random".utf8)
      }
      sealed.proposal.changes += [Change.edit(file, to: bytes, because: thing.sealReasons)].compactMap(\.self)
    }
    for path in try netplan(template.tree) {
      sealed.proposal.findings.append(
        Finding(
          .warning, "\(path) says Open vSwitch's system id, which each copy has until an apply renews it",
          advice: "take it out, and ovs-ctl makes one"))
    }
    if let database = try databases(thing.places(in: template), template.tree).first {
      sealed.proposal.findings.append(
        Finding(
          .warning, "\(database.path) still holds the template's system id, host name and tunnel address",
          advice: "where OVN is in use, stop openvswitch and remove it before sealing: ovs-ctl makes an empty one"))
    }
    return sealed
  }
}
