internal import Documents
internal import Site
internal import Tree

/// Where libvirt's daemons listen, and where they tell others to send guests to: the original's address cannot be bound here, and
/// guests would go there. One daemon or several (virtproxyd, virtqemud, …), on the host or in kolla's container.
struct LibvirtFixup: Fixup {
  let name = "libvirt"

  static let patterns = ["/etc/libvirt/*.conf", "/etc/kolla/nova-libvirt/*.conf"]
  /// libvirtd.conf and qemu.conf of libvirt; the last two may be names.
  private static let keys = ["listen_addr", "vnc_listen", "spice_listen", "migration_address", "migration_host"]

  func propose(for situation: Situation) throws -> Proposal {
    try situation.tree.regularFiles(matching: Self.patterns).reduce(Proposal()) { $0 + edit($1, situation) }
  }

  private func edit(_ file: FileSnapshot, _ situation: Situation) -> Proposal {
    var lines = Lines(file.bytes)
    var (reasons, claims) = ([String](), [Claim]())
    for (index, line) in lines.enumerated() {
      for key in Self.keys {
        guard let range = QuotedSetting.value(of: key, in: line.content) else { continue }
        let said = String(decoding: line.content[range], as: UTF8.self)
        guard let own = situation.ownAddress(insteadOf: said) ?? situation.ownName(insteadOf: said) else { continue }
        lines.replace(range, ofLine: index, with: own.value.utf8)
        reasons.append("\(key) said \(said.shown), which is \(own.whose)")
        claims.append(
          Claim(
            "\(key) of libvirt (\(file.path))", expected: "nothing of another node's",
            seen: "\(said.shown), \(own.whose)",
            holds: false))
      }
    }
    let change = Change.edit(file, to: lines.bytes, because: reasons)
    return Proposal(changes: change.map { [$0] } ?? [], claims: claims)
  }
}
