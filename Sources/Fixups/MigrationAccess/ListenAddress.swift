internal import Documents
internal import Site
internal import Tree

/// sshd listens on this node's address, where it listened on the original's: else it would not start, and nobody could come in.
struct ListenAddress: Fixup {
  let name = "ssh server"

  func propose(for situation: Situation) throws -> Proposal {
    try ServerConfig.files(in: situation.tree).reduce(into: Proposal()) { proposal, file in
      proposal = proposal + Self.renewal(in: file, situation)
    }
  }

  /// `ListenAddress`, an address or a name, with a port or without (sshd_config(5)).
  static func renewal(in file: FileSnapshot, _ situation: Situation) -> Proposal {
    var lines = Lines(file.bytes)
    var proposal = Proposal()
    var reasons: [String] = []
    for (index, line) in lines.enumerated() {
      let words = line.content.split(whereSeparator: { " \t=\"".utf8.contains($0) })
      let texts = words.map { String(decoding: $0, as: UTF8.self) }
      guard let keyword = texts.first?.lowercased(), texts.count > 1 else { continue }
      if keyword == "match" { proposal.findings += localAddress(texts, "\(file.path):\(index + 1)", situation) }
      guard keyword == "listenaddress", let host = ConnectionHost.endpoint(texts[1]) else { continue }
      let said = String(texts[1][host])
      guard let own = situation.ownAddress(insteadOf: said) ?? situation.ownName(insteadOf: said) else {
        proposal = proposal + situation.unanswered(said, of: "ListenAddress", at: "\(file.path):\(index + 1)")
        continue
      }
      let start = words[1].startIndex + texts[1].utf8.distance(from: texts[1].startIndex, to: host.lowerBound)
      lines.replace(start..<start + said.utf8.count, ofLine: index, with: own.value.utf8)
      reasons.append("ListenAddress said \(said.shown), which is \(own.whose)")
      proposal.claims.append(
        Claim(
          "ListenAddress (\(file.path))", expected: own.value, seen: "\(said.shown), \(own.whose)", holds: false))
    }
    proposal.changes += [Change.edit(file, to: lines.bytes, because: reasons)].compactMap(\.self)
    return proposal
  }

  /// What is for those who come in at an address is somebody's policy.
  private static func localAddress(_ words: [String], _ place: String, _ situation: Situation) -> [Finding] {
    guard let key = words.firstIndex(where: { $0.lowercased() == "localaddress" }), key + 1 < words.endIndex else {
      return []
    }
    return situation.formerTokens.filter { $0.token.occurs(in: words[key + 1]) }.map { address, _ in
      Finding(
        .warning, "\(place) is for logins at \(address), which is \(situation.whose(address)): none come in there here",
        advice: "say this node's address in its place")
    }
  }
}
