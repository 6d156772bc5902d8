internal import Documents
internal import Site
internal import Tree

/// Configuration in a service's home. What its command line does not name oslo.config looks for there first, and takes the first that is
/// there of each name alone (oslo_config/cfg.py, `_get_config_dirs` and `_search_dirs`): what stands in /etc is not read then. It may be
/// a backup or meant so; it is told, and not edited.
struct HomeConfiguration: Fixup {
  let name = "configuration in homes"

  func propose(for situation: Situation) throws -> Proposal {
    let platform = situation.platform
    var services = [Service(project: "nova", program: "nova-compute", home: platform.nova.statePath.description)]
    // A container's home is the volume that its state is in.
    if platform.containers == nil {
      services[0].home = try Self.home(of: platform.migration.user.description, situation) ?? services[0].home
      services += ServicesBeside.projects.map { Service(project: $0, program: nil, home: "/var/lib/\($0)") }
    }
    return try services.reduce(Proposal()) { try $0 + proposal(for: $1, situation) }
  }

  private struct Service {
    let project: String
    /// By whose name files are looked for besides the project's; nil where there are several.
    let program: String?
    var home: String
    var names: [String] { [project] + (program.map { [$0] } ?? []) }
  }

  /// HOME of a unit with `User=` (systemd.exec(5)).
  private static func home(of user: String, _ situation: Situation) throws -> String? {
    try situation.tree.glance("/etc/passwd").flatMap { PasswdFile($0.bytes).record(named: user)?.text(.home) }
  }

  private func proposal(for service: Service, _ situation: Situation) throws -> Proposal {
    let tree = situation.tree
    guard let etc = TreePath("/etc/\(service.project)"), let home = TreePath(service.home),
      try situation.platform.containers != nil || tree.isDirectory(etc), let entries = try tree.listing(home)
    else { return Proposal() }
    let places = [home.appending(".\(service.project)"), home]
    var found: [(path: TreePath, usual: TreePath, option: String)] = []
    for name in service.names {
      for (file, option) in [("\(name).conf", "--config-file"), ("\(name).conf.d", "--config-dir")] {
        guard entries.contains(where: { [file, ".\(service.project)"].contains($0.name) }),
          let path = try places.map({ $0.appending(file) }).first(where: { try isThere($0, tree) })
        else { continue }
        let usual = etc.appending(file)
        guard try tree.resolve(path) != tree.resolve(usual) else { continue }
        // An empty directory takes nothing from another one.
        if option == "--config-dir", try !hasFiles(path, tree), try !hasFiles(usual, tree) { continue }
        found.append((path, usual, option))
      }
    }
    guard !found.isEmpty, let given = try commandLine(of: service, situation) else { return Proposal() }
    return found.reduce(into: Proposal()) { proposal, found in
      guard !given.contains(found.option) else { return }
      let who = service.program ?? service.project
      proposal.findings.append(
        Finding(
          .warning, "\(found.path) is what \(who) reads in the place of \(found.usual); it is left as it is",
          advice: "move it away, or have the unit say \(found.option) \(found.usual)"))
      proposal.claims.append(
        Claim(
          "configuration of \(who)", expected: "\(found.usual)", seen: "\(found.path), which comes first", holds: false)
      )
    }
  }

  /// A link that leads nowhere is none.
  private func isThere(_ path: TreePath, _ tree: any TreeReading) throws -> Bool {
    guard let place = try tree.place(path) else { return false }
    return try tree.leadsTo(place) != nil
  }

  private func hasFiles(_ directory: TreePath, _ tree: any TreeReading) throws -> Bool {
    try tree.listing(directory)?.contains { $0.name.hasSuffix(".conf") } ?? false
  }

  private static func units(of project: String, _ platform: Platform) -> [String] {
    Set((platform.units.map(\.name) + [platform.nova.unit]).map(\.description)).sorted().filter { $0.contains(project) }
  }

  /// What units start the service with; nil where all of them are masked, and where nobody knows its unit: of that it cannot be said what
  /// its command line names. Debian's init scripts name the files (openstack-pkg-tools,
  /// init-script-template).
  private func commandLine(of service: Service, _ situation: Situation) throws -> String? {
    let platform = situation.platform
    guard platform.containers == nil else { return "" }
    let units = try UnitFiles(situation.tree)
    let lines = try Self.units(of: service.project, platform).compactMap { try start(of: $0, units, situation.tree) }
    guard !lines.isEmpty else { return nil }
    return lines.joined(separator: "\n")
      + (platform.isDebian && lines.contains { $0.isEmpty || $0.contains("/etc/init.d/") } ? " --config-file" : "")
  }

  /// ExecStart of a unit, with what its variables may hold; empty where there is none, nil where it is masked. An empty assignment takes
  /// back those before it (systemd.service(5)).
  private func start(of unit: String, _ units: UnitFiles, _ tree: any TreeReading) throws -> String? {
    guard let parts = try units.parts(of: unit) else { return nil }
    var commands: [String] = []
    var variables: [String] = []
    for path in parts {
      guard let file = try tree.file(path) else { continue }
      for setting in NetworkdFile(file.bytes).settings where setting.section == "Service" {
        switch setting.key {
        case "ExecStart": commands = setting.value.isEmpty ? [] : commands + [setting.value]
        case "Environment": variables = setting.value.isEmpty ? [] : variables + [setting.value]
        default: break
        }
      }
    }
    return (commands + (commands.contains { $0.contains("$") } ? variables : [])).joined(separator: "\n")
  }
}
