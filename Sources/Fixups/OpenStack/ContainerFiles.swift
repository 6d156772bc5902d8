internal import Documents
internal import Site
internal import Tree

/// What else a deployment tool keeps for its containers. What their sshd is told of this node's addresses is edited; of the rest it is said
/// what names the original, for the tool writes it anew when it next runs for this host.
struct ContainerFiles: Fixup {
  let name = "containers"

  func propose(for situation: Situation) throws -> Proposal {
    guard let title = situation.platform.containers, let tool = Tool.all.first(where: { $0.title == title }) else {
      return Proposal()
    }
    var proposal = Proposal(findings: try notes(tool, situation))
    if let file = try situation.tree.file(tool.server) {
      proposal += ListenAddress.renewal(in: file, ownsMatches: tool.ownsMatches, situation)
    }
    proposal.findings += try traces(tool, situation)
    return proposal
  }

  /// What its profile has no word for.
  private struct Tool {
    let title: String
    /// Before the names of its units.
    let prefix: String
    /// Where it has the key of nova's account, and what more there is to know.
    let access: String
    let restart: String
    /// What sshd of the container that lets guests in reads.
    let server: TreePath
    /// Whether it writes there for which of the node's addresses nova's account is let in.
    var ownsMatches = false
    let files: [String]
    let writer: String

    static let all = [
      Tool(
        title: "kolla", prefix: "kolla-",
        access: "the key is /etc/kolla/nova-ssh/id_rsa; imprint join has nothing to do here but the host tables",
        restart: "docker restart nova_libvirt nova_ssh nova_compute neutron_openvswitch_agent, whichever there are",
        server: "/etc/kolla/nova-ssh/sshd_config", files: ["/etc/kolla/*/*", "/etc/kolla/*/*/*"],
        writer: "kolla-ansible reconfigure"),
      // MigrationSshKey of tripleo-heat-templates; sshd's blocks are puppet-tripleo's, profile/base/nova/migration/target.pp.
      Tool(
        title: "TripleO", prefix: "tripleo_",
        access: "the key is /etc/nova/migration/identity in the container; what the other nodes know of host keys, in "
          + "/etc/ssh/ssh_known_hosts, the next deploy writes",
        restart:
          "docker restart nova_libvirt nova_migration_target nova_compute neutron_ovs_agent, whichever there are",
        server: "/var/lib/config-data/puppet-generated/nova_libvirt/etc/ssh/sshd_config", ownsMatches: true,
        files: ["*", "*/*", "*/*/*", "*/*/*/*"].map { "/var/lib/config-data/*-generated/*/etc/\($0)" }
          + ["/var/lib/kolla/config_files/*.json"],
        writer: "openstack overcloud deploy"),
    ]
  }

  private func notes(_ tool: Tool, _ situation: Situation) throws -> [Finding] {
    guard situation.node.role == .compute else { return [] }
    var notes = [
      Finding(
        .note,
        "nova's account, its shell and its keys are \(tool.title)'s, in a container and alike on every node: migration access is left "
          + "to it", advice: tool.access)
    ]
    let units = situation.platform.units.filter { $0.name.description.hasPrefix(tool.prefix) }
    let directory: TreePath = "/etc/systemd/system"
    let isStarted = try units.contains { unit in
      try situation.tree.status(directory.appending(unit.name.description)) != nil
    }
    if !isStarted {
      notes.append(
        Finding(
          .note, "no unit starts \(tool.title)'s containers here, and so imprint restarts none of them",
          advice: tool.restart))
    }
    return notes
  }

  /// Files of other containers that name an address of the original.
  private func traces(_ tool: Tool, _ situation: Situation) throws -> [Finding] {
    // Of one that was made anew nobody can tell whether it means this machine.
    let former = situation.provenance.allFormerAddresses.isEmpty ? [] : situation.formerTokens
    guard !former.isEmpty else { return [] }
    let edited = Set(
      (situation.platform.nova.configFiles + situation.platform.neutron.flatMap(\.configFiles)).map(\.description))
    return try situation.tree.regularFiles(situation.tree.places(tool.files)).files.flatMap { place -> [Finding] in
      let path = place.path
      guard !edited.contains(path.description), path != tool.server, !ServicesBeside.reads(path),
        place.status.identity.size < 1 << 20,
        let file = try situation.tree.file(path)
      else { return [] }
      let text = String(decoding: file.bytes, as: UTF8.self)
      return former.filter { $0.1.occurs(in: text) }.map { address, _ in
        Finding(
          .warning, "\(path) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
          advice: "\(tool.writer) writes it anew for \(situation.node.name)")
      }
    }
  }
}
