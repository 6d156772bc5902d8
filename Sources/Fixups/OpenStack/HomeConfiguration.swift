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
    guard !found.isEmpty else { return Proposal() }
    let given = try commandLine(of: service, situation)
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

  /// What a unit starts the service with. Debian's init scripts name the files (openstack-pkg-tools, init-script-template).
  private func commandLine(of service: Service, _ situation: Situation) throws -> String {
    let platform = situation.platform
    guard platform.containers == nil else { return "" }
    let units = platform.units.map(\.name) + [platform.nova.unit]
    let patterns = Set(units.map(\.description)).sorted().filter { $0.contains(service.project) }.flatMap { unit in
      let own = "/etc/systemd/system/\(unit)"
      return ["\(own).d/*.conf", own, "/usr/lib/systemd/system/\(unit)", "/lib/systemd/system/\(unit)"]
    }
    let texts = try situation.tree.regularFiles(matching: patterns).map { String(decoding: $0.bytes, as: UTF8.self) }
    // A comment names nothing.
    let lines = texts.flatMap { $0.split(separator: "\n").map(String.init) }.filter { line in
      line.trimmingBlanks.first.map { !"#;".contains($0) } ?? false
    }
    return lines.joined(separator: "\n") + (platform.isDebian ? "--config-file" : "")
  }
}
