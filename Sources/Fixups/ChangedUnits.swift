public import Site
public import Tree

/// What of systemd's own configuration changes with files, and which units start otherwise from then on (systemd.unit(5), "Unit File Load
/// Path"; systemd.exec(5), "EnvironmentFile=").
public struct ChangedUnits: Sendable {
  /// Unit files, drop-ins and settings of the manager, which a running systemd reads when it is told to (systemctl(1), daemon-reload).
  /// Files of variables it reads at each start.
  public private(set) var configuration: [TreePath] = []
  /// By unit, what it is made of, has its environment from or is told to read.
  public private(set) var files: [String: [TreePath]] = [:]

  /// - Parameters:
  ///   - changed: Links on the way resolved; also what was made or removed.
  ///   - platform: Whose units are looked at besides OpenStack's own and those of which a file changed.
  public init(_ changed: [TreePath], of platform: Platform, in tree: any TreeReading) throws {
    let units = platform.units.map(\.name.description)
    let owners = changed.map { UnitFiles.owner(of: $0) }
    let owning = Set(owners.compactMap(\.self))
    let environment = try UnitEnvironment(tree) {
      units.contains($0) || owning.contains($0) || ServiceEnvironment.isOpenStack($0)
    }
    let sockets = owning.filter { $0.hasSuffix(".socket") }
    let unitFiles = try sockets.isEmpty ? nil : UnitFiles(tree)
    let ofSockets = try sockets.map { unit in
      (unit, parts: try unitFiles?.parts(of: unit)?.compactMap { try tree.file($0)?.path } ?? [])
    }
    // Who reads the platform's own files is in its profile, unless others do it here.
    let there = platform.units.filter { environment.services.contains($0.name.description) }
    var named: [TreePath: Set<String>] = [:]
    for (file, _) in environment.files {
      for path in try NamedConfiguration.all(in: file, tree).flatMap(\.files).map(\.path)
      where !there.contains(where: { $0.reads(path.description) }) {
        named[path, default: []].formUnion(environment.readers[file.path] ?? [])
      }
    }
    for (path, owner) in zip(changed, owners) {
      var readers = (environment.readers[path] ?? []).union(named[path] ?? [])
      for (unit, parts) in ofSockets where parts.contains(path) { readers.insert(unit) }
      if owner != nil || Self.isManagers(path) || environment.parts.contains(path) { configuration.append(path) }
      // Of what is not there nobody is a reader.
      if let owner, try tree.status(path) == nil { readers.insert(owner) }
      // What is for every service changes only what oslo.config reads.
      if owner == "service" { readers = readers.filter(ServiceEnvironment.isOpenStack) }
      for unit in readers where !unit.contains("@.") { files[unit, default: []].append(path) }
    }
  }

  /// Whether a change of this file may be one of a unit's: not a file that only a link or a line of a unit makes one.
  public static func isNear(_ path: TreePath) -> Bool {
    UnitFiles.owner(of: path) != nil || isManagers(path) || path.parent == "/etc/default"
      || path.parent == "/etc/sysconfig"
  }

  private static func isManagers(_ path: TreePath) -> Bool {
    path == "/etc/systemd/system.conf" || path.parent == "/etc/systemd/system.conf.d"
  }
}
