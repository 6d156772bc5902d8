internal import Documents
internal import Site
internal import Tree

/// ~/.ssh/config: a block at its top, so that it comes before whatever else the file says (ssh takes the first value),
/// and ended by `Match all`, so that the file's own first lines stay for every host.
enum ClientSettings {
  static func proposal(
    _ peers: Peers, _ keys: MigrationKeyPair, _ account: MigrationAccount, _ situation: Situation
  ) throws -> Proposal {
    let file = try account.file("config", situation.tree)
    let bytes = file.snapshot?.bytes ?? []
    var block: MarkedBlock
    do {
      block = try MarkedBlock(bytes, name: "migration")
    } catch {
      throw FixupError(
        "\(file.path):\(error.line): the lines between imprint's markers cannot be told: \(error.reason); put the markers right, or remove them"
      )
    }
    let wanted = lines(peers, keys, account, situation)
    let config = SSHClientConfig(bytes)
    // Whatever came to stand before it would win.
    if let line = block.line, config.directives.contains(where: { $0.line < line }) { block.remove() }
    if wanted.isEmpty { block.remove() } else { block.set(wanted, at: .top) }
    let change = account.edit(
      file, to: block.bytes, newMode: 0o600, because: "nova names a peer and nothing else when it calls ssh")
    let refusal = config.refusedLine.map { line in
      Finding(
        .warning, "\(file.path):\(line): ssh refuses the whole file for this line, and no guest can be moved from here",
        advice: "correct the line")
    }
    return Proposal(
      changes: change.map { [$0] } ?? [],
      findings: (refusal.map { [$0] } ?? []) + misleading(config, file.path, peers, situation),
      claims: claims(config, peers, keys, account, situation))
  }

  private static func lines(
    _ peers: Peers, _ keys: MigrationKeyPair, _ account: MigrationAccount, _ situation: Situation
  ) -> [String] {
    guard !peers.all.isEmpty else { return [] }
    let checks = situation.site.migration.checksHostKeys
    let settings =
      [
        "    User \(account.user)",
        "    IdentityFile ~/.ssh/\(keys.name)",
        "    IdentitiesOnly yes",
      ]
      // The file is named too: tutorials say /dev/null of it further down, and then no key would be known.
      + (checks ? ["    StrictHostKeyChecking yes", "    UserKnownHostsFile \(knownHosts)"] : [])
    let lines = hostLines(peers).flatMap { [$0] + settings }
    // Unchecked is as the tutorial has it: any host that nova may ever be sent to.
    return lines + (checks ? [] : ["Host *", "    StrictHostKeyChecking no"]) + ["Match all"]
  }

  /// One for as many peers as a line may name: OpenSSH before 7.8 refuses a file with a line of 1024 bytes or more (readconf.c).
  private static func hostLines(_ peers: Peers) -> [String] {
    peers.all.reduce(into: []) { lines, peer in
      let names = peer.names.joined(separator: " ")
      if let last = lines.last, last.utf8.count + names.utf8.count < 1000 {
        lines[lines.count - 1] = "\(last) \(names)"
      } else {
        lines.append("Host \(names)")
      }
    }
  }

  private static let knownHosts = "~/.ssh/known_hosts"

  /// What ssh makes of the whole file, for each peer.
  private static func claims(
    _ config: SSHClientConfig, _ peers: Peers, _ keys: MigrationKeyPair, _ account: MigrationAccount,
    _ situation: Situation
  ) -> [Claim] {
    var wanted = [
      ("User", account.user), ("IdentityFile", "~/.ssh/\(keys.name)"),
      ("StrictHostKeyChecking", situation.site.migration.checksHostKeys ? "yes" : "no"),
    ]
    if situation.site.migration.checksHostKeys { wanted.append(("UserKnownHostsFile", knownHosts)) }
    func text(_ values: [(String, String?)]) -> String {
      values.map { "\($0) \($1 ?? "unset")" }.joined(separator: ", ")
    }
    let config = SSHClientIndex(config)
    return peers.all.map { peer in
      let seen = peer.names.map { name in
        text(wanted.map { ($0.0, config.value(of: $0.0, for: name)?.first) })
          + elsewhere(config, peer, name, situation).map { ", \($0.keyword) \($0.value.shown)" }.joined()
      }
      let expected = text(wanted.map { ($0.0, $0.1) })
      return Claim("ssh to \(peer.name)", expected: expected, seen: seen.first { $0 != expected } ?? expected)
    }
  }

  /// What leads ssh to another host than the peer, or lets it start from an address that this node has not.
  private static func elsewhere(
    _ config: SSHClientIndex, _ peer: Peers.Peer, _ name: String, _ situation: Situation
  ) -> [(keyword: String, value: String)] {
    var found: [(keyword: String, value: String)] = []
    if let host = config.value(of: "HostName", for: name)?.first, !host.contains("%"),
      !peer.names.contains(host.lowercased()), (try? IPAddress(host)) != nil || situation.site.node(called: host) != nil
    {
      found.append(("HostName", host))
    }
    if let address = config.value(of: "BindAddress", for: name)?.first, situation.ownAddress(insteadOf: address) != nil
    {
      found.append(("BindAddress", address))
    }
    return found
  }

  /// The lines that do so: somebody wrote them, and imprint's own block leaves both open.
  private static func misleading(
    _ config: SSHClientConfig, _ path: TreePath, _ peers: Peers, _ situation: Situation
  ) -> [Finding] {
    let index = SSHClientIndex(config)
    var findings: [Finding] = []
    for peer in peers.all {
      for (keyword, value) in peer.names.flatMap({ elsewhere(index, peer, $0, situation) }) {
        let line = config.directives(named: keyword).first { $0.arguments.first == value }?.line
        let finding = Finding(
          .warning, "\(path):\(line ?? 0): \(keyword) \(value.shown) leads ssh to \(peer.name) astray",
          advice: "take the line out, or correct it")
        if !findings.contains(where: { $0.text.hasPrefix("\(path):\(line ?? 0): ") }) { findings.append(finding) }
      }
    }
    return findings
  }
}
