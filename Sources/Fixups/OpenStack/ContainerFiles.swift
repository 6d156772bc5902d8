internal import Documents
internal import Site
internal import Tree

/// What else kolla keeps below /etc/kolla for its containers. The address that its sshd listens on is this node's; of the rest it is
/// said what names the original, for kolla-ansible writes it anew when it next runs for this host.
struct ContainerFiles: Fixup {
  let name = "containers"

  private static let server: TreePath = "/etc/kolla/nova-ssh/sshd_config"

  func propose(for situation: Situation) throws -> Proposal {
    guard let title = situation.platform.containers else { return Proposal() }
    var proposal = Proposal(findings: try notes(title, situation))
    if let file = try situation.tree.file(Self.server) {
      proposal += ListenAddress.renewal(in: file, situation)
    }
    proposal.findings += try traces(situation)
    return proposal
  }

  private func notes(_ title: String, _ situation: Situation) throws -> [Finding] {
    guard situation.node.role == .compute else { return [] }
    var notes = [
      Finding(
        .note,
        "nova's account, its shell and its keys are \(title)'s, in a container and alike on every node: migration access is left to it",
        advice: "the key is /etc/kolla/nova-ssh/id_rsa; imprint join has nothing to do here but the host tables")
    ]
    let units = situation.platform.units.filter { $0.name.description.hasPrefix("kolla-") }
    let directory: TreePath = "/etc/systemd/system"
    let isStarted = try units.contains { unit in
      try situation.tree.status(directory.appending(unit.name.description)) != nil
    }
    if !isStarted {
      notes.append(
        Finding(
          .note, "no unit starts \(title)'s containers here, and so imprint restarts none of them",
          advice: "docker restart nova_libvirt nova_ssh nova_compute neutron_openvswitch_agent, whichever there are"))
    }
    return notes
  }

  /// Files of other containers that name an address of the original.
  private func traces(_ situation: Situation) throws -> [Finding] {
    // Of one that was made anew nobody can tell whether it means this machine.
    let former = situation.provenance.allFormerAddresses.isEmpty ? [] : situation.formerTokens
    guard !former.isEmpty else { return [] }
    let edited = Set(
      (situation.platform.nova.configFiles + situation.platform.neutron.flatMap(\.configFiles)).map(\.description))
    return try situation.tree.regularFiles(situation.tree.places(["/etc/kolla/*/*", "/etc/kolla/*/*/*"])).files.flatMap
    {
      place -> [Finding] in
      let path = place.path
      guard !edited.contains(path.description), path != Self.server, !ServicesBeside.reads(path),
        place.status.identity.size < 1 << 20,
        let file = try situation.tree.file(path)
      else { return [] }
      let text = String(decoding: file.bytes, as: UTF8.self)
      return former.filter { $0.1.occurs(in: text) }.map { address, _ in
        Finding(
          .warning, "\(path) has \(address) in it, which is \(situation.whose(address)); it is left as it is",
          advice: "kolla-ansible reconfigure writes it anew for \(situation.node.name)")
      }
    }
  }
}
