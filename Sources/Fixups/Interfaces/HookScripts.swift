internal import Documents
internal import Site
internal import Tree

/// Scripts that run when an interface comes up or goes down. They are left as they are, and told where they have the original's address;
/// `verify` says no where they give it to an interface, or its name to the machine.
struct HookScripts {
  private let situation: Situation
  private let files: InterfaceFiles

  init(_ situation: Situation, _ files: InterfaceFiles) {
    self.situation = situation
    self.files = files
  }

  private static func patterns(_ backend: Platform.NetworkBackend) -> [String] {
    switch backend {
    case .ifupdown: ["/etc/network/if-*.d/*"]
    case .ifcfg: ["ifup-local", "ifdown-local", "ifup-pre-local"].map { "/sbin/\($0)" }
    case .keyfile: ["*", "pre-*.d/*", "no-wait.d/*"].map { "/etc/NetworkManager/dispatcher.d/\($0)" }
    case .networkd, .netplan: ["/etc/networkd-dispatcher/*.d/*"]
    case .wicked: ["/etc/sysconfig/network/scripts/*"]
    }
  }

  func proposal(_ intents: [InterfaceIntent]) throws -> Proposal {
    guard !situation.formerTokens.isEmpty else { return Proposal() }
    let names = situation.formerNameTokens
    let patterns = Set(situation.platform.networks.flatMap(Self.patterns)).sorted()
    return try situation.tree.places(patterns).reduce(into: Proposal()) { proposal, place in
      guard let script = try situation.tree.leadsTo(place), script.status.kind == .regular,
        let file = try situation.tree.glance(script.path)
      else { return }
      let mentions = situation.mentions(in: file.bytes, of: file.path)
      proposal.findings += mentions
      let isNamed = names.contains { $0.token.occurs(in: file.bytes) }
      guard isNamed || !mentions.isEmpty, try runs(place.path, file) else { return }
      let commands = ScriptCommands(file.bytes)
      let others = commands.addresses.filter { !$0.isForHost && situation.isOthers($0.given.address) }
      proposal.claims += others.map { line, given, _ in
        let device = given.device.flatMap { $0.hasPrefix("$") ? nil : $0 }
        let own = intents.first { $0.network.subnet(for: given.address) != nil }?.interface.description
        return situation.othersAddress(
          given.address, of: device?.shown ?? own ?? "an interface", " (\(file.path):\(line))")
      }
      proposal.claims += situation.othersNames(by: commands.all, in: "\(file.path)")
    }
  }

  /// Whether somebody runs it when an interface comes up: as run-parts(8) does what is in a directory of ifupdown's, and
  /// NetworkManager-dispatcher(8) and networkd-dispatcher(8) in theirs.
  private func runs(_ path: TreePath, _ file: FileSnapshot) throws -> Bool {
    let (name, directory) = (path.name, path.parent.name)
    guard file.attributes.mode.bits & 0o111 != 0, !directory.contains("down.d"),
      !["off.d", "no-carrier.d", "degraded.d"].contains(directory), name != "ifdown-local"
    else { return false }
    let kinds: (Platform.NetworkBackend) -> Bool
    switch path.description {
    case let place where place.hasPrefix("/etc/network/if-"):
      guard IfupdownFiles.isSourced(name) else { return false }
      kinds = { if case .ifupdown = $0 { true } else { false } }
    case let place where place.hasPrefix("/etc/NetworkManager/"):
      let suffixes = ["~", ".rpmsave", ".rpmorig", ".rpmnew", ".swp"]
      guard !name.hasPrefix("."), !suffixes.contains(where: name.hasSuffix), try files.services.hasNetworkManager()
      else { return false }
      kinds = { if case .keyfile = $0 { true } else { false } }
    case let place where place.hasPrefix("/etc/networkd-dispatcher/"):
      guard try files.services.hasUnit("networkd-dispatcher.service") else { return false }
      kinds = { if case .networkd = $0 { true } else if case .netplan = $0 { true } else { false } }
    case let place where place.hasSuffix("-local"):
      kinds = { if case .ifcfg = $0 { true } else { false } }
    // wicked runs what a file of an interface's names.
    default: return false
    }
    guard let backend = files.backends.first(where: { kinds($0.kind) }) else { return false }
    return try files.obstacle(to: backend)?.isCertain != true
  }
}
