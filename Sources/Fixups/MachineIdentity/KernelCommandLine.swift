internal import Documents
internal import Site
internal import Tree

/// What the kernel is started with: a machine-id or an address there goes before any file (systemd(1), `systemd.machine_id=`; the
/// kernel's nfsroot.txt, `ip=`). A boot loader's own tools write its files, so it is only told.
struct KernelCommandLine: Fixup {
  let name = "kernel command line"

  private static let paths = [
    "/etc/default/grub", "/etc/default/grub.d/*.cfg", "/etc/kernel/cmdline", "/boot/grub/grub.cfg",
    "/boot/grub2/grub.cfg",
    "/boot/loader/entries/*.conf",
  ]

  func propose(for situation: Situation) throws -> Proposal {
    guard situation.provenance.isCopy else { return Proposal() }
    let former = situation.formerTokens
    let id = try situation.original.file("/etc/machine-id").flatMap { MachineID.id(in: $0.bytes) }
    let findings = try situation.tree.regularFiles(matching: Self.paths).flatMap { file -> [Finding] in
      Lines(file.bytes).enumerated().flatMap { number, line -> [Finding] in
        let text = line.text
        guard !text.trimmingBlanks.hasPrefix("#") else { return [] }
        let place = "\(file.path):\(number + 1)"
        var findings = former.filter { $0.token.occurs(in: text) }.map { address, _ in
          Finding(
            .warning, "\(place) starts the kernel with \(address), which is \(situation.whose(address))",
            advice: "correct it by hand, and have the boot loader's files made anew")
        }
        if let id, text.contains("systemd.machine_id=\(id)") {
          findings.append(
            Finding(
              .warning, "\(place) gives the system the original's machine-id, whatever /etc/machine-id says",
              advice: "take systemd.machine_id= out, and have the boot loader's files made anew"))
        }
        return findings
      }
    }
    return Proposal(findings: findings)
  }
}
