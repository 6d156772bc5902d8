internal import Documents
internal import Site
internal import Tree

/// sshd listens on this node's address, where it listened on the original's: else it would not start, and nobody could come in.
struct ListenAddress: Fixup {
  let name = "ssh server"

  func propose(for situation: Situation) throws -> Proposal {
    let files = try ServerConfig.files(in: situation.tree).reduce(into: Proposal()) { proposal, file in
      proposal += Self.renewal(in: file, situation)
    }
    return try files + Self.renewal(of: ServerCommandLine(in: situation.tree), situation)
  }

  /// `-o ListenAddress=`, in whatever file the command line comes from.
  private static func renewal(of commandLine: ServerCommandLine, _ situation: Situation) throws -> Proposal {
    let all = Set(commandLine.options.filter { $0.keyword == "listenaddress" })
    return try Set(all.map(\.path)).sorted { $0.description < $1.description }.reduce(into: Proposal()) {
      guard let file = try situation.tree.glance($1) else { return }
      $0 += renewal(of: all.filter { $0.path == file.path }, in: file, situation)
    }
  }

  private static func renewal(
    of options: Set<ServerCommandLine.Option>, in file: FileSnapshot, _ situation: Situation
  ) -> Proposal {
    var lines = Lines(file.bytes)
    var proposal = Proposal()
    var reasons: [String] = []
    // What is replaced moves what stands behind it.
    for option in options.sorted(by: { ($0.line, $0.range.lowerBound) > ($1.line, $1.range.lowerBound) }) {
      guard let text = option.arguments.first, let host = ConnectionHost.endpoint(text) else { continue }
      let place = "\(file.path):\(option.line + 1)"
      let said = String(text[host])
      guard let own = situation.ownAddress(insteadOf: said) ?? situation.ownPlace(insteadOf: said) else {
        proposal += situation.unanswered(said, of: "sshd's ListenAddress", at: place)
        continue
      }
      proposal.claims.append(.anothers("sshd's ListenAddress (\(place))", said, own.whose))
      guard file.path.isWithin("/etc") else {
        proposal.findings.append(
          Finding(
            .warning, "\(place): sshd's ListenAddress is \(said.shown), which is \(own.whose); it is left as it is",
            advice: "say \(own.value) there"))
        continue
      }
      let start = option.range.lowerBound + text.utf8.distance(from: text.startIndex, to: host.lowerBound)
      lines.replace(start..<start + said.utf8.count, ofLine: option.line, with: own.value.utf8)
      reasons.append("sshd's ListenAddress said \(said.shown), which is \(own.whose)")
    }
    proposal.changes = [Change.edit(file, to: lines.bytes, because: reasons)].compactMap(\.self)
    return proposal
  }

  /// `ListenAddress`, an address or a name, with a port or without (sshd_config(5)).
  ///
  /// - Parameter ownsMatches: whether somebody wrote the addresses of `Match LocalAddress` for this very node.
  static func renewal(in file: FileSnapshot, ownsMatches: Bool = false, _ situation: Situation) -> Proposal {
    var lines = Lines(file.bytes)
    var proposal = Proposal()
    var reasons: [String] = []
    for (index, line) in lines.enumerated() {
      let words = line.content.split(whereSeparator: { " \t=\"".utf8.contains($0) })
      let texts = words.map { String(decoding: $0, as: UTF8.self) }
      guard let keyword = texts.first?.lowercased(), texts.count > 1 else { continue }
      if keyword == "match", ownsMatches {
        let (bytes, said) = situation.renewing(Array(line.content))
        guard !said.isEmpty else { continue }
        lines.replace(at: index, with: bytes)
        reasons += said.map { "Match said \($0)" }
        proposal.claims.append(
          .anothers("Match (\(file.path):\(index + 1))", line.text.trimmingBlanks, said.joined(separator: " and ")))
      } else if keyword == "match" {
        proposal.findings += localAddress(texts, "\(file.path):\(index + 1)", situation)
      }
      guard keyword == "listenaddress", let host = ConnectionHost.endpoint(texts[1]) else { continue }
      let said = String(texts[1][host])
      guard let own = situation.ownAddress(insteadOf: said) ?? situation.ownPlace(insteadOf: said) else {
        proposal += situation.unanswered(said, of: "ListenAddress", at: "\(file.path):\(index + 1)")
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
