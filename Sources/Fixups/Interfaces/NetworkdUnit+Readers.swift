internal import Documents
internal import Tree

/// systemd-networkd runs as systemd-network, which reads what its owner, its group or everybody may (systemd-networkd.service, `User=`),
/// and passes over a file that it cannot open.
extension NetworkdUnit {
  func readers(_ situation: Situation) throws -> Proposal {
    let closed = documents.map(\.snapshot).filter { $0.attributes.mode.bits & 0o004 == 0 }
    // Only root sees the owners that the machine will see.
    guard !closed.isEmpty, situation.ownerCanChange, let passwd = try situation.tree.glance("/etc/passwd"),
      let account = PasswdFile(passwd.bytes).record(named: "systemd-network"), let uid = account.number(.uid),
      let gid = account.number(.gid)
    else { return Proposal() }
    return closed.reduce(into: Proposal()) { proposal, file in
      let mode = file.attributes.mode.bits
      let isRead =
        file.attributes.owner == uid
        ? mode & 0o400 != 0 : file.attributes.group == gid && mode & 0o040 != 0
      guard !isRead else { return }
      proposal.findings.append(
        Finding(
          .warning, "systemd-networkd runs as systemd-network, which may not read \(file.path), and passes over it",
          advice: "chgrp systemd-network \(file.path); chmod 640 \(file.path)"))
      proposal.claims.append(
        Claim(
          "who may read \(file.path)", expected: "systemd-network",
          seen:
            "owner \(file.attributes.owner), group \(file.attributes.group), mode \(String(mode & 0o7777, radix: 8))",
          holds: false))
    }
  }
}
