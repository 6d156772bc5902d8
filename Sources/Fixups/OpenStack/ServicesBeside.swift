internal import Documents
internal import Site
internal import Tree

/// Other services of OpenStack on the same node. Their own addresses and their `host` follow the node; what stands there for others
/// stays.
struct ServicesBeside: Fixup {
  let name = "services beside nova"

  /// Each takes `host` in [DEFAULT] for its name, and the machine's where that is not set.
  private struct Service {
    let name: String
    /// Of kolla, which copies what is below /etc/kolla into them when they start.
    let containers: [String]
    /// What its file is called there, without the ending; nil where that is its name (kolla-ansible's roles, config.yml).
    var nameInContainers: String?
    /// Whether services of several nodes may have one `host`.
    var isGroups = false

    /// Where it has its files, and what the main one is called.
    var places: [(directory: TreePath, file: String)] {
      [(ServicesBeside.etc.appending(name), "\(name).conf")]
        + containers.map { (ServicesBeside.kolla.appending($0), "\(nameInContainers ?? name).conf") }
        + [(ServicesBeside.generated.appending(name).appending("etc").appending(name), "\(name).conf")]
    }

    static let all = [
      Service(name: "ceilometer", containers: ["ceilometer-compute", "ceilometer-ipmi"]),
      Service(name: "cinder", containers: ["cinder-volume", "cinder-backup"], isGroups: true),
      Service(name: "cyborg", containers: ["cyborg-agent"]),
      Service(name: "manila", containers: ["manila-share"], isGroups: true),
      Service(
        name: "masakarimonitors",
        containers: ["masakari-instancemonitor", "masakari-hostmonitor", "masakari-introspectiveinstancemonitor"],
        nameInContainers: "masakari-monitors"),
      Service(name: "zun", containers: ["zun-compute"]),
    ]
  }

  /// What they are called in /etc and by oslo.config.
  static let projects = Service.all.map(\.name)

  /// Whether a unit or a file of variables is one of those whose `host` several nodes may have.
  static func isGroups(_ reader: String) -> Bool {
    Service.all.contains { $0.isGroups && reader.contains($0.name) }
  }

  /// What the names of their units begin with, behind Red Hat's `openstack-`.
  static let units = projects.map { $0 == "masakarimonitors" ? "masakari" : $0 }

  private static let etc: TreePath = "/etc"
  private static let kolla: TreePath = "/etc/kolla"
  /// TripleO's, by volume.
  private static let generated: TreePath = "/var/lib/config-data/puppet-generated"
  private static let packaged: TreePath = "/usr/share"

  /// Whether a file is one that is renewed here.
  static func reads(_ path: TreePath) -> Bool {
    Service.all.contains { service in
      service.places.contains { place in
        let file = place.directory.appending(place.file)
        return path == file || path.parent.description == "\(file).d"
      }
    }
  }

  func propose(for situation: Situation) throws -> Proposal {
    let containers = [Self.kolla, Self.generated]
    let present = try containers.filter { try situation.tree.isDirectory($0) }
    return try Service.all.reduce(into: Proposal()) { proposal, service in
      for place in service.places {
        let root = containers.first(where: place.directory.isWithin)
        guard try root.map(present.contains) ?? situation.tree.isDirectory(place.directory) else { continue }
        let packaged = Self.packaged.appending(service.name).appending("\(service.name)-dist.conf")
        proposal += try self.proposal(for: service, root == nil ? [packaged] : [], at: place, situation)
      }
    }
  }

  /// - Parameter vendors: what is read before the files in the directory.
  private func proposal(
    for service: Service, _ vendors: [TreePath], at place: (directory: TreePath, file: String), _ situation: Situation
  ) throws -> Proposal {
    var documents = OsloDocuments(situation.configurations)
    var order: [TreePath] = []
    for file in vendors + [place.directory.appending(place.file)] {
      if let path = try documents.open(file, in: situation.tree) { order.append(path) }
    }
    for found in try situation.tree.files(
      in: place.directory.appending("\(place.file).d"), where: { $0.hasSuffix(".conf") && !$0.hasPrefix(".") })
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
    try options.setHost(in: &documents, order: order, isGroups: service.isGroups)
    for path in documents.paths { try options.renew(path, in: &documents) }
    return try Proposal(
      changes: documents.changes, findings: options.findings,
      claims: options.hostClaim(service.name, documents, order: order, isGroups: service.isGroups)
        + options.ownClaims(service.name, documents, order: order))
  }
}
