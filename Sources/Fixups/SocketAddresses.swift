internal import Documents
internal import Site
internal import Tree

/// Sockets that systemd opens for services, at an address of the original's (systemd.socket(5)): libvirt's daemons, sshd and others listen
/// only there, whatever their own files say, and the address cannot be bound here.
struct SocketAddresses: Fixup {
  let name = "sockets"

  static let patterns = ["/etc/systemd/system/*.socket", "/etc/systemd/system/*.socket.d/*.conf"]
  private static let keys = ["ListenStream", "ListenDatagram", "ListenSequentialPacket"]

  func propose(for situation: Situation) throws -> Proposal {
    try situation.proposal(forOwnFiles: Self.patterns, edit)
  }

  private func edit(_ file: FileSnapshot, _ situation: Situation) -> Proposal {
    var lines = Lines(file.bytes)
    var proposal = Proposal()
    var reasons: [String] = []
    for (index, line) in lines.enumerated() {
      for key in Self.keys {
        guard let value = PlainSetting.value(of: key, in: line.content) else { continue }
        let text = String(decoding: line.content[value], as: UTF8.self)
        guard let host = ConnectionHost.endpoint(text) else { continue }
        guard let own = situation.ownAddress(insteadOf: String(text[host])) else {
          proposal +=
            situation.unanswered(String(text[host]), of: key, at: "\(file.path):\(index + 1)")
          continue
        }
        let start = value.lowerBound + text.utf8.distance(from: text.startIndex, to: host.lowerBound)
        lines.replace(start..<start + text[host].utf8.count, ofLine: index, with: own.value.utf8)
        reasons.append("\(key) said \(text.shown), which is \(own.whose)")
        proposal.claims.append(
          Claim(
            "\(key) (\(file.path))", expected: "no address of another node", seen: "\(text.shown), \(own.whose)",
            holds: false))
      }
    }
    guard let change = Change.edit(file, to: lines.bytes, because: reasons) else { return proposal }
    proposal.changes = [change]
    return proposal
  }
}
