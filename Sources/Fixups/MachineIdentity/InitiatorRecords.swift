internal import Documents
internal import Site
internal import Tree

/// Records of open-iscsi that name the initiator themselves, which goes before initiatorname.iscsi (iscsiadm(8), `iface.initiatorname`):
/// of interfaces, and of targets, which keep what their interface said.
enum InitiatorRecords {
  static let interfaces =
    ["/etc/iscsi/ifaces/*", "/var/lib/iscsi/ifaces/*"] + ContainerVolumes.paths("iscsi_info", "ifaces/*")
  /// A record is a file, or one for each interface in a directory. They hold CHAP's passwords.
  static let targets =
    [
      "/etc/iscsi/nodes/*/*", "/etc/iscsi/nodes/*/*/*", "/var/lib/iscsi/nodes/*/*", "/var/lib/iscsi/nodes/*/*/*",
    ] + ContainerVolumes.paths("iscsi_info", "nodes/*/*") + ContainerVolumes.paths("iscsi_info", "nodes/*/*/*")
  private static let key = "iface.initiatorname"

  /// The names that a record has, with their places.
  static func names(in lines: Lines) -> [(line: Int, range: Range<Int>, name: String)] {
    lines.enumerated().compactMap { index, line in
      guard let range = PlainSetting.value(of: key, in: line.content) else { return nil }
      let name = String(decoding: line.content[range], as: UTF8.self)
      return isSet(name) ? (index, range, name) : nil
    }
  }

  /// The new names in the place of the old ones; what has a name of its own gets another of its own.
  ///
  /// - Parameter names: What the initiator was called, and is now.
  static func renew(_ thing: UniqueThing, _ names: [String: String], _ situation: Situation) throws -> Proposal {
    var (names, proposal) = (names, Proposal())
    for file in try situation.tree.regularFiles(matching: interfaces + targets) {
      var lines = Lines(file.bytes)
      for (index, range, old) in Self.names(in: lines) {
        let new = try names[old] ?? InitiatorName.successor(of: old, situation)
        names[old] = new
        lines.replace(range, ofLine: index, with: new.utf8)
      }
      let isSecret = !file.path.description.contains("/ifaces/")
      if let change = Change.edit(file, to: lines.bytes, because: [thing.reason], isSecret: isSecret) {
        proposal.changes.append(change)
        proposal.claims.append(thing.stillTheOriginals(file.path))
      }
      if !isSecret { proposal.findings += cards(lines, file.path) }
    }
    return proposal
  }

  /// What ties an interface of iSCSI to a card, or gives that an address.
  private static func cards(_ lines: Lines, _ path: TreePath) -> [Finding] {
    lines.enumerated().flatMap { index, line in
      ["iface.hwaddress", "iface.ipaddress"].compactMap { key in
        guard let range = PlainSetting.value(of: key, in: line.content) else { return nil }
        let value = String(decoding: line.content[range], as: UTF8.self)
        guard isSet(value) else { return nil }
        return Finding(
          .warning, "\(path):\(index + 1) has the original's \(key) \(value.shown): sessions over it fail here",
          advice: "say this node's card or address: iscsiadm -m iface -I \(path.name) -o update -n \(key) -v …")
      }
    }
  }

  /// open-iscsi writes what is not set in these words.
  private static func isSet(_ value: String) -> Bool { value != "<empty>" && value != "default" && value != "0.0.0.0" }

  /// Without the line initiatorname.iscsi counts.
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    var sealed = SealedThing()
    for file in try template.tree.regularFiles(matching: interfaces + targets) {
      var lines = Lines(file.bytes)
      let named = names(in: lines).map(\.line)
      for index in named.reversed() { lines.remove(at: index) }
      let isSecret = !file.path.description.contains("/ifaces/")
      sealed.proposal.changes += [
        Change.edit(file, to: lines.bytes, because: thing.sealReasons, isSecret: isSecret)
      ].compactMap(\.self)
    }
    return sealed
  }
}

/// Settings of the form `key = value` to the end of the line.
enum PlainSetting {
  /// The value's place in a line, and nil where the line doesn't set the key, or to nothing.
  static func value(of key: String, in line: ArraySlice<UInt8>) -> Range<Int>? {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    let start = line.drop(while: isBlank)
    guard start.starts(with: key.utf8) else { return nil }
    let rest = start.dropFirst(key.utf8.count).drop(while: isBlank)
    return value(behind: rest)
  }

  /// The same of what begins with the `=`.
  static func value(behind equals: ArraySlice<UInt8>) -> Range<Int>? {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    guard equals.first == UInt8(ascii: "=") else { return nil }
    let value = equals.dropFirst().drop(while: isBlank)
    guard let last = value.lastIndex(where: { !isBlank($0) }) else { return nil }
    return value.startIndex..<last + 1
  }
}
