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
    let files = try ClientFiles(config, file.path, account, situation.tree)
    let ways = peers.all.map { peer in Way(peer: peer, names: peer.names.map { ($0, files.settings(for: $0)) }) }
    let obstacles = ClientObstacles(files, keys, account, situation)
    let refusal = try SSHRefusal.ofClient(file.snapshot, account, situation.tree)
    return Proposal(
      changes: change.map { [$0] } ?? [],
      findings: try (refusal.map { [finding($0)] } ?? []) + obstacles.findings(ways),
      claims: try claims(ways, obstacles, keys, account, situation).map { claim in
        guard let refusal else { return claim }
        let place = refusal.path == file.path ? "the file" : refusal.path.description
        return Claim(
          claim.subject, expected: claim.expected, seen: "ssh refuses line \(refusal.line) of \(place)", holds: false)
      })
  }

  private static func finding(_ refusal: SSHRefusal) -> Finding {
    let place = "\(refusal.path):\(refusal.line)"
    switch refusal.reason {
    case .broken:
      return Finding(
        .warning, "\(place): ssh refuses the whole file for this line, and no guest can be moved from here",
        advice: "correct the line")
    case .endless:
      return Finding(
        .warning,
        "\(place): what ssh includes here includes this file, and it refuses all of it: no guest can be moved from here",
        advice: "take the line out")
    case .algorithm(let name, let keyword):
      return Finding(
        .warning,
        "\(place): ssh knows no \(name.shown) for \(keyword) and refuses the whole file for it: no guest can be moved from here",
        advice: "correct the line, or take it out; ssh -Q \(keyword) lists what it knows")
    case .unknown(let keyword):
      return Finding(
        .warning,
        "\(place): ssh knows no option \(keyword.shown) and refuses the whole file for it: no guest can be moved from here",
        advice: "correct the line, or take it out; IgnoreUnknown above it makes ssh pass it over")
    }
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
      // The file is named too: tutorials say /dev/null of it further down, and then no key would be known. What is in it comes from the
      // site's nodes: were ssh to add to it, nobody could undo the apply any more.
      + (checks
        ? ["    StrictHostKeyChecking yes", "    UserKnownHostsFile \(knownHosts)", "    UpdateHostKeys no"] : [])
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

  /// What ssh makes of the whole file for a peer, under each of its names.
  struct Way {
    let peer: Peers.Peer
    let names: [(name: String, settings: ClientFiles.Settings)]
  }

  private static let knownHosts = "~/.ssh/known_hosts"

  private static func claims(
    _ ways: [Way], _ obstacles: ClientObstacles, _ keys: MigrationKeyPair, _ account: MigrationAccount,
    _ situation: Situation
  ) throws -> [Claim] {
    var wanted = [
      ("User", account.user), ("IdentityFile", "~/.ssh/\(keys.name)"),
      ("StrictHostKeyChecking", situation.site.migration.checksHostKeys ? "yes" : "no"),
    ]
    if situation.site.migration.checksHostKeys { wanted.append(("UserKnownHostsFile", knownHosts)) }
    func text(_ values: [(String, String?)]) -> String {
      values.map { "\($0) \($1 ?? "unset")" }.joined(separator: ", ")
    }
    return try ways.map { way in
      let seen = try way.names.map { name, settings in
        // Of what only a running ssh can tell, all must say the same.
        let said = text(
          wanted.map { keyword, value in
            (keyword, settings.possible(keyword).map(\.text).first { $0 != value } ?? settings.value(of: keyword)?.text)
          })
        return try obstacles.on(theWayTo: way.peer, called: name, settings).filter(\.isCertain).reduce(said) {
          $0 + ", \($1.keyword) \($1.said.text.shown)"
        }
      }
      let expected = text(wanted.map { ($0.0, $0.1) })
      return Claim("ssh to \(way.peer.name)", expected: expected, seen: seen.first { $0 != expected } ?? expected)
    }
  }
}
