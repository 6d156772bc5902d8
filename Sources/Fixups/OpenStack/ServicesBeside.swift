internal import Documents
internal import Site
internal import Tree

/// Other services of OpenStack on the same node: cinder's volumes and ceilometer's poller. Their own addresses and their `host` follow
/// the node; what stands there for others stays.
struct ServicesBeside: Fixup {
  let name = "cinder and ceilometer"

  private struct Service {
    let name: String
    let files: [TreePath]
    let directory: TreePath
  }

  private static let services = [
    Service(
      name: "cinder", files: ["/usr/share/cinder/cinder-dist.conf", "/etc/cinder/cinder.conf"],
      directory: "/etc/cinder/cinder.conf.d"),
    Service(
      name: "ceilometer", files: ["/usr/share/ceilometer/ceilometer-dist.conf", "/etc/ceilometer/ceilometer.conf"],
      directory: "/etc/ceilometer/ceilometer.conf.d"),
    // kolla's, which a container copies when it starts.
    Service(
      name: "cinder", files: ["/etc/kolla/cinder-volume/cinder.conf"],
      directory: "/etc/kolla/cinder-volume/cinder.conf.d"),
    Service(
      name: "ceilometer", files: ["/etc/kolla/ceilometer-compute/ceilometer.conf"],
      directory: "/etc/kolla/ceilometer-compute/ceilometer.conf.d"),
  ]

  func propose(for situation: Situation) throws -> Proposal {
    try Self.services.reduce(into: Proposal()) { $0 = $0 + (try proposal(for: $1, situation)) }
  }

  private func proposal(for service: Service, _ situation: Situation) throws -> Proposal {
    var documents = OsloDocuments(situation.configurations)
    var order: [TreePath] = []
    for file in service.files {
      if let path = try documents.open(file, in: situation.tree) { order.append(path) }
    }
    for found in try situation.tree.files(
      in: service.directory, where: { $0.hasSuffix(".conf") && !$0.hasPrefix(".") })
    {
      documents.open(found.file)
      order.append(found.file.path)
    }
    guard !order.isEmpty else { return Proposal() }
    let problems = documents.problems(readsBytes: situation.platform.nova.readsBytes)
    guard problems.isEmpty else {
      return Proposal(
        findings: problems.map {
          Finding(
            .warning, "\($0): \(service.name) would not start, and imprint edits none of its files",
            advice: "correct the line")
        })
    }
    var options = IdentityOptions(situation)
    try options.setHost(in: &documents, order: order)
    for path in documents.paths { try options.renew(path, in: &documents) }
    return Proposal(
      changes: documents.changes, findings: options.findings,
      claims: options.hostClaim(service.name, documents, order: order)
        + options.ownClaims(service.name, documents, order: order))
  }
}
