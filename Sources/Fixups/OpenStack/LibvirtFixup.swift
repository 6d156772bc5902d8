internal import Documents
internal import Site
internal import Tree

/// Where libvirt's daemons listen, and where they tell others to send guests to: the original's address cannot be bound here, and
/// guests would go there. One daemon or several (virtproxyd, virtqemud, …), on the host or in a container.
struct LibvirtFixup: Fixup {
  let name = "libvirt"

  static let patterns = [
    "/etc/libvirt/*.conf", "/etc/kolla/nova-libvirt/*.conf",
    "/var/lib/config-data/puppet-generated/nova_libvirt/etc/libvirt/*.conf",
  ]
  /// libvirtd.conf and qemu.conf of libvirt; the last two may be names.
  private static let keys = ["listen_addr", "vnc_listen", "spice_listen", "migration_address", "migration_host"]

  /// libvirt.conf of its clients.
  private static let connection = "uri_default"

  func propose(for situation: Situation) throws -> Proposal {
    try situation.proposal(forFiles: Self.patterns, edit)
  }

  private func edit(_ file: FileSnapshot, _ situation: Situation) -> Proposal {
    var lines = Lines(file.bytes)
    var (reasons, proposal) = ([String](), Proposal())
    for (index, line) in lines.enumerated() {
      for (key, range) in Self.hosts(in: line.content) {
        let said = String(decoding: line.content[range], as: UTF8.self)
        guard let own = situation.ownAddress(insteadOf: said) ?? situation.ownPlace(insteadOf: said) else {
          proposal += situation.unanswered(said, of: key, at: "\(file.path):\(index + 1)")
          continue
        }
        lines.replace(range, ofLine: index, with: own.value.utf8)
        reasons.append("\(key) said \(said.shown), which is \(own.whose)")
        proposal.claims.append(
          .anothers("\(key) of libvirt (\(file.path))", said, own.whose))
      }
    }
    let change = Change.edit(file, to: lines.bytes, because: reasons)
    proposal.changes = change.map { [$0] } ?? []
    proposal.findings += aliases(in: lines, file.path, situation)
    return proposal
  }

  /// Where a line names a host that is this node.
  private static func hosts(in line: ArraySlice<UInt8>) -> [(key: String, range: Range<Int>)] {
    let whole = keys.compactMap { key in QuotedSetting.value(of: key, in: line).map { (key, $0) } }
    guard let uri = QuotedSetting.value(of: connection, in: line) else { return whole }
    let text = String(decoding: line[uri], as: UTF8.self)
    guard let host = ConnectionHost.range(in: text) else { return whole }
    let start = uri.lowerBound + text.utf8.distance(from: text.startIndex, to: host.lowerBound)
    return whole + [(connection, start..<start + text[host].utf8.count)]
  }

  /// An alias may lead to any node (libvirt.conf, `uri_aliases`), and a list of them over several lines: one that leads to the
  /// original is told.
  private func aliases(in lines: Lines, _ path: TreePath, _ situation: Situation) -> [Finding] {
    guard path.name == "libvirt.conf", situation.provenance.isCopy else { return [] }
    return lines.enumerated().compactMap { index, line in
      let text = line.text
      guard !text.trimmingBlanks.hasPrefix("#"),
        let host = ConnectionHost.all(in: text).first(where: { situation.ownName(insteadOf: $0) != nil }),
        situation.provenance.formerNames.contains(where: { $0.lowercased() == host.lowercased() })
      else { return nil }
      return Finding(
        .warning, "\(path):\(index + 1) leads to libvirt on \(host), which is what this machine was called before",
        advice: "see whether it shall lead to \(situation.node.name)")
    }
  }
}
