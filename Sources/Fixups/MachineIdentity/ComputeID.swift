internal import Site
internal import Tree

/// nova's compute_id: the UUID of the compute node, since 2023.1 (nova/virt/node.py).
///
/// nova looks beside each of its configuration files and in its state path, and every copy that it finds must hold
/// the same UUID. A clone gets none: nova-compute makes one at its first start under a new host name. Under the old
/// name it would refuse, so a node's own is never touched.
enum ComputeID {
  static func paths(_ nova: Platform.Nova) -> [String] {
    (nova.configFiles.map(\.parent) + [nova.statePath.description]).map { "\($0)/compute_id" }
  }

  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    guard situation.node.role == .compute else { return Proposal() }
    let places = try situation.tree.places(paths(situation.platform.nova))
    guard !places.isEmpty else { return Proposal() }
    guard thing.isOthers(in: situation) else { return try own(places, situation) }
    guard thing.isRenewed(in: situation) else { return Proposal() }
    let copied = try copied(places, situation.tree)
    var proposal = thing.removal(of: places.filter { place in !copied.contains { $0.path == place.path } })
    if !copied.isEmpty {
      let uuid = try situation.fresh.uuid()
      for place in copied {
        guard let file = try situation.tree.file(place.path) else { continue }
        proposal += Proposal.replacing(file, with: Array(uuid.utf8), of: thing)
      }
    }
    if situation.provenance.formerNames.isEmpty, copied.isEmpty, !proposal.changes.isEmpty {
      proposal.findings.append(
        Finding(
          .warning, "nova refuses to start without its compute_id where the cloud already knows \(situation.node.name)",
          advice:
            "if it does, write the hypervisor's uuid (openstack hypervisor show) into \(situation.platform.nova.statePath)/compute_id"
        ))
    }
    return proposal
  }

  /// What a container copies when it starts, and has to be there: kolla puts it beside config.json, which names it.
  static func copied(_ places: [Place], _ tree: any TreeReading) throws -> [Place] {
    try places.filter { place in
      try tree.status(place.path.parent.appending("config.json")) != nil
    }
  }

  private static func own(_ places: [Place], _ situation: Situation) throws -> Proposal {
    var proposal = Proposal()
    var first: (path: TreePath, uuid: String)?
    for place in places {
      guard place.isRemovable else {
        proposal.findings.append(place.isInTheWay)
        proposal.claims.append(
          Claim("nova's compute id (\(place.path))", expected: "a UUID", seen: "a \(place.status.kind.rawValue)"))
        continue
      }
      guard let file = try situation.tree.file(place.path) else { continue }
      let uuid = uuid(in: file.bytes)
      let expected = first?.uuid ?? "a UUID"
      let holds = uuid != nil && (first == nil || first?.uuid == uuid)
      proposal.claims.append(
        Claim(
          "nova's compute id (\(place.path))", expected: holds ? uuid ?? expected : expected, seen: uuid ?? "no UUID",
          holds: holds))
      if uuid == nil {
        proposal.findings.append(
          Finding(
            .warning, "nova-compute will not start: it can make no UUID of what \(place.path) holds",
            advice: "write the node's uuid into it (openstack hypervisor show), or restore the file"))
      } else if !holds, let first {
        proposal.findings.append(
          Finding(
            .warning, "nova-compute will not start: the UUID in \(place.path) is not the one in \(first.path)",
            advice: "keep the one that openstack hypervisor show tells, and remove the other"))
      }
      if first == nil, let uuid { first = (place.path, uuid) }
    }
    return proposal
  }

  /// What nova makes of a file: its first 40 characters, as Python's `uuid.UUID()` parses them: `urn:`, `uuid:`, braces
  /// and hyphens are dropped wherever they stand.
  static func uuid(in bytes: [UInt8]) -> String? {
    var text = Word.only(Array(bytes.prefix(40)))
    for word in ["urn:", "uuid:"] { text = text.split(separator: word, omittingEmptySubsequences: false).joined() }
    while let first = text.first, first == "{" || first == "}" { text.removeFirst() }
    while let last = text.last, last == "{" || last == "}" { text.removeLast() }
    let digits = text.lowercased().filter { $0 != "-" }
    guard digits.utf8.count == 32, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    return digits
  }
}
