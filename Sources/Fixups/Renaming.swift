internal import Site
internal import Tree

/// A machine that nova knows under one name cannot become another node: that is no clone. nova would start as a new service,
/// and the guests of the old one would hang on a hypervisor that is no more (nova's documentation, "Compute Node
/// Identification": the host name may not change after the first registration).
struct Renaming: Fixup {
  let name = "renaming"

  func propose(for situation: Situation) throws -> Proposal {
    let node = situation.node.name.description
    guard let machine = situation.machine, let stamp = try Stamp.read(from: situation.original), stamp.node != node,
      let former = stamp.machine, machine.sameness(with: former) == .same,
      situation.site.nodes.contains(where: { $0.name.description == stamp.node && $0.role == .compute })
    else { return Proposal() }
    let evidence = try registration(situation)
    guard !evidence.isEmpty else { return Proposal() }
    throw FixupError(
      "this machine is \(stamp.node), and nova knows it as that (\(evidence.joined(separator: ", "))): made into \(node), it would "
        + "orphan its guests and leave a hypervisor behind that is down. A copy of its disk in another machine can become \(node). "
        + "To rename this one: move its guests away, openstack compute service delete \(stamp.node)'s service, remove "
        + "\(situation.platform.nova.statePath)/compute_id and what is left in \(situation.platform.nova.instancesPath), and apply again"
    )
  }

  /// What only a nova-compute leaves that has been here.
  private func registration(_ situation: Situation) throws -> [String] {
    let nova = situation.platform.nova
    var evidence = try situation.original.places(ComputeID.paths(nova)).map(\.path.description)
    if let directory = TreePath(nova.instancesPath.description) {
      let guests = (try situation.original.listing(directory) ?? []).filter {
        $0.kind != .regular && $0.name.utf8.count == 36 && ComputeID.uuid(in: Array($0.name.utf8)) != nil
      }
      if !guests.isEmpty { evidence.append("\(guests.count) guests in \(directory)") }
    }
    return evidence
  }
}
