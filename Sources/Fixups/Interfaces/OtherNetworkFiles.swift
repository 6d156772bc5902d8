internal import Documents
internal import Site
internal import Tree

/// Network configuration beside what the backends edit: files of routing rules, which follow the node's addresses, and what imprint
/// only reads on this platform, so that whoever uses it hears of addresses in it.
struct OtherNetworkFiles {
  private let situation: Situation

  init(_ situation: Situation) { self.situation = situation }

  /// The directories, and which of their files are read.
  private func places() throws(TreeError) -> [(directory: TreePath, isRead: (String) -> Bool)] {
    var places: [(TreePath, (String) -> Bool)] = []
    let edited = situation.platform.networks
    // Where NetworkManager's settings say another directory, nobody reads the usual one.
    let own = try KeyfileDirectory(in: situation.tree).path
    for directory in Set([own, KeyfileDirectory.usual].compactMap(\.self)).sorted()
    where directory != own || !edited.contains(.keyfile) {
      places.append((directory, { !$0.hasPrefix(".") && !$0.hasSuffix("~") }))
    }
    if !edited.contains(.netplan) { places.append(("/etc/netplan", { $0.hasSuffix(".yaml") })) }
    for case .ifcfg in edited { places.append(("/etc/sysconfig", { $0 == "static-routes" })) }
    return places
  }

  /// `from 192.168.10.20 table 7`: a rule is about this node alone (ip-rule(8), ifrule(5) of wicked).
  private var rules: [(directory: TreePath, isRead: (String) -> Bool)] {
    situation.platform.networks.compactMap { backend in
      switch backend {
      case .ifcfg(let directory, _): (TreePath(directory), { $0.hasPrefix("rule-") || $0.hasPrefix("rule6-") })
      case .wicked(let directory): (TreePath(directory), { $0.hasPrefix("ifrule-") })
      default: nil
      }
    }
  }

  func proposal(_ intents: [InterfaceIntent]) throws -> Proposal {
    var proposal = try Proposal(findings: findings() + identities()) + staticDefaults(intents)
    for place in rules {
      for (_, file) in try situation.tree.files(in: place.directory, where: place.isRead) {
        let (bytes, said) = situation.renewing(file.bytes)
        if let change = Change.edit(file, to: bytes, because: said.map { "a rule said \($0)" }) {
          proposal.changes.append(change)
          proposal.claims += said.map { .staleAddress("rules", in: file.path, $0) }
        }
        proposal.findings += situation.mentions(in: bytes, of: file.path)
      }
    }
    return proposal
  }

  /// Default routes that the network service of initscripts adds when all interfaces are up: `route add -ARGS` for each line `any ARGS`
  /// (init.d/network). Looked for where the files that are only read are looked at, too.
  private func staticDefaults(_ intents: [InterfaceIntent]) throws -> Proposal {
    let isRead = situation.platform.networks.contains { if case .ifcfg = $0 { true } else { false } }
    guard isRead, !situation.formerTokens.isEmpty, let file = try situation.tree.glance("/etc/sysconfig/static-routes"),
      try NetworkServices(situation.tree).hasNetworkScripts()
    else { return Proposal() }
    let wanted = intents.compactMap { $0.gateway(.v4)?.description }
    return Lines(file.bytes).enumerated().reduce(into: Proposal()) { proposal, line in
      let words = line.element.text.split { $0 == " " || $0 == "\t" }.map(String.init)
      func value(_ key: String) -> String? {
        words.firstIndex(of: key).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
      }
      guard words.first == "any", let network = value("net"), let router = value("gw"), !wanted.contains(router),
        ["0.0.0.0/0", "default"].contains(network) || network == "0.0.0.0" && value("netmask") ?? "0.0.0.0" == "0.0.0.0"
      else { return }
      // Through another network than the node's it is nobody's business here.
      guard let address = try? IPAddress(router), intents.contains(where: { $0.network.subnet(for: address) != nil })
      else {
        return
      }
      let place = "\(file.path):\(line.offset + 1)"
      let said = wanted.isEmpty ? "none" : wanted.joined(separator: " ")
      proposal.findings.append(
        Finding(
          .warning,
          "\(place) adds a default route through \(router), and the site has \(said); it is left as it is",
          advice: "take the line out"))
      proposal.claims.append(
        Claim(
          "default route (\(place))", expected: said, seen: router, holds: false))
    }
  }

  private func identities() throws -> [Finding] {
    guard situation.provenance.isCopy else { return [] }
    return try connectionDefaults() + (situation.platform.networks.contains(.networkd) ? networkdClients() : [])
  }

  /// What NetworkManager's settings say for all connections that say nothing themselves: `ipv4.dhcp-client-id` and its like under
  /// `[connection]` (NetworkManager.conf(5)).
  private func connectionDefaults() throws -> [Finding] {
    try KeyfileDirectory.settings(in: situation.tree).flatMap { file in
      file.document.settings.filter { $0.section.hasPrefix("connection") }.compactMap { setting in
        let line = file.document.line(of: setting.section, setting.key).map { ":\($0)" } ?? ""
        return SharedIdentity.finding(setting.key, setting.value, at: "\(file.path)\(line)", situation)
      }
    }
  }

  /// What systemd-networkd's clients call themselves on all interfaces (networkd.conf(5)).
  private func networkdClients() throws -> [Finding] {
    let patterns = ["/etc/systemd/networkd.conf", "/etc/systemd/networkd.conf.d/*.conf"]
    return try situation.tree.regularFiles(matching: patterns).flatMap { file in
      NetworkdFile(file.bytes).settings.compactMap { setting in
        SharedIdentity.finding(
          "\(setting.section).\(setting.key)", setting.value, at: "\(file.path):\(setting.line)", situation)
      }
    }
  }

  private func findings() throws(TreeError) -> [Finding] {
    guard !situation.formerTokens.isEmpty else { return [] }
    var findings: [Finding] = []
    if !situation.platform.networks.contains(.networkd) {
      for unit in try NetworkdFiles.units(".network", in: situation.tree) {
        for (file, _) in unit.editable.map({ unit.documents[$0] }) {
          findings += situation.mentions(in: file.bytes, of: file.path)
        }
      }
    }
    for place in try places() {
      for (_, file) in try situation.tree.files(in: place.directory, where: place.isRead) {
        findings += situation.mentions(in: file.bytes, of: file.path)
      }
    }
    return findings
  }
}

extension Situation {
  /// A file that is left as it is with an address of the original.
  func mentions(in bytes: [UInt8], of path: TreePath) -> [Finding] {
    let text = String(decoding: bytes, as: UTF8.self)
    return formerTokens.filter { $0.token.occurs(in: text) }.map { address, _ in
      Finding(
        .warning,
        "\(path) mentions \(address), which is \(whose(address)); it is left as it is",
        advice: "correct it by hand, or take it away")
    }
  }
}

extension Claim {
  /// What `verify` says of a rule, a route or a command that has an address of the original's.
  static func staleAddress(_ what: String, in path: TreePath, _ said: String) -> Claim {
    Claim("\(what) in \(path)", expected: "no address of another node", seen: said, holds: false)
  }
}
