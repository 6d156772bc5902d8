public import Tree

/// What of systemd's own configuration changes with files, and which units start otherwise from then on (systemd.unit(5), "Unit File Load
/// Path"; systemd.exec(5), "EnvironmentFile=").
public struct ChangedUnits: Sendable {
  /// Unit files, drop-ins and settings of the manager, which a running systemd reads when it is told to (systemctl(1), daemon-reload).
  /// Files of variables it reads at each start.
  public private(set) var configuration: [TreePath] = []
  /// By unit, what it is made of or has its environment from.
  public private(set) var files: [String: [TreePath]] = [:]

  /// - Parameters:
  ///   - changed: Links on the way resolved; also what was made or removed.
  ///   - units: To look at besides OpenStack's own and those of which a file changed.
  public init(_ changed: [TreePath], of units: [String], in tree: any TreeReading) throws {
    let owners = changed.map { UnitFiles.owner(of: $0) }
    let named = Set(owners.compactMap(\.self))
    let environment = try UnitEnvironment(tree) {
      units.contains($0) || named.contains($0) || ServiceEnvironment.isOpenStack($0)
    }
    let sockets = named.filter { $0.hasSuffix(".socket") }
    let unitFiles = try sockets.isEmpty ? nil : UnitFiles(tree)
    let ofSockets = try sockets.map { unit in
      (unit, parts: try unitFiles?.parts(of: unit)?.compactMap { try tree.file($0)?.path } ?? [])
    }
    for (path, owner) in zip(changed, owners) {
      var readers = environment.readers[path] ?? []
      for (unit, parts) in ofSockets where parts.contains(path) { readers.insert(unit) }
      if owner != nil || Self.isManagers(path) || environment.parts.contains(path) { configuration.append(path) }
      // Of what is not there nobody is a reader.
      if let owner, try tree.status(path) == nil { readers.insert(owner) }
      // What is for every service changes only what oslo.config reads.
      if owner == "service" { readers = readers.filter(ServiceEnvironment.isOpenStack) }
      for unit in readers where !unit.contains("@") { files[unit, default: []].append(path) }
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
