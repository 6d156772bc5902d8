internal import Documents
internal import Site
internal import Tree

/// What the kernel is started with: a machine-id, a host name or an address there goes before any file (systemd(1),
/// `systemd.machine_id=`, `systemd.hostname=`; the kernel's nfsroot.txt, `ip=`). A boot loader's own tools write its files, so it is only told.
struct KernelCommandLine: Fixup {
  let name = "kernel command line"

  private static let paths = [
    "/etc/default/grub", "/etc/default/grub.d/*.cfg", "/etc/kernel/cmdline", "/boot/grub/grub.cfg",
    "/boot/grub2/grub.cfg",
    "/boot/loader/entries/*.conf",
  ]

  /// Said as long as it is so: in a copy, when a node moves, and later of whatever is not its own.
  func propose(for situation: Situation) throws -> Proposal {
    let id = try situation.tree.file("/etc/machine-id").flatMap { MachineID.id(in: $0.bytes) }
    let original = try situation.original.file("/etc/machine-id").flatMap { MachineID.id(in: $0.bytes) }
    let findings = try situation.tree.regularFiles(matching: Self.paths).flatMap { file -> [Finding] in
      Lines(file.bytes).enumerated().flatMap { number, line -> [Finding] in
        let text = line.text
        guard !text.trimmingBlanks.hasPrefix("#") else { return [] }
        let place = "\(file.path):\(number + 1)"
        var findings = addresses(in: text, situation).map { address in
          Finding(
            .warning, "\(place) starts the kernel with \(address), which is \(situation.whose(address))",
            advice: "correct it by hand, and have the boot loader's files made anew")
        }
        for name in words(after: "systemd.hostname=", in: text).map(String.init) where !situation.names.contains(name) {
          findings.append(
            Finding(
              .warning, "\(place) calls the system \(name.shown), whatever /etc/hostname says",
              advice: "take systemd.hostname= out, and have the boot loader's files made anew"))
        }
        let isCopy = situation.provenance.isCopy
        if let said = machineID(in: text), said != (id ?? said) || isCopy && said == original {
          findings.append(
            Finding(
              .warning,
              "\(place) gives the system \(isCopy ? "the original's" : "another") machine-id, whatever /etc/machine-id says",
              advice: "take systemd.machine_id= out, and have the boot loader's files made anew"))
        }
        return findings
      }
    }
    return Proposal(findings: findings)
  }

  /// Those that the machine must not have: the original's and its own former ones, and what `ip=` gives it.
  private func addresses(in text: String, _ situation: Situation) -> [IPAddress] {
    let former = situation.formerTokens.filter { $0.token.occurs(in: text) }.map(\.address)
    let given = words(after: "ip=", in: text).compactMap { word -> IPAddress? in
      let field = word.first == "[" ? word.dropFirst().prefix { $0 != "]" } : word.prefix { $0 != ":" }
      guard let address = try? IPAddress(String(field)), !situation.node.allAddresses.contains(address),
        situation.site.owner(of: address) != nil || situation.site.networks.contains(where: { $0.admits(address) })
      else { return nil }
      return address
    }
    return former + given.filter { !former.contains($0) }
  }

  private func machineID(in text: String) -> String? {
    words(after: "systemd.machine_id=", in: text).lazy.compactMap { MachineID.id(in: Array($0.utf8)) }.first
  }

  private func words(after key: String, in text: String) -> [Substring] {
    text.split { $0.isWhitespace || $0 == "\"" || $0 == "'" }.filter { $0.hasPrefix(key) }
      .map { $0.dropFirst(key.count) }
  }
}
