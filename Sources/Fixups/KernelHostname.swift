internal import Documents
internal import Site
internal import Tree

/// `kernel.hostname` in sysctl's files (sysctl.d(5)), which systemd-sysctl sets after systemd has read /etc/hostname.
enum KernelHostname {
  private static let paths = ["/etc/sysctl.d/*.conf", "/etc/sysctl.conf"]

  static func proposal(_ situation: Situation) throws -> Proposal {
    try situation.proposal(forFiles: paths, edit)
  }

  private static func edit(_ file: FileSnapshot, _ situation: Situation) -> Proposal {
    var lines = Lines(file.bytes)
    var claims: [Claim] = []
    for (index, line) in lines.enumerated() {
      guard let value = value(of: line.content) else { continue }
      let said = String(decoding: file.bytes[value], as: UTF8.self)
      let wanted = situation.names.like(said)
      if said != wanted { lines.replace(value, ofLine: index, with: wanted.utf8) }
      claims.append(Claim("kernel.hostname (\(file.path):\(index + 1))", expected: wanted, seen: said))
    }
    guard !claims.isEmpty else { return Proposal() }
    let change = Change.edit(
      file, to: lines.bytes,
      because: ["kernel.hostname is set when systemd has read /etc/hostname, and this node is \(situation.names.short)"]
    )
    return Proposal(changes: change.map { [$0] } ?? [], claims: claims)
  }

  /// Where the value stands in a line that sets it.
  private static func value(of line: ArraySlice<UInt8>) -> Range<Int>? {
    guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let key = String(decoding: line[..<equals], as: UTF8.self).trimmingBlanks
    // A minus: that it cannot be set is no error.
    guard key.drop(while: { $0 == "-" }).replacing("/", with: ".") == "kernel.hostname" else { return nil }
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    guard let start = line[(equals + 1)...].firstIndex(where: { !isBlank($0) }),
      let last = line[start...].lastIndex(where: { !isBlank($0) })
    else { return nil }
    return start..<(last + 1)
  }
}
