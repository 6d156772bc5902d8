internal import Documents
internal import Site
internal import Tree

/// What leads ssh to another host than the peer, lets it start from an address that this node has not, keeps it out, or from running
/// what nova asks for (ssh_config(5)). Somebody wrote these lines, and imprint's own block leaves them open.
struct ClientObstacles {
  struct Obstacle {
    let keyword: String
    let said: ClientFiles.Value
    /// Whether nothing else can make it right.
    var isCertain = true
    /// Whether it stands in a `Match` of which only a running ssh can tell whether it holds.
    var isPossible = false
  }

  private let config: ClientFiles
  private let home: TreePath
  private let situation: Situation
  /// What the node's own key is for.
  private let ownKey: KeyAlgorithms

  init(_ config: ClientFiles, _ keys: MigrationKeyPair, _ account: MigrationAccount, _ situation: Situation) {
    self.config = config
    self.situation = situation
    home = account.home
    ownKey = KeyAlgorithms(
      of: [keys.name == "id_rsa" ? "ssh-rsa" : "ssh-ed25519"],
      isCertified: situation.site.migration.access == .certificate)
  }

  /// - Parameter settings: What counts for the peer under that name.
  func on(theWayTo peer: Peers.Peer, called name: String, _ settings: ClientFiles.Settings) throws -> [Obstacle] {
    var found: [Obstacle] = []
    func look(_ keyword: String, isCertain: Bool = true, _ isWrong: (String) throws -> Bool) rethrows {
      // Most are said nowhere, of thousands of peers.
      guard config.says(keyword) else { return }
      if let said = settings.value(of: keyword), try isWrong(said.text) {
        found.append(Obstacle(keyword: keyword, said: said, isCertain: isCertain))
      }
      found += try settings.possible(keyword).filter { try isWrong($0.text) }
        .map { Obstacle(keyword: keyword, said: $0, isCertain: false, isPossible: true) }
    }
    let checks = situation.site.migration.checksHostKeys
    look("HostName") { host in
      !host.contains("%") && !isPeer(peer, host)
        && ((try? IPAddress(host)) != nil || situation.site.node(called: host) != nil)
    }
    // Under another name the peer's key may be known to nobody.
    look("HostName", isCertain: false) { said in
      let host = said.replacing("%h", with: name)
      return checks && !host.contains("%") && !isPeer(peer, host)
    }
    look("RemoteCommand") { $0.lowercased() != "none" }
    // Of a command nothing is run; without its input, and behind ssh's back, no disk is copied.
    look("SessionType") { $0.lowercased() != "default" }
    for keyword in ["StdinNull", "ForkAfterAuthentication"] {
      look(keyword) { ["yes", "true"].contains($0.lowercased()) }
    }
    look("BindAddress") { situation.ownAddress(insteadOf: $0) != nil }
    look("AddressFamily") { isWithoutAddress(peer, $0) }
    look("PubkeyAuthentication") { ["no", "false"].contains($0.lowercased()) }
    look("PreferredAuthentications") { !$0.lowercased().split(separator: ",").contains("publickey") }
    // The second is what versions before 8.5 called the first.
    for keyword in ["PubkeyAcceptedAlgorithms", "PubkeyAcceptedKeyTypes"] { look(keyword) { !ownKey.areTaken(by: $0) } }
    look("HostKeyAlgorithms") { list in !hostKeys(of: peer).contains { $0.areTaken(by: list) } }
    try look("RevokedHostKeys") { try isMissing($0) }
    // known_hosts knows a peer by its names.
    look("HostKeyAlias") { checks && !peer.names.contains($0.lowercased()) }
    // sssd's, on hosts of an IPA domain, fetches host keys and goes straight there.
    for keyword in ["ProxyCommand", "ProxyJump"] {
      look(keyword, isCertain: false) { $0.lowercased() != "none" && !$0.contains("sss_ssh_knownhostsproxy") }
    }
    look("BindInterface", isCertain: false) { _ in true }
    // All peers may well have their sshd at another port, and then it is said for them all.
    found +=
      config.says("Port")
      ? settings.possible("Port").filter { $0.text != "22" }
        .map { Obstacle(keyword: "Port", said: $0, isCertain: false, isPossible: true) } : []
    return found
  }

  /// By a name, or by an address however it is spelled: ssh spells it anew (ssh.c, resolve_canonicalize).
  private func isPeer(_ peer: Peers.Peer, _ host: String) -> Bool {
    guard let address = try? IPAddress(host) else { return peer.names.contains(host.lowercased()) }
    return peer.node.allAddresses.contains(address)
  }

  /// nova calls a peer by its my_ip.
  private func isWithoutAddress(_ peer: Peers.Peer, _ family: String) -> Bool {
    let wanted: IPAddress.Family
    switch family.lowercased() {
    case "inet": wanted = .v4
    case "inet6": wanted = .v6
    default: return false
    }
    let addresses = situation.site.myIP(of: peer.node).map { [$0] } ?? peer.node.allAddresses
    return !addresses.contains { $0.family == wanted }
  }

  /// Whatever sshd makes by itself, and what the site knows besides.
  private func hostKeys(of peer: Peers.Peer) -> [KeyAlgorithms] {
    let usual = [
      "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
    ]
    let ways = situation.site.migration.access == .certificate ? [false, true] : [false]
    return ways.map { KeyAlgorithms(of: usual + peer.hostKeys.map(\.type), isCertified: $0) }
  }

  /// Where ssh cannot read the list, every host key is refused (ssh_config(5), RevokedHostKeys).
  private func isMissing(_ said: String) throws -> Bool {
    let text = said.hasPrefix("~/") ? "\(home)/\(said.dropFirst(2))" : said
    // Anything else only a running ssh can tell.
    guard said.lowercased() != "none", !text.contains("%"), let path = TreePath(text) else { return false }
    return try situation.tree.target(path) == nil
  }

  /// The lines that do so.
  func findings(_ ways: [ClientSettings.Way]) throws -> [Finding] {
    var seen: Set<String> = []
    return try ways.flatMap { way in
      let peer = way.peer
      return try way.names.flatMap { try on(theWayTo: peer, called: $0.name, $0.settings) }.filter {
        seen.insert($0.said.place).inserted
      }.map { finding($0, peer) }
    }
  }

  private func finding(_ obstacle: Obstacle, _ peer: Peers.Peer) -> Finding {
    let line = "\(obstacle.said.place): \(obstacle.keyword) \(obstacle.said.text.shown)"
    if obstacle.isPossible {
      return Finding(
        .warning, "\(line) may lead ssh to \(peer.name) astray: whether its Match holds only a running ssh can tell",
        advice: "see whether it holds where nova runs ssh, and what ssh gets to then (ssh -G \(peer.name))")
    }
    return Finding(
      .warning,
      line + (obstacle.isCertain ? " leads ssh to \(peer.name) astray" : " stands between nova and \(peer.name)"),
      advice: obstacle.isCertain
        ? "take the line out, or correct it"
        : "see whether nova gets to \(peer.name) that way, and no other way is wanted")
  }
}
