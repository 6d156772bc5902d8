internal import Documents
internal import Site
internal import Tree

/// The files of neutron's agents: the tunnel endpoint is this node's, and nothing says the original's address or name.
struct NeutronFixup: Fixup {
  let name = "neutron"

  func propose(for situation: Situation) throws -> Proposal {
    var documents = OsloDocuments(situation.configurations)
    var orders: [(agent: Platform.NeutronAgent, order: [TreePath])] = []
    for agent in situation.platform.neutron {
      let order = try documents.open(agent.configFiles, agent.configDirectories, in: situation.tree)
      orders.append((agent, order))
    }
    try documents.refuseProblems("neutron's agents", on: situation.platform)

    var proposal = Proposal()
    for (agent, order) in orders {
      proposal.claims += try setLocalIP(agent, order, in: &documents, situation)
    }
    let more = try otherFiles(documents, situation)
    for file in more { documents.open(file) }
    var options = IdentityOptions(situation)
    try options.setHost(in: &documents, order: documents.paths)
    for path in documents.paths { try options.renew(path, in: &documents) }
    proposal.changes = documents.changes
    proposal.findings = try options.findings + disagreement(documents, orders.map(\.order), situation)
    for file in more {
      proposal.claims += try options.hostClaim("neutron", documents, order: [file.path])
      proposal.claims += options.ownClaims("neutron", documents, order: [file.path])
    }
    for (agent, order) in orders where documents.has(agent) {
      proposal.claims += try options.hostClaim("the \(agent.name) agent", documents, order: order)
      proposal.claims += options.ownClaims("the \(agent.name) agent", documents, order: order)
    }
    return proposal
  }

  private func setLocalIP(
    _ agent: Platform.NeutronAgent, _ order: [TreePath], in documents: inout OsloDocuments, _ situation: Situation
  ) throws -> [Claim] {
    guard let option = agent.localIP, documents.has(agent) else { return [] }
    let said = documents.original(option.section, option.option, in: order)?.value.trimmingBlanks
    guard let wanted = situation.site.localIP(of: situation.node, insteadOf: said)?.description else { return [] }
    guard said != nil || hasTunnels(documents, order) else { return [] }
    let edited = try situation.tree.resolve(TreePath(agent.editedFile))
    _ = try documents.set(option.section, option.option, to: wanted, in: order, edited: edited) { said in
      situation.reason("\(option.option) of the \(agent.name) agent", said: said, wanted: wanted)
    }
    return [
      Claim(
        "\(option.option) of the \(agent.name) agent", expected: wanted,
        seen: documents.original(option.section, option.option, in: order)?.value)
    ]
  }

  /// Whether an agent without a tunnel endpoint wants one, or would not start for lack of it: VXLAN is on unless a
  /// configured Linux bridge agent turns it off, and off unless an Open vSwitch agent names tunnel types. A file of
  /// nothing but a package's comments belongs to an agent that nobody set up.
  private func hasTunnels(_ documents: OsloDocuments, _ order: [TreePath]) -> Bool {
    if let types = documents.original("agent", "tunnel_types", in: order)?.value, !types.isEmpty { return true }
    if let text = documents.original("vxlan", "enable_vxlan", in: order)?.value {
      return ["true", "1", "yes", "on"].contains(text.lowercased())
    }
    return order.contains { path in
      documents[path]?.original.options.contains { ["linux_bridge", "vxlan"].contains($0.section) } ?? false
    }
  }

  /// Also the directories that each agent reads: RDO's units name those in conf.d (`--config-dir`), elsewhere oslo.config looks for
  /// neutron.conf.d and AGENT.conf.d by itself. kolla has one for each container, and TripleO one for all.
  private static let others =
    ["/etc/neutron", "/var/lib/config-data/puppet-generated/neutron/etc/neutron"].flatMap { directory in
      ["*.conf", "*.ini", "plugins/*/*.ini", "conf.d/*/*.conf", "*.conf.d/*.conf"].map { "\(directory)/\($0)" }
    } + ["/etc/kolla/neutron-*-agent/*.conf", "/etc/kolla/neutron-*-agent/*.ini"]

  /// Whether a file is one that is renewed here.
  static func reads(_ file: FileSnapshot, _ situation: Situation) throws -> Bool {
    guard file.path.isWithin("/etc/neutron") || file.path.isWithin("/etc/kolla") else { return false }
    return try situation.tree.places(others).contains { try situation.tree.leadsTo($0)?.path == file.path }
      && situation.configurations.config(file).problems.isEmpty
  }

  /// What else neutron keeps on a node: other agents, and files of one that the platform does not know.
  private func otherFiles(_ documents: OsloDocuments, _ situation: Situation) throws -> [FileSnapshot] {
    try situation.tree.regularFiles(matching: Self.others).filter {
      $0.path.name != "api-paste.ini" && documents[$0.path] == nil
        && situation.configurations.config($0).problems.isEmpty
    }
  }

  /// A port is bound to the host that nova names; an agent that calls itself otherwise never plugs it.
  private func disagreement(
    _ documents: OsloDocuments, _ orders: [[TreePath]], _ situation: Situation
  ) throws -> [Finding] {
    let platform = situation.platform
    guard platform.neutron.contains(where: documents.has) else { return [] }
    let hostname = try situation.tree.glance(HostnameFixup.path).flatMap {
      HostnameFile($0.bytes).name(readsFirstLineOnly: platform.systemd.hostnameIsFirstLine)
    }
    var nova = OsloDocuments(situation.configurations)
    let order = try nova.open(platform.nova.configFiles, platform.nova.configDirectories, in: situation.tree)
    guard !nova.paths.isEmpty, let novas = nova.value("DEFAULT", "host", in: order)?.value ?? hostname else {
      return []
    }
    for (agent, order) in zip(platform.neutron, orders) where documents.has(agent) {
      guard let own = documents.value("DEFAULT", "host", in: order)?.value ?? hostname, own != novas else { continue }
      return [
        Finding(
          .warning,
          "nova calls this host \(novas.shown), and the \(agent.name) agent \(own.shown): no port would be bound",
          advice: "set host alike in both, or in neither")
      ]
    }
    return []
  }
}

extension OsloDocuments {
  /// Whether an agent is there: its own file is, wherever that leads.
  fileprivate func has(_ agent: Platform.NeutronAgent) -> Bool {
    let own = TreePath(agent.editedFile)
    return paths.contains { $0 == own || $0.name == own.name }
  }
}
