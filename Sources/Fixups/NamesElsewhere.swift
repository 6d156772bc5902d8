internal import Documents
internal import Site
internal import Tree

/// The original's name where it is only shown: in logs (rsyslog's `localHostname`) and to people (machine-info(5)). Somebody wrote it
/// there, and so it is told.
struct NamesElsewhere: Fixup {
  let name = "names elsewhere"

  private static let logs = ["/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf"]
  private static let machine = "/etc/machine-info"

  func propose(for situation: Situation) throws -> Proposal {
    let names = situation.provenance.formerNames.map(Token.init)
    guard situation.provenance.isCopy, !names.isEmpty else { return Proposal() }
    let findings = try situation.tree.regularFiles(matching: Self.logs + [Self.machine]).flatMap { file in
      Lines(file.bytes).enumerated().compactMap { number, line -> Finding? in
        let text = line.text.trimmingBlanks
        let isName =
          file.path.description == Self.machine
          ? text.hasPrefix("PRETTY_HOSTNAME") : text.lowercased().contains("localhostname")
        guard isName, !text.hasPrefix("#"), names.contains(where: { $0.occurs(in: text) }) else { return nil }
        return Finding(
          .warning, "\(file.path):\(number + 1) shows this machine under the original's name: \(text.shown)",
          advice: "say \(situation.names.full), or take the line out")
      }
    }
    return Proposal(findings: findings)
  }
}
